# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Arm, confirm, disarm and restore on a host: carries out the plan of ``guard``."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import guard
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System

SIZE_LIMIT = 32 * 1024 * 1024   # bytes of the files to save: they lie in memory
PATIENCE = 90                   # seconds to wait for a restore that has begun: a reload has 60
FIREWALLD_CONF = '/etc/firewalld/firewalld.conf'
RESTORE_SECONDS = 180           # the most that one may take before it is given up

# What a kernel without a backend makes of a question to it: what cannot be read there cannot be changed there either.
_LACKING = re.compile(r"not supported|does not exist|can't initialize|no such file|invalid argument|unknown", re.I)

Facts = t.Dict[str, t.Any]


class GuardError(Exception):
    """The guard cannot do what it was asked to; the message says why, and that nothing was changed."""


class Guard:
    """The guard of one host, all of which lies in *folder*."""

    def __init__(self, system: System, folder: str = guard.FOLDER) -> None:
        self._system = system
        self._folder = folder

    def status(self) -> Facts:
        """``state`` (:func:`guard.state_of`), and of what is armed or was restored: ``label``, ``by``,
        ``seconds_left``, ``restored_at`` (epoch seconds), ``failed_steps``, ``notes``."""
        known = self._known()
        state = guard.state_of(self._names(), self._system.alive(known.get('timer', {})))
        left = known.get('armed_at', 0) + known.get('seconds', 0) - self._system.now()
        done = self._text(guard.DONE).strip()
        failed = [line[7:] for line in self._text(guard.LOG).splitlines() if line.startswith('failed ')]
        return {'state': state, 'armed': state == 'armed', 'label': known.get('label'),
                'by': known.get('timer', {}).get('by'), 'seconds_left': max(0, int(left)) if state == 'armed' else None,
                'restored_at': int(done) if state == 'restored' and done.isdigit() else None,
                'failed_steps': failed, 'notes': known.get('notes', [])}

    def arm(self, seconds: int, label: str, paths: t.Sequence[str], owner: str = '') -> Facts:
        """Save everything, make sure it can be loaded again, and start the timer.

        A guard that is armed already stays as it is, and is an error, unless *owner* armed it: then this one is inside
        that, saves those of *paths* that it has not, and has no timer. What an earlier one has restored without anybody
        having asked since is cleared away, and named in ``notes``.
        """
        with self._alone():
            before, known = self.status(), self._known()
            own = bool(owner) and known.get('owner') == owner
            if own and before['state'] == 'armed':
                return self._join(known, paths)
            if before['state'] in ('armed', 'restoring', 'stale') or own and before['state'] == 'restored':
                raise GuardError(_REFUSED[before['state']] % before)
            return self._arm(before, {'label': label, 'seconds': seconds, 'owner': owner, 'inside': 0}, paths)

    def disarm(self) -> Facts:
        """Keep what is in force; nothing of the guard is left. What has been restored stays restored."""
        with self._alone():
            before = self.status()
            if before['state'] != 'idle' and not self._claim('disarmed'):
                before = self._await_restored()
            self._end()
            return dict(before, armed=False)

    def confirm(self, owner: str = '') -> Facts:
        """As :meth:`disarm`; but what the timer has restored meanwhile is restored once more, with everything that
        the play went on to change after it.  ``state`` is what was found: ``armed`` means confirmed.

        Of guards inside each other only the outermost stops the timer. What another *owner* has armed is left alone:
        ``state`` is then ``foreign``.
        """
        with self._alone():
            before, known = self.status(), self._known()
            if self._foreign(before, owner):
                return dict(before, state='foreign')
            if before['state'] == 'armed' and known.get('inside'):
                self._write(guard.STATE, json.dumps(dict(known, inside=known['inside'] - 1)))
                return before
            if before['state'] == 'idle' or self._claim('disarmed'):
                self._end()
                return dict(before, armed=False)
            before = self._await_restored()
            return dict(self._restore(), restored_at=before['restored_at'])

    def restore(self, owner: str = '') -> Facts:
        """Put everything back now, whether the timer has or not; nothing of the guard is left. What another *owner* has
        armed is left alone: ``state`` is then ``foreign``."""
        with self._alone():
            before = self.status()
            if self._foreign(before, owner):
                return dict(before, state='foreign')
            return self._restore() if before['state'] != 'idle' else before

    def _arm(self, before: Facts, known: Facts, paths: t.Sequence[str]) -> Facts:
        timer: Facts = {}
        try:
            self._make_folder()
            known['paths'], known['notes'] = self._save(paths)
            if before['state'] == 'restored':
                known['notes'].insert(0, 'an earlier change, %(label)s, was not confirmed and has been undone' % before)
            self._write(guard.ARMED, '')
            known['armed_at'] = self._system.now()
            timer = known['timer'] = self._system.start(self._path(guard.SCRIPT), known['seconds'])
            self._write(guard.STATE, json.dumps(known))
        except (GuardError, OSError) as error:
            self._system.stop(timer)
            self._clear()
            raise GuardError('the way back cannot be armed, so nothing was changed: %s' % error) from error
        return self.status()

    def _join(self, known: Facts, paths: t.Sequence[str]) -> Facts:
        """Be inside the guard *known*: what it has saved of *paths* is left as it is, because it may be changed."""
        new = [path for path in paths if not guard.covered(path, known['paths'])]
        try:
            known['paths'] += self._save_files(new)
            self._write(guard.LIST, guard.listed(known['paths']))
            self._write(guard.STATE, json.dumps(dict(known, inside=known['inside'] + 1)))
        except (GuardError, OSError) as error:
            raise GuardError('the way back cannot be armed, so nothing was changed: %s' % error) from error
        after = self.status()
        if after['state'] != 'armed':   # the timer did not wait for this
            raise GuardError(_REFUSED['restored'] % after)
        return after

    def _restore(self) -> Facts:
        fired = not self._claim(guard.FIRING)
        if fired:
            self._await_restored()
        self._system.stop(self._known().get('timer', {}))
        self._system.run(['/bin/sh', self._path(guard.SCRIPT), 'now'], timeout=RESTORE_SECONDS)
        after = self.status()
        self._clear()
        return dict(after, armed=False, fired=fired)

    @contextlib.contextmanager
    def _alone(self) -> t.Iterator[None]:
        """Two runs at once must not take each other's half-made folder for one that is over."""
        if self._system.euid() != 0:
            raise GuardError('saving and restoring a firewall needs root')
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._system.alone(os.path.dirname(self._folder), PATIENCE))
            except OSError as error:
                raise GuardError('%s: %s' % (os.path.dirname(self._folder), error)) from error
            yield

    def _foreign(self, before: Facts, owner: str) -> bool:
        known = self._known()
        return bool(owner and known) and before['state'] != 'idle' and known.get('owner') != owner

    def _end(self) -> None:
        self._system.stop(self._known().get('timer', {}))
        self._clear()

    def _claim(self, name: str) -> bool:
        """Rename the marker, as the script does: whoever can, has it."""
        try:
            os.rename(self._path(guard.ARMED), self._path(name))
        except FileNotFoundError:
            return False
        return True

    def _await_restored(self) -> Facts:
        status = self.status()
        for _second in range(PATIENCE):
            if status['state'] not in ('armed', 'restoring'):
                break
            self._system.sleep(1)
            status = self.status()
        return status

    def _save(self, paths: t.Sequence[str]) -> tuple[list[str], list[str]]:
        """Write the plan and the files; which ones, and what a restore cannot bring back."""
        kept = self._save_files([*guard.PATHS, *paths])
        reload, notes = self._reload()
        plan = guard.plan(self._xtables(), self._ruleset(), self._ipsets(), reload, kept, self._folder)
        if plan.mixed:
            raise GuardError('the table %s has rules of both iptables and nft, and neither saves it whole'
                             % plan.mixed[0])
        if 'inet firewalld' in plan.owned and not reload:
            why = 'has settings that are not permanent: "firewall-cmd --runtime-to-permanent" keeps them' if notes \
                else 'does not answer'
            raise GuardError('firewalld alone can change its rules, and %s' % why)
        for argv, text in plan.test:
            answer = self._system.run(argv, text)
            if answer.rc:
                raise GuardError('%s does not load what it saved: %s' % (argv[0], answer.err[:300]))
        for name, text in plan.files.items():
            self._write(name, text)
        return kept, notes

    def _xtables(self) -> list[guard.Xtables]:
        found = []
        for base, family in (('iptables', 'ip'), ('ip6tables', 'ip6')):
            seen: set[str] = set()
            for command in (base + '-nft', base + '-legacy', base):
                if not self._system.which(command + '-save') or not self._system.which(command + '-restore'):
                    continue
                known = command[len(base) + 1:]
                backend = known or guard.backend_of(self._system.run([base, '-V']).out)
                if backend in seen:
                    continue
                seen.add(backend)
                text = self._ask([command + '-save', '-c'])
                if text is not None:
                    found.append(guard.Xtables(command, family, backend == 'nft', text))
        return found

    def _ruleset(self) -> str | None:
        return self._ask(['nft', 'list', 'ruleset'], warnings=True) if self._system.which('nft') else None

    def _ipsets(self) -> str:
        return (self._ask(['ipset', 'save']) or '') if self._system.which('ipset') else ''

    def _ask(self, argv: list[str], warnings: bool = False) -> str | None:
        answer = self._system.run(argv)
        if answer.rc == 0:
            return answer.out + (answer.err if warnings else '')
        if _LACKING.search(answer.err):
            return None
        raise GuardError('%s: %s' % (' '.join(argv), answer.err[:300] or 'status %d' % answer.rc))

    def _reload(self) -> tuple[list[str], list[str]]:
        """How to make firewalld read its files again, where it runs; and a note where that would lose something."""
        if not self._system.which('firewall-cmd') or self._system.run(['firewall-cmd', '--state']).rc:
            return [], []
        if not self._same_after_reload():
            return [], ['firewalld has settings that are not permanent: after a restore the rules are the old ones, '
                        'and firewalld is not reloaded, which would lose them']
        return ['firewall-cmd', '--reload'], []

    def _same_after_reload(self) -> bool:
        zone = self._system.run(['firewall-cmd', '--get-default-zone'])
        if zone.rc == 0 and zone.out.strip() != guard.default_zone(_read(FIREWALLD_CONF)):
            return False
        for question in (['--list-all-zones'], ['--list-all-policies'], ['--direct', '--get-all-rules']):
            now = self._system.run(['firewall-cmd', *question])
            kept = self._system.run(['firewall-cmd', '--permanent', *question])
            same = guard.same_zones if len(question) == 1 else str.__eq__
            if now.rc == 0 and not same(now.out, kept.out):
                return False
        return True

    def _save_files(self, paths: t.Sequence[str]) -> list[str]:
        """Copy what there is of *paths* into the folder; all of them, and what they are links to, in order."""
        wanted = list(dict.fromkeys(name for path in paths for name in (path, os.path.realpath(path))))
        wrong = [path for path in wanted if not path.startswith('/') or path.count('/') < 2 or '\n' in path]
        if wrong:
            raise GuardError('%s is no path that can be saved' % wrong[0])
        if sum(map(_size, wanted)) > SIZE_LIMIT:
            raise GuardError('the files to save have more than %d bytes' % SIZE_LIMIT)
        for path in (path for path in wanted if os.path.lexists(path)):
            target = self._path(guard.FILES) + path
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            answer = self._system.run(['cp', '-a', '-T', path, target])
            if answer.rc:
                raise GuardError('cannot save %s: %s' % (path, answer.err[:300]))
        return wanted

    def _make_folder(self) -> None:
        if self._names():   # what is left of an earlier guard, which is over
            self._end()
        elif os.path.isdir(self._folder):
            os.rmdir(self._folder)
        os.mkdir(self._folder, 0o700)

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self._folder)
        except OSError:
            return []

    def _known(self) -> Facts:
        try:
            return dict(json.loads(self._text(guard.STATE) or '{}'))
        except ValueError:
            return {}

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def _text(self, name: str) -> str:
        return _read(self._path(name))

    def _write(self, name: str, text: str) -> None:
        """Write the file *name*, whole or not at all."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(self._path(name) + '~', flags, 0o600), 'wb') as handle:
            handle.write(text.encode('utf-8', 'surrogateescape'))
        os.rename(self._path(name) + '~', self._path(name))


_REFUSED = {
    'armed': 'another change, %(label)s, is not confirmed yet: it is undone in %(seconds_left)d s, or disarm it',
    'restoring': 'a change, %(label)s, is being undone at this moment: try again',
    'restored': 'this is part of %(label)s, which was undone by the host itself, because no new connection had '
                'confirmed it in time',
    'stale': 'another change, %(label)s, was never confirmed, and its timer is gone: say restore or disarm first',
}


def _read(path: str) -> str:
    try:
        with open(path, encoding='utf-8', errors='replace') as handle:
            return handle.read()
    except OSError:
        return ''


def _size(path: str) -> int:
    """Bytes of *path*, or of all that lies below it."""
    if os.path.isdir(path) and not os.path.islink(path):
        return sum(_size(os.path.join(path, name)) for name in os.listdir(path))
    return os.lstat(path).st_size if os.path.lexists(path) else 0
