# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Text of strangers on a terminal: one line, no control characters, folded to the width.

    clean('\\x1b[2Jgone')  ->  '\\\\x1b[2Jgone'
"""

from __future__ import annotations

import json
import textwrap
import typing as t
import unicodedata

Paint = t.Callable[[str, str], str]   # (text, colour name) -> text

VALUE_LIMIT = 160


def clean(value: t.Any, limit: int = VALUE_LIMIT) -> str:
    """*value* in one printable line of at most *limit* characters.

    Control, format and line separating characters (Unicode C*, Zl, Zp), which could move the cursor,
    change colours or reverse the text, are shown as escapes.
    """
    text = value if isinstance(value, str) else _spell(value)
    text = ''.join(char if char.isprintable() else _escape(char) for char in text[:limit + 1].strip())
    return text if len(text) <= limit else text[:limit - 3] + '...'


def _spell(value: t.Any) -> str:
    if value is None:
        return ''
    if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
        return ', '.join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _escape(char: str) -> str:
    if char == ' ' or unicodedata.category(char) == 'Zs' or char in '\t\n\r':
        return ' '
    return char.encode('unicode_escape').decode('ascii') if not '\ud800' <= char <= '\udfff' else '\ufffd'


def plain_paint(text: str, colour: str) -> str:
    """No colour at all."""
    return text


def fold(text: str, width: int, first: str = '', rest: str = '') -> list[str]:
    """*text* in lines of at most *width*, the first with *first* before it, the others with *rest*."""
    lines = textwrap.wrap(text, max(width, len(first) + 30), initial_indent=first, subsequent_indent=rest,
                          break_on_hyphens=False, break_long_words=True)
    return lines or [first.rstrip()]
