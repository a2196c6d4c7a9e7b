# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue: complete, in order, and printed in docs/causes."""

from __future__ import annotations

import pathlib
import re

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import SIGNATURES
from ansible_collections.vpnops.pptp.plugins.plugin_utils import catalog_entry, cause_pages
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, cause, rank, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import RESOLVERS, SOFT
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import ROLES, SEVERITIES, STAGES, Fix

PLANNED = ('pptp_server', 'pppd_options', 'chap_secrets', 'ppp_kernel', 'tunnel_firewall', 'gre_conntrack', 'mss_clamp',
           'nat', 'radius_client', 'freeradius', 'winbind', 'pppd_debug')
DOCS = pathlib.Path(__file__).resolve().parents[4] / 'docs'


@pytest.mark.parametrize('entry', CAUSES.values(), ids=lambda entry: entry.slug)
def test_an_entry_is_complete(entry: catalog_entry.Cause) -> None:
    assert re.fullmatch(r'[a-z0-9]+(-[a-z0-9]+)*', entry.slug)
    assert entry.stage in STAGES
    assert entry.severity in SEVERITIES
    assert entry.scope in ('host', 'user', 'client')
    texts = (entry.title, entry.meaning, entry.confirm, entry.fix.summary, entry.source)
    assert all(texts)
    assert not any('  ' in text or text != text.strip() for text in texts)
    assert entry.fix.role in ('', *PLANNED) or entry.fix.role in ROLES


@pytest.mark.parametrize('slug', [slug for slug, entry in CAUSES.items() if entry.stage == 'aaa'])
def test_what_a_directory_or_radius_server_causes_is_told_to_admins_of_windows_too(slug: str) -> None:
    entry = CAUSES[slug]
    assert entry.windows
    assert 'Where the other end is Windows' in cause_pages.pages()['causes/%s.md' % slug]
    assert min(len(entry.meaning), len(entry.confirm)) > 60


def test_the_roles_that_a_fix_offers_exist() -> None:
    here = DOCS.parent / 'roles'
    assert (frozenset(path.name for path in here.iterdir()) if here.is_dir() else frozenset()) == ROLES
    assert 'role' not in Fix('Do it.', 'no_such_role').as_dict()


def test_commands_hold_no_secret_and_name_the_sessions_that_they_end() -> None:
    commands = [command for entry in CAUSES.values() for command in entry.fix.commands]
    assert not [command for command in commands if 'restart pptpd' in command and 'ends live sessions' not in command]
    assert not [command for command in commands if command.startswith(('cat /etc/ppp/chap', 'less '))]


def test_the_order_follows_the_stages() -> None:
    stages = [stage_rank(entry.stage) for entry in CAUSES.values()]
    assert stages == sorted(stages)
    assert rank('bad-option-syntax') == 0
    assert rank('no-such-cause') == len(CAUSES)
    assert stage_rank(None) == len(STAGES)
    with pytest.raises(KeyError):
        cause('no-such-cause')


def test_signatures_and_resolvers_name_what_there_is() -> None:
    assert {slug for row in SIGNATURES for slug in row.cause.split('|') if slug} <= set(CAUSES)
    ids = {row.id for row in SIGNATURES if row.kind == 'cause'}
    assert set(RESOLVERS) <= ids
    assert ids >= SOFT


@pytest.mark.parametrize(('name', 'text'), cause_pages.pages().items(), ids=lambda value: str(value)[:40])
def test_the_pages_are_those_of_the_catalogue(name: str, text: str) -> None:
    assert (DOCS / name).read_text('utf-8') == text, 'run: python tools/make_cause_docs.py'


def test_markdown_is_escaped_outside_code() -> None:
    assert cause_pages.plain('require-* `a_*` <auth ...> a_b') == 'require-\\* `a_*` \\<auth ...> a\\_b'
