# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The kernel as judge: random rule sets, real packets, and the model's verdicts beside them.

    make firewall-fuzz ARGS="--sets 2000 --seed 1"      root; --show SEED prints one rule set and all that happened
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import signal
import sys
import time
import typing as t

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.firewall import generator, netns
from tests.firewall.compare import Score, compare, parsed
from tests.firewall.kernel import Kernel, Rules

_ROUND = 500   # rule sets for one lab: no port is used twice, no old connection gets in the way
SEEDS = pathlib.Path(__file__).with_name('seeds.txt')


class Total:
    """The scores of all rule sets."""

    def __init__(self) -> None:
        self.sets = self.asked = self.supported = self.helped = 0
        self.unknown: collections.Counter[str] = collections.Counter()
        self.odd_unknown = self.refused = 0
        self.refusal = ''
        self.wrong: dict[int, list[str]] = {}

    def add(self, seed: int, score: Score, supported: bool) -> None:
        self.sets += 1
        self.asked += score.asked
        if supported:
            self.supported += score.asked
            self.unknown.update(score.unknown)
        else:
            self.odd_unknown += len(score.unknown)
        if score.wrong:
            self.wrong[seed] = score.wrong

    @property
    def share(self) -> float:
        """Unknown verdicts on sets of supported matches, in per cent."""
        return 100.0 * sum(self.unknown.values()) / max(self.supported, 1)

    def __str__(self) -> str:
        return ('%d rule sets (%d refused by the tools, %d with a call behind a helper or its absence), %d verdicts, '
                '%d disagreements in %d sets, %.2f %% unknown on supported matches' % (
                    self.sets, self.refused, self.helped, self.asked, sum(map(len, self.wrong.values())),
                    len(self.wrong), self.share))


def judge(kernel: Kernel, rules: Rules, total: Total | None = None) -> tuple[Score, dict[str, t.Any]]:
    """One rule set; ValueError where the tools refuse it."""
    kernel.prepare()
    shown = kernel.load(rules)
    plain = kernel.plain()
    helped = kernel.helped()
    if total and helped:
        total.helped += 1
    ruleset = parsed(shown)
    return compare(ruleset, plain, helped), {'shown': shown, 'plain': plain, 'helped': helped, 'rules': ruleset}


def run(seeds: t.Iterable[int], report: t.Callable[[Total], None] = lambda total: None) -> Total:
    """Judge the rule sets of *seeds* in a lab of its own."""
    total = Total()
    todo = list(seeds)
    for start in range(0, len(todo), _ROUND):
        with netns.Lab() as lab:
            _round(Kernel(lab), todo[start:start + _ROUND], total, report)
    return total


def _round(kernel: Kernel, seeds: list[int], total: Total, report: t.Callable[[Total], None]) -> None:
    for seed in seeds:
        rules, supported = generator.make(seed)
        try:
            score, _all = judge(kernel, rules, total)
        except ValueError as error:
            total.refused += 1
            total.refusal = 'seed %d: %s' % (seed, error)
            continue
        total.add(seed, score, supported)
        report(total)


def kept() -> list[int]:
    """The seeds of past disagreements."""
    return [int(line.split()[0]) for line in SEEDS.read_text('utf-8').splitlines() if line[:1].isdigit()]


def show(seed: int) -> None:
    """Everything about one rule set."""
    rules, supported = generator.make(seed)
    with netns.Lab() as lab:
        score, found = judge(Kernel(lab), rules)
    for name, text in found['shown'].items():
        print('---- %s\n%s' % (name, text))
    for part in ('plain', 'helped'):
        for flow, outcome in (found[part] or {}).items():
            print('%-20s %s' % (flow, outcome))
    print('supported: %s; unknown: %s' % (supported, score.unknown))
    print('\n'.join(score.wrong) or 'no disagreement')


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sets', type=int, default=2000)
    parser.add_argument('--seed', type=int, default=1, help='the first seed')
    parser.add_argument('--show', type=int, help='one seed, in full')
    options = parser.parse_args()
    reason = netns.why_not()
    if reason:
        print('cannot ask the kernel: ' + reason)
        return 2
    if options.show is not None:
        show(options.show)
        return 0
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))   # the namespaces go, too
    start = time.monotonic()
    reported = [0]

    def report(total: Total) -> None:
        if total.sets % 100 == 0 or len(total.wrong) != reported[0]:
            print('%5.0f s  %s' % (time.monotonic() - start, total), flush=True)
        if len(total.wrong) != reported[0]:
            seed = list(total.wrong)[-1]
            print('  seed %d: %s' % (seed, '; '.join(total.wrong[seed])), flush=True)
            reported[0] = len(total.wrong)

    total = run(range(options.seed, options.seed + options.sets), report)
    print('%5.0f s  %s' % (time.monotonic() - start, total))
    print('unknown: %s' % dict(total.unknown.most_common(8)))
    if total.refused:
        print('a refusal: ' + total.refusal[:300])
    return 1 if total.wrong or total.share >= 5 else 0


if __name__ == '__main__':
    sys.exit(main())
