# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""gre_witness as Ansible runs it, where it has nothing to start; tests/witness has the rest."""

from __future__ import annotations

import typing as t

import pytest

from tests.unit.plugins.modules import calls


@pytest.mark.parametrize(('arguments', 'words'), [
    ({}, 'state'), ({'state': 'stopped'}, 'one of'), ({'state': 'started', 'seconds': 0}, 'seconds is from 1 to 600'),
    ({'state': 'started', 'seconds': 601}, 'seconds is from'), ({'state': 'collected', 'id': '../x'}, 'not that of'),
    ({'state': 'collected', 'id': '0' * 15}, 'not that of'), ({'state': 'collected', 'id': '0' * 17}, 'not that of')])
def test_what_is_not_taken(arguments: dict[str, t.Any], words: str) -> None:
    answer = calls.run('gre_witness', **arguments)
    assert answer['failed'] and words in answer['msg']


def test_in_check_mode_nothing_is_started() -> None:
    answer = calls.run('gre_witness', check=True, state='started')
    assert (answer['id'], answer['reason'], answer['changed']) == ('', 'check mode', False)


@pytest.mark.parametrize(('arguments', 'why'), [
    ({'id': ''}, 'not-permitted'), ({}, 'not-permitted'), ({'id': '0' * 16}, 'gone')])
def test_a_witness_that_is_not_there(arguments: dict[str, t.Any], why: str) -> None:
    answer = calls.run('gre_witness', state='collected', **arguments)
    assert answer['changed'] is False
    assert answer['witness'] == {'complete': False, 'why': why, 'seconds': 0.0, 'dropped': 0, 'silent': 0, 'flows': [],
                                 'counters': []}
