# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""smb.conf: each case is what testparm of Samba 4.17 made of it (tests/aaa/test_ad_smb_conf.py asks it anew)."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import smb_conf
from ansible_collections.vpnops.pptp.tests.aaa.ad_smb_cases import CASES, FATAL


@pytest.mark.parametrize(('text', 'expected'), CASES.values(), ids=CASES)
def test_as_samba_reads_it(text: str, expected: dict[str, str] | None) -> None:
    conf = smb_conf.parse(text)
    assert any(code in FATAL for _line, code, _text in conf.problems) == (expected is None)
    if expected is not None:
        assert {line.name: line.value for line in conf.lines} == expected


def test_lines_are_numbered_as_in_the_file() -> None:
    conf = smb_conf.parse('# a\n\n[global]\nntlm \\\n auth = \\\nyes\nworkgroup = LAB\nbad\n')
    assert [(line.name, line.line) for line in conf.lines] == [('ntlmauth', 4), ('workgroup', 7)]
    assert [(line, code) for line, code, _text in conf.problems] == [(8, 'bad-line')]


def test_what_a_recording_left_out_is_no_problem() -> None:
    conf = smb_conf.parse('[global]\nlog ********\nserver ********\nworkgroup = LAB\nntlm auth = ********\n')
    assert [(line.name, line.value) for line in conf.lines] == [('workgroup', 'LAB'), ('ntlmauth', '********')]
    assert not conf.problems


@pytest.mark.parametrize(('word', 'meaning'), [
    ('Yes', True), ('1', True), ('on', True), ('False', False), ('off', False), ('maybe', None), (None, None)])
def test_booleans(word: str | None, meaning: bool | None) -> None:
    assert smb_conf.yes(word) is meaning
