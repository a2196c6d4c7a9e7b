# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The namespaces, with pptpd in them, for all tests here; each begins without rules but those of the router."""

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.witness import rig as lab

REASON = lab.why_not()


@pytest.fixture(scope='session', name='made')
def _made(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[lab.Rig]:
    if REASON:
        pytest.skip('no witness can stand here: ' + REASON)
    with lab.Rig(tmp_path_factory.mktemp('rig')) as made:
        made.serve()
        yield made


@pytest.fixture
def rig(made: lab.Rig) -> lab.Rig:
    made.rules('r', lab.ROUTER)
    made.rules('s')
    made.rules('c')
    return made
