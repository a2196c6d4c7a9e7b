# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fault as its file describes it (docs/faults.md explains the keys); what a file has wrong is named, with its key."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import typing as t

import yaml

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import STAGES

HERE = pathlib.Path(__file__).parent
RADIUS_SERVERS = ('radius', 'radius13')      # FreeRADIUS 3.2.1 and 3.2.7
MACHINES = ('server', 'server13', 'router', 'client1', 'client2', *RADIUS_SERVERS, 'dc', 'guest')
PLACES = ('server', 'router', 'radius', 'client', 'dc')
DIRECTORY = ('ntlm_auth', 'winbind.so')      # who asks the domain: the RADIUS server, or the VPN server itself
LOGIN, PING, TRANSFER, NOTHING = FAILS = ('login', 'ping', 'transfer', 'nothing')
INSIDE, INTERNET = TARGETS = ('inside', 'internet')     # what the traffic of a client has to reach

#: What an edit may do: its required and its optional keys, beside ``at``.
EDITS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    'write': (('text',), ('mode',)),        # the whole file
    'replace': (('old', 'new'), ()),        # every *old* in the file, of which there has to be one
    'append': (('text',), ()),
    'remove': (('line',), ()),              # a line that is there
    'delete': ((), ()),                     # a file that is there
    'script': ((), ()),                     # sh -eu, rc 0
    'stop': ((), ()),                       # a unit
    'restart': ((), ('fails',)),            # a unit; fails: it must not come up
}
Map = dict[str, t.Any]
_ABSENT = object()


class FaultError(Exception):
    """A fault file that cannot be used: which file, which key, and why."""


class Edit(t.NamedTuple):
    """One change to a *machine*: its *kind* (a key of :data:`EDITS`), what it is about, and the rest."""

    kind: str
    machine: str
    subject: str
    more: Map


@dataclasses.dataclass(frozen=True)
class Login:
    """Who dials, with more *options* of pppd and *without* some; *first*: a client that comes in before, and stays."""

    client: str = 'client1'
    user: str = ''
    password: str = ''
    options: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    first: str = ''


@dataclasses.dataclass(frozen=True)
class Seen:
    """What has to show while the fault is in: how the login ends, what client, server and FreeRADIUS log, and how far
    the module *dial* comes from the same client (``login auth rejected``, ``path ok 1400``; a pattern)."""

    exits: tuple[int, ...] = ()
    client: str = ''
    server: str = ''
    radius: str = ''
    dial: str = ''


@dataclasses.dataclass(frozen=True)
class Remedy:
    """Whether `remediate` *fixes* it, with which extra variables, in how many *rounds* (where a second fault shows only
    once the first is gone), and which *words* it has for what it leaves."""

    fixes: bool
    vars: Map = dataclasses.field(default_factory=dict)
    words: str = ''
    rounds: int = 1


@dataclasses.dataclass(frozen=True)
class Fault:
    """One file of tests/faults."""

    name: str
    title: str
    stage: str
    place: str
    inject: tuple[Edit, ...]
    cause: str
    remedy: Remedy
    server: str = 'server'
    also: tuple[str, ...] = ()
    recorded: tuple[str, ...] = ()
    quick: bool = False
    needs: str = ''                 # vm: a kernel of its own, which a lab on this machine's own (docs/lab.md) has not
    given: tuple[Edit, ...] = ()
    login: Login = Login()
    fails: str = LOGIN
    seen: Seen = Seen()
    reaches: str = INSIDE
    result: str = 'fail'
    radius: str = ''
    directory: str = ''


class _Keys:
    """The keys of one mapping of a file: each is taken once, and none may be left."""

    def __init__(self, where: str, value: t.Any) -> None:
        if not isinstance(value, dict):
            raise FaultError('%s: a mapping is needed, not %r' % (where, value))
        self.where, self._left = where, dict(value)

    def take(self, key: str, kind: type | tuple[type, ...], default: t.Any = _ABSENT) -> t.Any:
        """The value of *key*, which has to be of this *kind*."""
        value = self._left.pop(key, default)
        if value is _ABSENT:
            raise FaultError('%s: %s is missing' % (self.where, key))
        if value is not default and not isinstance(value, kind):
            raise FaultError('%s: %s: %r is of the wrong type' % (self.where, key, value))
        return value

    def choice(self, key: str, known: t.Collection[str], default: t.Any = _ABSENT) -> str:
        """The value of *key*, which has to be one of the *known* ones."""
        value = self.take(key, str, default)
        if value != default and value not in known:
            raise FaultError('%s: %s: %r is none of %s' % (self.where, key, value, ', '.join(known)))
        return value

    def words(self, key: str, known: t.Collection[str] = ()) -> tuple[str, ...]:
        """The list of strings at *key*."""
        value = self.take(key, list, [])
        for item in value:
            if not isinstance(item, str) or known and item not in known:
                raise FaultError('%s: %s: %r is not known' % (self.where, key, item))
        return tuple(value)

    def pattern(self, key: str) -> str:
        """The regular expression at *key*."""
        value = self.take(key, str, '')
        try:
            re.compile(value)
        except re.error as error:
            raise FaultError('%s: %s: %s' % (self.where, key, error)) from error
        return value

    def nested(self, key: str) -> _Keys:
        """The mapping at *key*, empty when it is not there."""
        return _Keys('%s: %s' % (self.where, key), self.take(key, dict, {}))

    def done(self) -> None:
        """Raises when the file has keys that nobody asked for."""
        if self._left:
            raise FaultError('%s: unknown key: %s' % (self.where, ', '.join(map(str, self._left))))


def load(path: pathlib.Path) -> Fault:
    """The fault in the file at *path*; raises :class:`FaultError`."""
    keys = _Keys(path.name, _read(path))
    place = keys.choice('at', PLACES)
    server = keys.choice('server', ('server', 'server13'), 'server')
    radius = keys.choice('radius', RADIUS_SERVERS, '')
    at = {'server': server, 'client': 'client1', 'radius': radius or 'radius'}.get(place, place)
    fault = Fault(
        name=path.stem, title=keys.take('title', str), stage=keys.choice('stage', STAGES), place=place, server=server,
        recorded=keys.words('recorded'), quick=keys.take('quick', bool, False),
        needs=keys.choice('needs', ('vm',), ''),
        given=tuple(edit for name in keys.words('given') for edit in _given(keys.where, name, server)),
        inject=edits('%s: inject' % path.name, keys.take('inject', list, []), at),
        login=_login(keys.nested('login')), fails=keys.choice('fails', FAILS, LOGIN), seen=_seen(keys.nested('seen')),
        reaches=keys.choice('reaches', TARGETS, INSIDE), result=keys.choice('result', ('fail', 'warn'), 'fail'),
        radius=radius, directory=keys.choice('directory', DIRECTORY, ''),
        cause=keys.choice('cause', (*CAUSES, 'none')), also=keys.words('also', CAUSES),
        remedy=_remedy(keys.nested('remedy')))
    keys.done()
    return _sensible(keys.where, fault)


def load_all(folder: pathlib.Path = HERE) -> list[Fault]:
    """All faults, by name."""
    return [load(path) for path in sorted(folder.glob('*.yml'))]


def edits(where: str, rows: list[t.Any], machine: str) -> tuple[Edit, ...]:
    """The edits in *rows*, at *machine* where they do not say ``at``."""
    return tuple(_edit('%s: %d' % (where, number), row, machine) for number, row in enumerate(rows, 1))


def _edit(where: str, row: t.Any, machine: str) -> Edit:
    keys = _Keys(where, row)
    kinds = [kind for kind in EDITS if kind in row]
    if len(kinds) != 1:
        raise FaultError('%s: one of %s is needed' % (where, ', '.join(EDITS)))
    required, optional = EDITS[kinds[0]]
    subject = keys.take(kinds[0], str)
    if kinds[0] not in ('script', 'stop', 'restart') and not subject.startswith('/'):
        raise FaultError('%s: %s: %r is no absolute path' % (where, kinds[0], subject))
    at = keys.choice('at', MACHINES, machine)
    more = {key: keys.take(key, (str, bool)) for key in required}
    more.update((key, keys.take(key, (str, bool))) for key in optional if key in row)
    keys.done()
    return Edit(kinds[0], at, subject, more)


def _given(where: str, name: str, server: str) -> tuple[Edit, ...]:
    path = HERE / 'given' / (name + '.yml')
    if not path.is_file():
        raise FaultError('%s: given: there is no given/%s.yml' % (where, name))
    rows = _read(path)
    if not isinstance(rows, list):
        raise FaultError('given/%s.yml: a list of edits is needed' % name)
    return edits('given/%s.yml' % name, rows, server)


def _read(path: pathlib.Path) -> t.Any:
    try:
        return yaml.safe_load(path.read_text('utf-8'))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise FaultError('%s: %s' % (path.name, error)) from error


def _login(keys: _Keys) -> Login:
    login = Login(client=keys.choice('client', ('client1', 'client2'), 'client1'), user=keys.take('user', str, ''),
                  password=keys.take('password', str, ''), options=keys.words('options'), without=keys.words('without'),
                  first=keys.choice('first', ('client1', 'client2'), ''))
    keys.done()
    if login.first == login.client:
        raise FaultError('%s: first: it is the client itself' % keys.where)
    return login


def _seen(keys: _Keys) -> Seen:
    exits = keys.take('exit', (int, list), [])
    seen = Seen(tuple(exits if isinstance(exits, list) else [exits]), keys.pattern('client'), keys.pattern('server'),
                keys.pattern('radius'), keys.pattern('dial'))
    keys.done()
    return seen


def _remedy(keys: _Keys) -> Remedy:
    remedy = Remedy(keys.take('fixes', bool), keys.take('vars', dict, {}), keys.pattern('words'),
                    keys.take('rounds', int, 1))
    keys.done()
    return remedy


def _sensible(where: str, fault: Fault) -> Fault:
    """*fault*, unless what it says of itself does not fit together."""
    healthy = fault.cause == 'none'
    if healthy and fault.fails != NOTHING or fault.fails == NOTHING and not healthy and fault.result != 'warn':
        raise FaultError('%s: fails: nothing, and cause: none or result: warn, go together' % where)
    if not healthy and CAUSES[fault.cause].stage != fault.stage:
        raise FaultError('%s: stage: %s is of the stage %s' % (where, fault.cause, CAUSES[fault.cause].stage))
    if healthy and (fault.also or fault.remedy.fixes):
        raise FaultError('%s: nothing is to be named or fixed where nothing fails' % where)
    if fault.directory and (fault.directory == 'ntlm_auth') != bool(fault.radius):
        raise FaultError('%s: directory: ntlm_auth, and radius, go together' % where)
    if not healthy and not fault.remedy.fixes and not fault.remedy.words:
        raise FaultError('%s: remedy: words are needed for what is not fixed' % where)
    return fault
