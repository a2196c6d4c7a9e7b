# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Odd smb.conf files, and the global parameters that Samba takes from them; ``None``: it takes nothing of the file."""

from __future__ import annotations

FATAL = ('bad-value', 'bad-section', 'no-name')
_YES = {'ntlmauth': 'ntlmv1-permitted'}
CASES: dict[str, tuple[str, dict[str, str] | None]] = {
    'plain': ('[global]\nntlm auth = yes\nworkgroup = A\n', {**_YES, 'workgroup': 'A'}),
    'case and blanks': ('[GLOBAL]\nNTLM  Auth=Yes\n', _YES),
    'no blanks': ('[global]\nntlmauth = mschapv2-and-ntlmv2-only\n', {'ntlmauth': 'mschapv2-and-ntlmv2-only'}),
    'blanks everywhere': ('[ Glo bal ]\n n t l m auth = disabled\n', {'ntlmauth': 'disabled'}),
    'globals': ('[globals]\nntlm auth = 1\n', _YES),
    'before any section': ('ntlm auth = true\n[global]\n', _YES),
    'in a share': ('[global]\n[share]\nntlm auth = yes\n', {}),
    'global again': ('[global]\nntlm auth = no\n[a]\npath = /x\n[global]\nntlm auth = yes\n', _YES),
    'continued': ('[global]\nntlm \\\nauth = y\\\nes\n', _YES),
    'continued behind a blank': ('[global]\nntlm auth = y\\ \nes\n', _YES),
    'a comment does not go on': ('[global]\n# comment \\\nntlm auth = yes\n', _YES),
    'a value that goes on into a comment': ('[global]\nntlm auth = \\\n# comment\n', None),
    'comments': ('[global]\n;ntlm auth = yes\n  # ntlm auth = yes\n', {}),
    'no comment behind a value': ('[global]\nntlm auth = yes # because\n', None),
    'no comment behind a text': ('[global]\nworkgroup = LAB ; because\n', {'workgroup': 'LAB ; because'}),
    'unknown value': ('[global]\nntlm auth = perhaps\n', None),
    'the last counts': ('[global]\nntlm auth = no\nntlm auth = yes\n', _YES),
    'unknown value at last': ('[global]\nntlm auth = yes\nntlm auth = perhaps\n', None),
    'no equals sign': ('[global]\nntlm auth\nntlm auth = yes\n', _YES),
    'no name': ('[global]\n = yes\nntlm auth = yes\n', None),
    'open bracket': ('[global\nntlm auth = yes\n', None),
    'text behind a bracket': ('[global] ntlm auth = yes\n', {}),
    'CR LF': ('[global]\r\nntlm auth = yes\r\nworkgroup = CR\r\n', {**_YES, 'workgroup': 'CR'}),
    'quotes': ('[global]\nntlm auth = "yes"\n', None),
    'quotes stay': ('[global]\nworkgroup = "LAB"\n', {'workgroup': '"LAB"'}),
    'empty value': ('[global]\nntlm auth =\n', None),
    'role of old': ('[global]\nserver role = PDC\n', None),
    'role in words': ('[global]\nserver role = Domain  Controller\n', {'serverrole': 'dc'}),
    'role in short': ('[global]\nserver role = DC\n', {'serverrole': 'dc'}),
    'role alone': ('[global]\nserver role = standalone\n', {'serverrole': 'standalone'}),
    'no line end': ('[global]\nntlm auth = yes', _YES),
    'backslash at the end': ('[global]\nntlm auth = yes\\', None),
    'tabs': ('[global]\n\tntlm\tauth\t=\tyes\t\n', _YES),
    'section without a name': ('[global]\n[]\nntlm auth = yes\n', None),
    'unknown parameter': ('[global]\nfoo bar = 1\nntlm auth = yes\n', {'foobar': '1', **_YES}),
    'section over two lines': ('[global]\n[share\n]\nntlm auth = yes\n', None),
    'byte order mark': ('\ufeff[global]\nntlm auth = yes\n', _YES),
    'two equals signs': ('[global]\nworkgroup = A = B\n', {'workgroup': 'A = B'}),
    'wrong value in a share': ('[global]\n[s]\nntlm auth = perhaps\n', {}),
    'continuation of nothing': ('[global]\n\\\nntlm auth = yes\n', _YES),
}
