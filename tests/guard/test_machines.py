# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hosts with systemd, a real firewall and an sshd are locked out over ssh, also by the roles: they come back.

What is done to them stands in ``stories``. Most of the time is waiting, so some run side by side.
"""

from __future__ import annotations

import concurrent.futures

import pytest
from box import missing
from stories import STORIES, Told, tell

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or 'nothing is missing')

CUT = ('cut', 'firewalld', 'nat on firewalld', 'ufw', 'tunnel_firewall on ufw', 'gre_conntrack', 'mss_clamp', 'slow')
LABELS = {'nat on firewalld': 'nat', 'tunnel_firewall on ufw': 'tunnel_firewall', 'gre_conntrack': 'gre_conntrack',
          'mss_clamp': 'mss_clamp', 'slow': 'the change slow'}


@pytest.fixture(scope='module')
def told() -> dict[str, Told]:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return {name: case for story in pool.map(tell, STORIES) for name, case in story.items()}


@pytest.mark.parametrize('name', CUT)
def test_a_host_that_is_locked_out_is_what_it_was_and_the_play_says_so(told: dict[str, Told], name: str) -> None:
    case = told[name]
    assert case.rc == 2, case.out
    assert '%s was undone by the host itself' % LABELS.get(name, 'the change told') in case.out, case.out
    assert 'could not be put back' not in case.out
    assert case.after == case.before
    assert case.left == []


def test_the_timer_of_systemd_is_there_and_goes_when_the_change_is_confirmed(told: dict[str, Told]) -> None:
    case = told['good']   # its change fails unless the timer is active
    assert case.rc == 0, case.out
    assert '*filter -A INPUT -p gre -j ACCEPT' in case.after.rules['iptables-save']
    assert case.left == []


def test_the_timer_of_systemd_did_it(told: dict[str, Told]) -> None:
    assert 'a firewall change that no new connection has confirmed is undone' in told['cut'].more


def test_when_ansible_is_killed_the_host_undoes_the_change(told: dict[str, Told]) -> None:
    case = told['killed']
    assert (case.rc, case.more) == (-9, 'cut'), case.out
    assert case.after == case.before


def test_a_host_that_restarts_has_the_rules_of_its_disk_and_no_guard(told: dict[str, Told]) -> None:
    case = told['reboot']
    assert case.more == 'cut'
    assert case.after == case.before
    assert case.rc == 2
    assert 'nothing was armed on the host, so there is nothing to confirm: was it restarted' in case.out
    assert case.left == []


def test_what_firewalld_would_not_bring_back_is_not_touched(told: dict[str, Told]) -> None:
    case = told['not permanent']
    assert case.rc == 2
    assert 'nothing was changed: firewalld alone can change its rules, and has settings that are not' in case.out
    assert case.after == case.before


def test_a_role_inside_another_is_under_one_guard(told: dict[str, Told]) -> None:
    first, second = told['inside'], told['inside again']
    assert first.rc == 0, first.out
    assert '*filter -A INPUT -p gre -m comment --comment "vpnops.pptp tunnel_firewall" -j ACCEPT' \
        in first.after.rules['iptables-save']
    assert (second.rc, second.after) == (0, first.after), second.out
    assert 'changed=0 ' in second.out
    assert first.left == second.left == []
