# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks that lose, double and reorder packets: the verdict is the one of a good network, or ``unknown``.

DIAL_SEEDS=5000 in the environment runs each case so often."""

from __future__ import annotations

import os
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

USER: dict[str, t.Any] = {'user': 'vpnuser', 'password': 'secretpassword'}
SEEDS = range(int(os.environ.get('DIAL_SEEDS', '20')))
ANY = ('mschapv2', 'mschap', 'chap-md5', 'pap')
NO_KEY = {'methods': ANY, 'mppe': 'none'}
REFUSED = ('rejected', 'terminated')
# the settings, the server, the step and the words for why that are right
CASES: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], str, tuple[str, ...]]] = {
    'login': ({}, {}, 'ping', ('',)),
    'login without a ping': ({'ping': False}, {}, 'ipcp', ('',)),
    'login by pap': (NO_KEY, {'methods': ('pap',), 'encryption': 0}, 'ping', ('',)),
    'login by mschap': ({'methods': ANY}, {'methods': ('mschap',)}, 'ping', ('',)),
    'login after a nak': ({}, {'methods': ('eap', 'mschapv2')}, 'ping', ('',)),
    'login of nobody': ({'mppe': 'none'}, {'methods': (), 'encryption': 0}, 'ping', ('',)),
    'no answer to a ping': ({}, {'pings': False}, 'ping', ('',)),
    'wrong password': ({'password': 'wrong'}, {}, 'auth', REFUSED),
    'wrong password by pap': ({**NO_KEY, 'password': 'wrong'}, {'methods': ('pap',), 'encryption': 0}, 'auth', REFUSED),
    'wrong proof': ({}, {'wrong_proof': True}, 'auth', ('server-not-verified',)),
    'no method': ({}, {'methods': ('pap',)}, 'auth', ('no-method', 'terminated')),
    'no method but eap': ({'methods': ('eap',)}, {'methods': ('eap',)}, 'auth', ('no-method', 'terminated')),
    'no word of the login': ({}, {'mute': 'auth'}, 'auth', ('no-answer', 'terminated')),
    'ended early': ({}, {'early_term': 'MPPE required but not available'}, 'ccp', ('terminated',)),
    'ended for some reason': ({}, {'early_term': 'multilink required'}, 'auth', ('terminated',)),
    'no encryption': ({}, {'encryption': 0}, 'ccp', ('encryption-refused',)),
    'encryption not wanted': ({'mppe': 'none'}, {}, 'ccp', ('terminated',)),
    'no word of ccp': ({}, {'mute': 'ccp', 'encryption': 0}, 'ccp', ('no-answer',)),
    'no word of ipcp': ({}, {'mute': 'ipcp'}, 'ipcp', ('no-answer',)),
    'no address': ({}, {'pool': '0.0.0.0'}, 'ipcp', ('no-address',)),
    'refused address': ({}, {'refuses': 'Unauthorized remote IP address'}, 'ipcp', ('terminated',)),
    'refused address without a ping': (
        {'ping': False}, {'refuses': 'Unauthorized remote IP address'}, 'ipcp', ('terminated',)),
    'dead': ({}, {'dies': True}, 'gre', ('hung-up',)),
    'path': ({'mode': 'path'}, {'eats': 1400}, 'path', ('',)),
    'no path': ({'mode': 'path'}, {'eats': 500}, 'path', ('no-echo',)),
    'methods': ({'mode': 'methods'}, {'methods': ('eap', 'mschapv2')}, 'auth', ('',)),
}
# those of which little can be said where packets are lost
HARD = ('no path', 'no answer to a ping', 'login without a ping', 'no word of the login', 'no word of ccp',
        'no word of ipcp', 'ended early', 'ended for some reason')
NETWORKS: dict[str, dict[str, t.Any]] = {
    'lossy': {'loss': 0.2}, 'doubling': {'double': 0.3}, 'reordering': {'reorder': 0.3},
    'bad': {'loss': 0.2, 'double': 0.2, 'reorder': 0.3}}


@pytest.mark.parametrize('case', CASES)
@pytest.mark.parametrize('network', NETWORKS)
def test_the_verdict_is_right_or_unknown(network: str, case: str) -> None:
    settings, setup, step, whys = CASES[case]
    good = 'ok' if whys == ('',) else 'failed'
    found: list[str] = []    # the server here does not sort, so that for it a late packet is a lost one
    for seed in SEEDS:
        world = World(Settings(**{**USER, **settings}), Setup(**setup), seed=seed, **NETWORKS[network])
        result = world.run()
        found.append(result.status)
        if result.status != 'unknown':
            assert (result.status, result.step) == (good, step), (seed, result)
            assert result.why in whys, (seed, result)
        assert world.server.sessions == 0, (seed, result)
    least = 0.3 if case not in HARD else 0
    assert found.count(good) >= len(SEEDS) * least, found


@pytest.mark.parametrize('loss', [0.0, 0.2])
def test_a_direction_that_is_blocked_is_named_on_a_lossy_network(loss: float) -> None:
    for seed in SEEDS:
        blocked = World(Settings(**USER), seed=seed, loss=loss, eaten='in').run()
        assert (blocked.status, blocked.step, blocked.why) == ('failed', 'gre', 'no-answer')
        deaf = World(Settings(**USER), seed=seed, loss=loss, eaten='out').run()
        assert deaf.status == 'unknown' or (deaf.step, deaf.why) == ('gre', 'not-heard'), deaf


# of what was wrong once: the network, the case and the seed. The last packets before an end are those that leave no
# gap; and a server that asks the same again has not heard the answer.
@pytest.mark.parametrize(('network', 'case', 'seed'), [
    ('lossy', 'no word of the login', 1000194), ('lossy', 'ended early', 1000126), ('bad', 'ended early', 1000035),
    ('lossy', 'ended for some reason', 1000003), ('lossy', 'ended for some reason', 83),
    ('lossy', 'login of nobody', 1000043), ('lossy', 'login of nobody', 2000676),
    ('bad', 'login by pap', 1000124), ('bad', 'no method but eap', 1000161), ('bad', 'login after a nak', 916),
    ('dreadful', 'login', 1000191), ('dreadful', 'wrong password by pap', 1000222),
    ('dreadful', 'no method but eap', 1000032), ('dreadful', 'login of nobody', 1000231),
    ('lossy', 'refused address without a ping', 1000035), ('reordering', 'refused address without a ping', 1000008),
    ('reordering', 'refused address without a ping', 162)])
def test_what_was_wrong_once(network: str, case: str, seed: int) -> None:
    settings, setup, step, whys = CASES[case]
    kind = NETWORKS.get(network, {'loss': 0.4, 'double': 0.1, 'reorder': 0.2})
    result = World(Settings(**{**USER, **settings}), Setup(**setup), seed=seed, **kind).run()
    assert result.status == 'unknown' or (result.step, result.why in whys) == (step, True), result


def test_a_hangup_is_sudden_or_proves_nothing() -> None:
    """A pppd that dies is one thing; one whose last words were lost waits for an answer before it is gone. One that
    was never heard at all has not had its link up, and no reason to say why."""
    for mute, quiet, status in (('auth', 0.1, 'failed'), ('auth', 6.0, 'unknown'), ('gre', 8.0, 'failed')):
        world = World(Settings(**USER), Setup(mute=mute))
        world.put(0.15 + quiet, 'client', ev.Lost('closed'))
        result = world.run()
        assert (result.status, result.step, result.why) == (status, mute, 'hung-up')


def test_a_method_that_was_suggested_is_suggested_again_when_asked_again() -> None:
    """The server has not heard it; the next one would be the wrong one, or none would be left."""
    lost: list[int] = []
    world = World(Settings(**USER), Setup(methods=('eap', 'mschapv2')))
    put = world.put_gre

    def lose(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'server gre' and b'\xc2\x23\x81' in data and len(lost) < 3:
            lost.append(1)
            return
        put(kind, direction, data)
    world.put_gre = lose    # type: ignore[method-assign]
    result = world.run()
    assert (result.status, result.seen['auth']['offered'], len(lost)) == ('ok', ['eap', 'mschapv2'], 3)


def test_a_verdict_out_of_silence_does_not_outlive_a_sign_of_life() -> None:
    """What comes while hanging up shows that packets were lost, or that there is somebody after all."""
    for when, seen in ((10.3, 'unknown'), (60.0, 'failed')):
        world = World(Settings(**USER), Setup(mute='gre'))
        call = world.session.control.call_id
        world.put(when, 'client', ev.Gre(gre.encode(gre.Packet(call, 0, 0, b'\xff\x03\xc0\x21\x01\x01\x00\x04'))))
        result = world.run()
        assert (result.status, result.step) == (seen, 'gre')
