# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who logs in, of what the playbooks know, and what is tried then."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.account import Account, chosen, modes

AL, BOB = {'name': 'al', 'secret': 'a'}, {'name': 'bob', 'secret': 'b', 'state': 'present', 'addresses': ['*']}
NOBODY = Account()


@pytest.mark.parametrize(('user', 'password', 'accounts', 'who'), [
    ('eve', 'e', [], ('eve', 'e')), ('al', 'other', [AL], ('al', 'other')),
    ('bob', None, [AL, BOB], ('bob', 'b')), (None, None, [AL, BOB], ('al', 'a')),
    (None, None, [{'name': 'no'}, {'name': 'none', 'secret': None}, {'name': 'e', 'secret': ''}, BOB], ('bob', 'b')),
    (None, None, [{**AL, 'state': 'absent'}, BOB], ('bob', 'b')),
    (None, None, [{'name': 'n', 'secret': 12}], ('n', '12')), (123, None, [{'name': 123, 'secret': 4}], ('123', '4')),
    (123, 456, [], ('123', '456')),
    ('eve', None, [AL], NOBODY), ('al', None, [{**AL, 'state': 'absent'}], NOBODY), (None, None, [], NOBODY),
    (None, 'p', [], NOBODY), (None, None, [{'secret': 'x'}, {}], NOBODY)])
def test_who_logs_in(user: t.Any, password: t.Any, accounts: list[t.Any], who: tuple[str, str]) -> None:
    assert chosen(user, password, accounts) == who


@pytest.mark.parametrize(('wanted', 'user', 'account', 'found'), [
    (None, None, NOBODY, ['methods']), (None, 'eve', NOBODY, ['login']), (None, None, Account('al', 'a'), ['login']),
    (['all'], 'eve', NOBODY, ['methods']), (['all'], None, Account('al', 'a'), ['path', 'login']),
    (['reach', 'all'], None, NOBODY, ['reach', 'methods']),
    (['login', 'all'], None, Account('al', 'a'), ['login', 'path']),
    (['login'], None, NOBODY, ['login']), ([], None, NOBODY, [])])
def test_what_is_tried(wanted: list[str] | None, user: str | None, account: Account, found: list[str]) -> None:
    assert modes(wanted, user, account) == found


def test_a_secret_is_not_shown() -> None:
    assert 's3cret' not in repr(Account('al', 's3cret'))
