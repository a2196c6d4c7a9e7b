# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What comes after a login: encryption, an address, and a ping to prove that both are good for something."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.negotiation import FAILED, OPENED, Negotiation
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.policies import AddressPolicy, EncryptionPolicy
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp, ip, ipcp, lcp, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.mppe_cipher import Cipher

PATIENT = 4.0        # seconds: a server whose side is not open yet repeats its request after three
PING_EVERY = 0.5     # seconds at most; the first ones follow faster, since a server sets up its interface meanwhile
PING_AGAIN = 0.03    # seconds until the second; the pause doubles each time
SKIPPED = 4096       # keys of packets that never came: each costs time, and a server could claim any number of them
GARBAGE = 2          # packets that made no sense until the keys are known to differ
_IDENTIFIER = 0x5050
_IPV6 = 0x0057

if t.TYPE_CHECKING:
    from ansible_collections.vpnops.pptp.plugins.module_utils.dial.link import Port


class Network:
    """*keys*: MPPE's start keys for what is sent and received, None where the login left none."""

    def __init__(self, settings: Settings, keys: tuple[bytes, bytes] | None,
                 send: t.Callable[[int, ppp.Packet], None], port: Port) -> None:
        self._settings, self._keys, self._send, self._port = settings, keys, send, port
        self._required = settings.mppe == 'require'
        self._wanted = settings.strengths if keys and settings.mppe != 'none' else ()
        self.encryption = EncryptionPolicy(self._wanted, self._required)
        self.addresses = AddressPolicy()
        self.ccp = Negotiation(self.encryption, lambda packet: send(ppp.CCP, packet), settings.retry, settings.tries)
        self.ipcp = Negotiation(self.addresses, lambda packet: send(ppp.IPCP, packet), settings.retry, settings.tries)
        self.parts = (self.ccp, self.ipcp)
        self._ciphers: tuple[Cipher, Cipher] | None = None
        self._secured = False
        self._up: float | None = None        # since when an address stands
        self._until: float | None = None     # when silence is to be judged
        self._mark: tuple[int, ...] | None = None    # the signs of loss then, where that was put off
        self._pings = 0
        self._pinged = 0.0
        self._answered: float | None = None
        self._sensible = self._garbage = 0   # packets that decryption made something of, or that it did not, either way

    @property
    def deadline(self) -> float | None:
        due = [part.deadline for part in self.parts if part.deadline is not None]
        if self._until is not None:
            due.append(self._until)
            due += [self._pinged + self._pause()] if self._settings.ping else []
        return min(due) if due else None

    def _pause(self) -> float:
        return min(PING_EVERY, PING_AGAIN * 2 ** min(self._pings - 1, 9)) if self._pings else PING_EVERY

    def start(self, now: float) -> None:
        if self._required and not self._keys:
            self._port.end('failed', 'ccp', 'no-key')
        elif self._wanted:
            self.ccp.open(now)
        else:
            self._settled(now)

    def frame(self, frame: ppp.Frame, now: float) -> None:
        if frame.protocol in (ppp.CCP, ppp.IPCP):
            self._control(frame.protocol, ppp.decode(frame.body), now)
        elif frame.protocol == ppp.COMPRESSED:
            self._decrypt(frame.body, now)
        elif not self._ciphers:      # in the clear, where encryption was agreed on, it is dropped, as pppd does
            self._answer(ip.decode(frame.body), now)

    def _control(self, protocol: int, packet: ppp.Packet, now: float) -> None:
        part = self.ccp if protocol == ppp.CCP else self.ipcp
        if ppp.CONF_REQUEST <= packet.code <= ppp.CONF_REJECT:
            part.receive(packet, now)
        elif packet.code == ppp.TERM_REQUEST:
            self._send(protocol, packet._replace(code=ppp.TERM_ACK))
            text = lcp.reason(packet.data).text
            if protocol == ppp.IPCP:
                self._port.end('failed', 'ipcp', 'terminated', text)
            elif self._required:
                self._port.end('failed', 'ccp', 'terminated', text)
            else:
                part.fail('terminated')

    def refused(self, protocol: int, now: float) -> None:
        """The peer does not speak *protocol*, or it is what it made of an encrypted packet: then it may be any number,
        even that of a protocol which it has spoken."""
        if protocol == ppp.CCP and not self.ccp.heard:
            self.ccp.fail('no-ccp')
        elif protocol == ppp.IPCP and not self.ipcp.heard:
            self.ipcp.fail('no-ipcp')
        elif self._ciphers:
            self._garbage += 1

    @property
    def verified(self) -> bool | None:
        """Whether both ends have the same keys; None as long as nothing shows it."""
        return True if self._sensible else False if self._garbage >= GARBAGE else None

    def tick(self, now: float) -> None:
        for part in self.parts:
            part.tick(now)
        if self._until is None:
            return
        if now >= self._until:
            self._until = None
            self._port.silent('ping')
        elif self._settings.ping and now >= self._pinged + self._pause():
            self._ping(now)

    def quiet(self, now: float) -> None:
        """Since the address stands, nothing has come but answers to echoes, which tell whether something was lost. A
        disturbed network is given more time: until the server would have repeated what it got no answer to."""
        doubt = any(self._port.signs)
        end = t.cast(float, self._up) + self._settings.limits.ping
        if doubt and now < end:
            self._until, self._mark = end, self._mark or self._port.signs
        elif self.verified is False:
            self._port.end('failed', 'ccp', 'keys-differ')
        elif self._settings.ping:
            self._port.end('unknown' if doubt else 'ok', 'ping', 'lossy' if doubt else '',
                           'no answer to a ping' if self._pings else 'no address to ping')
        else:
            doubt = doubt and self._mark != self._port.signs
            self._port.end('unknown' if doubt else 'ok', 'ipcp', 'lossy' if doubt else '')

    def follow(self, now: float) -> None:
        """What follows from the state of both negotiations."""
        if self.ccp.state == FAILED and self._required:
            self._over('ccp', self.ccp.why)
        elif self.ccp.state == OPENED and self._required and not self.encryption.strength:
            self._port.end('failed', 'ccp', 'encryption-refused')
        elif self.ccp.state in (OPENED, FAILED) and not self._secured:
            self._settled(now)
        if self.ipcp.state == FAILED:
            self._over('ipcp', self.ipcp.why)
        elif self.ipcp.state == OPENED and self._secured and self._up is None:
            self._up = now
            self._until = now + min(PATIENT, self._settings.limits.ping)
            self._port.passed('ipcp', now)
            if self._settings.ping:
                self._ping(now)

    def _over(self, step: str, why: str) -> None:
        if why == 'no-answer':
            self._port.silent(step)
        else:
            self._port.end('failed', step, why)

    def _settled(self, now: float) -> None:
        """Encrypted or not, it is agreed upon."""
        self._secured = True
        strength = self.encryption.strength if self.ccp.state == OPENED else None
        if strength and self._keys:
            self._ciphers = Cipher(self._keys[0], strength), Cipher(self._keys[1], strength)
        self._port.passed('ccp', now)
        self.ipcp.open(now)

    def _ping(self, now: float) -> None:
        self._pinged = now
        if not (self.addresses.peer and self.addresses.address):
            return
        self._pings += 1
        source, target = (ipcp.encode_address(one) for one in (self.addresses.address, self.addresses.peer))
        packet = ip.encode(ip.Echo(ip.ECHO_REQUEST, source, target, _IDENTIFIER, self._pings & 0xffff, bytes(32)))
        frame = ppp.Frame(ppp.IP, packet)
        if self._ciphers:
            hidden = ppp.IP.to_bytes(2, 'big') + packet
            frame = ppp.Frame(ppp.COMPRESSED, self._ciphers[0].encrypt(hidden))
        self._port.transmit(ppp.encode_frame(frame))

    def _decrypt(self, body: bytes, now: float) -> None:
        """Only with the right key does a packet make sense: one of IPv4 has a checksum, one of IPv6 its length."""
        if not self._ciphers or self._ciphers[1].skipped > SKIPPED:
            return
        hidden = self._ciphers[1].decrypt(body)
        self._garbage += 1           # until it turns out to be something
        protocol, begin = ppp.decode_protocol(hidden)
        packet = hidden[begin:]
        if protocol == _IPV6 and ip.is_ipv6(packet):
            self._sensible += 1
        elif protocol == ppp.IP:
            echo = ip.decode(packet)
            self._sensible += 1
            self._answer(echo, now)

    def _answer(self, echo: ip.Echo | None, now: float) -> None:
        if echo and echo.kind == ip.ECHO_REPLY and echo.identifier == _IDENTIFIER and self._pings:
            self._answered = now if self._answered is None else self._answered
            self._port.passed('ping', now)
            self._port.end('ok', 'ping')

    def seen(self) -> dict[str, t.Any]:
        """For the result."""
        strength = self.encryption.strength if self._ciphers else None
        found: dict[str, t.Any] = {'ccp': {'offered': [ccp.words(bits) for bits in self.encryption.offered],
                                           'strength': strength, 'verified': self.verified}}
        if self.ipcp.heard:
            found['ipcp'] = {'address': self.addresses.address, 'peer': self.addresses.peer,
                             'dns': self.addresses.dns}
        if self._pings:
            found['ping'] = {'sent': self._pings, 'answered': self._answered is not None}
        return found
