# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes the helper that stands beside the tests importable, and servers in containers for them."""

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import container


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> t.Iterator[container.Server]:
    """A healthy server: ``@pytest.mark.parametrize('server', ['bookworm iptables'], indirect=True)`` picks which."""
    why = container.missing()
    if why:
        pytest.skip(why)
    suite, firewall = getattr(request, 'param', 'bookworm iptables').split()
    made = container.Server(suite, firewall, tmp_path)
    yield made
    made.close()
