# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report folder: names that cannot leave it, files that nobody else reads, writes that are whole or not there."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.plugin_utils import folder


@pytest.mark.parametrize(('host', 'name'), [
    ('vpn1.example.com', 'vpn1.example.com'),
    ('fd00::1', 'fd00::1'),
    ('../../etc/cron', '%2E.%2F..%2Fetc%2Fcron'),
    ('.hidden', '%2Ehidden'),
    ('-rf', '%2Drf'),
    ('a b<script>', 'a%20b%3Cscript%3E'),
    ('ä', '%C3%A4'),
    ('100%', '100%25'),
])
def test_file_name(host: str, name: str) -> None:
    assert folder.file_name(host) == name


@settings(max_examples=100)
@given(st.lists(st.text(), unique=True, max_size=5))
def test_names_are_safe_and_different(hosts: list[str]) -> None:
    names = [folder.file_name(host) for host in hosts]
    assert len(set(names)) == len(hosts)
    assert all(len(name) < 200 and '/' not in name and name[0] not in '.-' and name.isascii() for name in names)


def test_long_names_stay_different() -> None:
    assert folder.file_name('a' * 500 + 'b') != folder.file_name('a' * 500 + 'c')


def test_files_are_private_and_whole(tmp_path: pathlib.Path) -> None:
    where = tmp_path / 'new' / 'report'
    folder.make(str(where))
    path = folder.host_file(str(where), 'a/b')
    folder.write(path, ['{"verdict": {}, ', b'"host": "a/b"}'])
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(where.stat().st_mode) == stat.S_IMODE((where / 'hosts').stat().st_mode) == 0o700
    assert list(folder.load_all(str(where))) == [{'verdict': {}, 'host': 'a/b'}]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: pathlib.Path) -> None:
    def broken():
        yield 'half'
        raise ValueError

    path = tmp_path / 'x.json'
    path.write_text('old')
    with pytest.raises(ValueError):
        folder.write(str(path), broken())
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['x.json']


@pytest.mark.parametrize('text', ['', 'nonsense', '[]', '{"verdict": 1}', '\xff'])
def test_what_is_no_entry_is_none(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / 'x.json'
    path.write_bytes(text.encode('latin-1'))
    assert folder.load(str(path)) is None


def test_dump_is_harmless_in_html() -> None:
    assert '<' not in folder.dump({'user': '</script><script>'})
