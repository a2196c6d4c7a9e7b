# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What dials measured of the path, and what is said of a dial that measured it and logged in."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import ladder
from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_path
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.dialled import dialled, row, with_dials
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import server


def judged(facts: t.Any, *rows: t.Any) -> Diagnosis:
    return diagnose(with_dials(facts, dialled(*rows)))


def test_the_smallest_size_is_that_of_the_ladder() -> None:
    assert dial_path.SMALLEST == ladder.SMALLEST


@pytest.mark.parametrize(('largest', 'asked'), [
    (1400, '1500'), (1400, [1500]), (1400, {}), (1400, True), ('1400', 1500), (575, 1500), (60, 1500), (1, 1),
    (-5, 1500), (True, 1500)])
def test_sizes_that_no_dial_measures_are_none(largest: t.Any, asked: t.Any) -> None:
    """A host that dials may tell anything: a smaller size than every path takes would make a tunnel of 8 bytes."""
    measured = row('path')
    lie = dict(measured, seen={**measured['seen'], 'path': {
        'largest': largest, 'asked': asked, 'mtu': 8, 'mss': 8}})
    found = judged(server({'logs': ..., 'pppd.effective.mtu': 1400}), lie)
    assert [item.result for item in found.findings if item.cause == 'mtu-fragmentation'] != ['fail']


def test_the_first_screen_says_what_came_of_the_login() -> None:
    """Although the ladder before it came to no end."""
    path = row('path')
    for ends, words in (({'outcome': 'failed', 'why': 'no-echo', 'words': 'no echo comes back'},
                         'stopped at path: no echo comes back'),
                        ({'outcome': 'unknown', 'why': 'lossy', 'words': 'packets were lost'},
                         'tells nothing, it ended at path: packets were lost')):
        ladder = {**path, **ends, 'step': 'path'}
        came = judged(server({'logs': ...}), ladder, row()).dials[0]
        assert came['text'] == 'Login tried from client1: %s; came up (MPPE of 128 bits, 10.99.0.100)' % words
        assert (came['outcome'], came['step'], came['why']) == (ends['outcome'], 'path', ends['why'])
        refused = judged(server({'logs': ...}), ladder, row(password='wrong'), row(password='wrong')).dials[0]
        assert refused['text'] == (
            'Login tried from client1: %s; stopped at auth: the server does not accept the user, the password or both '
            '(E=691)' % words)


def test_a_server_that_asks_for_nothing_is_open_to_anybody() -> None:
    found = judged(server({'logs': ...}), row('methods', methods=()))
    assert found.dials[0]['text'] == 'Dialled from client1: the server asks for no authentication'
    warned = next(item for item in found.findings if item.cause == 'auth-method-mismatch')
    assert (warned.result, warned.title) == (
        'warn', 'The server asks for no authentication: anybody gets in, and without keys for MPPE')


@pytest.mark.parametrize(('address', 'words'), [
    ('203.0.113.10', ''), ('127.0.0.1', ''), ('', ''), ('\x1b[2J', ''),
    ('192.0.2.9', ' to 192.0.2.9, no address of this host')])
def test_what_was_dialled_is_said_where_the_host_has_not_that_address(address: str, words: str) -> None:
    """The host may stand behind a router, or something else was dialled."""
    facts = server({'logs': ...})
    found = diagnose(with_dials(facts, dialled(row(), address=address)))
    assert found.dials[0]['text'] == 'Login tried from client1%s: came up (MPPE of 128 bits, 10.99.0.100)' % words
    unread = diagnose(with_dials({}, dialled(row(), address=address)))
    assert unread.dials[0]['text'].startswith('Login tried from client1: ')
