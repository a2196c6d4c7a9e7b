# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All dials of one call of the module: each mode, so many times, and what came of them together."""

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import FAILED, STEPS
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import LOGIN, METHODS, ORDERS, Limits, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer, dialer_names, dialer_report as report

NAMES = 10.0                       # seconds for the name of the server
PREFIX = 'vpnops-'                 # of the host name that a control connection is started with
_NOBODY = STEPS[:STEPS.index('control') + 1]      # where the first dial fails at these, another mode fails as well


def run(params: t.Mapping[str, t.Any], interrupts: dialer.Interrupts) -> report.Row:
    """Dial as the module's *params* say; what it returns but for ``msg`` where nothing but a signal ended it."""
    began = time.monotonic()
    found = dialer_names.resolve(params['server'], min(NAMES, params['seconds']))
    series = report.Series()
    reason = ''
    if found and not interrupts.came:
        reason = _all(found[0], params, series, interrupts)
    else:
        series.add(report.nameless(params['mode'][0], time.monotonic() - began))
    told = series.returns()
    server = params['server'] if not found or found[0] == params['server'] else '%s (%s)' % (params['server'], found[0])
    message = report.message(report.escaped(server), report.escaped(params['user'] or ''),
                             series.bad or t.cast(report.Row, series.last), series.methods)
    if reason and told['outcome'] != 'ok':
        message = '%s; %s' % (message, reason)
    return {**told, 'msg': message, 'server': params['server'], 'address': found[0] if found else '', 'reason': reason,
            'user': params['user'] or ''}


def _all(address: str, params: t.Mapping[str, t.Any], series: report.Series, interrupts: dialer.Interrupts) -> str:
    """Dial until all is done; why there is no raw socket or nothing leaves it, else an empty text."""
    reason = ''
    for mode in params['mode']:
        for _time in range(params['count']):
            for order in ORDERS if mode == METHODS else ORDERS[:1]:
                dial, row = _one(address, mode, order, params, interrupts)
                series.add(row)
                reason = reason or dial.reason or _unsent(dial)
                if interrupts.came:
                    return reason
                if row['outcome'] == FAILED and row['step'] in STEPS[:STEPS.index('lcp')]:
                    break              # no order of methods changes that
        last = t.cast(report.Row, series.last)
        if last['outcome'] == FAILED and last['step'] in _NOBODY:
            break
    return reason


def _one(address: str, mode: str, order: tuple[str, ...], params: t.Mapping[str, t.Any], interrupts: dialer.Interrupts
         ) -> tuple[dialer.Dial, report.Row]:
    """One dial, and its row. A pptpd closes a connection that has not said anything yet where another session ends in
    that moment: SIGCHLD interrupts its select, and it logs "dropped slow initial connection" (pptpmanager.c). So a
    server that closes without a word is called once more."""
    dropped = 0
    while True:
        settings = _settings(mode, order, params)
        dial = dialer.dial(address, params['port'], settings, interrupts)
        row = report.row(settings.host, dial)
        mute = row['step'] == 'control' and 'hang_up' in row['seen'] and 'control' not in row['seen']
        if dropped:
            row['seen']['dropped'] = dropped
        if dropped or not mute or interrupts.came:
            return dial, row
        dropped += 1


def _unsent(dial: dialer.Dial) -> str:
    """This host's own firewall answers a packet that it drops on the way out with EPERM."""
    names = ' '.join(sorted(dial.errors))
    return 'this host does not send its GRE packets itself: %s%s' % (
        names, ', as when its own firewall drops them' if 'EPERM' in dial.errors else '') if names else ''


def _settings(mode: str, order: tuple[str, ...], params: t.Mapping[str, t.Any]) -> Settings:
    login = mode == LOGIN
    return Settings(
        mode=mode, user=params['user'] if login else '', password=params['password'] if login else '',
        methods=tuple(params['methods']), suggested=order, mppe=params['mppe'], strengths=tuple(params['strengths']),
        ping=params['ping'], host=PREFIX + os.urandom(8).hex(), limits=Limits(total=params['seconds']))
