# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What this side asks for and accepts in LCP, CCP and IPCP."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.negotiation import Answer, Policy, sort
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import LOGIN, METHODS, PATH, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp, ipcp, lcp, ppp

MOST = 16     # what is remembered of a list that the peer makes
LOOPS = 3     # own magic numbers that come back until it counts as a mirror
AFRESH = 4    # times that a server may begin anew with its methods
Options = t.Tuple[ppp.Option, ...]


class LinkPolicy(Policy):
    """LCP: no escapes and a magic number are asked for. *offered* are the methods that the server asked for, in that
    order; *method* the one that was accepted, ``none`` where it asks for none; *exhausted*: it was suggested every
    method there is to suggest."""

    def __init__(self, settings: Settings, entropy: t.Callable[[int], bytes]) -> None:
        self._settings, self._entropy = settings, entropy
        self.magic = self._random()
        self.offered: list[str] = []
        self.method = ''
        self.mru = lcp.DEFAULT_MRU
        self.asked: list[str] = []
        self.exhausted = False
        self._suggested: list[str] = []
        self._named: list[str] = []      # as offered, since the server began, or began anew
        self._afresh = 0
        self._loops = 0
        self._dropped: set[int] = set()

    def _random(self) -> int:
        return int.from_bytes(self._entropy(4), 'big') or 1

    def request(self) -> Options:
        wanted = ((lcp.ACCM, bytes(4)), (lcp.MAGIC, self.magic.to_bytes(4, 'big')))
        return tuple(option for option in wanted if option[0] not in self._dropped)

    def refused(self, options: Options, reject: bool) -> None:
        kinds = {kind for kind, _value in options}
        if reject:
            self._dropped |= kinds
        elif lcp.MAGIC in kinds:
            self._looped()

    def _looped(self) -> None:
        self._loops += 1
        self.magic = self._random()
        if self._loops >= LOOPS:
            self.why = 'looped'

    def judge(self, options: Options) -> Answer:
        if (lcp.MAGIC, self.magic.to_bytes(4, 'big')) in options:
            self._looped()
            return Answer(ppp.CONF_NAK, ((lcp.MAGIC, self._entropy(4)),))
        self.mru = next((int.from_bytes(value, 'big') for kind, value in options if kind == lcp.MRU), lcp.DEFAULT_MRU)
        kinds = [lcp.OPTIONS.get(kind, str(kind)) for kind, _value in options]
        self.asked = sorted(set(self.asked) | set(kinds))[:2 * MOST]
        answer = sort(options, self._unwanted, self._better)
        if self.exhausted:
            return Answer(ppp.CONF_REJECT, tuple(option for option in options if option[0] == lcp.AUTH))
        return answer

    @staticmethod
    def _unwanted(option: ppp.Option) -> bool:
        known = (lcp.MRU, lcp.ACCM, lcp.AUTH, lcp.MAGIC, lcp.PFC, lcp.ACFC)
        return option[0] not in known or not lcp.valid(option)

    def _better(self, option: ppp.Option) -> ppp.Option | None:
        """Another method for one that will not do. Once there is none left to suggest, the session is to end it."""
        if option[0] != lcp.AUTH:
            return None
        method = lcp.method(option[1])
        self._note(method)
        mode = self._settings.mode
        if mode == PATH or mode == LOGIN and method in self._settings.methods:
            return None
        candidates = self._settings.suggested if mode == METHODS else self._settings.methods
        left = [other for other in candidates if other not in (*self._suggested, *self._named)]
        if not left:
            self.exhausted = True
            return None
        self._suggested.append(left[0])
        return lcp.AUTH, lcp.METHODS[left[0]]

    def _note(self, method: str) -> None:
        """The server asks for *method*. One that goes back to an earlier one has begun anew, as a pppd does with all
        its methods where its side alone was open (fsm_sconfreq, lcp_resetci): what was suggested is forgotten."""
        if method in self._named[:-1] and method != self._named[-1] and self._afresh < AFRESH:
            self._afresh += 1
            self._named, self._suggested = [], []
        if method not in self._named[-1:] and len(self._named) < MOST:
            self._named.append(method)
        if method not in self.offered and len(self.offered) < MOST:
            self.offered.append(method)

    def accepted(self, options: Options) -> None:
        self.method = next((lcp.method(value) for kind, value in options if kind == lcp.AUTH), 'none')
        if self.method == 'none' and self.offered:     # it has run out of methods; pppd will now end the link
            self.method, self.exhausted = '', True


class EncryptionPolicy(Policy):
    """CCP: MPPE, stateless, of one of the strengths that will do. *strength* is what both sides agreed upon, None where
    there is no encryption; *offered* are the bits that the server named."""

    def __init__(self, strengths: tuple[int, ...], required: bool) -> None:
        self._strengths, self._required = strengths, required
        self._wanted: tuple[int, ...] = strengths    # all at once: a pppd does not say that it wants another one
        self._ours: int | None = None
        self._peers: int | None = None
        self.offered: list[int] = []

    @property
    def strength(self) -> int | None:
        return self._ours if self._ours == self._peers else None

    def _bits(self, *strengths: int) -> int:
        return ccp.STATELESS | sum(ccp.STRENGTHS[one] for one in strengths)

    def _note(self, bits: int) -> None:
        if bits not in self.offered and len(self.offered) < MOST:
            self.offered.append(bits)

    def _usable(self, bits: int) -> int | None:
        return next((one for one in self._strengths if bits & ccp.STRENGTHS[one]), None)

    def request(self) -> Options:
        return (ccp.option(self._bits(*self._wanted)),) if self._wanted else ()

    def refused(self, options: Options, reject: bool) -> None:
        bits = ccp.bits_of(options)
        if reject:
            self._without('encryption-refused')
        elif bits is not None:
            self._note(bits)
            usable = self._usable(bits)
            self._wanted = () if usable is None else (usable,)
            if usable is None:
                self._without('strength' if ccp.strengths(bits) else 'encryption-refused')

    def _without(self, why: str) -> None:
        self._wanted = ()
        if self._required:
            self.why = why

    def judge(self, options: Options) -> Answer:
        bits = ccp.bits_of([option for option in options if len(option[1]) == 4])
        if bits is not None:
            self._note(bits)
            if self._usable(bits) is None and self._required:
                self.why = 'strength'
        return sort(options, self._unwanted, self._better)

    def _unwanted(self, option: ppp.Option) -> bool:
        kind, value = option
        return kind != ccp.MPPE or len(value) != 4 or self._usable(int.from_bytes(value, 'big')) is None

    def _better(self, option: ppp.Option) -> ppp.Option | None:
        bits = int.from_bytes(option[1], 'big')
        wanted = ccp.option(self._bits(self._usable(bits) or self._strengths[0]))
        return None if option == wanted else wanted

    def accepted(self, options: Options) -> None:
        bits = ccp.bits_of(options)
        self._peers = None if bits is None else self._usable(bits)

    def agreed(self, options: Options) -> None:
        bits = ccp.bits_of(options)
        self._ours = None if bits is None else self._usable(bits)


class AddressPolicy(Policy):
    """IPCP: an address and two name servers are asked for. *address* is ours, *peer* the server's."""

    def __init__(self) -> None:
        self._wanted = {ipcp.ADDRESS: ipcp.NONE, ipcp.DNS1: ipcp.NONE, ipcp.DNS2: ipcp.NONE}
        self.address = self.peer = ''
        self.dns: list[str] = []

    def request(self) -> Options:
        return tuple(ipcp.option(kind, address) for kind, address in self._wanted.items())

    def refused(self, options: Options, reject: bool) -> None:
        for kind, value in options:
            if reject:
                self._wanted.pop(kind, None)
            elif kind in self._wanted:
                self._wanted[kind] = ipcp.decode_address(value)
        if ipcp.ADDRESS not in self._wanted:
            self.why = 'no-address'

    def judge(self, options: Options) -> Answer:
        return sort(options, self._unwanted, lambda option: None)

    @staticmethod
    def _unwanted(option: ppp.Option) -> bool:
        """A peer that has no address itself wants one from us; pppd as a client rejects that, too."""
        return option[0] != ipcp.ADDRESS or len(option[1]) != 4 or option[1] == bytes(4)

    def accepted(self, options: Options) -> None:
        self.peer = ipcp.address_of(options, ipcp.ADDRESS) or ''

    def agreed(self, options: Options) -> None:
        found = {kind: ipcp.decode_address(value) for kind, value in options}
        self.address = found.get(ipcp.ADDRESS, ipcp.NONE)
        self.dns = [found[kind] for kind in (ipcp.DNS1, ipcp.DNS2) if found.get(kind, ipcp.NONE) != ipcp.NONE]
        if self.address == ipcp.NONE:
            self.why = 'no-address'
