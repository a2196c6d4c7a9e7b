# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage service: configuration that is refused, the kernel, the daemon and its listener."""

from __future__ import annotations

import re

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    blamed,
    by_logs,
    fail,
    is_client_only,
    not_pptpd,
    ok,
    passed,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_mppe import kernel_gone, peer_options
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CERTAIN, LIKELY, MAJOR, Finding, Proof

#: pptpd.conf: these make pptpd end before it listens (pptpd.c, configfile.c).
FATAL_CONF = ('bad-range', 'bad-address', 'space-in-list', 'crlf', 'missing-value', 'options-file-missing',
              'binary-missing')
#: pppd options: exit status 2 (options.c); a carriage return is white space to pppd and harmless.
FATAL_OPTIONS = ('unknown-option', 'too-few-parameters', 'bad-value', 'file-missing', 'removed-option',
                 'foreign-option', 'option-before-plugin', 'cannot-override', 'include-loop', 'unbalanced-quote')
#: What people write over an address before they send a file: no error of the host.
_MASKED = re.compile(r'\*|<[^>]*>|\b[xX]{1,3}\.|\.[xX]{1,3}\b|REDACTED|X\.X')
_DAEMON = ('pptpd', 'accel-pppd')


def conf_errors(facts: Facts, codes: tuple[str, ...]) -> list[Proof]:
    """The errors of pptpd.conf with one of *codes*."""
    rows = facts.rows('pptp_conf', 'errors', width=3) or []
    return [Proof('pptp_conf.errors', '%s: %s' % (code, text), str(source or '')) for source, code, text in rows
            if code in codes and not _MASKED.search(str(text or ''))]


def foreign_listen(facts: Facts) -> list[Proof]:
    """`listen` with an address that this host does not have: pptpd cannot bind it."""
    found = conf_errors(facts, ('listen-not-local',))
    given, own = facts.items('pptp_conf', 'directives', 'listen') or [], pools.interfaces(facts)
    wanted = pools.address(given[0]) if given else None
    if found or wanted is None or not own or int(wanted) == 0 or wanted.is_loopback() or \
            any(item.ip == wanted for _name, item in own):
        return found
    return [Proof('pptp_conf.directives.listen', '%s is no address of this host' % wanted, str(given[-1]))]


def option_errors(facts: Facts, client: bool) -> list[Proof]:
    """The pppd options that pppd refuses, of the server or (*client*) of the dial-out set-ups."""
    if client:
        peers = facts.maps('pptp_pppd', 'peers') or []
        rows = [row for peer in peers for row in Facts({'x': peer}).rows('x', 'problems', width=3) or []]
    else:
        rows = facts.rows('pptp_pppd', 'problems', width=3) or []
    return [Proof('pptp_pppd.problems', '%s: %s' % (code, text), str(source or '')) for source, code, text in rows
            if code in FATAL_OPTIONS]


def bad_option_syntax(facts: Facts, logs: Explanation) -> Finding:
    """Lines that pptpd or pppd refuses."""
    slug = 'bad-option-syntax'
    client = is_client_only(facts)
    if not client and not_pptpd(facts, slug):
        return not_pptpd(facts, slug) or skip(slug, '')
    options, conf = option_errors(facts, client), [] if client else conf_errors(facts, FATAL_CONF)
    if options:
        return fail(slug, *options, *conf, confidence=LIKELY if logs.log.newest_is_up() else CERTAIN)
    if conf and facts.flag('pptp_daemon', 'running'):
        title = 'pptpd runs, and would not start again with this pptpd.conf'
        give = warn if logs.log.newest_is_up() else fail
        return by_logs(slug, logs) or give(slug, *conf, severity=MAJOR, title=title, confidence=LIKELY)
    if conf:
        return fail(slug, *conf)
    said = by_logs(slug, logs)
    if said:
        return said
    read = [str(path) for path, status in facts.rows('pptp_pppd', 'files', width=2) or [] if status == 'ok']
    if read or facts.text('pptp_conf', 'path'):
        return ok(slug, Proof('pptp_pppd.files', ', '.join(read[:4]) or facts.text('pptp_conf', 'path')))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_pppd.files', 'pptp_conf.path')


def plugin_missing(facts: Facts, logs: Explanation) -> Finding:
    """Plugins that are not there, or of another pppd."""
    slug = 'plugin-missing-or-version-mismatch'
    if not_pptpd(facts, slug) and not is_client_only(facts):
        return not_pptpd(facts, slug) or skip(slug, '')
    plugins = facts.maps('pptp_pppd', 'plugins')
    version = facts.text('pptp_pppd', 'version')
    bad = [Proof('pptp_pppd.plugins', '%s is missing' % item.get('name'), str(item.get('source') or ''))
           for item in plugins or [] if item.get('found') is False]
    bad += [Proof('pptp_pppd.plugins', '%s is for pppd %s, this is %s' % (item.get('name'), item['version_dir'],
                                                                          version), str(item.get('source') or ''))
            for item in plugins or [] if version and item.get('version_dir') not in (None, version)
            and item.get('found')]
    if bad:
        return fail(slug, *bad)
    said = by_logs(slug, logs) or passed(slug, logs)
    if said:
        return said
    if plugins is None or not facts.flag('pptp_pppd', 'complete') and not plugins:
        return unknown(slug, facts, 'pptp_pppd.plugins')
    if any(item.get('found') is None for item in plugins):
        return unknown(slug, facts, 'pptp_pppd.plugins.found')
    names = ', '.join(str(item.get('name')) for item in plugins) or 'none'
    return ok(slug, Proof('pptp_pppd.plugins', names))


def ppp_kernel(facts: Facts, logs: Explanation) -> Finding:
    """ppp_generic and ppp_async for the running kernel; accel-ppp needs the module pptp instead of ppp_async."""
    slug = 'ppp-kernel-missing'
    accel = facts.text('pptp_daemon', 'name') == 'accel-ppp'
    needed = ('ppp_generic', 'pptp') if accel else ('ppp_generic', 'ppp_async')
    states = {name: facts.text('pptp_kernel', 'modules', name) for name in needed}
    bad = [Proof('pptp_kernel.modules.%s' % name, state, 'modules of the running kernel')
           for name, state in states.items() if state in ('missing', 'blacklisted')]
    if bad:
        return fail(slug, *bad)
    said = by_logs(slug, logs) or passed(slug, logs)
    if said:
        return said
    if all(state in ('loaded', 'builtin', 'loadable') for state in states.values()):
        return ok(slug, *(Proof('pptp_kernel.modules.%s' % name, state) for name, state in states.items()))
    return unknown(slug, facts, *('pptp_kernel.modules.%s' % name for name, state in states.items()
                                  if state in (None, 'unknown')))


def dev_ppp(facts: Facts, logs: Explanation) -> Finding:
    """The device node."""
    slug = 'dev-ppp-missing'
    present = facts.flag('pptp_kernel', 'dev_ppp', 'present')
    device = facts.text('pptp_kernel', 'dev_ppp', 'device')
    if present is False:
        found = fail(slug, Proof('pptp_kernel.dev_ppp.present', False, '/dev/ppp'))
        missing = facts.text('pptp_kernel', 'modules', 'ppp_generic') in ('missing', 'blacklisted')
        return found.blocked('ppp-kernel-missing') if missing else found
    if device not in (None, '108:0'):
        return fail(slug, Proof('pptp_kernel.dev_ppp.device', device, '/dev/ppp'), title='/dev/ppp is not device 108:0')
    said = by_logs(slug, logs)
    if said:
        return said
    if present:
        return ok(slug, Proof('pptp_kernel.dev_ppp.present', True, '/dev/ppp'))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_kernel.dev_ppp.present')


def mppe_kernel(facts: Facts, logs: Explanation) -> Finding:
    """ppp_mppe, where encryption is wanted."""
    slug = 'mppe-kernel-missing'
    gone = kernel_gone(facts)
    wanted = facts.text('pptp_pppd', 'effective', 'mppe') == 'require' or \
        any(name.startswith('require-mppe') for name, _source in peer_options(facts))
    if gone and wanted:
        return fail(slug, gone, Proof('pptp_pppd.effective.mppe', 'require'))
    said = by_logs(slug, logs)
    if said:
        return said
    if gone:
        return warn(slug, gone, title='The kernel has no MPPE; a client that requires encryption cannot log in',
                    severity=MAJOR)
    state = facts.text('pptp_kernel', 'modules', 'ppp_mppe')
    if state in ('loaded', 'builtin', 'loadable'):
        return ok(slug, Proof('pptp_kernel.modules.ppp_mppe', state))
    if logs.log.seen('mppe-on') and not logs.blames:
        return ok(slug, *logs.log.proof('mppe-on'))
    return unknown(slug, facts, 'pptp_kernel.modules.ppp_mppe')


def not_running(facts: Facts, logs: Explanation) -> Finding:
    """The daemon itself."""
    slug = 'pptpd-not-running'
    if is_client_only(facts):
        return by_logs(slug, logs) or passed(slug, logs) or skip(slug, 'this host is a PPTP client')
    running = facts.flag('pptp_daemon', 'running')
    proof = [Proof('pptp_daemon.running', running, 'processes')] if running is not None else []
    for name in ('active', 'result', 'enabled'):
        value = facts.text('pptp_daemon', 'unit', name)
        proof += [Proof('pptp_daemon.unit.%s' % name, value, 'systemctl show pptpd')] if value else []
    if running is None and facts.text('pptp_daemon', 'unit', 'active') in ('inactive', 'failed'):
        running = False
    if running is False and facts.flag('pptp_daemon', 'installed') is False:
        return _not_installed(facts, logs, slug, proof)
    if running is False:
        found = fail(slug, *proof)
        why = [slug for slug in ('bad-option-syntax', 'ip-pool-conflict', 'pptpd-not-listening') if logs.named(slug)]
        why += ['bad-option-syntax'] if conf_errors(facts, FATAL_CONF) else []
        why += ['ip-pool-conflict'] if conf_errors(facts, ('duplicate',)) else []
        why += ['pptpd-not-listening'] if foreign_listen(facts) or facts.maps('pptp_daemon', 'listeners') else []
        return found.blocked(*why)
    if running:
        return ok(slug, *proof)
    said = by_logs(slug, logs) or passed(slug, logs)
    if said is None and facts.items('pptp_daemon', 'listeners') == [] and not foreign_listen(facts):
        return fail(slug, Proof('pptp_daemon.listeners', 'nobody has TCP 1723', 'TCP sockets'), confidence=LIKELY,
                    title='The PPTP daemon does not seem to run: nothing listens on TCP 1723')
    return said or unknown(slug, facts, 'pptp_daemon.running')


def _not_installed(facts: Facts, logs: Explanation, slug: str, proof: list[Proof]) -> Finding:
    if facts.text('pptp_host', 'role') in ('server', 'both') or logs.log.sessions:
        return fail(slug, Proof('pptp_daemon.installed', False, 'packages'), *proof,
                    title='No PPTP daemon is installed')
    return skip(slug, 'no PPTP daemon is installed, and nothing says that there should be one')


def not_listening(facts: Facts, logs: Explanation) -> Finding:
    """Who has TCP 1723."""
    slug = 'pptpd-not-listening'
    if is_client_only(facts):
        return by_logs(slug, logs) or passed(slug, logs) or skip(slug, 'this host is a PPTP client')
    wrong = foreign_listen(facts)
    running, rows = facts.flag('pptp_daemon', 'running'), facts.maps('pptp_daemon', 'listeners')
    shown = [Proof('pptp_daemon.listeners', '%s:%s %s' % (row.get('address'), row.get('port'),
                                                          row.get('process') or ''), 'TCP sockets')
             for row in rows or []]
    if wrong and not (rows and running):
        return fail(slug, *wrong)
    foreign = [row for row in rows or [] if row.get('process') and row['process'] not in _DAEMON]
    if foreign or rows and running is False:
        return fail(slug, *shown, title='Another process has TCP 1723')
    if rows and all(str(row.get('address')).startswith('127.') or row.get('address') == '::1' for row in rows):
        return fail(slug, *shown, title='The daemon listens on loopback only')
    if rows:
        return ok(slug, *shown)
    if running is False:
        return by_logs(slug, logs) or skip(slug, 'the daemon does not run')
    if rows is not None and running is None and logs.log.passed('control') and logs.blames:
        return warn(slug, Proof('pptp_daemon.listeners', [], 'TCP sockets'), severity=MAJOR,
                    title='No listener on TCP 1723 was seen, and logins got through before')
    if rows is not None:
        found = fail(slug, Proof('pptp_daemon.listeners', 'nobody has TCP 1723', 'TCP sockets'),
                     confidence=CERTAIN if running else LIKELY)
        return found if running else found.blocked('pptpd-not-running')
    return by_logs(slug, logs) or passed(slug, logs) or unknown(slug, facts, 'pptp_daemon.listeners')


def slots(facts: Facts, logs: Explanation) -> Finding:
    """Calls against `connections`."""
    return capacity('call-slots-exhausted', facts, logs)


def capacity(slug: str, facts: Facts, logs: Explanation) -> Finding:
    """Shared by the two limits: `connections` (call-slots-exhausted) and the pool (ip-pool-exhausted)."""
    if not_pptpd(facts, slug) and not is_client_only(facts):
        return blamed(slug, logs) or not_pptpd(facts, slug) or skip(slug, '')
    said = by_logs(slug, logs)
    if said:
        return said
    if is_client_only(facts):
        return passed(slug, logs) or skip(slug, 'this host is a PPTP client')
    total, limit = facts.number('pptp_conf', 'slots'), facts.number('pptp_conf', 'connections')
    busy = pools.busy(facts)
    if total is None or limit is None or busy is None:
        return unknown(slug, facts, 'pptp_conf.slots', 'pptp_addressing.ppp_count')
    proof = (Proof('pptp_conf.slots', total, facts.text('pptp_conf', 'path') or ''),
             Proof('pptp_addressing.ppp_count', busy, 'interfaces'))
    by_pool = total < limit
    mine = by_pool == (slug == 'ip-pool-exhausted')
    if mine and busy >= total > 1:
        return fail(slug, *proof, confidence=LIKELY)
    if mine and total <= 1:
        return warn(slug, *proof, title='Only one client can be connected at once')
    return ok(slug, *proof)


_LOGS = ('pptp_logs', 'pptp_host', 'pptp_daemon')
CHECKS = (
    Check('bad-option-syntax', _LOGS + ('pptp_conf', 'pptp_pppd'), bad_option_syntax),
    Check('plugin-missing-or-version-mismatch', _LOGS + ('pptp_pppd',), plugin_missing),
    Check('ppp-kernel-missing', _LOGS + ('pptp_kernel',), ppp_kernel),
    Check('dev-ppp-missing', _LOGS + ('pptp_kernel',), dev_ppp),
    Check('mppe-kernel-missing', _LOGS + ('pptp_kernel', 'pptp_pppd'), mppe_kernel),
    Check('pptpd-not-running', _LOGS + ('pptp_conf', 'pptp_addressing'), not_running),
    Check('pptpd-not-listening', _LOGS + ('pptp_conf', 'pptp_addressing'), not_listening),
    Check('call-slots-exhausted', _LOGS + ('pptp_conf', 'pptp_addressing'), slots),
)
