# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a remediation may change of a host that is no file: rule sets, the daemon, kernel parameters, modules."""

from __future__ import annotations

import glob
import hashlib
import os
import re
import shutil
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import files, guard, pptpd_live
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_host import RESTORE_SECONDS, Guard
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation import MODULES, SYSCTLS

UNIT = 'pptpd.service'
DEVICE = '/dev/ppp'
_SHOWN = ('LoadState', 'ActiveState', 'MainPID')
_COUNTERS = re.compile(r' *\[[0-9:]*\]$')     # of iptables-save, which writes the date into lines that begin with #
#: A base chain of nft that lets everything pass, as iptables makes them all when it makes one.
_EMPTY = re.compile(r'\tchain \S+ \{\n\t\ttype [^\n]* policy accept;\n\t\}\n')
#: Lines of a table that decides nothing.
_IDLE = re.compile(r'\*|COMMIT|:\S+ (?:ACCEPT|-)$|table |\s*(?:chain \S+ \{|type .* policy accept;|\})$')
_LOOKS = (['iptables-nft-save'], ['ip6tables-nft-save'], ['iptables-legacy-save'], ['ip6tables-legacy-save'],
          ['nft', '-s', 'list', 'ruleset'])


class RuleSets(Guard):
    """The rule sets of all firewalls, kept in a folder that outlives a restart, with the guard's own way back."""

    def keep(self) -> list[str]:
        """Save them; what a restore would not bring back. Raises :class:`GuardError` where they could not come back."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.mkdir(self._folder, 0o700)
        return self._save([])[1]

    def put_back(self) -> list[str]:
        """Load them again; the parts that failed."""
        self._system.run(['/bin/sh', self._path(guard.SCRIPT), 'now'], timeout=RESTORE_SECONDS)
        return self.status()['failed_steps'] if self._text(guard.LOG) else ['the script ' + guard.SCRIPT]

    def kept(self) -> bool:
        """Whether there is something to put back."""
        return os.path.exists(self._path(guard.SCRIPT))


def rules(system: System) -> str:
    """A digest of the rules in force, without counters: equal while nobody changes them."""
    total = hashlib.sha256()
    for argv in _LOOKS:
        answer = system.run(argv) if system.which(argv[0]) else None
        if answer is not None and answer.rc == 0:
            total.update('\n'.join(tables(answer.out)).encode('utf-8', 'surrogateescape') + b'\0')
    return total.hexdigest()


def tables(text: str) -> list[str]:
    """The tables of a listing of iptables-save or nft, sorted, without counters and without those that do nothing: a
    mere question makes them, and in which order they come says nothing about a packet."""
    found: list[list[str]] = []
    for line in _EMPTY.sub('', text).splitlines():
        if line.startswith(('*', 'table ')):
            found.append([])
        if found and line and not line.startswith('#'):
            found[-1].append(_COUNTERS.sub('', line))
    return sorted('\n'.join(lines) for lines in found if not all(map(_IDLE.match, lines)))


def daemon(system: System) -> dict[str, str]:
    """What systemd says of pptpd: ``{LoadState, ActiveState, MainPID}``, nothing without systemd."""
    if not os.path.isdir('/run/systemd/system'):
        return {}
    answer = system.run(['systemctl', 'show', '--property=' + ','.join(_SHOWN), UNIT])
    pairs = (line.partition('=') for line in answer.out.splitlines())
    return {name: value for name, _equals, value in pairs if name in _SHOWN}


def runs(state: t.Mapping[str, str]) -> bool:
    """Whether *state* of :func:`daemon` is that of a daemon that serves."""
    return state.get('ActiveState') in ('active', 'activating', 'reloading')


def settle(system: System, before: t.Mapping[str, str], anew: bool, units: bool) -> list[str]:
    """Have pptpd run, or not, as *before*; *anew*: it has to read its files again; *units*: so has systemd.

    What failed.
    """
    if not before.get('LoadState'):
        return []
    failed = []
    if units and system.run(['systemctl', 'daemon-reload']).rc:
        failed.append('systemctl daemon-reload')
    now = daemon(system)
    action = 'stop' if runs(now) and not runs(before) else ''
    if runs(before) and (anew or not runs(now)):
        action = 'restart'
    if now.get('ActiveState') == 'failed' != before.get('ActiveState'):   # of a start that did not succeed
        system.run(['systemctl', 'reset-failed', UNIT])
    if action and now.get('LoadState') == 'loaded' and system.run(['systemctl', action, UNIT]).rc:
        failed.append('systemctl %s %s' % (action, UNIT))
    return failed


def sessions(folder: str = '/proc') -> int:
    """How many calls pptpd serves: each has a pptpctrl, and below it a pppd. Another PPP link is none, such as that to
    the provider."""
    found = [pptpd_live.process(_text(path)) for path in glob.glob(folder + '/[0-9]*/stat')]
    calls = {item.pid for item in found if item and item.name == 'pptpctrl'}
    return sum(item.name == 'pppd' and item.parent in calls for item in found if item)


def _text(path: str) -> str:
    try:
        return files.read(path) or ''
    except OSError:     # a process that ended meanwhile
        return ''


def running_since() -> str:
    """Tells one boot of this host, or start of this container, from another: rules that nobody loads at boot are gone
    after it, and nobody has changed them."""
    try:
        with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as boot, open('/proc/1/stat', 'rb') as first:
            return '%s %s' % (boot.read().strip(), first.read().rpartition(b')')[2].split()[19].decode('ascii'))
    except (OSError, IndexError):
        return ''


def parameters() -> dict[str, str]:
    """The kernel parameters that a remediation may set, with their values."""
    found = {}
    for name in SYSCTLS:
        try:
            with open('/proc/sys/' + name, encoding='ascii') as handle:
                found[name] = handle.read().strip()
        except OSError:
            continue
    return found


def set_parameters(wanted: t.Mapping[str, str]) -> list[str]:
    """Set those that differ; what failed."""
    now, failed = parameters(), []
    for name, value in wanted.items():
        if name in SYSCTLS and now.get(name) != value:
            try:
                with open('/proc/sys/' + name, 'w', encoding='ascii') as handle:
                    handle.write(value)
            except OSError:
                failed.append(name.replace('/', '.'))
    return failed


def device() -> bool:
    """Whether there is a device of PPP."""
    return os.path.exists(DEVICE)


def without_device() -> list[str]:
    """Take it away, where unloading its module has not; what failed."""
    try:
        os.unlink(DEVICE)
    except FileNotFoundError:
        return []
    except OSError as error:
        return ['%s: %s' % (DEVICE, error.strerror)]
    return []


def modules() -> list[str]:
    """Those of the modules of PPTP that are loaded."""
    return [name for name in MODULES if os.path.isdir('/sys/module/' + name)]


def unload(system: System, before: t.Iterable[str]) -> list[str]:
    """Unload what was not loaded *before*, if nobody uses it; what stays."""
    extra = [name for name in reversed(modules()) if name not in set(before)]
    for name in extra:
        system.run(['rmmod', name])     # modprobe -r takes those with it that it needs, if nobody else does
    return [name for name in extra if name in modules()]
