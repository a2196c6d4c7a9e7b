# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measures what a target does with its logs against grep and zgrep: CPU seconds, ratios within one run, memory.

``python bench_logs.py [--mib 256] [--full-gib] [--runs 3] [--check]``; the collection must be importable. CPU is that
of a whole process, interpreter and imports included, from wait4; with ``--check`` a goal that is missed is
exit status 1. Goals: default window under 0.1 s; full scan at most 0.85x of grep -Ei and under 16 MiB resident above
an interpreter with the same imports; .gz at most 0.65x of zgrep; 200,000 lines of debug log under a second.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import typing as t

HERE = os.path.dirname(os.path.abspath(__file__))
PATTERN = 'pptp|pppd|mschap|mppe|auth|fail'   # as guides print it: grep -Ei '...' /var/log/syslog
_COLLECT = '''
import sys
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils import recorder
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import COMMANDS, Command
COMMANDS.update({name: Command() for name in COMMANDS})   # files only
if sys.argv[1] != 'import':
    options = {'full_logs': sys.argv[2] == 'full', 'log_seconds': 600}
    recorder.record(LiveHost(sys.argv[1]), ['logs'], options).packed()
with open('/proc/self/status') as status:   # ru_maxrss would be that of whoever forked
    print([line.split()[1] for line in status if line.startswith('VmHWM')][0])
'''


class Cost(t.NamedTuple):
    """CPU seconds and peak resident KiB of one process."""

    cpu: float
    rss: int


def run(argv: t.Sequence[str], runs: int) -> Cost:
    """The cheapest of *runs* runs of *argv*."""
    return min((_once(argv) for _run in range(runs)), key=lambda cost: cost.cpu)


def _once(argv: t.Sequence[str]) -> Cost:
    # not into /dev/null: grep sees that, and stops at the first match
    with tempfile.TemporaryFile() as out, subprocess.Popen(argv, stdout=out, stderr=subprocess.DEVNULL) as process:
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        out.seek(max(0, out.seek(0, os.SEEK_END) - 16))
        last = out.read().split()[-1:]
    return Cost(usage.ru_utime + usage.ru_stime, int(last[0]) if last and last[0].isdigit() else 0)


def _log(folder: str, name: str, *args: str) -> str:
    root = os.path.join(folder, name)
    os.makedirs(os.path.join(root, 'var/log'))
    path = os.path.join(root, 'var/log/syslog')
    subprocess.run([sys.executable, os.path.join(HERE, 'make_log.py'), path, *args], check=True)
    return root


def _collect(root: str, mode: str, runs: int) -> Cost:
    return run([sys.executable, '-c', _COLLECT, root, mode], runs)


def measure(folder: str, mib: int, runs: int) -> t.Iterator[tuple[str, float, float, str]]:
    """(what, value, goal, words) of each goal."""
    root = _log(folder, 'big', '--mib', str(mib))
    path = os.path.join(root, 'var/log/syslog')
    base = run([sys.executable, '-c', _COLLECT, 'import', 'window'], runs)
    window, full = _collect(root, 'window', runs), _collect(root, 'full', runs)
    grep = run(['grep', '-Ei', PATTERN, path], runs)
    yield 'window', window.cpu - base.cpu, 0.1, 'CPU s of the default window of %d MiB, above imports' % mib
    yield 'full', (full.cpu - base.cpu) / grep.cpu, 0.85, 'of grep -Ei (%.3f s)' % grep.cpu
    yield 'rss', (full.rss - base.rss) / 1024, 16, 'MiB resident above imports (%.0f MiB in all)' % (full.rss / 1024)
    with open(path, 'rb') as plain, gzip.open(path + '.2.gz', 'wb') as packed:
        shutil.copyfileobj(plain, packed)
    os.truncate(path, 0)
    packed_cost = _collect(root, 'full', runs)
    zgrep = run(['zgrep', '-Ei', PATTERN, path + '.2.gz'], runs)
    yield 'gzip', (packed_cost.cpu - base.cpu) / zgrep.cpu, 0.65, 'of zgrep -Ei (%.3f s)' % zgrep.cpu
    chatty = _collect(_log(folder, 'chatty', '--mib', '16', '--share', '1', '--debug'), 'window', runs)
    yield 'chatty', chatty.cpu - base.cpu, 1.0, 'CPU s of 16 MiB of debug log, %.0f MiB above imports' % (
        (chatty.rss - base.rss) / 1024)


def main(argv: t.Sequence[str]) -> int:
    """Print the table; see the module's words for the status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--mib', type=int, default=256)
    parser.add_argument('--full-gib', action='store_true', help='measure 1 GiB instead')
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--check', action='store_true')
    args = parser.parse_args(argv)
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for what, value, goal, words in measure(folder, 1024 if args.full_gib else args.mib, args.runs):
            missed += value > goal
            print('%-8s %8.3f  goal %5.2f  %-4s %s' % (what, value, goal, 'ok' if value <= goal else 'MISS', words))
    return 1 if args.check and missed else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
