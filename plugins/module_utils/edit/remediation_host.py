# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Begin, finish and restore on a host. A power cut between any two lines leaves a record that the next call goes on
from.

``open`` and ``restoring`` are unfinished; :meth:`Records.begin` goes on with the first, and only
:meth:`Records.restore` ends the second. A folder without a manifest is what a cut left of a beginning: nothing had
been touched then.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    guard,
    remediation as re_,
    remediation_files as files,
    remediation_services as services,
    remediation_system as parts,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_host import Guard, GuardError
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System

#: States of a firewall guard whose change is undone, or about to be: what a run that was cut left behind.
OVER = ('restoring', 'restored', 'stale')
ROUNDS = 4    # how often a restore that waits looks again
PATIENCE = 120.0    # seconds to wait for another run that saves, ends or puts back: a reload alone has 60

Facts = t.Dict[str, t.Any]


class RemediationError(Exception):
    """It cannot be done; the message says why, and that nothing was changed."""


class TakenOver(RemediationError):
    """The record belongs to another run now, which has gone on with it."""


class Records:
    """The records of one host, all below *folder*."""

    def __init__(self, system: System, folder: str = re_.FOLDER) -> None:
        self._system = system
        self._folder = folder

    def states(self) -> dict[str, str]:
        """The records there are, and their states."""
        try:
            names = [name for name in os.listdir(self._folder) if re_.is_id(name)]
        except OSError:
            return {}
        return {name: str(self._state(name).get('state')) for name in names if self._manifest(name)}

    def status(self, name: str = '') -> Facts:
        """``id``, ``state``, ``causes``, ``began`` and ``records`` (how many there are) of *name*, or of the newest;
        ``id`` is null where there is none."""
        known = self.states()
        name = name or re_.newest(known) or ''
        manifest = self._manifest(name) if name in known else {}
        found = {'id': name if manifest else None, 'state': known.get(name), 'causes': manifest.get('causes', []),
                 'began': manifest.get('began'), 'records': len(known)}
        return dict(found, seen=self._state(name).get('seen', {})) if known.get(name) == re_.DONE else found

    def begin(self, causes: t.Sequence[str], paths: t.Sequence[str], firewall: bool, label: str, run: str = ''
              ) -> Facts:
        """Save all that may be touched, or go on with a record that was not finished: it is that of *run* then."""
        with self._alone():
            return self._begin(causes, paths, firewall, label, run)

    def _begin(self, causes: t.Sequence[str], paths: t.Sequence[str], firewall: bool, label: str, run: str) -> Facts:
        known = self.states()
        half = re_.newest(known, re_.RESTORING)
        if half:
            raise RemediationError('the rollback of %s was interrupted: finish it first (rollback.yml)' % half)
        self._sweep(known)
        self._forget()
        name = re_.newest(known, re_.OPEN)
        try:
            if name:
                if self._manifest(name)['firewall'] and Guard(self._system).status()['state'] in OVER:
                    Guard(self._system).restore()
                self._extend(name, causes, paths, firewall, run)
                return dict(self.status(name), resumed=True, notes=[])
            name = re_.next_id(time.time(), known, os.urandom(2).hex())
            notes = self._write(name, causes, paths, firewall, label, run)
        except (files.FilesError, GuardError, OSError) as error:
            raise RemediationError('nothing was changed, because what is there cannot be saved: %s' % error) from error
        return dict(self.status(name), resumed=False, notes=notes)

    def finish(self, name: str, seen: t.Any = None, run: str = '') -> Facts:
        """Keep what was done. A record of a run that changed nothing is not kept."""
        with self._alone():
            return self._finish(name, seen, run)

    def _finish(self, name: str, seen: t.Any, run: str) -> Facts:
        manifest = self._known(name, run)
        if self._state(name).get('state') in (re_.RESTORING, re_.RESTORED):
            raise RemediationError('it was rolled back meanwhile')
        if manifest['firewall'] and Guard(self._system).status()['state'] != 'idle':
            raise RemediationError('the change of the rules was not confirmed, so it is not kept')
        before, now = self._saved(manifest), files.look(manifest['paths'])
        for path in re_.strays(before, now):
            files.remove(path)
            del now[path]
        changed = re_.changes(before, now).paths
        rules = parts.rules(self._system) if manifest['firewall'] else ''
        same = not changed and rules == manifest['rules'] and manifest['parameters'] == parts.parameters() \
            and parts.runs(manifest['daemon']) == parts.runs(parts.daemon(self._system)) and self._idle(manifest)
        if same:
            shutil.rmtree(self._path(name), ignore_errors=True)
            return {'id': None, 'state': None, 'causes': manifest['causes'], 'changed_paths': []}
        files.write_json(self._path(name, re_.AFTER), {
            'items': re_.as_json(now), 'rules': rules, 'since': parts.running_since()})
        self._set(name, re_.DONE, seen=seen or {})
        self._forget()
        return dict(self.status(name), changed_paths=changed)

    def _idle(self, manifest: Facts) -> bool:
        """Whether the other services run as they did, and nobody was put into a group."""
        return services.same(manifest.get('services', {}), services.states(self._system)) and \
            not services.added(manifest.get('members', {}), services.members())

    def restore(self, name: str, force: bool = False, drop: bool = False, dry: bool = False, settle: int = 0,
                run: str = '') -> Facts:
        """Put everything back as it was when *name* began; again and again gives the same.

        *force*: although somebody changed it since; *drop*: although a restart of pptpd ends sessions; *dry*: say what
        would be done; *settle*: look again after so many seconds, for what a task whose connection was cut still did.
        *run*: only what no other run has gone on with. ``failed_steps`` has what could not be put back, ``left`` what
        waits for sessions to end.
        """
        with self._alone() if self.states() and not dry else contextlib.nullcontext():
            return self._restore(name, force, drop, dry, settle, run)

    def _restore(self, name: str, force: bool, drop: bool, dry: bool, settle: int, run: str) -> Facts:
        self._need_root()
        known = self.states()
        name = name or re_.newest(known, re_.RESTORING) or re_.newest(known) or ''
        manifest, state = self._known(name, run) if name else {}, self._state(name)
        if not name or state.get('state') == re_.RESTORED and not run:
            return dict(self.status(name), undone=False, changed_paths=[], failed_steps=[], left=[])
        now = files.look(manifest['paths'])
        others = self._others(name, now) if state.get('state') == re_.DONE else []
        if others and not force:
            raise RemediationError('somebody changed this since, nothing was put back: %s' % ', '.join(others[:8]))
        what = re_.changes(self._saved(manifest), now)
        anew = bool(state.get('anew')) or self._anew(manifest, what.paths)
        units = bool(state.get('units')) or re_.of_systemd(what.paths)
        result = dict(self.status(name), undone=True, changed_paths=what.paths, failed_steps=[], left=[])
        if dry:
            return result
        joined = bool(services.added(manifest.get('members', services.members()), services.members()))
        older = sorted({*state.get('older', []), *services.stale(what.paths, joined)})
        self._set(name, re_.RESTORING, anew=anew, units=units, older=older)
        done = self._carry_out(name, manifest, anew, units, drop, older)
        for _round in range(ROUNDS if settle else 0):
            self._system.sleep(settle)
            late = re_.changes(self._saved(manifest), files.look(manifest['paths']))
            if not late.paths:
                break
            done = self._carry_out(name, manifest, anew or re_.of_daemon(late.paths), units, drop,
                                   services.stale(late.paths))
        return dict(result, **done)

    def _carry_out(self, name: str, manifest: Facts, anew: bool, units: bool, drop: bool, older: t.Sequence[str]
                   ) -> Facts:
        failed = self._rules_back(name, manifest) if manifest['firewall'] else []
        failed += self._put_back(name, manifest)
        failed += services.take_out(self._system, manifest['members']) if 'members' in manifest else []
        failed += services.settle(self._system, manifest.get('services', {}), older)
        failed += parts.set_parameters(manifest['parameters'])
        stays = parts.unload(self._system, manifest['modules'])
        failed += [] if manifest.get('device', True) else parts.without_device()
        before = manifest['daemon']
        stops = parts.runs(parts.daemon(self._system)) and (anew or not parts.runs(before))
        live = parts.sessions()
        left = []
        if stops and live and not drop:
            left.append('pptpd still runs with the newer files: %d sessions would end' % live)
        else:
            failed += parts.settle(self._system, before, anew, units)
        if not failed and not left:
            self._set(name, re_.RESTORED)
        if anew and not before:
            left.append('pptpd may still run with the newer files: there is no systemd here, restart it by hand')
        left += ['the module %s stays loaded: it is in use' % module for module in stays]
        return {'state': self._state(name)['state'], 'failed_steps': failed, 'left': left, 'modules_left': stays}

    def _rules_back(self, name: str, manifest: Facts) -> list[str]:
        """The rule sets in force; what failed."""
        failed, rule_sets = [], self._rule_sets(name)
        try:
            Guard(self._system).restore()    # that of a run that was cut would undo this
        except GuardError as error:
            failed.append(str(error))
        changed = parts.rules(self._system) != manifest['rules']
        return failed + (rule_sets.put_back() if changed and rule_sets.kept() else [])

    def _put_back(self, name: str, manifest: Facts) -> list[str]:
        """The files: what failed, and what is not as it was although nothing did."""
        saved = self._saved(manifest)
        failed = files.put_back(re_.changes(saved, files.look(manifest['paths'])), self._path(name, re_.FILES))
        rest = re_.differing(saved, files.look(manifest['paths']))
        return failed + ['%s is not as it was' % path for path in rest if not any(path in text for text in failed)]

    def _anew(self, manifest: Facts, paths: list[str]) -> bool:
        """Whether pptpd was started with files that are not the saved ones."""
        pid = parts.daemon(self._system).get('MainPID')
        if not manifest['daemon']:
            return re_.of_daemon(paths)
        return re_.of_daemon(paths) and pid not in ('0', None) and pid != manifest['daemon'].get('MainPID')

    def _others(self, name: str, now: re_.Items) -> list[str]:
        after = files.read_json(self._path(name, re_.AFTER)) or {}
        found = re_.strangers(re_.from_json(after.get('items', [])), now) if after else []
        rules = after.get('rules') if after.get('since') == parts.running_since() else ''
        return found + (['the rules of the firewall'] if rules and rules != parts.rules(self._system) else [])

    def _write(self, name: str, causes: t.Sequence[str], paths: t.Sequence[str], firewall: bool, label: str, run: str
               ) -> list[str]:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        os.mkdir(self._path(name), 0o700)
        os.mkdir(self._path(name, re_.FILES), 0o700)
        wanted = files.followed(_wanted(paths))
        notes = self._rule_sets(name).keep() if firewall else []
        items = files.save(files.look(wanted), self._path(name, re_.FILES))
        files.flush_tree(self._path(name))
        files.flush(self._folder)
        self._set(name, re_.OPEN)
        files.write_json(self._path(name, re_.MANIFEST), {
            'version': re_.VERSION, 'id': name, 'began': int(time.time()), 'label': label, 'run': run,
            'causes': list(causes), 'paths': wanted, 'items': re_.as_json(items), 'firewall': firewall,
            'rules': parts.rules(self._system) if firewall else '', 'daemon': parts.daemon(self._system),
            'services': services.states(self._system), 'members': services.members(),
            'parameters': parts.parameters(), 'modules': parts.modules(),
            'device': parts.device()})
        return notes

    def _extend(self, name: str, causes: t.Sequence[str], paths: t.Sequence[str], firewall: bool, run: str) -> None:
        """Add to an unfinished record what it lacks: what it holds already is older, and stays."""
        manifest = self._known(name)
        more = [path for path in files.followed(_wanted(paths)) if path not in manifest['paths']]
        saved = self._saved(manifest)
        known = {*saved, *files.look(manifest['paths'])}    # of these the cut run may have made some
        fresh = {path: item for path, item in files.look(more).items() if path not in known}
        taken = max((int(item.blob) for item in saved.values() if item.blob), default=0)
        saved.update(files.save(fresh, self._path(name, re_.FILES), taken))
        if firewall and not manifest['firewall']:
            self._rule_sets(name).keep()
            files.flush_tree(self._path(name, re_.FIREWALL))
            manifest.update(firewall=True, rules=parts.rules(self._system))
        manifest.update(paths=manifest['paths'] + more, items=re_.as_json(saved), run=run,
                        causes=list(dict.fromkeys([*manifest['causes'], *causes])))
        files.write_json(self._path(name, re_.MANIFEST), manifest)

    def _sweep(self, known: t.Mapping[str, str]) -> None:
        """Take away beginnings that were cut."""
        names = os.listdir(self._folder) if os.path.isdir(self._folder) else []
        for name in names:
            if re_.is_id(name) and name not in known:
                shutil.rmtree(self._path(name), ignore_errors=True)

    def _forget(self) -> None:
        for old in re_.superfluous(self.states()):
            shutil.rmtree(self._path(old), ignore_errors=True)

    def _rule_sets(self, name: str) -> parts.RuleSets:
        return parts.RuleSets(self._system, self._path(name, re_.FIREWALL))

    def _set(self, name: str, state: str, **more: t.Any) -> None:
        files.write_json(self._path(name, re_.STATE), dict(more, state=state, at=int(time.time())))

    def _state(self, name: str) -> Facts:
        found = files.read_json(self._path(name, re_.STATE))
        return found if isinstance(found, dict) else {}

    def _manifest(self, name: str) -> Facts:
        found = files.read_json(self._path(name, re_.MANIFEST)) if re_.is_id(name) else None
        return found if isinstance(found, dict) and found.get('version') == re_.VERSION else {}

    def _known(self, name: str, run: str = '') -> Facts:
        found = self._manifest(name)
        if not found:
            raise RemediationError('there is no remediation %s on this host' % name)
        if run and found.get('run') != run:
            raise TakenOver('another run has taken this host over since: its report says what came of it')
        return found

    @staticmethod
    def _saved(manifest: Facts) -> re_.Items:
        try:
            return re_.from_json(manifest['items'])
        except ValueError as error:
            raise RemediationError(str(error)) from error

    @contextlib.contextmanager
    def _alone(self) -> t.Iterator[None]:
        """Two runs at once must not both begin, nor one put back what the other is saving."""
        self._need_root()
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(self._system.alone(self._folder, PATIENCE))
            except OSError as error:
                raise RemediationError('nothing was changed: %s' % error) from error
            yield

    def _need_root(self) -> None:
        if self._system.euid() != 0:
            raise RemediationError('this needs root (-b)')

    def _path(self, *parts_: str) -> str:
        return os.path.join(self._folder, *parts_)


def _wanted(paths: t.Sequence[str]) -> list[str]:
    """The patterns to save: those that are always, and *paths*."""
    found = list(dict.fromkeys([*guard.PATHS, *re_.PATHS, *paths]))
    wrong = [path for path in found if not path.startswith('/') or path.count('/') < 2 or '/..' in path]
    if wrong:
        raise RemediationError('%s is no path that can be saved' % wrong[0])
    return found
