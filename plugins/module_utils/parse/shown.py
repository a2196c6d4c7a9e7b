# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which words of a secrets file may be shown: names and addresses where the columns look in order, secrets never.

Sample: ``alice pptpd "pass word" 10.0.0.5``: the first, second and fourth word.
"""

from __future__ import annotations

import re

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w

MASK = '********'
MAX_SECRET = 256   # MAXSECRETLEN, pppd.h
# Server names of the daemons that start pppd, and the wildcard: words that are never somebody's secret here.
NAMES = frozenset(('*', 'pptpd', 'pptp', 'pptp-server', 'l2tpd', 'xl2tpd', 'l2tp', 'vpn'))
_ADDRESS = re.compile(r'!?\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}\+?)?\Z')


def is_address(word: str) -> bool:
    """Whether *word* looks like an address column: ``*``, ``-``, ``10.0.0.1``, ``!10.0.0.0/8``, ``10.0.0.0/24+``."""
    return word in ('*', '-') or bool(_ADDRESS.match(word))


def visible(found: list[w.Word]) -> list[bool]:
    """For each word of a line whether it may be shown. Secrets never; names only where the columns look in order, and
    not behind a quote that runs over a line's end: up to the next free newline anything may stand anywhere."""
    shown, broken = [], False
    shifted = len(found) > 2 and (found[2].value in ('*', '-') or bool(_ADDRESS.match(found[2].value))
                                  or any(word.value in NAMES and word.value != '*' for word in found[2:]))
    options = False
    for index, word in enumerate(found):
        broken = broken or bool(word.flags & (w.SPANS | w.OPEN))
        options = options or index > 2 and word.value == '--'
        if index == 0:
            alone = word.value == '\ufeff' and word.line == 1
            good = alone or word.value in NAMES or len(found) > 2 \
                or len(found) == 2 and found[1].value in NAMES - {'*'}
        elif index == 1:
            good = word.value in NAMES or len(found) > 2 and not shifted
        else:
            good = index > 2 and (word.value == '--' or not options and is_address(word.value))
        shown.append(good and (not broken or index > 2 or word.value in NAMES))
    return shown
