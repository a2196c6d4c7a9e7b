# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One fault, from a fresh lab to its proof: inject it, see it, have it named and mended, log in, mend again in vain."""

from __future__ import annotations

import os
import pathlib
import re
import time
import typing as t

from ansible_collections.vpnops.pptp.tests.faults import guest, plays, state, traffic
from ansible_collections.vpnops.pptp.tests.faults.fault import LOGIN, NOTHING, PING, Fault

_BUSY = 4       # load for each processor from which on a server may need half a minute to answer
_FOLLOWS = 'it may follow from'      # a no-op of a plan: a consequence
IN_CHAP_SECRETS = ('vpnuser', 'secretpassword')
IN_THE_DOMAIN = ('good', 'Pw-good-1')   # an account of the lab's directory
Lab = t.Any
Result = dict[str, t.Any]


class Failed(Exception):
    """The fault did not go as its file says."""


class Trial:
    """One fault on one *lab*; :meth:`run` gives the result, which holds what was seen also when it failed."""

    def __init__(self, lab: Lab, fault: Fault, folder: pathlib.Path) -> None:
        self.lab, self.fault, self.folder = lab, fault, folder
        self.seconds: dict[str, float] = {}
        self.result: Result = {'name': fault.name, 'outcome': 'failed', 'why': '', 'seconds': self.seconds}

    def run(self, steps: t.Sequence[str]) -> Result:
        """Do the *steps* (of :data:`STEPS`) and say how it went."""
        try:
            for step in steps:
                begin = time.monotonic()
                try:
                    STEPS[step](self)
                finally:
                    self.seconds[step] = round(time.monotonic() - begin, 1)
            self.result['outcome'] = 'ok'
        except Failed as error:
            self.result['why'] = str(error)
        except Exception as error:  # pylint: disable=broad-except
            self.result['why'] = '%s: %s' % (type(error).__name__, error)
        return self.result

    def need(self, true: t.Any, text: str, *more: t.Any) -> None:
        """Fail with *text* unless *true*."""
        if not true:
            raise Failed(text % more if more else text)

    def inject(self) -> None:
        """A fresh lab, and the fault in it."""
        try:
            self.lab.reset()
        except Exception:  # pylint: disable=broad-except
            self.lab.reset()    # a guest on a busy machine may not answer in time
        self._others_check_logins()
        for machine, script in guest.scripts(self.fault.given + self.fault.inject):
            done = self.lab.run(machine, script, check=False)
            self.need(done.returncode == 0, 'injecting on %s: %s', machine, _text(done)[-500:])
        if self.fault.login.first:
            first = self.lab.dial(client=self.fault.login.first, server=self.fault.server, options=_options(self.fault))
            self.need(first.outcome == 'up', 'the first client does not get in: %s', first.client_log[-300:])

    def _others_check_logins(self) -> None:
        """The server asks RADIUS, and a domain, where the file says so: in good order before the fault is put in."""
        fault = self.fault
        if fault.radius:
            self.lab.use_radius(fault.server, fault.radius)
        if fault.directory:
            self.lab.use_directory(fault.directory, fault.server, fault.radius)

    def suffer(self) -> None:
        """The login, or the traffic, fails as the file says."""
        fault, dial = self.fault, self.dial()
        self.result['before'] = {'outcome': dial.outcome, 'exit': dial.exit_code, 'seconds': dial.seconds}
        self.need((dial.outcome == 'up') is (fault.fails != LOGIN), 'the login is %s with exit status %s: %s',
                  dial.outcome, dial.exit_code, dial.client_log[-1500:])
        self._seen(dial)
        if fault.fails != LOGIN:
            self._traffic(dial, ping=fault.fails != PING, transfer=fault.fails == NOTHING)
            self.lab.hangup(fault.login.client)

    def _seen(self, dial: t.Any) -> None:
        seen = self.fault.seen
        self.need(not seen.exits or dial.exit_code in seen.exits, "the client's pppd exits with %s: %s", dial.exit_code,
                  dial.client_log[-1500:])
        self.need(re.search(seen.client, dial.client_log, re.M), 'the client does not say %r: %s', seen.client,
                  dial.client_log[-1500:])
        if seen.server:
            log = self.lab.run(self.fault.server, 'journalctl -q --no-pager -o cat -n 200', check=False).stdout
            self.need(re.search(seen.server, log, re.M), 'the server does not log %r: %s', seen.server, log[-1500:])
        if seen.radius:
            log = self.lab.run(self.fault.radius, 'tail -n 50 /var/log/freeradius/radius.log', check=False).stdout
            self.need(re.search(seen.radius, log, re.M), 'RADIUS does not log %r: %s', seen.radius, log[-1500:])

    def dial(self) -> t.Any:
        """The login of the file."""
        login = self.fault.login
        user, password = self._account()
        return self.lab.dial(client=login.client, server=self.fault.server, without=login.without, user=user,
                             password=password, options=(*_options(self.fault), *login.options))

    def _account(self) -> tuple[str, str]:
        login = self.fault.login
        user, password = IN_THE_DOMAIN if self.fault.directory else IN_CHAP_SECRETS
        return login.user or user, login.password or password

    def _dialled(self) -> dict[str, str]:
        """Variables with which the playbooks dial from the client of the file, with its account."""
        user, password = self._account()
        return {'pptp_login_client': self.fault.login.client, 'pptp_login_user': user,
                'pptp_login_password': password, 'pptp_login_server': self.lab.machines[self.fault.server].address}

    def _traffic(self, dial: t.Any, ping: bool = True, transfer: bool = True) -> None:
        """Through the tunnel, to a host behind the server or in the internet."""
        lab, client, target = self.lab, self.fault.login.client, self.fault.reaches
        traffic.route(lab, client, target, dial.interface)
        self.need(traffic.ping(lab, client, target) is ping, 'a ping through the tunnel %s',
                  'is not answered' if ping else 'is answered')
        if ping:
            begin = time.monotonic()
            self.need(traffic.transfer(lab, client, target, transfer) is transfer, 'bytes through the tunnel %s',
                      'do not arrive' if transfer else 'arrive')
            self.result['transfer_seconds'] = round(time.monotonic() - begin, 1)

    def diagnose(self) -> None:
        """`diagnose`, which dials from the client, names the cause, and no other."""
        run = plays.play('diagnose', self.lab.inventory, self.folder / 'diagnose', self.hosts(), self._dialled())
        self.need(run.rc == 0, 'diagnose ends with %d: %s', run.rc, run.out[-1500:])
        self.result['dial'] = said = _said(run.host(self.fault.server))
        self.need(said, 'nobody dialled: %s', run.out[-1500:])
        self.need(re.search(self.fault.seen.dial, said, re.M), 'the dial says %r', said)
        entries = [self._entry(run, host) for host in self.hosts()]
        verdicts = [self._entry(run, host).get('verdict', {}) for host in self._culprits()]
        self._named(self._right(verdicts), _of_all(entries), _of_all(entries, 'warn'))

    def remedy(self) -> None:
        """`remediate` mends it, or changes nothing and has the words for whoever can."""
        hosts, remedy = self.hosts(), self.fault.remedy
        before = [] if remedy.fixes else state.of(self.lab, self.watched())
        for number in range(remedy.rounds):
            run = plays.play('remediate', self.lab.inventory, self.folder / ('remediate%d' % (number + 1)), hosts,
                             {**self._dialled(), **remedy.vars})
            if number == 0:
                self._was(run)
        self.result['steps'] = self._steps(run)
        if remedy.fixes:
            self.need(run.rc == 0, 'remediate ends with %d: %s', run.rc, run.out[-3000:])
            self.need(self.result['steps'], 'nothing was done: %s', run.out[-3000:])
        else:
            self._left(run, before)

    def _was(self, run: plays.Run) -> None:
        """What the first remediation found before it did anything."""
        self.need(run.json('report/report.json'), 'remediate ends with %d and no report: %s', run.rc, run.out[-3000:])
        entries = [self._entry(run, host) for host in self._culprits()]
        plans = [self._entry(run, host).get('plan', {}) for host in self.hosts()]
        rows = [row for plan in plans for row in plan.get('steps', []) + plan.get('noops', [])
                if _FOLLOWS not in row['why']]
        warned = [row['cause'] for row in rows if 'warning' in row.get('why', '')]
        warned += [row['cause'] for row in rows if self.fault.result == 'warn' and row['cause'] == self.fault.cause]
        verdicts = [entry.get('remediation', {}).get('before') or entry.get('verdict', {}) for entry in entries]
        self._named(self._right(verdicts), [row['cause'] for row in rows if row['cause'] not in warned], warned)

    def _culprits(self) -> list[str]:
        """The hosts of which one has to name the cause in its verdict."""
        fault = self.fault
        if fault.place == 'router':
            return ['router']
        return [fault.server, *([fault.radius] if fault.radius else [])]

    def _right(self, verdicts: list[dict[str, t.Any]]) -> dict[str, t.Any]:
        """That of the *verdicts* which names the cause of the file, else the server's."""
        return next((verdict for verdict in verdicts if verdict.get('cause') == self.fault.cause), verdicts[0])

    def _steps(self, run: plays.Run) -> list[dict[str, str]]:
        return [{'host': host, 'cause': step['cause'], 'role': step['role']} for host in self.hosts()
                for step in self._entry(run, host).get('plan', {}).get('steps', [])]

    def _left(self, run: plays.Run, before: list[str]) -> None:
        words = [noop for host in self.hosts() for noop in self._entry(run, host).get('plan', {}).get('noops', [])]
        mine = [noop for noop in words if noop['cause'] == self.fault.cause]
        self.result['words'] = [noop['words'] for noop in mine]
        said = '\n'.join('%s\n%s' % (noop['why'], noop['words']) for noop in mine)
        self.need(self.fault.cause == 'none' or re.search(self.fault.remedy.words, said),
                  'the words for %s are: %s', self.fault.cause, said or words)
        changed = state.changes(before, state.of(self.lab, self.watched()))
        self.need(not run.changed and not changed, 'something was changed: %s %s', run.recap, changed[:10])

    def works(self) -> None:
        """The login works, with keys of 128 bits, an address, a ping and bytes through the tunnel."""
        if not self.fault.remedy.fixes:
            return
        self.lab.hangup(self.fault.login.client)
        dial = self.dial()
        self.result['after'] = {'outcome': dial.outcome, 'mppe': dial.mppe, 'address': dial.address,
                                'seconds': round(dial.seconds, 1)}
        self.need(dial.outcome == 'up', 'the login still fails (%s): %s', dial.exit_code, dial.client_log[-1500:])
        self.need('128-bit stateless' in dial.mppe, 'MPPE is %r', dial.mppe)
        self.need('CHAP authentication succeeded' in dial.client_log, 'not by CHAP: %s', dial.client_log[-900:])
        self.need(dial.address.startswith(('10.99.0.', '192.168.1.')), 'the address is %r', dial.address)
        self._traffic(dial)

    def again(self) -> None:
        """A second remediation changes nothing, and ends no session."""
        if not self.fault.remedy.fixes:
            return
        hosts = self.hosts()
        before = state.of(self.lab, self.watched())
        run = plays.play('remediate', self.lab.inventory, self.folder / 'again', hosts, self.fault.remedy.vars)
        changed = state.changes(before, state.of(self.lab, self.watched()))
        self.need(run.rc == 0 and not run.changed and not changed, 'the second remediation ends with %d, %s, %s: %s',
                  run.rc, run.recap, changed[:10], run.out[-1500:])
        named = _of_all([self._entry(run, host) for host in hosts])
        self.need(not named, 'named after the remediation: %s', named)
        self.need(traffic.ping(self.lab, self.fault.login.client, self.fault.reaches), 'the session is gone')

    def hosts(self) -> list[str]:
        """The hosts that are diagnosed and mended: the server, the router in front of the client if it is in it, and
        the RADIUS server where the file names it (else nobody but its users knows of it)."""
        router = ['router'] if 'router' in self._touched() else []
        return [self.fault.server, *router, *([self.fault.radius] if self.fault.radius else [])]

    def watched(self) -> list[str]:
        """The hosts of which nothing may change but by a remedy: also those that the playbook must leave alone."""
        others = self._touched() & {'router', 'radius', 'radius13', 'dc'} | ({'dc'} if self.fault.directory else set())
        return list(dict.fromkeys([*self.hosts(), *sorted(others)]))

    def _touched(self) -> set[str]:
        return {edit.machine for edit in self.fault.given + self.fault.inject}

    def _entry(self, run: plays.Run, host: str) -> dict[str, t.Any]:
        hosts = run.json('report/report.json').get('hosts', [])
        return next((entry for entry in hosts if entry['host'] == host), {})

    def _named(self, verdict: dict[str, t.Any], failing: list[str], warned: list[str]) -> None:
        fault = self.fault
        self.result.update(verdict=verdict, failing=failing)
        wanted = fault.cause if fault.result == 'fail' and fault.cause != 'none' else None
        self.need(verdict.get('cause') == wanted, 'named: %s, not %s (failing: %s)', verdict, wanted, failing)
        self.need(fault.result == 'fail' or fault.cause in warned, 'no warning of %s', fault.cause)
        false = set(failing) - {fault.cause, *fault.also}
        self.need(not false, 'false causes: %s', ', '.join(sorted(false)))


def _options(fault: Fault) -> tuple[str, ...]:
    """Of the clients: how many seconds they try, which hangs on how busy this machine is. Where they are to give up
    before the server does, it is less than its 30."""
    busy = os.getloadavg()[0] > _BUSY * (os.cpu_count() or 1)
    return 'noipv6', 'lcp-max-configure %d' % (40 if busy and 'timeout' not in fault.seen.client else 12)


def _said(entry: dict[str, t.Any]) -> str:
    """How far each dial came, one a line: ``login auth rejected``, ``path ok 1400``."""
    rows = [row for dial in entry.get('facts', {}).get('pptp_dial', {}).get('dials', []) for row in dial['dials']]
    return '\n'.join(_dial_line(row) for row in rows)


def _dial_line(row: dict[str, t.Any]) -> str:
    largest = (row.get('seen') or {}).get('path', {}).get('largest') or ''
    how = 'ok %s' % largest if row['outcome'] == 'ok' else '%s %s' % (row['step'], row['why'])
    return ('%s %s' % (row['mode'], how)).strip()


def causes(entry: dict[str, t.Any], result: str = 'fail') -> list[str]:
    """The causes that a host's report says are there, without what it calls a consequence of another one."""
    return [finding['cause'] for finding in entry.get('findings', [])
            if finding['result'] == result and not finding['blocked_by']]


def _of_all(entries: list[dict[str, t.Any]], result: str = 'fail') -> list[str]:
    return list(dict.fromkeys(cause for entry in entries for cause in causes(entry, result)))


def _text(done: t.Any) -> str:
    return ((done.stdout or '') + (done.stderr or '')).strip()


STEPS: dict[str, t.Callable[[Trial], None]] = {
    'inject': Trial.inject, 'suffer': Trial.suffer, 'diagnose': Trial.diagnose, 'remedy': Trial.remedy,
    'works': Trial.works, 'again': Trial.again,
}
WHOLE = ('inject', 'suffer', 'diagnose', 'remedy', 'works', 'again')
NAMED = ('inject', 'suffer', 'diagnose')        # as far as the name of the cause
