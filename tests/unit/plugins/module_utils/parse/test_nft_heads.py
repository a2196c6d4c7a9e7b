# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line that opens a table, as different versions of nft print it."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import nft

TABLE = '''table inet firewalld {%s
    flags owner,persist

    chain filter_INPUT {%s
        type filter hook input priority filter + 10; policy drop;
        tcp dport 1723 accept
    }
}
'''


@pytest.mark.parametrize(('table', 'chain'), [
    ('', ''),
    (' # progname firewalld', ''),                          # nft 1.1 with a table that has an owner
    (' # handle 10 progname firewalld', ' # handle 1'),     # the same with -a
])
def test_a_comment_behind_the_brace_is_not_the_beginning_of_a_set(table: str, chain: str) -> None:
    rules, problems = nft.parse(TABLE % (table, chain))
    assert problems == []
    found = rules[('nft inet firewalld', 'filter_INPUT')]
    assert (found.hook, found.policy, len(found.rules)) == ('input', 'drop', 1)
