# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The largest packet that a dial got through the path, against what the tunnel of the server makes."""

from __future__ import annotations

import dataclasses

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi, narrow
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.path import DEFAULT_MTU, MPPE_OVERHEAD, OVERHEAD
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import OK, PATH, SUBJECT, Dial
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Proof

SMALLEST = 576  # bytes that every path takes (RFC 791 3.1): a dial tries no less


def judged(facts: Facts, findings: list[Finding], known: list[Dial]) -> list[Finding]:
    """*findings* with what the dials of the mode ``path`` measured: the smallest of them counts."""
    sizes = [(size, dial) for dial in known if (size := _largest(dial)) is not None]
    given = facts.number('pptp_pppd', 'effective', 'mtu')
    tunnel = given if given is not None else DEFAULT_MTU if facts.flag('pptp_pppd', 'complete') else None
    if not sizes or tunnel is None:
        return findings
    size, dial = min(sizes, key=lambda pair: pair[0])
    proof = Proof(SUBJECT, dial.line())
    if tunnel + OVERHEAD <= size:
        return [dataclasses.replace(item, result=fi.PASS, fix=None, evidence=(proof,))
                if item.cause == narrow.CAUSE and item.result == fi.UNKNOWN else item for item in findings]
    if size >= (_number(dial, 'asked') or 0):
        return findings         # the ladder ended there, not the path
    return [_narrow(tunnel, size, dial) if item.cause == narrow.CAUSE else item for item in findings]


def _largest(dial: Dial) -> int | None:
    size = _number(dial, 'largest') if dial.mode == PATH and dial.outcome == OK else None
    return size if size is not None and size >= SMALLEST else None


def _number(dial: Dial, name: str) -> int | None:
    value = dial.get('path', name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _narrow(tunnel: int, size: int, dial: Dial) -> Finding:
    entry = CAUSES[narrow.CAUSE]
    proofs = (Proof('pptp_pppd.effective.mtu', tunnel), Proof(narrow.FACT, size, dial.host),
              Proof(SUBJECT, dial.line()))
    fix = fi.Fix('Set mtu and mru in the options file of pptpd to %d: the path to %s carries %d bytes.' % (
        size - OVERHEAD - MPPE_OVERHEAD, dial.host, size), 'pppd_options')
    return Finding(narrow.CAUSE, entry.stage, fi.FAIL, entry.severity, entry.title, proofs, fi.LIKELY, (), fix)
