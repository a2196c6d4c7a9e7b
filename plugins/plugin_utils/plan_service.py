# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners of the stage service: kernel, daemon, listener, configuration that is refused."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_options, plan_pool, pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_safe import path
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import GUESS, LOW, PACKAGE, SESSIONS, Answer, Case
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

_PLUGIN = re.compile(r'[a-z][a-z0-9_-]{1,40}\.so')
_COUNT = re.compile(r'[1-9][0-9]{0,4}')
#: In the names of plugins that check passwords.
_CHECKS = re.compile(r'radius|radrealms|winbind|ldap|pam|auth|pass|sql|krb|eap')
OPTIONS_FILE = '/etc/ppp/pptpd-options'     # Debian's, for a pptpd.conf that names none that can be used
_MODULES = {'ppp-kernel-missing': ['ppp_generic', 'ppp_async'], 'dev-ppp-missing': ['ppp_generic'],
            'mppe-kernel-missing': ['ppp_mppe']}


def restart(facts: Facts) -> str:
    """The risk of a change of pptpd.conf: pptpd reads it when it starts."""
    return LOW if facts.flag('pptp_daemon', 'running') is False else SESSIONS


def server(case: Case, risk: str = '', **variables: t.Any) -> list[Answer]:
    """A step of the role pptp_server with these variables (without the prefix)."""
    named = {'pptp_server_' + name: value for name, value in variables.items()}
    return [case.step('pptp_server', named, risk or restart(case.facts), plan_options.UNDO)]


def configuration(case: Case) -> list[Answer]:
    """Lines that pptpd or pppd refuses."""
    answers = plan_options.refused(case)
    for source, code, text in case.facts.rows('pptp_conf', 'errors', width=3) or []:
        planner = _CONF.get(str(code))
        if planner:
            answers += planner(case, str(source), str(text))
    return answers or [handed(case)]


def _pool(case: Case, source: str, text: str) -> list[Answer]:
    which = text.split(' ', maxsplit=1)[0]
    value = plan_pool.reading(case.facts, which) or case.choices.given.get('pptp_server_' + which)
    if which not in plan_pool.LISTS or not value:
        return [case.noop('the addresses have no safe reading (%s)' % source, 'Set pptp_server_%s in the inventory, '
                          'and remediate again.' % (which if which in plan_pool.LISTS else 'remoteip'))]
    return server(case, **{which: str(value)})


def _no_value(case: Case, source: str, text: str) -> list[Answer]:
    if text in plan_pool.LISTS:
        return _pool(case, source, text)
    if text == 'option':
        return server(case, option_file=OPTIONS_FILE)
    return server(case, options=[{'name': text, 'state': 'absent'}]) if text in ('listen', 'connections', 'ppp') else []


def _no_options_file(case: Case, source: str, text: str) -> list[Answer]:
    """The file that pptpd hands on is not there: a new one with what a server should have."""
    named = path(case.facts.text('pptp_conf', 'option_file'))
    there = next((name for name, status in case.facts.rows('pptp_pppd', 'files', width=2) or []
                  if status == 'ok' and name == OPTIONS_FILE), None)
    if there or named is None:
        answers = server(case, option_file=OPTIONS_FILE)
        return answers if there else [*answers, _recommended(case, OPTIONS_FILE)]
    return [_recommended(case, named), *server(case)]


def _recommended(case: Case, where: str) -> Answer:
    return case.step('pppd_options', {'pppd_options_path': where, 'pppd_options_recommended': True}, LOW,
                     plan_options.UNDO)


def _no_pppd(case: Case, source: str, text: str) -> list[Answer]:
    if case.facts.get('pptp_conf', 'directives', 'ppp'):
        return server(case, options=[{'name': 'ppp', 'state': 'absent'}])
    return server(case, PACKAGE)


_CONF: dict[str, t.Callable[[Case, str, str], list[Answer]]] = {
    'bad-range': _pool, 'bad-address': _pool, 'space-in-list': _pool, 'missing-value': _no_value,
    'crlf': lambda case, source, text: server(case, repair=True), 'options-file-missing': _no_options_file,
    'binary-missing': _no_pppd,
}


def plugin(case: Case) -> list[Answer]:
    """pptpd's own plugin only writes a log: the role takes it out where it does not fit. No other is touched."""
    bad = [str(item.get('value') or '').split(' ', maxsplit=1)[0] for item in case.finding.get('evidence') or []
           if item.get('fact') == 'pptp_pppd.plugins']
    ours = [name for name in bad if 'logwtmp' in name]
    if case.facts.get('pptp_conf', 'directives', 'logwtmp') and (ours or not bad):
        return server(case, logwtmp='auto')
    if bad and len(ours) == len(bad):
        return plan_options.stepped(case, disable=['plugin %s' % name for name in ours if name == 'pptpd-logwtmp.so'])
    return _without(case, bad)


def _without(case: Case, names: list[str]) -> list[Answer]:
    """Take plugins out, with consent, where chap-secrets has users: one that checks passwords is never taken out."""
    plain = [name for name in names if _PLUGIN.fullmatch(name) and not _CHECKS.search(name)]
    if not names or plain != names or not case.facts.number('pptp_secrets', 'entries'):
        return [handed(case)]
    return plan_options.stepped(case, GUESS, disable=['plugin %s' % name for name in plain])


def kernel(case: Case) -> list[Answer]:
    """Modules and the device; what the running kernel has not, nobody can load."""
    names = _MODULES[case.cause]
    states = [case.facts.text('pptp_kernel', 'modules', name) for name in names]
    fips = case.cause == 'mppe-kernel-missing' and case.facts.flag('pptp_kernel', 'fips')
    if case.facts.text('pptp_host', 'container') or fips or 'missing' in states:
        return [handed(case)]
    variables: dict[str, t.Any] = {'ppp_kernel_modules': names}
    if 'blacklisted' in states:
        return [case.step('ppp_kernel', dict(variables, ppp_kernel_unblock=True), GUESS, plan_options.UNDO)]
    return [case.step('ppp_kernel', variables, LOW, 'role ppp_kernel with ppp_kernel_state: absent')]


def daemon(case: Case) -> list[Answer]:
    """Start it, now and at boot; installing it is for deploy."""
    if case.facts.flag('pptp_daemon', 'installed') is False or case.facts.text('pptp_daemon', 'name') == 'accel-ppp':
        return [handed(case)]
    return server(case, LOW, service_state='started', enabled=True)


def listener(case: Case) -> list[Answer]:
    """`listen` with an address that is not here, or nobody on the port although the daemon runs."""
    rows = case.facts.maps('pptp_daemon', 'listeners') or []
    if any(row.get('process') not in (None, 'pptpd') for row in rows):
        return [handed(case)]
    if case.facts.get('pptp_conf', 'directives', 'listen'):
        return server(case, options=[{'name': 'listen', 'state': 'absent'}])
    if case.facts.flag('pptp_daemon', 'running') and not rows:
        return server(case, SESSIONS, service_state='restarted')
    return [handed(case)]


def slots(case: Case) -> list[Answer]:
    """As many connections as there are addresses, or as the inventory says."""
    given = str(case.choices.given.get('pptp_server_connections', ''))
    pool, now = pools.pool(case.facts, 'remoteip'), case.facts.number('pptp_conf', 'connections')
    if given:
        return server(case, connections=int(given)) if _COUNT.fullmatch(given) else [handed(case)]
    spec = plan_pool.spec_size(case.facts)
    if pool is None or now is None or spec is None or spec <= now:
        return [handed(case)]
    return server(case, connections=spec)
