# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The matrix: every fault in a lab of its own, several labs at a time, one line for each as it ends.

    make faults                          # all of them
    make faults ARGS=--quick             # those with `quick: true`
    make faults ARGS='--from NAME'       # from this one on; --missing: those without a good result
    make faults ARGS='--only NAME,NAME --keep'
    make faults-table                    # docs/faults.md out of the results, when all are good
"""

from __future__ import annotations

import argparse
import concurrent.futures
import pathlib
import shutil
import sys
import threading
import time
import traceback
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from ansible_collections.vpnops.pptp.tests.faults import fault as faults, matrix, results  # noqa: E402
from tests.lab.host import probe  # noqa: E402
from tests.lab.vm import store  # noqa: E402


class Labs:
    """A lab for each thread that works, brought up at its first fault and taken down at the end."""

    def __init__(self, cache: str | None) -> None:
        self._cache, self._own, self._lock = cache, threading.local(), threading.Lock()
        self._all: list[t.Any] = []

    def mine(self) -> t.Any:
        """The lab of this thread; raises ``LabError`` where none comes up."""
        if not hasattr(self._own, 'lab'):
            from tests.lab.vm.lab import Lab
            with self._lock:    # the first one builds what all use
                self._own.lab = Lab.up(self._cache)
                self._all.append(self._own.lab)
        return self._own.lab

    def down(self) -> None:
        """Take all of them down."""
        for lab in self._all:
            lab.__exit__(None, None, None)


class Progress:
    """One line for each fault."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._begin, self._lock = total, 0, time.monotonic(), threading.Lock()

    def tell(self, result: matrix.Result) -> None:
        """The line of *result*."""
        with self._lock:
            self._done += 1
            minutes, seconds = divmod(int(time.monotonic() - self._begin), 60)
            took = ' '.join('%s %.0f' % pair for pair in result['seconds'].items())
            print('[%3d/%d %3d:%02d] %-6s %-34s %s%s' % (
                self._done, self._total, minutes, seconds, result['outcome'], result['name'], took,
                '' if result['outcome'] == 'ok' else '\n    ' + result['why'].replace('\n', '\n    ')), flush=True)


def main() -> int:
    """The exit status: 0 when every fault went as its file says."""
    options = _arguments()
    chosen = choose(faults.load_all(), options)
    if options.list:
        print('\n'.join(item.name for item in chosen))
        return 0
    folder = pathlib.Path(options.results).resolve()
    if options.table:
        results.PAGE.write_text(results.page(faults.load_all(), folder), 'utf-8')
        return 0
    why = store.missing(pathlib.Path(options.cache) if options.cache else None)
    if why:
        print('no fault was tried: %s' % why)
        return 0 if options.quick else 1
    chosen = possible(chosen, probe.chosen()[0])
    folder.mkdir(parents=True, exist_ok=True)
    labs, progress = Labs(options.cache), Progress(len(chosen))
    steps = matrix.NAMED if options.named else matrix.WHOLE

    def one(item: faults.Fault) -> matrix.Result:
        result = _trial(labs, item, folder / 'runs' / item.name, steps)
        results.write(folder, item, result)
        if result['outcome'] == 'ok' and not options.keep:
            shutil.rmtree(folder / 'runs' / item.name, ignore_errors=True)
        progress.tell(result)
        return result

    try:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            done = list(pool.map(one, chosen))
    finally:
        labs.down()
    bad = [result['name'] for result in done if result['outcome'] != 'ok']
    print('%d of %d faults went as described%s' % (
        len(done) - len(bad), len(done), '; not: ' + ', '.join(bad) if bad else ''))
    return 1 if bad or not done else 0


def _trial(labs: Labs, item: faults.Fault, folder: pathlib.Path, steps: t.Sequence[str]) -> matrix.Result:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return matrix.Trial(labs.mine(), item, folder).run(steps)
    except Exception:  # pylint: disable=broad-except
        return {'name': item.name, 'outcome': 'failed', 'why': traceback.format_exc(), 'seconds': {}}


def choose(known: list[faults.Fault], options: argparse.Namespace) -> list[faults.Fault]:
    """Those of the *known* faults that *options* ask for, those with the slowest start of a lab last."""
    names = {item.name for item in known}
    wanted = set(filter(None, options.only.split(',')))
    unknown = sorted((wanted | {options.first} - {''}) - names)
    if unknown:
        raise SystemExit('no such fault: %s' % ', '.join(unknown))
    chosen = [item for item in known if (not wanted or item.name in wanted) and item.name >= options.first
              and (item.quick or not options.quick)]
    if options.missing:
        good = results.good(pathlib.Path(options.results), chosen)
        chosen = [item for item in chosen if item.name not in good]
    return chosen


def possible(chosen: list[faults.Fault], kind: str) -> list[faults.Fault]:
    """Those of the *chosen* ones that a lab of this *kind* can show; the others are told."""
    for item in chosen:
        if item.needs not in ('', kind):
            print('not tried: %s: it needs LAB_KIND=%s (docs/lab.md)' % (item.name, item.needs))
    return [item for item in chosen if item.needs in ('', kind)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--quick', action='store_true', help='those that are marked so')
    parser.add_argument('--only', default='', metavar='NAME,..', help='these')
    parser.add_argument('--from', dest='first', default='', metavar='NAME', help='this one and those behind it')
    parser.add_argument('--missing', action='store_true', help='those without a good result of the same file')
    parser.add_argument('--named', action='store_true', help='only as far as the name of the cause')
    parser.add_argument('--jobs', type=int, default=2, help='labs at a time (2)')
    parser.add_argument('--keep', action='store_true', help='keep the reports of good ones, too')
    parser.add_argument('--results', default=str(ROOT / 'tests/output/faults'), metavar='DIR')
    parser.add_argument('--cache', default=None, metavar='DIR', help="the lab's images")
    parser.add_argument('--table', action='store_true', help='no run: write docs/faults.md out of the results')
    parser.add_argument('--list', action='store_true', help='only say which')
    return parser.parse_args()


if __name__ == '__main__':
    sys.exit(main())
