# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Record a host: read what the subjects need, mask every secret, leave out what no check looks at.

    record(LiveHost(), ['all'])  ->  Recording; .packed() travels, bundle.unpack() makes a Bundle of it

This is all that runs on a target. The controller parses and judges the recording exactly as it
does a bundle that somebody sent in.
"""

from __future__ import annotations

import base64
import json
import posixpath
import re
import typing as t
import zlib

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev, reduce as less
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import COMMANDS, PROGRAMS, RADDB
from ansible_collections.vpnops.pptp.plugins.module_utils.host import FILE_LIMIT, Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking
from ansible_collections.vpnops.pptp.plugins.module_utils.reading_list import reads

LIMIT = 60 * 1024            # bytes that travel for one host
_DEEP, _SMALL = 100, 262144  # files of one folder, bytes of a file that is followed or found in a folder
_FOLLOWED, _ROUNDS = 40, 4   # files reached through others, steps from file to file
_PIDS = 4096                 # processes looked at
_PATH = re.compile(r'(?<![\w./-])/(?:etc|usr|var|opt|home|root|lib|lib64|run|srv|tmp)/[\w.+@%:/-]*[\w]')
_INDIRECT = re.compile(r'@(/[^\s"\'#]+)')
_INCLUDED = re.compile(r'(?m)^\s*\$-?INCLUDE\s+(?:\$\{(?:conf|raddb)dir\}/)?((?!policy)[\w./-]+)')
# the words behind which a file stands that is read, too, and where it may stand
_NAMED = re.compile(r'(?m)(?:^|(?<=[\s"\'=]))(-c|--conf|-o|--option|option|file|radius-config-file|servers|dictionary'
                    r'|\$?INCLUDE|(?:chap|pap)-secrets)[ \t=]+["\']?(/[^\s"\']+)')
_TEXTS = re.compile(r'^/etc/(?!ssl/|ssh/|passwd)|^/(?:home|root|opt|srv|usr/local|usr/share)/')
_REDUCE: dict[str, t.Callable[[str], str]] = {
    '/proc/modules': less.kernel, '/proc/net/tcp': less.listeners, '/proc/net/tcp6': less.listeners,
    '/proc/net/udp': less.sockets, '/proc/net/udp6': less.sockets, '/proc/1/environ': less.environ,
    '/etc/group': less.groups, '/commands/dpkg-query.txt': less.packages, '/commands/rpm.txt': less.packages,
    '/commands/dmesg.txt': lambda text: '\n'.join(less.kernel(text).split('\n')[-40:]),
    '/commands/iptables-save.txt': less.ruleset, '/commands/iptables-legacy-save.txt': less.ruleset,
    '/commands/nft.txt': less.ruleset, '/etc/iptables/rules.v4': less.ruleset,
    '/commands/conntrack.txt': lambda text: '\n'.join(text.split('\n')[:40]),
    '/commands/conntrack-control.txt': lambda text: '\n'.join(text.split('\n')[:40]),
}


class Recording:
    """What was read of *host*: ``texts`` by path (``/commands/NAME.txt`` for outputs), and the rest in ``meta``."""

    def __init__(self, host: Host, whole: bool = False) -> None:
        self.host = host
        self.whole = whole
        self.texts: dict[str, str] = {}
        self.meta: dict[str, t.Any] = {'stat': {}, 'absent': [], 'unread': {}, 'folders': {}, 'cut': {},
                                       'collected_at': host.now(), 'utc_offset': host.utc_offset(),
                                       'euid': host.euid()}

    def note(self, path: str, evidence: ev.Evidence) -> None:
        """Keep why *path* has no text."""
        if evidence.status == ev.ABSENT and evidence.reason != ev.NOT_RECORDED:
            self.meta['absent'].append(path)
        elif evidence.status != ev.ABSENT:
            self.meta['unread'][path] = evidence.reason or evidence.status

    def stat(self, path: str) -> t.Any:
        """Keep what ``stat`` says of *path*, or that it does not exist."""
        reading = self.host.stat(path)
        info = reading.value
        if info is None:
            self.note(path, reading.evidence)
        elif info.mode is not None or info.kind == 'file':
            bits = {'char': 0o020000, 'dir': 0o040000}.get(info.kind, 0o100000)
            self.meta['stat'][path] = [None if info.mode is None else '%o' % (bits | info.mode), info.uid, info.gid,
                                       info.mtime, info.size]
        return info

    def file(self, path: str, word: str = '') -> str | None:
        """Keep the text of *path*, which stands behind *word* in another file, and return it before it was masked."""
        if path in self.texts or path in self.meta['unread'] or path in self.meta['absent']:
            return self.texts.get(path)
        reading = self.host.read(path, _SMALL if path[:5] == '/etc/' and 'secrets' not in path else FILE_LIMIT)
        if reading.value is None:
            self.note(path, reading.evidence)
            return None
        self.keep(path, reading.value, reading.evidence, word)
        if path.startswith('/etc/'):
            self.stat(path)
        return reading.value

    def keep(self, path: str, text: str, evidence: ev.Evidence, word: str = '') -> None:
        """Keep *text* as *path*, masked and, unless the recording is ``whole``, reduced."""
        if evidence.status == ev.TRUNCATED:
            self.meta['cut'][path] = evidence.reason
        if not self.whole and path in _REDUCE:   # first, as it is the faster
            text = _REDUCE[path](text)
        masked = less.environ(text) if path.endswith('/environ') else masking.mask_file(path, text)
        if word and masked is not None:
            masked = masking.mask_named(word, text)
        if masked is None:
            self.meta['unread'][path] = 'not recorded: it holds secrets'
            return
        masked = less.comments(masked) if path.startswith('/etc/') else masked
        kind = '' if self.whole else path
        self.texts[path] = less.modprobe(masked) if '/modprobe.d/' in kind else \
            less.secrets(masked) if 'secrets' in kind else masked

    def command(self, name: str) -> str | None:
        """Keep the output of the command called *name*."""
        reading = self.host.run(name)
        path = '/commands/%s.txt' % name
        if reading.value is None:
            self.note(path, reading.evidence)
            return None
        self.keep(path, reading.value.stdout, reading.evidence)
        return str(reading.value.stdout)

    def folder(self, path: str) -> list[str]:
        """Keep the names in *path*."""
        reading = self.host.list(path)
        if reading.value is None:
            self.note(path, reading.evidence)
            return []
        self.meta['folders'][path] = reading.value[:1000]
        return list(reading.value)

    def packed(self, limit: int = LIMIT) -> str:
        """The recording as base85 text of at most *limit* bytes; the largest texts are halved until it fits."""
        while True:
            data = base64.b85encode(zlib.compress(json.dumps(self.files()).encode(), 9)).decode()
            largest = max(self.texts, key=lambda path: len(self.texts[path]), default='')
            if len(data) <= limit or len(self.texts.get(largest, '')) < 200:
                return data
            text = self.texts[largest]
            middle = len(text) // 2
            newest = largest.startswith('/var/log/') or 'journal' in largest
            self.texts[largest] = text[middle:].partition('\n')[2] if newest else text[:middle].rpartition('\n')[0]
            self.meta['cut'][largest] = 'cut to fit %d bytes' % limit

    def files(self) -> dict[str, str]:
        """``{path: text}`` with the metadata as ``bundle.json``: what ``bundle.from_texts`` takes."""
        meta = {key: value for key, value in self.meta.items() if value not in ({}, [], None)}
        return dict(self.texts, **{'/bundle.json': json.dumps(meta, sort_keys=True)})


def record(host: Host, subjects: t.Sequence[str], whole: bool = False,
           logs: t.Callable[[Recording], None] | None = None) -> Recording:
    """Record what *subjects* (keys of ``READS``) need; *logs* records the logs. *whole*: nothing but secrets goes."""
    wanted = reads(subjects)
    recording = Recording(host, whole)
    for path in wanted.exists:
        recording.stat(path)
    follow = [recording.file(path) or '' for path in wanted.files if 'secrets' not in path]
    for path in wanted.folders:
        _plugin_folder(recording, path)
    for path in wanted.deep:
        follow += _deep(recording, path)
    _follow(recording, follow)
    for path in wanted.files + tuple(recording.texts):
        if 'secrets' in path:
            _indirect(recording, recording.file(path) or '')
    for name in [name for name, command in COMMANDS.items() if not command.argv] + list(wanted.commands):
        if name == 'logs':
            if logs:
                logs(recording)
        elif name in _SPECIAL:
            _SPECIAL[name](recording)
        else:
            recording.command(name)
    return recording


def _plugin_folder(recording: Recording, path: str) -> None:
    for name in recording.folder(path):
        if re.match(r'\d+\.\d+', name):
            recording.folder(posixpath.join(path, name))


def _deep(recording: Recording, path: str) -> list[str]:
    """The texts of the small files in *path*."""
    texts = []
    for name in recording.folder(path)[:_DEEP]:
        full = posixpath.join(path, name)
        info = recording.host.stat(full).value
        if info and info.kind == 'file' and info.size <= _SMALL:
            texts.append(recording.file(full) or '')
    return texts


def _indirect(recording: Recording, text: str) -> None:
    """Keep whether the files exist that hold the secrets of entries like ``@/path``; nothing of them is ever read."""
    for path in list(dict.fromkeys(_INDIRECT.findall(text)))[:_FOLLOWED]:
        recording.stat(path)


def _follow(recording: Recording, texts: list[str]) -> None:
    """Read the configuration files that *texts* name, and look whether other files that they name exist."""
    seen: set[str] = set()
    for _round in range(_ROUNDS):
        bare = [less.comments(text) for text in texts if len(text) <= _SMALL]
        words = {posixpath.normpath(path): word for text in bare for word, path in _NAMED.findall(text)}
        found = list(words) + [posixpath.normpath(path) for text in bare for path in _PATH.findall(text)]
        texts = []
        for path in [path for path in dict.fromkeys(found) if path not in seen][:_FOLLOWED]:
            seen.add(path)
            info = recording.stat(path)
            if info and info.kind == 'file' and info.size <= _SMALL and path in words and _TEXTS.match(path):
                text = recording.file(path, words[path]) or ''
                texts += [] if 'secrets' in words[path] + path else [text]


def _packages(recording: Recording) -> None:
    if '/var/lib/dpkg/status' in recording.meta['stat']:
        recording.command('dpkg-query')
    elif {'/var/lib/rpm', '/usr/lib/sysimage/rpm'}.intersection(recording.meta['stat']):
        recording.command('rpm')


def _processes(recording: Recording) -> None:
    """The names of the programs that matter, as ``/proc/PID/comm``."""
    pids = [name for name in recording.host.list('/proc').value or () if name.isdigit()]
    found = []
    for pid in pids[:_PIDS]:
        path = '/proc/%s/comm' % pid
        name = recording.host.read(path, 64).value or ''
        if name.strip() in PROGRAMS:
            recording.texts[path] = name
            found.append(pid)
            if 'radius' in name:
                status = '/proc/%s/status' % pid
                recording.texts[status] = less.rights(recording.host.read(status, 8192).value or '')
    if pids:
        recording.meta['folders']['/proc'] = found or ['1']


def _modules(recording: Recording) -> None:
    """What the running kernel could load: the lines of its lists that matter."""
    release = recording.texts.get('/proc/sys/kernel/osrelease', '').strip()
    for kind in ('builtin', 'dep') if release and '/' not in release else ():
        path = '/lib/modules/%s/modules.%s' % (release, kind)
        reading = recording.host.read(path)
        if reading.value is None:
            recording.note(path, reading.evidence)
        else:
            names = (line.partition(':')[0] for line in less.kernel(reading.value).split('\n'))
            recording.texts[path] = '\n'.join(name + (':' if kind == 'dep' else '') for name in names if name)


def _in_kernel(recording: Recording, module: str) -> bool:
    """Whether *module* may be in the kernel now; a tool that would load it is not run where it is known not to be."""
    text = recording.texts.get('/proc/modules', '')
    if not text.strip() or re.search(r'^%s ' % module, text, re.M):
        return True
    release = recording.texts.get('/proc/sys/kernel/osrelease', '').strip()
    return '/%s.ko' % module in recording.texts.get('/lib/modules/%s/modules.builtin' % release, '')


def _rulesets(recording: Recording) -> None:
    """The rule sets of the backends whose kernel part is there: reading must not load one."""
    if recording.texts.get('/proc/net/ip_tables_names', '').strip():
        recording.command('iptables-legacy-save')
    if _in_kernel(recording, 'nf_tables'):
        recording.command('nft')
        recording.command('iptables-save')


def _conntrack(recording: Recording) -> None:
    if _in_kernel(recording, 'nf_conntrack_netlink'):
        recording.command('conntrack')
        recording.command('conntrack-control')


def _zones(recording: Recording) -> None:
    """What a firewall manager says, only where no rule set could be read."""
    known = ('nft', 'iptables-save', 'iptables-legacy-save')
    if not any('/commands/%s.txt' % name in recording.texts for name in known):
        for name in ('firewall-cmd', 'ufw'):
            recording.command(name)


def _wants(recording: Recording) -> None:
    """What is enabled: the names in the folders of systemd's targets."""
    base = '/etc/systemd/system'
    for name in recording.folder(base)[:_DEEP]:
        if name.endswith('.wants'):
            recording.folder(posixpath.join(base, name))


def _mtus(recording: Recording) -> None:
    for name in (recording.host.list('/sys/class/net').value or ())[:30]:
        text = recording.host.read('/sys/class/net/%s/mtu' % name, 16).value
        if text and not name.startswith('ppp'):
            recording.texts['/sys/class/net/%s/mtu' % name] = text


def _pppd_version(recording: Recording) -> None:
    """pppd tells its version only after it has read its options file, so it is asked only where no package tells."""
    if not any('/commands/%s.txt' % name in recording.texts for name in ('dpkg-query', 'rpm')):
        recording.command('pppd-version')


def _raddb(recording: Recording) -> None:
    """FreeRADIUS' configuration, with the files and folders that it includes (conffile.c, cf_section_read)."""
    for base in RADDB:
        todo = [base + 'radiusd.conf']
        for path in todo:
            names = recording.folder(path)[:_DEEP] if path[-1:] == '/' else []
            if not names:
                recording.file(path, 'raddb')
            for name in names or _INCLUDED.findall(recording.texts.get(path, '')):
                full = posixpath.join(path if names else posixpath.dirname(path), name)
                if len(todo) < _DEEP and full not in todo:
                    todo += [full]


def _smb(recording: Recording) -> None:
    """Samba's configuration, with what it includes; no path of a share is looked at, which may be on a dead server."""
    todo = ['/etc/samba/smb.conf']
    for path in todo:
        text = recording.file(path, 'smb') or ''
        found = re.findall(r'(?mi)^\s*include\s*=\s*(/\S+)', text)[:9]
        todo += [name for name in dict.fromkeys(found) if name not in todo and len(todo) < 9]
    for path in re.findall(r'/[\w./-]+/ntlm_auth\b', ''.join(recording.texts.values()))[:9]:
        recording.stat(path)


def _nothing(recording: Recording) -> None:
    """Done by another entry."""


_SPECIAL: dict[str, t.Callable[[Recording], None]] = {
    'packages': _packages, 'processes': _processes, 'modules': _modules, 'nft': _rulesets, 'conntrack': _conntrack,
    'pppd-version': _pppd_version, 'iptables-save': _nothing, 'iptables-legacy-save': _nothing, 'zones': _zones,
    'raddb': _raddb, 'smb': _smb, 'mtus': _mtus, 'wants': _wants, 'journal': _nothing,
}
