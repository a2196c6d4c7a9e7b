# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probe as a whole over a network of the test: what is sent, to whom, and what it reads out of the answers."""

from __future__ import annotations

import itertools
import json
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import (
    radius,
    radius_exchange as ex,
    radius_judge,
    radius_login,
    radius_requests as rq,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mppe, mschap, radius as wire
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from tests.unit.plugins.module_utils.probe import network as nt

USER, PASSWORD = 'alice', 'correct horse'
ALL = ('status', 'request', 'login')
Facts = t.Any


def run(scripts: dict[int, nt.Script], send: t.Collection[str] = ALL, plan: t.Any = None, **limits: t.Any
        ) -> tuple[Facts, nt.Network]:
    """The facts, and the network; *scripts* by port."""
    net = nt.Network({(nt.ADDRESS, port): script for port, script in scripts.items()})
    login = radius.Login(USER, PASSWORD) if 'login' in send else None
    facts = radius.probe(plan or nt.plan(*scripts), send, login, net.world(), radius.Limits(**limits))
    json.dumps(facts)
    return facts, net


def by_code(**scripts: nt.Script) -> nt.Script:
    """Another script for each kind of request: *status*, *request* (of nobody), *login*."""
    def script(data: bytes, number: int) -> list[tuple[float, ex.Event]]:
        kind = 'status' if data[0] == wire.STATUS_SERVER else 'login' if USER.encode() in data else 'request'
        return scripts[kind](data, number) if kind in scripts else []
    return script


def test_by_default_status_server_alone() -> None:
    facts, net = run({1812: nt.replies(2)}, ['status'])
    assert [data[0] for channel in net.channels for data in channel.sent] == [wire.STATUS_SERVER]
    assert (facts['sent'], facts['servers'][0]['reading']) == (['status'], 'status-fine')


def test_nothing_where_nothing_is_allowed() -> None:
    facts, net = run({1812: nt.replies(2)}, [])
    assert (net.channels, facts['sent'], facts['servers'][0]['reading']) == ([], [], 'not-asked')


def test_no_packet_without_a_secret() -> None:
    facts, net = run({}, plan=nt.plan(1812, secret=None))
    assert (net.channels, facts['servers'][0]['reading']) == ([], 'not-asked')


def test_accounting_servers_get_status_server_alone() -> None:
    facts, net = run({1813: nt.replies(5)}, plan=nt.plan(1813, kind='acct'))
    assert [data[0] for channel in net.channels for data in channel.sent] == [wire.STATUS_SERVER]
    assert facts['servers'][0]['reading'] == 'fine'


def test_no_access_request_carries_a_message_authenticator() -> None:
    _facts, net = run({1812: by_code(status=nt.replies(2), request=nt.replies(3), login=nt.replies(3))})
    packets = [wire.decode(data) for channel in net.channels for data in channel.sent]
    assert [packet.code for packet in packets] == [12, 1, 1]
    assert [len(packet.values(wire.MESSAGE_AUTHENTICATOR)) for packet in packets] == [1, 0, 0]


@pytest.mark.parametrize(('status', 'request_', 'reading'), [
    (nt.replies(2), nt.replies(3), 'fine'), (None, nt.replies(3), 'no-status-server'),
    (None, nt.replies(3, secret=b'x'), 'wrong-secret'), (nt.replies(2, secret=b'x'), None, 'wrong-secret'),
    (nt.replies(2), None, 'message-authenticator-demanded'), (None, None, 'silent'),
    (nt.icmp(3, 3), None, 'refused'), (None, nt.icmp(3, 13), 'prohibited'), (nt.replies(5), None, 'wrong-service'),
    (nt.replies(2), nt.replies(3, secret=b'x'), 'contradictory'), (nt.replies(2), nt.icmp(3, 3), 'contradictory'),
    (nt.replies(77), nt.replies(77), 'malformed')])
def test_readings(status: nt.Script | None, request_: nt.Script | None, reading: str) -> None:
    scripts = {name: script for name, script in (('status', status), ('request', request_)) if script}
    facts, _net = run({1812: by_code(**scripts)}, ['status', 'request'])
    assert facts['servers'][0]['reading'] == reading


def test_a_server_that_waits_for_a_dead_domain_controller_demands_nothing() -> None:
    """FreeRADIUS ends ntlm_auth after 10 s and rejects then; the request of nobody goes the same way."""
    facts, net = run({1812: by_code(status=nt.replies(2), request=nt.replies(3, after=11))}, ['status', 'request'])
    assert facts['servers'][0]['reading'] == 'fine'
    assert net.now - 1000 < 13


def test_silence_to_status_server_alone_is_left_open() -> None:
    facts, _net = run({1812: by_code()}, ['status'])
    assert facts['servers'][0]['reading'] == 'status-silent'


def test_every_pair_of_results_has_a_reading() -> None:
    results = [None, 'authentic', 'bad-authenticator', 'malformed', *radius_judge.WAY, 'timeout']
    for first, second in itertools.product(results, repeat=2):
        rows = [result and {'result': result, 'code': 'Accept'} for result in (first, second)]
        for kind in ('auth', 'acct'):
            assert radius_judge.reading(kind, rows[0], rows[1]), (first, second)   # type: ignore[arg-type]


def test_a_refusal_or_a_wrong_service_is_not_asked_twice() -> None:
    for script in (nt.icmp(3, 3), nt.replies(5)):
        _facts, net = run({1812: by_code(status=script)})
        assert {data[0] for channel in net.channels for data in channel.sent} == {wire.STATUS_SERVER}


def test_servers_are_asked_at_once_and_one_login_goes_to_the_first_that_answers() -> None:
    good = by_code(status=nt.replies(2), request=nt.replies(3), login=nt.replies(3))
    facts, net = run({1: nt.icmp(3, 3), 2: by_code(), 3: good, 4: good})
    assert [row['reading'] for row in facts['servers']] == ['refused', 'silent', 'fine', 'fine']
    assert [bool(row['login']) for row in facts['servers']] == [False, False, True, False]
    assert net.now - 1000 < 8.5


def test_a_login_is_sent_once_and_waited_for_longer() -> None:
    facts, net = run({1812: by_code(status=nt.replies(2), request=nt.replies(3), login=nt.replies(3, after=11))})
    assert facts['servers'][0]['login']['outcome'] == 'reject'
    assert [len(channel.sent) for channel in net.channels] == [1, 1, 1]


def test_a_login_without_a_word() -> None:
    facts, net = run({1812: by_code(status=nt.replies(2), request=nt.replies(3))})
    login = facts['servers'][0]['login']
    assert (login['result'], 'outcome' in login, facts['servers'][0]['reading']) == ('timeout', False, 'fine')
    assert [len(channel.sent) for channel in net.channels] == [1, 1, 1]
    assert net.now - 1000 < 14


def test_no_login_where_nothing_answers() -> None:
    facts, _net = run({1812: nt.replies(3, secret=b'x')})
    assert facts['problems'] == [['pptp_login', 'not-sent', 'no server answers a request like those of pppd']]


def test_budget() -> None:
    assert radius.budget(nt.plan(1, 2)) == {'timeout': 10, 'retries': 3, 'per_server': 30, 'auth': 60, 'acct': 0,
                                            'client': 30}
    assert radius.budget(nt.plan(1)._replace(retries=None))['auth'] is None


def keys(request: bytes, secret: bytes = nt.SECRET, password: str = PASSWORD) -> list[wire.Attribute]:
    """The Microsoft attributes of an accept."""
    packet = wire.decode(request)
    own = dict(wire.vendor_attributes(packet, wire.MICROSOFT))
    value, challenge = own[wire.MS_CHAP2_RESPONSE], own[wire.MS_CHAP_CHALLENGE]
    peer, response = value[2:18], value[26:50]
    master = mppe.master_key(mschap.nt_hash_hash(password), response)
    proof = mschap.authenticator_response(password, response, peer, challenge, USER)
    return [wire.vsa(311, wire.MS_CHAP2_SUCCESS, b'\x07' + proof.encode()),
            *(wire.vsa(311, kind, hidden(key, request[4:20], secret)) for kind, key in (
                (wire.MS_MPPE_SEND_KEY, mppe.send_key(master, True)),
                (wire.MS_MPPE_RECV_KEY, mppe.recv_key(master, True)))),
            wire.vsa(311, wire.MS_MPPE_ENCRYPTION_POLICY, b'\0\0\0\1'),
            wire.vsa(311, wire.MS_MPPE_ENCRYPTION_TYPES, b'\0\0\0\6')]


def hidden(key: bytes, authenticator: bytes, secret: bytes) -> bytes:
    """RFC 2548 2.4.2, the server's half."""
    salt, plain, mixed, out = b'\x80\x01', bytes((len(key),)) + key, b'', b''
    plain += bytes(-len(plain) % 16)
    mixed = authenticator + salt
    for begin in range(0, len(plain), 16):
        mask = wire._md5(secret + mixed)
        mixed = bytes(byte ^ mask[index] for index, byte in enumerate(plain[begin:begin + 16]))
        out += mixed
    return salt + out


def login(change: t.Callable[[list[wire.Attribute], bytes], list[wire.Attribute]], code: int = 2) -> Facts:
    """What is read out of an accept whose attributes *change* has changed."""
    def script(data: bytes, _number: int) -> list[tuple[float, ex.Event]]:
        return [(0.01, ex.Event(nt.answer(data, code, change(keys(data), data)), nt.ADDRESS))]
    facts, _net = run({1812: by_code(status=nt.replies(2), request=nt.replies(3), login=script)})
    return facts['servers'][0]['login']


def test_a_good_login() -> None:
    seen = login(lambda attributes, _data: attributes)
    assert (seen['outcome'], seen['success'], seen['refused']) == ('accept', 'verified', [])
    assert seen['keys'] == {'present': True, 'v1': False, 'send': 'equal', 'recv': 'equal', 'policy': 1, 'types': 6,
                            'bits': [40, 128]}


def without(kind: int) -> t.Callable[[list[wire.Attribute], bytes], list[wire.Attribute]]:
    return lambda attributes, _data: [pair for pair in attributes if pair[1][4] != kind]


def plus(*more: wire.Attribute) -> t.Callable[[list[wire.Attribute], bytes], list[wire.Attribute]]:
    return lambda attributes, _data: [*attributes, *more]


@pytest.mark.parametrize(('change', 'refused'), [
    (without(26), ['success-missing']), (without(16), ['no-keys']), (without(7), ['no-policy']),
    (lambda _attributes, data: keys(data, secret=b'other'), ['key-malformed']),
    (lambda _attributes, data: keys(data, password='other'), ['success-wrong', 'keys-different']),
    (plus((6, b'\0\0\0\6')), ['service-type']), (plus((7, b'\0\0\0\2')), ['framed-protocol']),
    (plus((8, bytes((127, 0, 0, 9)))), ['framed-ip']), (plus((8, bytes((224, 0, 0, 1)))), ['framed-ip']),
    (plus((8, bytes((10, 0, 0, 9)))), []), (plus((8, b'\xff\xff\xff\xff')), []), (plus((8, b'\xff\xff\xff\xfe')), []),
    (plus((6, b'\0\2')), []), (lambda _attributes, _data: [], ['success-missing', 'no-keys'])])
def test_what_pppd_makes_of_an_accept(change: t.Any, refused: list[str]) -> None:
    assert login(change)['refused'] == refused


def test_the_special_addresses() -> None:
    values = (b'\xff\xff\xff\xff', b'\xff\xff\xff\xfe', b'\n\0\0\t')
    assert [login(plus((8, value)))['framed_ip'] for value in values] == ['client-chooses', 'nas-chooses', '10.0.0.9']


@pytest.mark.parametrize(('text', 'code', 'retry', 'meaning'), [
    ('E=691 R=1 C=%s V=3 M=Authentication rejected' % ('0' * 32), 691, True, 'authentication failure'),
    ('E=647 R=0 C=%s V=3 M=Account locked out' % ('0' * 32), 647, False, 'account disabled'),
    ('E=648 R=0', 648, False, 'password expired'), ('\x00nonsense\x1b[31m', None, None, None)])
def test_the_codes_that_pppd_throws_away(text: str, code: int | None, retry: bool | None, meaning: str | None) -> None:
    error = wire.vsa(311, wire.MS_CHAP_ERROR, b'\x07' + text.encode())
    seen = login(lambda _attributes, _data: [error, (18, b'call\x07 us')], code=3)
    assert (seen['outcome'], seen['reply']) == ('reject', 'call us')
    assert (seen['error']['code'], seen['error']['retry'], seen['error']['meaning']) == (code, retry, meaning)
    assert '\x1b' not in json.dumps(seen)


def test_no_secret_password_or_key_is_in_the_facts() -> None:
    seen = json.dumps(login(lambda attributes, _data: attributes))
    for secret in (nt.SECRET.decode(), PASSWORD, mschap.nt_hash(PASSWORD).hex()):
        assert secret not in seen


def test_the_realm_and_the_identifier_of_pppd() -> None:
    plan = nt.plan(1812, realm='lab.test', identifier='vpn-one', caller='198.51.100.7')
    _facts, net = run({1812: by_code(status=nt.replies(2), request=nt.replies(3), login=nt.replies(3))}, plan=plan)
    packet = wire.decode(net.channels[2].sent[0])
    assert packet.values(1) == [b'alice@lab.test'] and packet.values(32) == [b'vpn-one']
    assert packet.values(31) == [b'198.51.100.7'] and packet.values(4) == []
    challenge, value = (dict(wire.vendor_attributes(packet, 311))[kind] for kind in (11, 25))
    assert value[26:50] == mschap.nt_response(challenge, value[2:18], USER, PASSWORD)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_datagram_is_judged(data: bytes) -> None:
    asked = rq.request(nt.SECRET, {}, bytes)
    assert rq.judge(data, asked) in ('bad-authenticator', 'malformed')
    rq.code(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([6, 7, 8, 18, 26, 27, 80, 99]), st.binary(max_size=60)), max_size=12),
       st.lists(st.tuples(st.sampled_from([2, 7, 8, 12, 16, 17, 26]), st.binary(max_size=60)), max_size=12),
       st.sampled_from([2, 3, 11]))
def test_any_authentic_answer_to_a_login_is_judged(attributes: list[wire.Attribute], own: list[wire.Attribute],
                                                   code: int) -> None:
    asked = rq.login(nt.SECRET, {}, USER, PASSWORD, bytes)
    data = nt.answer(asked.data, code, [*attributes, *(wire.vsa(311, *pair) for pair in own)])
    json.dumps(radius_login.judge(data, asked, USER, PASSWORD))


def test_a_user_name_beyond_all_bounds() -> None:
    packet = wire.decode(rq.login(nt.SECRET, {}, 'x' * 999, PASSWORD, bytes).data)
    assert len(packet.values(1)[0]) == wire.LONGEST
    with pytest.raises(WireError):
        wire.access_request(1, bytes(16), [(80, bytes(16))])
