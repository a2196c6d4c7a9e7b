# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage mppe: CCP, key lengths, and authentication that yields keys."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    by_logs,
    fail,
    is_client_only,
    not_pptpd,
    ok,
    option_source,
    passed,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_mppe import peer_options
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import LIKELY, MAJOR, Finding, Proof

_REQUIRE = tuple('require-%s' % name for name in ('pap', 'chap', 'mschap', 'mschap-v2', 'eap'))


def mppe_proof(facts: Facts) -> Proof:
    """What the server's options say about MPPE."""
    bits = ', '.join(map(str, facts.items('pptp_pppd', 'effective', 'mppe_bits') or []))
    value = '%s %s' % (facts.text('pptp_pppd', 'effective', 'mppe'), bits)
    source = option_source(facts, 'require-mppe', 'require-mppe-128', 'require-mppe-40', 'nomppe')
    return Proof('pptp_pppd.effective.mppe', value.strip(), source)


def _require_proof(facts: Facts) -> Proof:
    require = facts.items('pptp_pppd', 'effective', 'require') or []
    off = facts.flag('pptp_pppd', 'effective', 'auth') is False
    value = ', '.join(map(str, require)) or ('auth off' if off else 'none')
    return Proof('pptp_pppd.effective.require', value, option_source(facts, 'noauth', *_REQUIRE))


def keyless(facts: Facts, logs: Explanation) -> Finding:
    """MPPE required of an authentication without keys."""
    slug = 'mppe-without-mschapv2'
    if not_pptpd(facts, slug):
        return by_logs(slug, logs) or not_pptpd(facts, slug) or skip(slug, '')
    mppe, require = facts.text('pptp_pppd', 'effective', 'mppe'), facts.items('pptp_pppd', 'effective', 'require')
    backend = secrets.backend(facts)
    if mppe == 'require' and require is not None:
        found = _judge_methods(facts, [str(name) for name in require], backend)
        if found and (found.result == 'fail' or not by_logs(slug, logs)):
            return found
    said = by_logs(slug, logs)
    if said:
        return said
    if mppe == 'require' and require and 'mschap-v2' in require:
        return ok(slug, mppe_proof(facts), _require_proof(facts))
    if mppe in ('none', 'off') and facts.flag('pptp_pppd', 'complete'):
        return skip(slug, 'MPPE is not required')
    return passed(slug, logs) or unknown(slug, facts, 'pptp_pppd.effective.mppe', 'pptp_pppd.effective.require')


def _judge_methods(facts: Facts, require: list[str], backend: str | None) -> Finding | None:
    slug, proof = 'mppe-without-mschapv2', (mppe_proof(facts), _require_proof(facts))
    if facts.flag('pptp_pppd', 'effective', 'auth') is False:
        return fail(slug, *proof, title='MPPE is required of peers that need not authenticate')
    if 'mschap-v2' in require:
        other = [name for name in require if name in ('chap', 'eap')]
        title = 'pppd offers %s before MS-CHAPv2; a client that takes it gets no keys' % ' and '.join(other)
        return warn(slug, *proof, title=title, severity=MAJOR) if other else None
    if require == ['mschap']:
        return fail(slug, *proof, confidence=LIKELY, title='MPPE is required with MS-CHAPv1, which clients lack')
    if require and 'mschap' not in require and (backend == 'secrets' or 'eap' not in require):
        return fail(slug, *proof)
    if not require and facts.flag('pptp_pppd', 'complete') and backend == 'secrets':
        return warn(slug, *proof, title='No method is required: pppd offers EAP-MD5 first, which yields no keys',
                    severity=MAJOR)
    return None


def negotiated(facts: Facts, logs: Explanation) -> Finding:
    """What the server offers."""
    slug = 'mppe-not-negotiated'
    if not_pptpd(facts, slug):
        return by_logs(slug, logs) or (passed(slug, logs) if is_client_only(facts) else None) \
            or not_pptpd(facts, slug) or skip(slug, '')
    mppe = facts.text('pptp_pppd', 'effective', 'mppe')
    if facts.flag('pptp_pppd', 'effective', 'noccp') and mppe == 'require':
        return fail(slug, mppe_proof(facts), Proof('pptp_pppd.effective.noccp', True, option_source(facts, 'noccp')),
                    title='MPPE is required and CCP, which negotiates it, is off')
    said = by_logs(slug, logs)
    if said:
        return said
    if mppe == 'require' and facts.items('pptp_pppd', 'effective', 'mppe_bits'):
        return _offered(facts, slug)
    if mppe in ('none', 'off') and facts.flag('pptp_pppd', 'complete'):
        return warn(slug, mppe_proof(facts), severity=MAJOR,
                    title='The server has no require-mppe: clients that require encryption cannot log in')
    return passed(slug, logs) or unknown(slug, facts, 'pptp_pppd.effective.mppe')


def _offered(facts: Facts, slug: str) -> Finding:
    if facts.items('pptp_pppd', 'effective', 'mppe_bits') == [40]:
        return warn(slug, mppe_proof(facts), title='The server allows 40 bit keys only; most clients want 128')
    return ok(slug, mppe_proof(facts))


def client_off(facts: Facts, logs: Explanation) -> Finding:
    """Encryption at the client."""
    slug = 'client-mppe-off'
    said = by_logs(slug, logs)
    if said:
        return said
    off = [(name, source) for name, source in peer_options(facts) if name in ('nomppe', 'noccp')]
    if off and is_client_only(facts) and not logs.log.newest_is_up():
        return warn(slug, *(Proof('pptp_pppd.peers', name, source) for name, source in off), severity=MAJOR)
    return passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


def peer_bug(facts: Facts, logs: Explanation) -> Finding:
    """Streams that break show in logs only."""
    slug = 'mppe-peer-bug'
    return by_logs(slug, logs) or passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


_READS = ('pptp_logs', 'pptp_host', 'pptp_daemon', 'pptp_pppd')
CHECKS = (
    Check('mppe-without-mschapv2', _READS, keyless),
    Check('mppe-not-negotiated', _READS, negotiated),
    Check('client-mppe-off', _READS, client_off),
    Check('mppe-peer-bug', ('pptp_logs',), peer_bug),
)
