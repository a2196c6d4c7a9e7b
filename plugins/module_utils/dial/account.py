# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With which account a server is dialled, and what can be tried with or without one."""

from __future__ import annotations

import typing as t

ALL = 'all'     # of the modes: what is worth trying


class Account(t.NamedTuple):
    """Who logs in; both are empty where nobody can."""

    name: str = ''
    secret: str = ''

    def __repr__(self) -> str:
        """Without the secret."""
        return 'Account(%r)' % self.name


def chosen(user: t.Any, password: t.Any, accounts: t.Iterable[t.Mapping[str, t.Any]]) -> Account:
    """*user* with *password*, or with the secret that *accounts* (``{name, secret, state}``) have; without *user* the
    first of them that is present and has one. YAML may have made numbers of any of these.

    >>> chosen(None, None, [{'name': 'al'}, {'name': 'bob', 'secret': 'x'}]).name
    'bob'
    """
    if user and password:
        return Account(str(user), str(password))
    known = [Account(str(row.get('name')), str(row['secret'])) for row in accounts
             if row.get('name') and row.get('secret') and row.get('state', 'present') == 'present']
    return next((row for row in known if user in (None, '') or str(user) == row.name), Account())


def modes(wanted: t.Sequence[str] | None, user: str | None, account: Account) -> list[str]:
    """The modes to dial in, for those *wanted*: without any, a login where a *user* or an *account* is given.

    >>> modes(['all'], None, Account()), modes(['all'], None, Account('bob', 'x')), modes(None, 'bob', Account())
    (['methods'], ['path', 'login'], ['login'])
    """
    able = bool(account.name)
    if wanted is None:
        return ['login' if able or user else 'methods']
    found: list[str] = []
    for mode in wanted:
        found += (['path', 'login'] if able else ['methods']) if mode == ALL else [mode]
    return list(dict.fromkeys(found))
