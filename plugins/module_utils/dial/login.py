# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client's side of a login: PAP, CHAP, MS-CHAP, MS-CHAPv2, and EAP as far as to say one's name."""

from __future__ import annotations

import hmac
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, lcp, mppe, mschap, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

AGAIN = 5.0      # seconds until an answer that got no reply is sent once more
TIMES = 4        # how often it is sent: a server must answer the same again (RFC 1994 4.2), and some count failures
PAP_AGAIN, PAP_TIMES = 3.0, 10    # of PAP, where nobody but this side repeats anything: those of pppd
AHEAD = 20       # how often, where the server has gone on: it has judged the answer long ago
CHALLENGES = 8   # that are answered: each costs some ms of DES
PROTOCOLS = {'pap': ppp.PAP, 'chap-md5': ppp.CHAP, 'mschap': ppp.CHAP, 'mschapv2': ppp.CHAP, 'eap': ppp.EAP}


class Login:
    """*send* takes a protocol and a packet. *state* is ``waiting``, ``ok`` or ``failed``, *why* then a word of
    result.WHY and *detail* the server's text; *seen* goes into the result; *keys* are MPPE's start keys for what this
    side sends and receives, of an MS-CHAP login only. *repeats* and *resent* are signs of loss as in a negotiation."""

    def __init__(self, settings: Settings, method: str, entropy: t.Callable[[int], bytes],
                 send: t.Callable[[int, ppp.Packet], None]) -> None:
        self._settings, self.method, self._entropy, self._send = settings, method, entropy, send
        self.state, self.why, self.detail = 'waiting', '', ''
        self.seen: dict[str, t.Any] = {'method': method}
        self.keys: tuple[bytes, bytes] | None = None
        self.deadline: float | None = None
        self.repeats = self.resent = 0
        self._protocol = PROTOCOLS.get(method, 0)
        self._answer: ppp.Packet | None = None       # the last one
        self._question: ppp.Packet | None = None     # that it answers
        self._times = self._answered = 0
        self._again, self._most = (PAP_AGAIN, PAP_TIMES) if method == 'pap' else (AGAIN, TIMES)
        self._proof = ''
        self.since: float | None = None      # when this side first had something to say

    def start(self, now: float) -> None:
        """PAP begins by itself; of the others the server does, and of no method at all there is nothing to do."""
        if self.method == 'none':
            self.state = 'ok'
        elif self.method == 'pap':
            self._try(lambda: auth.pap_request(self._settings.user, self._settings.password),
                      lambda data: self._say(ppp.Packet(auth.PAP_REQUEST, 1, data), now))

    def _try(self, make: t.Callable[[], bytes], then: t.Callable[[bytes], None]) -> None:
        """A name or a password that has no bytes fails the login, and its error is not looked at."""
        try:
            data = make()
        except WireError:
            self._end('failed', 'bad-credentials')
        else:
            then(data)

    def _say(self, answer: ppp.Packet, now: float) -> None:
        self._answer, self._times = answer, 0
        self.since = now if self.since is None else self.since
        self.again(now)

    def again(self, now: float, most: int = 0) -> None:
        """Send the last answer once more, unless that was done often enough."""
        if self._answer is None or self._times >= (most or self._most) or self.state == 'failed':
            self.deadline = None
            return
        self._times += 1
        self.deadline = now + self._again if self.state == 'waiting' else None
        self._send(self._protocol, self._answer)

    def tick(self, now: float) -> None:
        if self.deadline is not None and now >= self.deadline:
            self.again(now)

    def behind(self, now: float) -> None:
        """The server speaks as one that has confirmed the login: the confirmation was lost, and is asked for again."""
        self.repeats += 1
        self.again(now, AHEAD)

    def receive(self, protocol: int, packet: ppp.Packet, now: float) -> None:
        """A packet of PAP, CHAP or EAP; those of another method than the agreed one are not listened to."""
        if protocol != self._protocol or self.state == 'failed':
            return
        handler = {ppp.PAP: self._pap, ppp.CHAP: self._chap, ppp.EAP: self._eap}[protocol]
        handler(packet, now)

    def _end(self, state: str, why: str = '', detail: str = '') -> None:
        self.state, self.why, self.detail, self.deadline = state, why, detail, None
        self.resent += self._times > 1

    def _pap(self, packet: ppp.Packet, now: float) -> None:
        if self.state != 'waiting' or self._answer is None or packet.id != self._answer.id:
            return
        text = lcp.printable(auth.pap_message(packet.data))
        if packet.code == auth.PAP_ACK:
            self._end('ok', detail=text)
        elif packet.code == auth.PAP_NAK:
            self._refused(None, text)

    def _refused(self, failure: mschap.Failure | None, text: str) -> None:
        code = failure.code if failure else None
        self.seen['failure'] = {'code': code, 'words': mschap.CODES.get(code or 0, ''), 'message': text,
                                'retry': failure.retry if failure else None}
        self._end('failed', 'rejected', text)

    def _chap(self, packet: ppp.Packet, now: float) -> None:
        if packet.code == auth.CHALLENGE:
            self._challenged(packet, now)
        elif self._answer is None or packet.id != self._answer.id or self.state != 'waiting':
            return
        elif packet.code == auth.FAILURE:
            microsoft = self.method != 'chap-md5'
            failure = mschap.failure(packet.data[:512]) if microsoft else None
            text = failure.message if failure and failure.code is not None else packet.data.decode('utf-8', 'replace')
            self._refused(failure, lcp.printable(text.encode('utf-8', 'replace')))
        elif packet.code == auth.SUCCESS:
            self._succeeded(packet.data)

    def _challenged(self, packet: ppp.Packet, now: float) -> None:
        """A repeated challenge gets the same answer, so that the server's proof fits whichever arrives."""
        if packet == self._question:
            self.repeats += 1
            self.again(now)
            return
        if self._answered >= CHALLENGES:
            return
        self._answered += 1
        challenge = auth.decode_challenge(packet.data)
        self.seen['server'] = lcp.printable(challenge.name)
        value = self._respond(packet.id, challenge.value)
        names: list[bytes] = []
        self._try(lambda: auth.name(self._settings.user), names.append)
        if value and names:
            self._question = packet
            data = auth.encode_challenge(value, names[0])
            self._say(ppp.Packet(auth.RESPONSE, packet.id, data), now)

    def _respond(self, number: int, challenge: bytes) -> bytes:
        """The value of the response, empty where the credentials have none. WireError for a challenge that is none."""
        user, password = self._settings.user, self._settings.password
        if len(challenge) != {'mschap': 8, 'mschapv2': 16}.get(self.method, len(challenge)):
            raise WireError('a challenge of another length')
        peer = self._entropy(16) if self.method == 'mschapv2' else b''
        found: list[bytes] = []
        if self.method == 'mschapv2':
            self._try(lambda: auth.mschapv2_response(challenge, peer, user, password), found.append)
        elif self.method == 'mschap':
            self._try(lambda: auth.mschap_response(challenge, password), found.append)
        else:
            self._try(lambda: auth.chap_md5(number, password, challenge), found.append)
        if found and self.method != 'chap-md5':
            self._keep(challenge, peer, found[0])
        return found[0] if found else b''

    def _keep(self, challenge: bytes, peer: bytes, response: bytes) -> None:
        """What a success will be held against, and the keys that it brings."""
        user, password, answer = self._settings.user, self._settings.password, response[24:48]
        twice = mschap.nt_hash_hash(password)
        if self.method == 'mschap':
            key = mppe.start_key_v1(twice, challenge)
            self.keys = key, key
            return
        self._proof = mschap.authenticator_response(password, answer, peer, challenge, user)
        master = mppe.master_key(twice, answer)
        self.keys = mppe.send_key(master, server=False), mppe.recv_key(master, server=False)

    def _succeeded(self, data: bytes) -> None:
        text = lcp.printable(data)
        if self.method == 'mschapv2':
            given = data[:len(self._proof)].upper()
            self.seen['verified'] = hmac.compare_digest(given, self._proof.encode('ascii'))
            if not self.seen['verified']:
                self._end('failed', 'server-not-verified')
                return
            text = text[len(self._proof):].partition('M=')[2]
        self._end('ok', detail=text)

    def _eap(self, packet: ppp.Packet, now: float) -> None:
        """Every method is refused, but their names are learned on the way."""
        if packet.code == auth.EAP_FAILURE and self._answer is not None:
            self._end('failed', 'no-method' if self.seen.get('eap') else 'rejected')
        elif packet.code == auth.EAP_SUCCESS and self._answer is not None:
            self._end('ok')
        elif packet.code == auth.EAP_REQUEST and packet == self._question:
            self.repeats += 1
            self.again(now)
        elif packet.code == auth.EAP_REQUEST and self._answered < CHALLENGES:
            self._question = packet
            self._answered += 1
            self._asked(packet, now)

    def _asked(self, packet: ppp.Packet, now: float) -> None:
        kind = auth.eap_type(packet.data)
        if kind == auth.EAP_IDENTITY:
            self._try(lambda: auth.eap_identity(self._settings.user),
                      lambda data: self._say(ppp.Packet(auth.EAP_RESPONSE, packet.id, data), now))
        elif kind == auth.EAP_NOTIFICATION:
            self._say(ppp.Packet(auth.EAP_RESPONSE, packet.id, bytes((kind,))), now)
        else:
            self.seen.setdefault('eap', []).append(auth.eap_name(kind))
            self._say(ppp.Packet(auth.EAP_RESPONSE, packet.id, auth.eap_nak()), now)
