# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probe beside the real radius.so of pppd 2.4.9 and 2.5.2: the same packets, the same verdicts, no harm done."""

from __future__ import annotations

import threading
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import radius
from tests.aaa import pppd_plugin
from tests.aaa.marks import some
from tests.aaa.radius_rig import RAD, SECRET, USERS, VPN, Edit, Lab, mschap

_LISTEN = '''import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 1812)); s.settimeout(20)
print("ready", flush=True)
print(s.recv(4096).hex())
'''
_SIGNED = '''import hmac, os, socket, struct, sys
secret, user = sys.argv[1].encode(), b"alice"
head = struct.pack(">BBH", 1, 9, 20 + 7 + 18) + os.urandom(16) + bytes((1, 7)) + user + bytes((80, 18))
data = head + hmac.new(secret, head + bytes(16), "md5").digest()
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.sendto(data, (sys.argv[2], 1812))
try:
    print(s.recv(4096)[0])
except OSError:
    print("nothing")
'''
_KINDS = {'status': ['status'], 'request': ['status', 'request'], 'login': ['status', 'request', 'login']}


@pytest.fixture(scope='session')
def _shimmed() -> dict[int, bool]:
    return {}


@pytest.fixture
def pppd(lab: Lab, _shimmed: dict[int, bool]) -> t.Callable[..., pppd_plugin.Seen]:
    """A login through pppd on the VPN server."""
    return _with_shim(lab, _shimmed)


def _with_shim(lab: Lab, done: dict[int, bool]) -> t.Callable[..., pppd_plugin.Seen]:
    if pppd_plugin.missing():
        pytest.skip(pppd_plugin.missing())
    if id(lab) not in done:
        pppd_plugin.install(lab.vpn, lab.work)
        done[id(lab)] = True
    return lambda user='alice', password=None: pppd_plugin.login(lab.vpn, user, password or USERS[user])


def test_a_login_through_pppd(lab: Lab, pppd: t.Callable[..., pppd_plugin.Seen]) -> None:
    lab.start()
    seen = pppd()
    assert (seen.good, seen.keys, seen.message[:2]) == (True, True, 'S=')
    assert not pppd('alice', 'wrong').good


def _heard(lab: Lab, action: t.Callable[[], t.Any]) -> radius.Packet:
    """The first packet that comes to the RADIUS server's port while *action* is done."""
    lab.stop()
    found: list[str] = []
    listener = threading.Thread(target=lambda: found.append(lab.rad.run('python3', '-c', _LISTEN).stdout))
    listener.start()
    try:
        while lab.rad.run('sh', '-c', 'grep -q :0714 /proc/net/udp', check=False).returncode:
            pass
        action()
    finally:
        listener.join(30)
    return radius.decode(bytes.fromhex(found[0].split()[1]))


def _shape(packet: radius.Packet) -> list[tuple[t.Any, ...]]:
    """Types, order and lengths; the values of what is not drawn afresh. (pppd 2.5 sends an empty Calling-Station-Id
    where it was not started by pptpd.)"""
    same = (radius.SERVICE_TYPE, radius.FRAMED_PROTOCOL, radius.USER_NAME, radius.NAS_IP_ADDRESS, radius.NAS_PORT)
    return [(kind, value if kind in same else (len(value), value[:6])) for kind, value in packet.attributes
            if kind != radius.CALLING_STATION_ID]


def test_the_login_is_the_packet_that_pppd_sends(lab: Lab, pppd: t.Callable[..., pppd_plugin.Seen]) -> None:
    lab.configure(timeout=1, retries=1)
    theirs = _heard(lab, pppd)
    # status is not sent, and nothing answers the request of nobody: what is heard first has the shape of a login
    ours = _heard(lab, lambda: lab.probe(send=['request'], tries=1))
    assert [row if row[0] != radius.USER_NAME else row[0] for row in _shape(ours)] == [
        row if row[0] != radius.USER_NAME else row[0] for row in _shape(theirs)]
    assert radius.MESSAGE_AUTHENTICATOR not in [kind for kind, _value in ours.attributes + theirs.attributes]


CASES: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], str]] = {
    'healthy': ({}, {}, 'alice'), 'no keys': ({'edits': [mschap('use_mppe', 'no')]}, {}, 'alice'),
    'wrong secret': ({}, {'secret': 'other'}, 'alice'), 'service type': ({}, {}, 'admin'),
    'framed ip': ({}, {}, 'looped'), 'locked': ({}, {}, 'locked'), 'expired': ({}, {}, 'expired'),
    'no Status-Server': ({'edits': [Edit('radiusd.conf', 'status_server = yes', 'status_server = no')]}, {}, 'alice'),
    'demanded': ({'client': 'require_message_authenticator = yes'}, {}, 'alice'),
    'unknown client': ({'address': '10.99.1.77'}, {}, 'alice'),
    'carriage return': ({}, {'servers': f'{RAD} {SECRET}\r\n'}, 'alice'),
    'quoted': ({}, {'servers': f'{RAD} "{SECRET}"\n'}, 'alice'),
    'pair, neither first': ({}, {'servers': f'10.99.2.9/{RAD} {SECRET}\n'}, 'alice'),
    'pair, server first': ({}, {'servers': f'{RAD}/vpn {SECRET}\n'}, 'alice'),
    'pair, this host first': ({}, {'servers': f'vpn/{RAD} {SECRET}\n'}, 'alice'),
    'comments and blanks': ({}, {'servers': f'\n # {RAD} other\n#{RAD} other\n\t{RAD} \t{SECRET} # mine\n'}, 'alice'),
    'no line end': ({}, {'servers': f'{RAD} {SECRET}'}, 'alice'),
    'long comment': ({}, {'servers': '#' + 'x' * 126 + f'{RAD} other\n{RAD} {SECRET}\n'}, 'alice'),
    'name in servers': ({}, {'servers': f'rad {SECRET}\n', 'hosts': f'{RAD} rad.lab.test rad\n'}, 'alice'),
    'name of two addresses': ({}, {'servers': f'rad {SECRET}\n', 'hosts': f'10.99.2.9 rad\n{RAD} rad\n'}, 'alice'),
    'leading zeros': ({}, {'auth': '10.099.2.2'}, 'alice'),
    'two secrets': ({}, {'servers': f'{RAD} other\n{RAD} {SECRET}\n'}, 'alice'),
    'no secret': ({}, {'servers': f'10.99.2.9 {SECRET}\n'}, 'alice'),
    'by name': ({}, {'auth': 'rad.lab.test', 'hosts': f'{RAD} rad.lab.test\n'}, 'alice'),
    'own name': ({}, {'own': ''}, 'alice'),
    'bindaddr of no host': ({}, {'more': 'bindaddr 10.99.1.9\n'}, 'alice'),
}


@pytest.mark.parametrize('case', some(CASES, 'healthy', 'wrong secret', 'no keys', 'service type', 'demanded',
                                      'carriage return', 'pair, this host first'))
def test_pppd_and_the_probe_agree(lab: Lab, pppd: t.Callable[..., pppd_plugin.Seen], case: str) -> None:
    server, client, user = CASES[case]
    lab.serve(**server)
    lab.configure(timeout=1, retries=1, **client)
    theirs = pppd(user)
    found = lab.probe(send=['status', 'login'], user=user, password=USERS[user])
    assert _works(found) == (theirs.good, theirs.keys), (found, theirs)


def _works(found: dict[str, t.Any]) -> tuple[bool, bool]:
    """Whether pppd lets the user in, and whether it has keys, by what the probe found."""
    seen = found['servers'][0]
    login = seen['login'] or {}
    if login.get('outcome') != 'accept' or 'own-name' in [problem[1] for problem in found['problems']]:
        return False, False
    refused = set(login['refused'])
    return not refused - {'no-keys', 'no-policy'}, not refused


@pytest.mark.parametrize('secret', [SECRET, 'other'])
@pytest.mark.parametrize('kind', _KINDS)
def test_no_probe_changes_how_the_next_login_of_pppd_is_treated(newer: Lab, _shimmed: dict[int, bool], kind: str,
                                                                secret: str) -> None:
    pppd = _with_shim(newer, _shimmed)
    newer.start()                                                            # in auto: it has seen nobody
    newer.configure(secret=secret)
    newer.probe(send=_KINDS[kind], user='alice', password=USERS['alice'])
    newer.configure(timeout=2, retries=1)
    seen = pppd()
    assert (seen.good, seen.keys) == (True, True)
    assert 'Setting "require_message_authenticator = true"' not in newer.log()


@pytest.mark.parametrize('secret', [SECRET, 'other'])
def test_a_request_with_message_authenticator_locks_pppd_out(newer: Lab, _shimmed: dict[int, bool],
                                                             secret: str) -> None:
    """The harm that the tests above would show: what radtest sends, here by hand."""
    pppd = _with_shim(newer, _shimmed)
    newer.start()
    answer = newer.vpn.run('python3', '-c', _SIGNED, secret, RAD).stdout.strip()
    assert answer == ('3' if secret == SECRET else 'nothing')
    newer.configure(timeout=1, retries=1)
    seen = pppd()
    assert not seen.good and 'no reply from RADIUS server' in seen.log
    assert newer.probe(send=['status', 'request'])['servers'][0]['reading'] == 'message-authenticator-demanded'
    assert f'client {VPN}' in newer.log() or 'require_message_authenticator = true' in newer.log()
