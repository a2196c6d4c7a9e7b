# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The documentation: links lead somewhere, commands exist, every cause is explained and has its three cases."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import ROLES
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.checks.cases import CASES

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md')])
KINDS = {'trips', 'passes', 'unknown'}

_LINK = re.compile(r'(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)')
_FENCE = re.compile(r'^```.*?^```', re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r'^#+\s+(.*?)\s*$', re.MULTILINE)


def broken_links(page: pathlib.Path) -> list[str]:
    """Relative links of *page* whose file, or whose heading in a Markdown file, does not exist."""
    broken = []
    for link in _LINK.findall(_FENCE.sub('', page.read_text('utf-8'))):
        if re.match(r'[a-z][a-z0-9+.-]*:', link):
            continue
        name, _hash, anchor = link.partition('#')
        target = page.parent / name if name else page
        if not target.exists() or anchor and target.suffix == '.md' and anchor not in anchors(target):
            broken.append(link)
    return broken


def anchors(page: pathlib.Path) -> set[str]:
    """The anchors that GitHub makes of the headings of *page*."""
    headings = _HEADING.findall(_FENCE.sub('', page.read_text('utf-8')))
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in headings}


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: pathlib.Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_seen(tmp_path: pathlib.Path) -> None:
    page = tmp_path / 'page.md'
    page.write_text('# A `b` c\n[1](other.md) [2](#a-b-c) [3](#gone) [4](page.md#a-b-c) [5](https://example.com/x)\n'
                    '```\n[6](in-code.md)\n```\n', 'utf-8')
    assert broken_links(page) == ['other.md', '#gone']


def test_the_readme_names_only_targets_that_exist() -> None:
    targets = set(re.findall(r'^([a-z0-9-]+):', (ROOT / 'Makefile').read_text('utf-8'), re.MULTILINE))
    assert set(re.findall(r'\bmake ([a-z0-9-]+)', (ROOT / 'README.md').read_text('utf-8'))) <= targets


@pytest.mark.parametrize('slug', sorted(CAUSES))
def test_every_cause_has_its_page(slug: str) -> None:
    assert slug in (ROOT / 'docs/causes' / (slug + '.md')).read_text('utf-8')


def test_every_page_has_its_cause() -> None:
    assert {page.stem for page in (ROOT / 'docs/causes').glob('*.md')} - {'README', 'index'} <= set(CAUSES)


@pytest.mark.parametrize('slug', sorted(CAUSES))
def test_every_cause_has_its_three_cases(slug: str) -> None:
    kinds = {case.kind for case in CASES if case.cause == slug}
    assert kinds >= KINDS


def test_every_case_has_its_cause() -> None:
    assert {case.cause for case in CASES} <= set(CAUSES)


def test_the_page_on_usage_has_every_variable_of_the_playbooks() -> None:
    text = '\n'.join(path.read_text('utf-8') for path in (ROOT / 'playbooks').rglob('*.yml'))
    asked = set(re.findall(r'(?<![.\w])(pptp_\w+)(?: \| default\(| is defined)', text))
    asked -= set(re.findall(r'register: (\w+)', text))
    page = (ROOT / 'docs/usage.md').read_text('utf-8')
    assert len(asked) > 20
    assert [name for name in sorted(asked) if '`%s`' % name not in page] == []
    known = text + '\n'.join(path.read_text('utf-8') for path in (ROOT / 'roles').rglob('*.yml'))
    rows = [re.findall(r'`(\w+)`', cell) for cell in re.findall(r'^\| (`\w+`[^|]*?) \|', page, re.MULTILINE)]
    names = {name for row in rows for name in row if '_' in name}
    assert [name for name in sorted(names) if not re.search(r'\b%s\b' % name, known)] == []


def test_every_playbook_asks_the_same_of_a_host_that_it_reads() -> None:
    """Otherwise `remediate` would not see what `diagnose` has seen."""
    files = {'/'.join(path.parts[-2:]): path.read_text('utf-8') for path in (ROOT / 'playbooks').rglob('*.yml')}
    readers = {name: text for name, text in files.items() if re.search(r'vpnops\.pptp\.(?:diagnose|verify):', text)}
    assert set(readers) == {'tasks/prove.yml', *('playbooks/%s.yml' % name for name in (
        'audit', 'deploy', 'diagnose', 'remediate'))}
    for name, text in readers.items():
        for option in ('clients', 'interface', 'full_logs', 'log_paths', 'log_seconds', 'report_dir'):
            assert re.search(r'^ +%s: ' % option, text, re.MULTILINE), (name, option)


def test_the_tables_of_roles_name_what_each_role_fixes() -> None:
    rows = ''.join((ROOT / 'docs' / name).read_text('utf-8') for name in ('roles.md', 'server-roles.md'))
    for cause in CAUSES.values():
        if cause.fix.role in ROLES:
            row = next(line for line in rows.splitlines() if line.startswith('| [%s](' % cause.fix.role))
            assert '`%s`' % cause.slug in row, cause.fix.role
            readme = (ROOT / 'roles' / cause.fix.role / 'README.md').read_text('utf-8')
            assert '`%s`' % cause.slug in readme, cause.fix.role
