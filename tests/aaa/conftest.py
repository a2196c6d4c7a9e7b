# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machines of the RADIUS tests: one set for each release of Debian, FreeRADIUS started afresh by each test."""

from __future__ import annotations

import contextlib
import pathlib
import sys
import typing as t

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.aaa import ad_rig, radius_rig


@pytest.fixture(scope='session')
def machines() -> t.Iterator[t.Callable[[str], radius_rig.Lab]]:
    """The machines of a release, made when they are first asked for."""
    made: dict[str, radius_rig.Lab] = {}
    with contextlib.ExitStack() as stack:
        def get(suite: str) -> radius_rig.Lab:
            if suite not in made:
                made[suite] = stack.enter_context(_lab(suite))
            return made[suite]
        yield get


def _lab(suite: str) -> radius_rig.Lab:
    reason = radius_rig.missing()
    if reason:
        pytest.skip(reason)
    try:
        radius_rig.lower(suite)
    except RuntimeError as error:
        pytest.skip(str(error))
    return radius_rig.Lab(suite)


@pytest.fixture(scope='session', params=radius_rig.SUITES)
def lab(request: pytest.FixtureRequest, machines: t.Callable[[str], radius_rig.Lab]) -> radius_rig.Lab:
    """With FreeRADIUS 3.2.1 and 3.2.7."""
    return machines(request.param)


@pytest.fixture(scope='session')
def newer(machines: t.Callable[[str], radius_rig.Lab]) -> radius_rig.Lab:
    """With FreeRADIUS 3.2.7 alone, for what depends on its treatment of Message-Authenticator."""
    return machines('trixie')


@pytest.fixture(scope='session')
def older(machines: t.Callable[[str], radius_rig.Lab]) -> radius_rig.Lab:
    """With FreeRADIUS 3.2.1 alone, for what is of the network and costs time."""
    return machines('bookworm')


@pytest.fixture(autouse=True)
def _default(request: pytest.FixtureRequest) -> None:
    """Each test begins with the right configuration of the client."""
    for name in ('lab', 'newer', 'older'):
        if name in request.fixturenames:
            request.getfixturevalue(name).configure()


@pytest.fixture(scope='session')
def domain() -> t.Iterator[ad_rig.Domain]:
    """A domain controller, and a member with FreeRADIUS that may use winbind's privileged pipe."""
    reason = ad_rig.missing()
    if reason:
        pytest.skip(reason)
    with ad_rig.Domain(ad_rig.disks()) as machines:
        machines.member.run('usermod', '-aG', 'winbindd_priv', 'freerad')
        yield machines


@pytest.fixture(scope='session')
def newer_member() -> t.Iterator[ad_rig.Domain]:
    """The same controller, and a member of Debian 13: Samba 4.22, FreeRADIUS 3.2.7."""
    reason = ad_rig.missing()
    if reason:
        pytest.skip(reason)
    with ad_rig.Domain(ad_rig.disks(), 'radius13') as machines:
        machines.member.run('usermod', '-aG', 'winbindd_priv', 'freerad')
        yield machines
