# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check returns, and the words that it may use."""

from __future__ import annotations

import dataclasses
import typing as t

PASS = 'pass'
FAIL = 'fail'
WARN = 'warn'
UNKNOWN = 'unknown'
NOT_APPLICABLE = 'not-applicable'
RESULTS = (PASS, FAIL, WARN, UNKNOWN, NOT_APPLICABLE)

CRITICAL = 'critical'   # nobody can log in
MAJOR = 'major'         # some cannot log in, or traffic does not pass
MINOR = 'minor'         # works, and will bite
INFO = 'info'           # advice
SEVERITIES = (CRITICAL, MAJOR, MINOR, INFO)

CERTAIN = 'certain'     # the evidence allows no other reading
LIKELY = 'likely'       # the evidence points here; another reading is far-fetched
POSSIBLE = 'possible'   # the best of several readings: the next step decides
CONFIDENCES = (CERTAIN, LIKELY, POSSIBLE)

#: The stages in the order in which a login passes them; security stands beside them.
STAGES = ('service', 'control', 'gre', 'link', 'auth', 'aaa', 'mppe', 'address', 'path', 'security')


class Proof(t.NamedTuple):
    """One piece of evidence: the *fact* (``pptp_conf.slots``), its *value* and the *source* that it came from."""

    fact: str
    value: t.Any = None
    source: str = ''


#: The roles of this collection that exist; what a fix names beyond them is planned, and said to be so.
ROLES: frozenset[str] = frozenset((
    'chap_secrets', 'firewall_guard', 'freeradius', 'gre_conntrack', 'mss_clamp', 'nat', 'ppp_kernel', 'pppd_debug',
    'pppd_options', 'pptp_server', 'radius_client', 'tunnel_firewall', 'winbind'))
COLLECTION = 'vpnops.pptp'


@dataclasses.dataclass(frozen=True)
class Fix:
    """What would help: a sentence, the commands to type, and the *role* (its short name) that does or will do it."""

    summary: str
    role: str = ''
    vars: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    commands: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form; empty parts are left out, and so is a role that does not exist yet."""
        role = '%s.%s' % (COLLECTION, self.role) if self.role in ROLES else ''
        parts = {'summary': self.summary, 'role': role, 'vars': dict(self.vars), 'commands': list(self.commands)}
        return {name: value for name, value in parts.items() if value}


@dataclasses.dataclass(frozen=True)
class Finding:
    """The result of one check for one cause.

    *evidence* explains the result whatever it is: of an ``unknown`` it names what could not be read.
    *blocked_by* holds the causes of which this finding is a consequence.
    """

    cause: str
    stage: str
    result: str
    severity: str
    title: str
    evidence: tuple[Proof, ...] = ()
    confidence: str = CERTAIN
    blocked_by: tuple[str, ...] = ()
    fix: Fix | None = None

    def blocked(self, *causes: str) -> Finding:
        """The same finding as a consequence of *causes*."""
        extra = tuple(cause for cause in causes if cause not in self.blocked_by and cause != self.cause)
        return dataclasses.replace(self, blocked_by=self.blocked_by + extra)

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form, as the report carries it."""
        return {
            'cause': self.cause, 'stage': self.stage, 'result': self.result, 'severity': self.severity,
            'title': self.title, 'confidence': self.confidence, 'blocked_by': list(self.blocked_by),
            'evidence': [proof._asdict() for proof in self.evidence],
            'fix': self.fix.as_dict() if self.fix else None,
        }
