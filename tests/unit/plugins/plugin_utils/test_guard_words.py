# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a guarded change says, and that a new connection is one."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote_fresh, words_guard


@pytest.mark.parametrize(('found', 'attempts', 'said'), [
    ({'state': 'armed'}, 1, None),
    ({'failed': True, 'msg': 'x'}, 1, None),
    ({'state': 'restored', 'label': 'L'}, 3, 'L was undone by the host itself, because it cut the host off: 2 new '),
    ({'state': 'restored'}, 1, 'undone by the host itself, because no new connection had confirmed it in time'),
    ({'state': 'restored', 'failed_steps': ['nft', 'reload']}, 1, 'But these could not be put back: nft, reload.'),
    ({'state': 'foreign', 'label': 'L'}, 1, 'was undone by the host itself before it was confirmed, or ended by hand: '
     'another one, L, is armed there now'),
    ({'state': 'stale', 'label': 'L'}, 1, 'L stays as it is, but its timer was gone'),
    ({'state': 'idle'}, 1, 'nothing was armed'),
])
def test_the_verdict(found: dict[str, t.Any], attempts: int, said: str | None) -> None:
    got = words_guard.verdict(found, attempts, 12.3)
    assert got == said if said is None else said in (got or '')


@pytest.mark.parametrize(('found', 'said', 'message'), [
    ({'state': 'restored'}, 'S', 'R (the rules and files are those from before)'),
    ({'state': 'restored', 'failed_steps': ['nft']}, 'S', 'those from before) But these could not be put back: nft.'),
    ({'state': 'restored', 'fired': True}, 'S', 'S A task had failed: R'),
    ({}, 'S', 'S A task had failed: R'),   # gone
    ({'failed': True, 'msg': 'M'}, None, 'R And that was not undone: M'),
    ({'state': 'idle'}, 'S', 'R'), ({'state': 'foreign'}, 'S', 'R'),
])
def test_a_task_that_failed(found: dict[str, t.Any], said: str | None, message: str) -> None:
    assert words_guard.undone('R', said, found).endswith(message)


@pytest.mark.parametrize(('found', 'message'), [
    ({'state': 'restored', 'label': 'L', 'fired': False}, 'L may be incomplete'),
    ({'state': 'restored', 'label': 'L', 'fired': True}, 'L was undone by the host itself'),
    ({'state': 'idle'}, 'nothing was armed'),
])
def test_a_task_that_was_unreachable(found: dict[str, t.Any], message: str) -> None:
    assert (words_guard.incomplete(found, 1, 2.0) or '').startswith(message)


def test_a_host_that_stays_away() -> None:
    assert 'after L: 40 new connections failed in 120 s' in words_guard.gone('L', 40, 120.0, 'timed out')


class Ssh(ConnectionBase):
    """What the ssh plugin is to the guard: options that are read at each command."""

    transport = 'ssh'

    def __init__(self, answer: tuple[int, bytes, bytes] | None) -> None:
        self.options: dict[str, t.Any] = {'ssh_args': '-C -o ControlMaster=auto', 'reconnection_retries': 3}
        self.used: list[dict[str, t.Any]] = []
        self.answer, self.resets = answer, 0

    def get_option(self, option: str, hostvars: t.Any = None) -> t.Any:
        return self.options[option]

    def set_option(self, option: str, value: t.Any) -> None:
        self.options[option] = value

    def exec_command(self, cmd: str, in_data: t.Any = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        self.used.append(dict(self.options, sudoable=sudoable))
        if self.answer is None:
            raise AnsibleConnectionFailure('timed out')
        return self.answer if self.answer[0] else (0, b'banner\n' + cmd.encode()[5:] + b'\n', b'')

    def reset(self) -> None:
        self.resets += 1
        raise AnsibleConnectionFailure('no master')

    def _connect(self) -> t.Any:
        return self

    def close(self) -> None:
        """Nothing to close."""

    put_file = fetch_file = close   # type: ignore[assignment]


def test_ssh_shares_nothing_and_gets_its_options_back() -> None:
    ssh = Ssh((0, b'', b''))
    before = dict(ssh.options)
    assert remote_fresh.new_connection_works(ssh) == ''
    assert ssh.used[0]['ssh_args'].startswith('-o ControlMaster=no -o ControlPath=none ')
    assert ssh.used[0]['ssh_args'].endswith('-C -o ControlMaster=auto')
    assert ssh.used[0]['reconnection_retries'] == 0
    assert ssh.used[0]['sudoable'] is False
    assert ssh.options == before


def test_a_slow_host_gets_more_time_from_attempt_to_attempt() -> None:
    ssh = Ssh((0, b'', b''))
    for attempt in (1, 2, 3):
        assert remote_fresh.new_connection_works(ssh, remote_fresh.patience(attempt, 60)) == ''
    args = [used['ssh_args'] for used in ssh.used]
    assert [' -o ConnectTimeout=%d -o ServerAliveInterval=%d ' % pair in given
            for pair, given in zip(((5, 3), (10, 5), (20, 10)), args, strict=True)] == [True] * 3


@pytest.mark.parametrize('guard', [10, 60, 300])
def test_all_attempts_end_in_time(guard: int) -> None:
    """In the worst case: every attempt takes all it gets, with the pause of the action between two."""
    spent, attempt = 0, 0
    while spent < guard:
        attempt += 1
        spent += remote_fresh.patience(attempt, guard - spent) + 2
    assert spent <= guard + remote_fresh.PATIENCE[0] + 2
    assert attempt >= guard // 22


def test_ssh_that_fails_gets_its_options_back_too() -> None:
    ssh = Ssh(None)
    before = dict(ssh.options)
    with pytest.raises(AnsibleConnectionFailure):
        remote_fresh.new_connection_works(ssh)
    assert ssh.options == before


@pytest.mark.parametrize(('answer', 'said'), [
    ((1, b'', b'This account is not available\n'), 'This account is not available'),
    ((1, b'', b''), 'the command ended with status 1'),
])
def test_a_command_that_fails_is_no_connection(answer: tuple[int, bytes, bytes], said: str) -> None:
    assert remote_fresh.new_connection_works(Ssh(answer)) == said


def test_a_reset_that_fails_is_none() -> None:
    ssh = Ssh(None)
    remote_fresh.reset(ssh)
    assert ssh.resets == 1
