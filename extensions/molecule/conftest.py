# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the scenarios' tests share: each test runs once a container, with its part of the report."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest
import testinfra
import yaml

EPHEMERAL = pathlib.Path(os.environ['MOLECULE_EPHEMERAL_DIRECTORY'])
PLATFORMS = yaml.safe_load(pathlib.Path(os.environ['MOLECULE_FILE']).read_text('utf-8'))['platforms']
ENGINE = os.environ.get('LAB_ENGINE') or 'podman'
STATE = pathlib.Path(__file__).parent / 'shared/state.sh'

# What a machine whose kernel has no PPP truthfully says about every server on it.
KERNEL_CAUSES = frozenset({'dev-ppp-missing', 'ppp-kernel-missing', 'mppe-kernel-missing'})


@pytest.fixture(params=PLATFORMS, ids=lambda platform: platform['name'])
def platform(request: pytest.FixtureRequest) -> dict[str, t.Any]:
    """One container of the scenario, as ``molecule.yml`` describes it."""
    return request.param


@pytest.fixture
def host(platform: dict[str, t.Any]) -> t.Any:
    """The container itself."""
    return testinfra.get_host('%s://%s' % (ENGINE, platform['name']))


@pytest.fixture
def entry(platform: dict[str, t.Any]) -> dict[str, t.Any]:
    """The container's entry in the report of this run."""
    return json.loads((EPHEMERAL / 'report/hosts' / (platform['name'] + '.json')).read_text('utf-8'))


@pytest.fixture
def failing(entry: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """The failing findings by cause."""
    return {finding['cause']: finding for finding in entry['findings'] if finding['result'] == 'fail'}


@pytest.fixture(scope='session')
def kernel_causes() -> frozenset[str]:
    """Causes that stand for this machine's kernel; none where it has PPP, which the containers then share."""
    return frozenset() if os.path.exists('/dev/ppp') else KERNEL_CAUSES


@pytest.fixture(scope='session')
def report_text() -> str:
    """Everything that the run wrote."""
    return '\n'.join(path.read_text('utf-8') for path in sorted((EPHEMERAL / 'report').rglob('*')) if path.is_file())


@pytest.fixture
def before(platform: dict[str, t.Any]) -> dict[str, list[str]]:
    """The sections of ``state.sh`` from before the diagnosis."""
    return _sections((EPHEMERAL / ('before-%s.txt' % platform['name'])).read_text('utf-8'))


@pytest.fixture
def after(host: t.Any) -> dict[str, list[str]]:
    """The same, now."""
    return _sections(host.check_output(STATE.read_text('utf-8')))


def _sections(text: str) -> dict[str, list[str]]:
    parts = (part.partition('\n') for part in ('\n' + text).split('\n== ')[1:])
    return {title.split(' ')[0]: body.split('\n') for title, _newline, body in parts}
