# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is logged in, who only tries, and what the rest of a status is made of."""

from __future__ import annotations

import doctest

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import pptpd_live as live

MANAGER = live.Process(10, 'pptpd', 1, 100)
CALL = live.Process(20, 'pptpctrl', 10, 200)
LINK = live.Process(30, 'pppd', 20, 300)
PPPOE = live.Process(40, 'pppd', 1, 50)


def test_the_samples() -> None:
    assert doctest.testmod(live).failed == 0


@pytest.mark.parametrize(('interfaces', 'age', 'expected'), [
    ({30: True, 40: True}, 5.0, (1, 0)),
    ({30: False, 40: True}, 500.0, (0, 1)),        # LCP, CHAP, CCP or IPCP under way: nothing is lost
    ({}, 5.0, (0, 1)),
    ({}, 500.0, (1, 0)),                           # no pid file, and it lives: better to think that somebody uses it
])
def test_a_session_is_one_whose_interface_is_up(interfaces: dict[int, bool], age: float, expected: tuple[int, int]
                                                ) -> None:
    assert live.sessions([MANAGER, CALL, LINK, PPPOE], interfaces, lambda _process: age) == expected


def test_a_pppd_of_somebody_else_is_no_session() -> None:
    assert live.sessions([MANAGER, PPPOE], {40: True}, lambda _process: 500.0) == (0, 0)


def test_a_name_with_blanks_and_brackets_does_not_shift_the_columns() -> None:
    stat = '7 (a) b (c) S 3 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1'
    assert live.process(stat) == live.Process(7, 'a) b (c', 3, 4711)
    assert live.process('') is None


def test_only_a_listener_on_1723_counts() -> None:
    head = '  sl  local_address rem_address   st tx_queue\n'
    listens = head + '   0: 00000000:06BB 00000000:0000 0A 00000000:00000000\n'
    talks = head + '   0: 0100007F:06BB 0100007F:A3F2 01 00000000:00000000\n'
    other = head + '   0: 00000000:0016 00000000:0000 0A 00000000:00000000\n'
    assert [live.listening([table]) for table in (listens, talks, other, '')] == [True, False, False, False]


@pytest.mark.parametrize(('plugin', 'version', 'fits'), [
    (b'\x7fELF\0pppd_version\x002.4.9\0', '2.4.9', True),
    (b'\x7fELF\0pppd_version\x002.4.7\0', '2.4.9', False),
    (b'\x7fELF\0' + b'2.4.9 is only a part of a sentence\0', '2.4.9', None),
    (b'', '2.4.9', False), (None, '2.4.9', None), (b'\x002.4.9\0', '', None)])
def test_the_plugin_has_to_be_built_for_this_pppd(plugin: bytes | None, version: str, fits: bool | None) -> None:
    assert live.plugin_fits(plugin, version) is fits


@pytest.mark.parametrize(('release', 'family'), [
    ('ID=debian\n', 'Debian'), ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'Debian'), ('ID="rhel"\n', 'RedHat'),
    ('NAME=x\nID="almalinux"\nID_LIKE="rhel centos fedora"\n', 'RedHat'), ('ID="opensuse-leap"\n', 'Suse'),
    ('ID=arch\n', ''), ('', '')])
def test_the_family_of_a_distribution(release: str, family: str) -> None:
    assert live.family(release) == family
