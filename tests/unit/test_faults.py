# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fault files: they can be read, they cover what was recorded, and an edit that does nothing is an error."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
import yaml

from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import STAGES
from ansible_collections.vpnops.pptp.tests.faults import fault as faults, guest, matrix, plays, results, state
from ansible_collections.vpnops.pptp.tests.unit import recordings

FAULTS = faults.load_all()
#: Recorded faults that the lab cannot have, or that are none to remediate, and why.
NOT_IN_THE_LAB = {
    '19b-srv-drop-CThelper-set-after-connect': 'the helper was assigned between two packets of one login',
    '51-server-pap-only': 'logins come up, unencrypted: advice, and no client of the lab takes it',
    '56b-mppe-module-missing-client-has-no-require': 'all machines of the lab have one kernel',
    '56c-mppe-missing-server-only': 'all machines of the lab have one kernel',
    '56d-mppe-missing-client-only': 'all machines of the lab have one kernel',
    '56e-mppe-missing-server-only-norequire': 'all machines of the lab have one kernel',
    '56f-mppe-missing-client-only-norequire': 'all machines of the lab have one kernel',
    '57c-mppe40-both': 'logins come up: advice',
}
GOOD: dict[str, t.Any] = {
    'title': 'x', 'stage': 'auth', 'at': 'server', 'cause': 'wrong-secret', 'remedy': {'fixes': True},
    'inject': [{'append': '/etc/x', 'text': 'y'}]}


def write(folder: pathlib.Path, **changes: t.Any) -> pathlib.Path:
    content = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    path = folder / 'some.yml'
    path.write_text(yaml.safe_dump(content), 'utf-8')
    return path


def test_there_are_faults_of_all_stages_and_combinations() -> None:
    broken = [item for item in FAULTS if item.cause != 'none']
    assert len(broken) >= 60
    assert {item.stage for item in broken} >= set(STAGES) - {'link', 'security'}
    assert len([item for item in broken if item.name.startswith('two-')]) >= 5
    assert 8 <= len([item for item in FAULTS if item.quick]) <= 12


def test_every_recorded_fault_of_a_server_or_router_is_among_them() -> None:
    claimed = {name for item in FAULTS for name in item.recorded}
    rows = recordings.expectations() + recordings.expectations(routers=True)
    bad = {row.name.rsplit('.', 1)[0] for row in rows if 'healthy' not in row.statuses}
    assert bad - claimed - set(NOT_IN_THE_LAB) == set()


@pytest.mark.parametrize('item', FAULTS, ids=lambda item: item.name)
def test_its_cause_is_the_one_that_its_recordings_lead_to(item: faults.Fault) -> None:
    end = 'router' if item.place == 'router' else 'server'
    known = {row.name: row.causes for row in recordings.expectations(routers=end == 'router')}
    for name in item.recorded:
        row = known.get('%s.%s' % (name, end))
        assert row is None or (item.cause if item.cause != 'none' else '-') in row or end == 'router'


@pytest.mark.parametrize(('changes', 'complaint'), [
    ({'title': None}, 'some.yml: title is missing'),
    ({'titel': 'x'}, 'some.yml: unknown key: titel'),
    ({'stage': 'later'}, "some.yml: stage: 'later' is none of"),
    ({'cause': 'no-such'}, "some.yml: cause: 'no-such' is none of"),
    ({'also': ['no-such']}, "some.yml: also: 'no-such' is not known"),
    ({'quick': 'yes'}, "some.yml: quick: 'yes' is of the wrong type"),
    ({'needs': 'moon'}, "some.yml: needs: 'moon' is none of"),
    ({'stage': 'path'}, 'some.yml: stage: wrong-secret is of the stage auth'),
    ({'seen': {'client': '('}}, 'some.yml: seen: client: '),
    ({'seen': {'clients': 'x'}}, 'some.yml: seen: unknown key: clients'),
    ({'given': ['nothing']}, 'some.yml: given: there is no given/nothing.yml'),
    ({'inject': [{'append': '/etc/x'}]}, 'some.yml: inject: 1: text is missing'),
    ({'inject': [{'append': 'etc/x', 'text': 'y'}]}, "some.yml: inject: 1: append: 'etc/x' is no absolute path"),
    ({'inject': [{'append': '/etc/x', 'text': 'y', 'mode': '1'}]}, 'some.yml: inject: 1: unknown key: mode'),
    ({'inject': [{'reboot': 'x'}]}, 'some.yml: inject: 1: one of write, replace'),
    ({'inject': [{'stop': 'x', 'at': 'moon'}]}, "some.yml: inject: 1: at: 'moon' is none of"),
    ({'remedy': {'fixes': False}}, 'some.yml: remedy: words are needed for what is not fixed'),
    ({'cause': 'none'}, 'some.yml: fails: nothing, and cause: none or result: warn, go together'),
    ({'login': {'first': 'client1'}}, 'some.yml: login: first: it is the client itself'),
])
def test_what_a_file_has_wrong_is_named(tmp_path: pathlib.Path, changes: dict[str, t.Any], complaint: str) -> None:
    with pytest.raises(faults.FaultError) as error:
        faults.load(write(tmp_path, **changes))
    assert str(error.value).startswith(complaint)


def test_text_that_is_no_yaml_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'bad.yml').write_text('a: [', 'utf-8')
    with pytest.raises(faults.FaultError, match=r'^bad\.yml: '):
        faults.load(tmp_path / 'bad.yml')


def inject(folder: pathlib.Path, *rows: dict[str, t.Any]) -> subprocess.CompletedProcess[str]:
    """The edits *rows* done here; ``@`` in a path is *folder*."""
    placed = [{key: value.replace('@', str(folder)) if isinstance(value, str) else value for key, value in row.items()}
              for row in rows]
    (_machine, script), = guest.scripts(faults.edits('x', placed, 'server'))
    return subprocess.run(['sh', '-c', script], capture_output=True, text=True, check=False, timeout=60)


def test_edits_are_done_in_their_order(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'a').write_text('one\r\n two\nthree "x\'\n', 'utf-8', newline='')
    (tmp_path / 'a').chmod(0o640)
    (tmp_path / 'gone').touch()
    done = inject(tmp_path, {'replace': '@/a', 'old': 'one', 'new': 'é'}, {'remove': '@/a', 'line': 'two'},
                  {'append': '@/a', 'text': 'end'}, {'write': '@/new/b', 'text': '$(x) `y`', 'mode': '0600'},
                  {'delete': '@/gone'}, {'script': 'echo "said $1" >@/c'.replace('$1', "it's")})
    assert (done.returncode, done.stderr) == (0, '')
    assert (tmp_path / 'a').read_bytes().decode() == 'é\r\nthree "x\'\nend'
    assert (tmp_path / 'a').stat().st_mode & 0o777 == 0o640
    assert (tmp_path / 'new/b').read_text() == '$(x) `y`'
    assert (tmp_path / 'new/b').stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / 'gone').exists()
    assert (tmp_path / 'c').read_text() == "said it's\n"


@pytest.mark.parametrize('row', [
    {'replace': '@/a', 'old': 'two', 'new': 'x'}, {'remove': '@/a', 'line': 'on'}, {'delete': '@/b'},
    {'script': 'false; true'}, {'script': 'echo $undefined'}, {'replace': '@/b', 'old': 'one', 'new': 'x'},
], ids=str)
def test_an_edit_that_does_nothing_is_an_error(tmp_path: pathlib.Path, row: dict[str, t.Any]) -> None:
    (tmp_path / 'a').write_text('one\n', 'utf-8')
    assert inject(tmp_path, row).returncode != 0
    assert (tmp_path / 'a').read_text('utf-8') == 'one\n'


def test_each_machine_gets_one_program_as_long_as_it_is_its_turn() -> None:
    rows = [{'stop': 'a'}, {'stop': 'b'}, {'stop': 'c', 'at': 'router'}, {'stop': 'd'}]
    made = guest.scripts(faults.edits('x', rows, 'server'))
    assert [machine for machine, _script in made] == ['server', 'router', 'server']


def test_the_recap_is_read_from_the_end_of_what_a_playbook_printed() -> None:
    out = 'fake : changed=9\nPLAY RECAP *****\nrouter   : ok=2  changed=0  failed=0\nserver : ok=5 changed=2 failed=1\n'
    assert plays.recap(out) == {'router': {'ok': 2, 'changed': 0, 'failed': 0},
                                'server': {'ok': 5, 'changed': 2, 'failed': 1}}
    assert plays.recap('no recap at all') == {}


def result(fault: faults.Fault, **changes: t.Any) -> matrix.Result:
    """What a good run of *fault* leaves."""
    return {'name': fault.name, 'outcome': 'ok', 'why': '', 'seconds': {}, 'before': {'outcome': 'failed', 'exit': 16},
            'words': ['a | b'], 'steps': [{'host': 'server', 'cause': fault.cause, 'role': 'nat'}],
            'after': {'mppe': 'MPPE 128-bit stateless'}, **changes}


def test_the_table_is_made_of_good_results_of_the_same_files_only(tmp_path: pathlib.Path) -> None:
    for item in FAULTS:
        results.write(tmp_path, item, result(item))
    table = results.table(FAULTS, tmp_path)
    assert all('(../tests/faults/%s.yml)' % item.name in table for item in FAULTS)
    assert {line.replace('\\|', '').count('|') for line in table.splitlines()} == {7}
    text = results.page(FAULTS, tmp_path)
    assert text.startswith('# The fault matrix\n')
    assert text.count(results.BEGIN) == text.count(results.END) == 1
    results.write(tmp_path, FAULTS[0], result(FAULTS[0], outcome='failed'))
    with pytest.raises(KeyError, match=FAULTS[0].name):
        results.table(FAULTS, tmp_path)
    other = tmp_path / ('%s.json' % FAULTS[1].name)
    other.write_text(other.read_text('utf-8').replace(results.digest(FAULTS[1]), '0'), 'utf-8')
    assert results.good(tmp_path, FAULTS) == {item.name for item in FAULTS[2:]}


class FakeLab:
    """A lab in which each command succeeds and says *out*; what is asked of it is noted."""

    def __init__(self, out: str = '') -> None:
        self.out, self.asked = out, []  # type: ignore[var-annotated]

    def reset(self) -> None:
        self.asked.append('reset')

    def run(self, machine: str, script: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        self.asked.append(machine)
        return subprocess.CompletedProcess([], 0, self.out, '')


def test_a_step_that_fails_ends_the_trial_and_says_why(tmp_path: pathlib.Path) -> None:
    item = next(item for item in FAULTS if item.name == 'auth-no-address-column')
    done = matrix.Trial(FakeLab(), item, tmp_path).run(('inject', 'suffer', 'again'))
    assert (done['outcome'], list(done['seconds'])) == ('failed', ['inject', 'suffer'])
    assert done['why'].startswith('AttributeError:')     # this lab cannot dial


def test_a_state_tells_what_changed() -> None:
    before = state.of(FakeLab('/etc/a 1\n/etc/b 2\n'), ['server', 'router'])
    after = state.of(FakeLab('/etc/a 1\n/etc/b 3\n'), ['server', 'router'])
    assert state.changes(before, before) == []
    assert state.changes(before, after) == ['-server: /etc/b 2', '+server: /etc/b 3', '-router: /etc/b 2',
                                            '+router: /etc/b 3']
