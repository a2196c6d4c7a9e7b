# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pages of docs/causes, made from the catalogue: ``tools/make_cause_docs.py`` writes them, a test compares them."""

from __future__ import annotations

import json
import re

from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import SIGNATURES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import COLLECTION, ROLES, STAGES, Fix
from ansible_collections.vpnops.pptp.plugins.plugin_utils.registry import CHECKS

INDEX = 'causes.md'
_SCOPES = {'host': 'every login on the host', 'user': 'one user', 'client': 'one client, or the path to it'}
_CODE = re.compile(r'(`[^`]*`)')


def pages() -> dict[str, str]:
    """``{path below docs: text}`` of all pages and their index."""
    made = {'causes/%s.md' % slug: _page(entry) for slug, entry in CAUSES.items()}
    made[INDEX] = _index()
    return made


def plain(text: str) -> str:
    """*text* with what Markdown would take for its own escaped, but for `code`."""
    parts = _CODE.split(text)
    return ''.join(part if part.startswith('`') else re.sub(r'([\\*_<\[])', r'\\\1', part) for part in parts)


def _page(entry: Cause) -> str:
    reads = next(check.subjects for check in CHECKS if check.cause == entry.slug)
    lines = [
        '# %s' % entry.slug, '', '**%s**' % plain(entry.title), '',
        '| stage | severity | hits |', '|---|---|---|',
        '| %s | %s | %s |' % (entry.stage, entry.severity, _SCOPES[entry.scope]), '',
        '## What it means', '', plain(entry.meaning), '', '## How to confirm it by hand', '', plain(entry.confirm), '',
        '## What fixes it', '', plain(entry.fix.summary), '', *_fix(entry.fix), *_windows(entry),
        '## What the check reads', '',
        ', '.join('`%s`' % name for name in reads) + ' (see [the facts](../facts.md)).', '', *_log_lines(entry.slug),
        '## Where this is from', '', plain(entry.source), '']
    return '\n'.join(lines)


def _fix(fix: Fix) -> list[str]:
    lines: list[str] = []
    name = '`%s.%s`' % (COLLECTION, fix.role)
    if fix.role in ROLES:
        lines += ['Role: %s%s.' % (name, ', with `%s`' % json.dumps(dict(fix.vars)) if fix.vars else ''), '']
    elif fix.role:
        lines += ['A role for it is planned (%s). Until it is there, by hand%s' % (name, ':' if fix.commands else '.'),
                  '']
    if fix.commands:
        lines += ['```shell', *fix.commands, '```', '']
    return lines


def _windows(entry: Cause) -> list[str]:
    return ['## Where the other end is Windows', '', plain(entry.windows), ''] if entry.windows else []


def _log_lines(slug: str) -> list[str]:
    names = [row.id for row in SIGNATURES if row.kind == 'cause' and slug in row.cause.split('|')]
    if not names:
        return []
    return ['## Log lines that point to it', '',
            ', '.join('`%s`' % name for name in names) + ' (see [the signatures](../signatures.md)).', '']


def _index() -> str:
    lines = ['# Causes', '',
             'Every cause that a diagnosis can name, in the order in which a login meets them. Made from the '
             'catalogue: `python tools/make_cause_docs.py` writes these pages anew.', '']
    for stage in STAGES:
        entries = [entry for entry in CAUSES.values() if entry.stage == stage]
        if entries:
            lines += ['## %s' % stage, '', '| cause | severity | in words |', '|---|---|---|']
            lines += ['| [%s](causes/%s.md) | %s | %s |' % (entry.slug, entry.slug, entry.severity, plain(entry.title))
                      for entry in entries]
            lines.append('')
    return '\n'.join(lines)
