# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""iptables, nftables, firewalld and ufw, each really running, broken, diagnosed, repaired, restarted, taken back."""

from __future__ import annotations

import difflib
import json
import pathlib
import re
import typing as t

import pytest

from tests.realfw import fleet, packets, story

pytestmark = pytest.mark.skipif(bool(fleet.why_not()), reason=fleet.why_not() or 'nothing is missing')

CASES = fleet.cases()
REPAIRED = ('repaired', 'restarted')


@pytest.fixture(scope='module')
def told(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, story.Seen]:
    """Everything, once, of the cases that are asked for (``-k``)."""
    names = {item.callspec.params['case'].name for item in request.session.items if hasattr(item, 'callspec')}
    home: pathlib.Path = tmp_path_factory.mktemp('realfw')
    found: dict[str, story.Seen] = {}
    for part in story.parts([case for case in CASES if case.name in names]):
        (home / part[0].name).mkdir()
        tale = story.Story(home / part[0].name, part)
        tale.tell()
        found.update(tale.seen)
    return found


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> fleet.Case:
    """One entry of the table."""
    return request.param


@pytest.fixture
def seen(told: dict[str, story.Seen], case: fleet.Case) -> story.Seen:
    """What was seen of it."""
    return told[case.name]


@pytest.fixture
def repaired(seen: story.Seen) -> story.Seen:
    """The same, where the guard let the roles change something."""
    if seen.case.refuses:
        pytest.skip('nothing is changed: firewalld %s' % seen.case.refuses)
    return seen


def _difference(one: story.State, two: story.State) -> list[str]:
    return [line for section in one for line in difflib.unified_diff(one[section], two[section], n=0, lineterm='')
            if not line.startswith(('---', '+++', '@@'))]


def _sorted(state: story.State) -> story.State:
    """*state* with tables and chains in the order of their names: a start makes them in another one. The order of the
    rules of a chain stays."""
    nft = re.split(r'^(?=table )', '\n'.join(state['nft']), flags=re.MULTILINE)
    saves = re.split(r'^(?=\*)', '\n'.join(state['iptables']), flags=re.MULTILINE)
    return {**state, 'nft': [line for table in sorted(nft) for line in _chains(table)],
            'iptables': [line for table in sorted(saves) for line in sorted(table.splitlines(), key=_of_chain)]}


def _loaded(state: story.State) -> story.State:
    """*state* without tables that have no rule and let everything pass: whether they are loaded decides nothing."""
    saves = re.split(r'^(?=\*)', '\n'.join(state['iptables']), flags=re.MULTILINE)
    nft = re.split(r'^(?=table )', '\n'.join(state['nft']), flags=re.MULTILINE)
    empty = re.compile(r'^-A|^:\S+ (?!ACCEPT)|^:(?![A-Z]+ )', re.MULTILINE)
    rule = re.compile(r'^\t\t(?!type .*policy accept;$)|^\t(?!chain [A-Z]+ \{$|\t|\}$)', re.MULTILINE)
    return {**state, 'iptables': [line for table in saves if empty.search(table) for line in table.splitlines()],
            'nft': [line for table in nft if rule.search(table) for line in table.splitlines()]}


def _chains(table: str) -> list[str]:
    blocks = re.split(r'^(?=\t\w+ .*\{$)', table.rstrip('}\n'), flags=re.MULTILINE)
    return [line for block in (blocks[:1] + sorted(block.rstrip('\t}\n') for block in blocks[1:]))
            for line in block.splitlines()]


def _of_chain(line: str) -> tuple[int, str]:
    words = line.split(' ')
    return ('*:-C'.find(line[:1]), words[1] if line.startswith('-A') else line)


def _named(seen: story.Seen, moment: str) -> dict[str, str]:
    return {cause: item['result'] for cause, item in seen.blamed(moment).items()}


def _uncounted(diffs: list[t.Any]) -> list[str]:
    """The lines that change in *diffs*, without the counters and the times that iptables-save prints."""
    found = []
    for diff in (each for item in diffs for each in (item if isinstance(item, list) else [item])):
        texts = [re.sub(r'# (?:Generated|Completed).*|\[\d+:\d+\]', '', _text(diff.get(key))).split('\n')
                 for key in ('before', 'after')]
        found += [line for line in difflib.unified_diff(*texts, n=0, lineterm='') if not line.startswith('@@')]
        found.append(_text(diff.get('prepared')))
    return found


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_each_firewall_is_broken_in_at_least_four_ways() -> None:
    for provider in fleet.IMAGES:
        assert len([case for case in CASES if case.provider == provider]) >= 4


def test_the_fault_is_real(seen: story.Seen) -> None:
    assert seen.packets['healthy'] == set(packets.ALL)
    assert set(packets.ALL) - seen.packets['broken'] == set(seen.case.stops)


def test_the_cause_is_named_and_no_other_firewall_cause(seen: story.Seen) -> None:
    assert _named(seen, 'broken') == dict.fromkeys(seen.case.causes, seen.case.result)
    assert all(item['evidence'] for item in seen.blamed('broken').values())


def test_the_verdict_is_the_first_cause(seen: story.Seen) -> None:
    entry = seen.entries['broken']
    if entry['verdict']['stage'] == 'service':
        pytest.skip('this kernel has no PPP, which comes before the firewall: %s' % entry['verdict']['cause'])
    assert entry['verdict']['cause'] == seen.case.causes[0]


def test_the_guard_refuses_what_it_could_not_put_back(seen: story.Seen) -> None:
    if not seen.case.refuses:
        pytest.skip('it can put everything back')
    assert all(seen.case.refuses in text for text in seen.runs['repaired'].failed)
    assert len(seen.runs['repaired'].failed) == 1
    assert _difference(seen.states['broken'], seen.states['repaired']) == []


def test_the_report_names_roles_that_repair_it(repaired: story.Seen) -> None:
    seen = repaired
    assert len(seen.fixes()) == len(seen.case.causes)
    assert all(fix.get('role') for fix in seen.fixes()), seen.fixes()
    assert [seen.runs[run].failed for run in seen.runs] == [[] for _run in seen.runs]
    for moment in REPAIRED:
        assert _named(seen, moment) == {}
        assert seen.packets[moment] == set(packets.ALL)


def test_check_mode_changes_nothing(seen: story.Seen) -> None:
    assert _difference(seen.states['broken'], seen.states['announced']) == []


def test_check_mode_announces_what_happens(repaired: story.Seen) -> None:
    seen = repaired
    announced, done = seen.runs['announced'], seen.runs['repaired']
    assert set(announced.changed) == set(done.changed) != set()
    if len({fix['role'] for fix in seen.fixes()}) > 1:
        pytest.skip('in check mode the second role cannot see what the first one would have done')
    assert announced.changed == done.changed
    assert _uncounted(announced.diffs) == _uncounted(done.diffs)


def test_a_second_run_changes_nothing(repaired: story.Seen) -> None:
    seen = repaired
    assert seen.runs['again'].changed == []
    assert _difference(seen.states['repaired'], seen.states['again']) == []


def test_a_restart_changes_no_rule(repaired: story.Seen) -> None:
    seen = repaired
    if seen.case.heals:
        pytest.skip('a restart also loads what the fault left out')
    assert _difference(_sorted(seen.states['repaired']), _sorted(seen.states['restarted'])) == []


def test_the_way_back_leaves_nothing_behind(repaired: story.Seen) -> None:
    seen = repaired
    if seen.case.heals:
        pytest.skip('a restart cured the fault itself')
    assert _difference(_sorted(_loaded(seen.states['broken'])), _sorted(_loaded(seen.states['back']))) == []
    assert seen.packets['back'] == seen.packets['broken']
    assert _named(seen, 'back') == _named(seen, 'broken')


def test_no_firewall_is_switched_on_or_off(seen: story.Seen) -> None:
    units: list[t.Any] = [state['units'] for state in seen.states.values()]
    assert units == [units[0]] * len(units)
    assert ' '.join(units[0]).count(' active') == 1
