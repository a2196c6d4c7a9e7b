# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Candidates for the cause of a failed login, and how one of them is chosen."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CERTAIN, LIKELY, POSSIBLE, Proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Session

DECIDES = 80    # a candidate of this weight is the cause
SURE = 95       # ... beyond doubt
LEAD = 10       # ... when no other candidate comes this close


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A *cause* that may explain a failed login, its *weight* (1-100), the reason in words, and its evidence."""

    cause: str
    weight: int
    because: str
    proof: tuple[Proof, ...] = ()

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form of a ranked candidate."""
        return {'cause': self.cause, 'weight': self.weight, 'because': self.because}


@dataclasses.dataclass(frozen=True)
class Blame:
    """The explanation of one failure: *candidates*, the likeliest first, and the *session* (``None``: a loose line)."""

    candidates: tuple[Candidate, ...]
    session: Session | None = None

    @property
    def decided(self) -> Candidate | None:
        """The candidate that is the cause, if one is strong enough and stands alone."""
        if not self.candidates or self.candidates[0].weight < DECIDES:
            return None
        if len(self.candidates) > 1 and self.candidates[0].weight - self.candidates[1].weight < LEAD:
            return None
        return self.candidates[0]

    @property
    def confidence(self) -> str:
        """certain, likely, or possible when nothing decides."""
        if self.decided is None:
            return POSSIBLE
        return CERTAIN if self.candidates[0].weight >= SURE else LIKELY


def ranked(candidates: t.Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The best candidate of each known cause, heaviest first; equal weights in the order of the catalogue."""
    best: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.cause not in CAUSES:
            continue
        old = best.get(candidate.cause)
        if old is None or candidate.weight > old.weight:
            best[candidate.cause] = candidate
    return tuple(sorted(best.values(), key=lambda item: (-item.weight, rank(item.cause))))
