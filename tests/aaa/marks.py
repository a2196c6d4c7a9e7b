# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which cases of a table every run has, and which only the full one."""

from __future__ import annotations

import typing as t

import pytest


def some(table: t.Iterable[t.Any], *quick: t.Any) -> list[t.Any]:
    """*table* for ``parametrize``: all but the *quick* ones are marked as slow."""
    table = list(table)
    assert set(quick) <= set(table)
    return [row if row in quick else pytest.param(*_values(row), marks=pytest.mark.slow, id=_name(row))
            for row in table]


def _values(row: t.Any) -> t.Iterable[t.Any]:
    return row if isinstance(row, tuple) else (row,)


def _name(row: t.Any) -> str:
    return '-'.join(str(value) for value in _values(row))
