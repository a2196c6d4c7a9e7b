# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a dial to causes: where it stopped and why, beside what the host itself is found to be like."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_gre, dial_login, finding as fi
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import DECIDES, Candidate, ranked
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import HOST
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import SUBJECT, Dial, addresses
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Proof

Found = list[Candidate]
Resolver = t.Callable[[Facts, Dial], Found]
_ELSEWHERE = ('pptp_logs', SUBJECT)     # facts that are no files of the host
#: What a cause weighs that the host's own files speak against: too little to be named, unless the server's own answer
#: leaves no other.
_REFUTED, _TOLD = 39, 60
#: A host's own files never speak against these: they may lie in front of it, or in what was typed.
BEYOND = ('tcp1723-blocked', 'gre-blocked', 'isp-filtering', 'gre-nat-asymmetric', 'dns-resolution-failed',
          'wrong-secret')
_OF_AUTH = 'no-secret-for-user'         # whoever was asked for may be unknown, although others are known


def _unknown_name(facts: Facts, dial: Dial) -> Found:
    return [Candidate('dns-resolution-failed', 88, 'the name of the server has no address where it was dialled')]


#: By the step and why; ``''`` is any other reason at that step.
RESOLVERS: dict[str, dict[str, Resolver]] = {
    'tcp': {'no-name': _unknown_name, 'refused': dial_gre.refused, '': dial_gre.silent},
    'control': {'': dial_gre.control}, 'call': {'': dial_gre.control}, 'gre': {'': dial_gre.gre},
    'lcp': {'': dial_login.link}, 'auth': {'': dial_login.auth}, 'ccp': {'': dial_login.encryption},
    'ipcp': {'': dial_login.addressing}, 'ping': {'': dial_login.encryption},
}


def candidates(facts: Facts, dial: Dial, findings: t.Iterable[Finding] = (), others_work: bool = False
               ) -> tuple[Candidate, ...]:
    """What may be the cause of a *dial* that failed, heaviest first, each with the dial as evidence. *findings* are
    those on the host that was dialled; *others_work*: logins from elsewhere came up meanwhile."""
    if not dial.fails:
        return ()
    by_why = RESOLVERS.get(dial.step, {})
    resolver = by_why.get(dial.why) or by_why.get('')
    found = ranked([*_same_address(facts, dial), *(resolver(facts, dial) if resolver else [])])
    left = [item for item in found if not (others_work and _hits_everybody(item.cause))]
    known = {item.cause: item for item in findings}
    proof = Proof(SUBJECT, dial.line())
    return ranked(dataclasses.replace(item, weight=weight, proof=(proof, *item.proof)) for item in left
                  if (weight := _weighed(item, known.get(item.cause), dial)))


def _hits_everybody(slug: str) -> bool:
    return CAUSES[slug].scope == HOST and CAUSES[slug].severity == fi.CRITICAL


def _weighed(item: Candidate, known: Finding | None, dial: Dial) -> int:
    """The weight of a candidate beside what the host was found to be; nothing where it cannot be there at all."""
    if known is None or item.cause in BEYOND or item.cause == _OF_AUTH and dial.step == 'auth':
        return item.weight
    if known.result == fi.NOT_APPLICABLE:
        return 0
    if not refutes(known):
        return item.weight
    return _TOLD if item.weight >= DECIDES else max(min(item.weight - 30, _REFUTED), 10)


def refutes(known: Finding) -> bool:
    """Whether files of the host, and not only older logins, speak against a cause."""
    return known.result == fi.PASS and any(proof.fact and not proof.fact.startswith(_ELSEWHERE)
                                           for proof in known.evidence)


def _same_address(facts: Facts, dial: Dial) -> Found:
    """The address that the tunnel gives is the one that the client dials from: nothing reaches it any more."""
    given = dial.get('ipcp', 'address')
    if not isinstance(given, str) or given not in addresses(facts, dial):
        return []
    return [Candidate('ip-pool-conflict', 96, 'the tunnel gives the client %s, from which it dials: what is sent to it '
                                              'goes into the tunnel' % given)]
