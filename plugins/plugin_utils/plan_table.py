# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which planner answers for which cause: each cause of the catalogue stands here once."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    plan_aaa,
    plan_directory,
    plan_net,
    plan_options,
    plan_pool,
    plan_service,
    plan_users,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import Answer, Case, Planner
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import WORDS, handed


def words(case: Case) -> list[Answer]:
    """Nothing here can fix it: the words for whoever can."""
    return [handed(case)]


#: Those that this collection can fix on this host, if the evidence is enough; of all others it has words.
FIXES: dict[str, Planner] = {
    'bad-option-syntax': plan_service.configuration, 'plugin-missing-or-version-mismatch': plan_service.plugin,
    'ppp-kernel-missing': plan_service.kernel, 'dev-ppp-missing': plan_service.kernel,
    'mppe-kernel-missing': plan_service.kernel, 'pptpd-not-running': plan_service.daemon,
    'pptpd-not-listening': plan_service.listener, 'call-slots-exhausted': plan_service.slots,
    'firewall-rule-order': plan_net.rules, 'tcp1723-blocked': plan_net.rules, 'gre-conntrack-helper': plan_net.rules,
    'gre-blocked': plan_net.rules, 'gre-dnat-missing': plan_net.rules, 'gre-nat-asymmetric': plan_net.rules,
    'chap-secrets-malformed': plan_users.malformed, 'server-name-mismatch': plan_options.name,
    'username-domain-format': plan_users.domain, 'no-secret-for-user': plan_users.password,
    'wrong-secret': plan_users.password, 'auth-method-mismatch': plan_options.methods,
    'address-not-allowed': plan_users.addresses,
    'radius-client-config-missing': plan_aaa.files, 'radius-dictionary-microsoft-missing': plan_aaa.dictionary,
    'radius-unreachable': plan_aaa.unreachable, 'radius-unknown-client': plan_aaa.unknown,
    'radius-secret-mismatch': plan_aaa.secret, 'radius-message-authenticator': plan_aaa.authenticator,
    'radius-no-mppe-keys': plan_aaa.keys, 'ad-winbind-not-running': plan_directory.running,
    'ad-winbind-privileged-pipe': plan_directory.privileged, 'ad-ntlm-auth-failing': plan_directory.ntlm_auth,
    'ad-ntlmv1-disabled': plan_directory.mschapv2,
    'mppe-without-mschapv2': plan_options.keyless, 'mppe-not-negotiated': plan_options.encryption,
    'mppe-peer-bug': plan_options.broken_stream,
    'ip-pool-conflict': plan_pool.conflict, 'ip-pool-not-assigned': plan_pool.assigned,
    'ip-pool-exhausted': plan_pool.other, 'subnet-overlap': plan_pool.other,
    'ip-forward-off': plan_net.nat, 'forward-blocked': plan_net.nat, 'no-masquerade': plan_net.nat,
    'proxyarp': plan_options.proxyarp, 'mtu-fragmentation': plan_options.mtu, 'mss-clamp-missing': plan_net.rules,
    'weak-auth-allowed': plan_options.weak, 'secrets-readable': plan_users.readable,
    'debug-left-on': plan_options.trace,
}
PLANNERS: dict[str, Planner] = dict(dict.fromkeys(WORDS, words), **FIXES)
