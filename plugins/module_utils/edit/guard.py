# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way back from a firewall change, as a plan: what to save, and the shell script that puts it back.

Pure: text of the rule sets in, names and text of files out. ``guard_host`` reads, writes and runs. All of it lies in
:data:`FOLDER`, which is on a tmpfs: a restart of the host ends the guard, and with it the run-time rules it guards.

Which of the files of :data:`FOLDER` there are is the state (:func:`state_of`); the timer and whoever confirms both
rename :data:`ARMED`, and the kernel lets only one of them succeed.
"""

from __future__ import annotations

import re
import shlex
import typing as t

FOLDER = '/run/vpnops-pptp/firewall-guard'
UNIT = 'vpnops-pptp-firewall-guard'   # of the systemd timer and the service it starts
ARMED, FIRING, DONE = 'armed', 'firing', 'done'
SCRIPT, STATE, LOG, FILES, LIST = 'restore.sh', 'state.json', 'log', 'files', 'paths'
SPARE, SPARE_BYTES = 'spare', 1 << 18   # room for what a restore writes, should the tmpfs be full by then
WATCHES = 5   # how many times that long the timer goes on to undo what a play does that is too late
SECONDS = (10, 3600)   # least and most time for a change and its confirmation

# What the firewall managers of the distributions keep, and the roles change. What is not there when the guard is armed
# is not there after a restore.
PATHS = ('/etc/firewalld', '/etc/iptables', '/etc/nftables', '/etc/nftables.conf', '/etc/nftables.d',
         '/etc/sysconfig/ip6tables', '/etc/sysconfig/iptables', '/etc/sysconfig/nftables.conf',
         '/etc/default/ufw', '/etc/ufw')

# iptables(8): the chains that each table has from the start. Emptying a table is loading these without a rule.
BUILTIN = {
    'raw': ('PREROUTING', 'OUTPUT'),
    'mangle': ('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
    'nat': ('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'),
    'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
    'security': ('INPUT', 'FORWARD', 'OUTPUT'),
}
# nft(8) families that are saved. arp and bridge are not: no role touches them, and what ebtables-nft and arptables-nft
# keep there does not always come back through nft.
FAMILIES = ('ip', 'ip6', 'inet', 'netdev')

_TABLE = re.compile(r'^table (\S+) (\S+) \{')
_OWNER = re.compile(r'^\s+flags .*\bowner\b', re.MULTILINE)
# nft 1.0.5 and later say it of a table with a match or target that only iptables knows, on standard error
_IPTABLES = re.compile(r'table (\S+) (\S+) is managed by iptables-nft')
_QUOTED = re.compile(r'"[^"]*"')
_NAMED = re.compile(r'^\t(?:set|map) |^\t\t.* @', re.MULTILINE)
_BRACES = re.compile(r'^\t\t.*\{', re.MULTILINE)
_FOREIGN = re.compile(r'^\t\t.*(?:\bxt (?:match|target)\b|# )', re.MULTILINE)
_SECTION = re.compile(r'^\*(\w+)\n.*?^COMMIT\n', re.MULTILINE | re.DOTALL)
_LISTED = re.compile(r'^\*(\w+)$', re.MULTILINE)


class Xtables(t.NamedTuple):
    """One backend of one family: the *command* without ``-save``, its *family* for nft, and what it *saved*."""

    command: str
    family: str
    nft: bool
    saved: str


class Table(t.NamedTuple):
    """An nft table: its *text* as ``nft list ruleset`` prints it."""

    family: str
    name: str
    text: str

    @property
    def owned(self) -> bool:
        """Whether only the process that made it may change it (nft(8), ``flags owner``; firewalld 2.1 and later)."""
        return bool(_OWNER.search(self.text))

    @property
    def named(self) -> bool:
        """Whether it has sets or maps with names, which iptables-nft never makes and silently leaves out of a save."""
        return bool(_NAMED.search(_QUOTED.sub('', self.text)))

    @property
    def native(self) -> bool:
        """Whether it was made with nft: sets of any kind, and nothing that nft cannot write down."""
        text = _QUOTED.sub('', self.text)
        return self.named or bool(_BRACES.search(text)) and not _FOREIGN.search(text)


class Plan(t.NamedTuple):
    """*files* to write into the folder, by name; *test* commands (argv, standard input) that must all succeed before
    anything is armed; *owned*, as ``inet firewalld``: tables that only a reload of their firewall brings back; *mixed*:
    tables with rules of both iptables and nft, which neither can save whole."""

    files: dict[str, str]
    test: list[tuple[tuple[str, ...], str]]
    owned: list[str]
    mixed: list[str]


def state_of(names: t.Iterable[str], alive: bool) -> str:
    """What the files *names* of the folder mean; *alive*: the timer or the detached process is there.

    ``idle``, ``armed``, ``restoring``, ``restored``, or ``stale``: not over, and nothing is left that would end it.
    """
    present = set(names)
    if ARMED in present:
        return 'armed' if alive else 'stale'
    if FIRING in present:
        return 'restored' if DONE in present else 'restoring' if alive else 'stale'
    return 'idle'


def backend_of(version: str) -> str:
    """``nft`` or ``legacy`` from what ``iptables -V`` prints: ``iptables v1.8.9 (nf_tables)``."""
    return 'nft' if 'nf_tables' in version else 'legacy'


def tables_in(saved: str) -> list[str]:
    """The tables that the output of ``iptables-save`` has, such as ``['filter']`` from ``*filter``."""
    return _LISTED.findall(saved)


def split_tables(ruleset: str) -> list[Table]:
    """The tables of ``nft list ruleset``, in families that are restored, each closed by a ``}`` in the first column."""
    found: list[Table] = []
    lines: list[str] = []
    head = None
    for line in ruleset.split('\n'):
        head = head or _TABLE.match(line)
        if head:
            lines.append(line)
        if head and line == '}':
            found.append(Table(head.group(1), head.group(2), '\n'.join(lines) + '\n'))
            head, lines = None, []
    return [table for table in found if table.family in FAMILIES]


def same_zones(runtime: str, permanent: str) -> bool:
    """Whether ``firewall-cmd --list-all-zones`` says the same with ``--permanent``: a reload then changes nothing.

    What a reload keeps does not count: interfaces, and which zones are active.
    """
    return _zones(runtime) == _zones(permanent)


def default_zone(conf: str) -> str:
    """``DefaultZone`` of the text of ``firewalld.conf``; ``public``, as firewalld has it, where there is none."""
    found = re.findall(r'^[ \t]*DefaultZone[ \t]*=[ \t]*(\S+)', conf, re.MULTILINE)
    return found[-1] if found else 'public'


def _zones(text: str) -> set[tuple[str, str]]:
    name, found = '', set()
    for line in text.splitlines():
        if line and not line[0].isspace():
            name = line.split(' (')[0].strip()
        elif line.strip() and not line.strip().startswith(('interfaces:', 'ingress-priority:', 'egress-priority:')):
            found.add((name, line.strip()))
    return found


def plan(xtables: t.Sequence[Xtables], ruleset: str | None, ipsets: str, reload: t.Sequence[str],
         paths: t.Sequence[str], folder: str = FOLDER) -> Plan:
    """What to write and to test, from what was saved.

    *xtables*: every backend there is; *ruleset*: of ``nft list ruleset`` with its warnings; *ipsets*: of
    ``ipset save``; *reload*: the command that makes a firewall daemon read its files again, or nothing; *paths*: the
    files and folders to put back; *folder*: where all of it lies.
    """
    files = {'reset-' + table: _empty(table) for table in BUILTIN}
    test: list[tuple[tuple[str, ...], str]] = []
    calls, looks = [], []
    if ipsets:
        files['ipsets'] = ipsets
        calls.append('try ipset ipset restore -exist <ipsets')
    tables = split_tables(ruleset or '')
    warned = set(_IPTABLES.findall(ruleset or ''))
    native = {table[:2] for table in tables if table.native} - warned
    for row in xtables:
        name = row.command.rsplit('/', 1)[-1]
        own = {table for family, table in native if row.nft and family == row.family}
        files[name] = _without(row.saved, own)
        looks.append('%s-save' % shlex.quote(row.command))
        missing = [table for table in BUILTIN if table not in tables_in(row.saved)]
        calls.append('xtables %s %s %s' % (shlex.quote(row.command), name, shlex.quote(' '.join(missing))))
        if tables_in(files[name]):
            test.append(((row.command + '-restore', '--test'), files[name]))
    other = {(row.family, name) for row in xtables if row.nft for name in tables_in(row.saved)} - native
    owned = [table for table in tables if table.owned]
    if ruleset is not None:
        kept = [table for table in tables if table[:2] not in other and not table.owned]
        files.update(('nft-%03d' % number, table.text) for number, table in enumerate(kept, 1))
        skip = other.union(table[:2] for table in owned)
        looks.append('nft -s list ruleset')
        calls.append('nftables %s' % shlex.quote(' '.join('%s/%s' % pair for pair in sorted(skip))))
        if kept:
            test.append((('nft', '-c', '-f', '-'), ''.join('delete table %s %s\n%s' % table for table in kept)))
    files[SCRIPT] = _script(calls, looks, reload, folder)
    files[LIST] = listed(paths)
    files[SPARE] = '\0' * (SPARE_BYTES + 2 * max(map(len, files.values())))
    return Plan(files, test, ['%s %s' % table[:2] for table in owned],
                ['%s %s' % table[:2] for table in tables if table[:2] in warned and table.named])


def listed(paths: t.Sequence[str]) -> str:
    """:data:`LIST`, which the script reads at each restore: a guard inside another one adds to it."""
    return ''.join(path + '\n' for path in paths)


def covered(path: str, paths: t.Iterable[str]) -> bool:
    """Whether *path* is one of *paths* or lies below one."""
    return any(path == other or path.startswith(other.rstrip('/') + '/') for other in paths)


def _without(saved: str, tables: set[str]) -> str:
    return _SECTION.sub(lambda section: '' if section.group(1) in tables else section.group(), saved)


def _empty(table: str) -> str:
    chains = ''.join(':%s ACCEPT [0:0]\n' % chain for chain in BUILTIN[table])
    return '*%s\n%sCOMMIT\n' % (table, chains)


def _script(calls: t.Sequence[str], looks: t.Sequence[str], reload: t.Sequence[str], folder: str) -> str:
    again = 'try reload timeout 60 %s' % ' '.join(shlex.quote(word) for word in reload) if reload else ':'
    return _SCRIPT % {'folder': shlex.quote(folder), 'families': '|'.join(FAMILIES), 'rules': '\n'.join(calls),
                      'reload': again, 'look': '; '.join(looks or [':']), 'watches': WATCHES}


# POSIX sh: "restore.sh WAIT ROUND" by the timer, which stays on watch for WATCHES rounds after it has restored, because
# the play may go on to change things that nothing would undo; "restore.sh now" by whoever has renamed the marker.
# Needs coreutils, grep and sed, and neither the connection nor Python nor Ansible.
_SCRIPT = r"""export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 077
cd %(folder)s || exit 1

settle() { # restores until it is sure what that looks like: a play may go on in between
  restore
  seen=$(look)
  for _ in 1 2 3; do
    was=$seen
    restore
    seen=$(look)
    if [ "$seen" = "$was" ]; then return; fi
  done
}

pause() { # seconds: ends with its sleep when it is told to, but never in the middle of a restore's command
  sleep "$1" &
  wait $!
}
trap 'kill $! 2>/dev/null; wait; exit 0' TERM

try() { # name command...
  name=$1
  shift
  if "$@" >>errors 2>&1; then echo "ok $name" >>log; else echo "failed $name" >>log; fi
}

load() { # command file: -w, to wait for others that hold the lock, is missing in old versions
  "$1-restore" -w 10 -c <"$2" || "$1-restore" -c <"$2"
}

xtables() { # command file "tables that were not there"
  now=$("$1-save" 2>/dev/null | grep '^[*]') # without an answer there is no such backend: nothing to empty
  for table in $3; do
    if echo "$now" | grep -qx "[*]$table"; then try "$2 without $table" load "$1" "reset-$table"; fi
  done
  if [ -s "$2" ]; then try "$2" load "$1" "$2"; fi
}

nftables() { # "family/name of each table that something else puts back": all others are made again, all at once
  nft list tables 2>/dev/null | while read -r _ family name; do
    case " $1 " in *" $family/$name "*) continue ;; esac
    case $family in %(families)s) echo "delete table $family $name" ;; esac
  done >nft-000
  if cat nft-[0-9]* | nft -f - 2>>errors; then
    echo 'ok nft' >>log
    return
  fi
  while read -r line; do # not all at once: each for itself
    new=yes
    for part in nft-[0-9]*; do
      read -r _ family name _ <"$part"
      if [ "$line" = "delete table $family $name" ]; then
        new=no
        { echo "$line"; cat "$part"; } >nft-one
        try "nft $family $name" nft -f nft-one
      fi
    done
    if [ $new = yes ]; then
      echo "$line" >nft-one
      try "nft $line" nft -f nft-one
    fi
  done <nft-000
  for part in nft-[0-9]*; do
    read -r _ family name _ <"$part"
    if [ "$part" != nft-000 ] && ! grep -qxF "delete table $family $name" nft-000; then
      try "nft $family $name" nft -f "$part"
    fi
  done
}

sweep() { # folder: removes what was not there
  for entry in "$1"/* "$1"/.[!.]*; do
    if [ -d "$entry" ] && [ ! -L "$entry" ]; then
      sweep "$entry"
    elif [ -e "$entry" ] || [ -L "$entry" ]; then
      if [ ! -e "files$entry" ] && [ ! -L "files$entry" ]; then rm -f -- "$entry"; fi
    fi
  done
  if [ ! -d "files$1" ]; then rmdir "$1" 2>/dev/null; fi
}

fill() { # path: what was there, whole, each file at once
  if [ -d "files$1" ] && [ ! -L "files$1" ]; then
    [ -d "$1" ] || cp -a "files$1" "$1"
    for entry in "files$1"/* "files$1"/.[!.]*; do
      if [ -e "$entry" ] || [ -L "$entry" ]; then fill "${entry#files}" || return 1; fi
    done
  elif ! cmp -s "files$1" "$1"; then
    cp -a "files$1" "$1.pptp-guard" && mv -f "$1.pptp-guard" "$1"
  fi
}

put() { # path
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    sweep "$1"
  elif [ ! -e "files$1" ] && [ ! -L "files$1" ]; then
    rm -f -- "$1"
  fi
  if [ -e "files$1" ] || [ -L "files$1" ]; then try "$1" fill "$1"; fi
}

rules() {
:
%(rules)s
}

files() {
  while IFS= read -r path; do put "$path"; done <paths
}

restore() { # the rules let people in again, so they come first
  rm -f spare done log
  rules
  files
  %(reload)s
  date +%%s >done
  logger -t vpnops-pptp 'a firewall change that no new connection has confirmed is undone' 2>/dev/null || :
}

look() { # the rules in force, but for what counts or is the date
  { :; %(look)s; } 2>/dev/null | sed -e '/^#/d' -e 's/ *\[[0-9:]*\]$//' | cksum
}

if [ "$1" != now ]; then
  pause "$1"
  mv armed firing 2>/dev/null || exit 0
fi
if [ "$1" = now ]; then
  restore
  exit 0
fi
settle
for _ in $(seq %(watches)d); do
  pause "$2"
  [ -e firing ] || exit 0
  if [ "$(look)" != "$seen" ]; then
    settle
  else
    files
  fi
done
"""
