# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules that write rules, against a kernel: a network namespace of its own, the real nft and iptables."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import sys
import typing as t

import pytest

TOOLS = ('unshare', 'nft', 'iptables-save', 'iptables-restore')
PROBE = ['unshare', '--net', 'sh', '-c', 'nft list ruleset && iptables-save && iptables-save -V | grep -q nf_tables']
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)) or subprocess.run(PROBE, capture_output=True, check=False).returncode != 0,
    reason='needs root, unshare, nft and iptables of nf_tables')

SHOW = 'nft list ruleset; iptables-save | grep -v ^#'
DRIVER = """
import contextlib, importlib, io, json, subprocess, sys
from ansible.module_utils import basic
answers = []
for name, arguments in json.load(open('calls')):
    basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = json.dumps({'ANSIBLE_MODULE_ARGS': arguments}).encode(), 'legacy'
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        importlib.import_module('ansible_collections.vpnops.pptp.plugins.modules.' + name).main()
    rules = subprocess.run(sys.argv[1], shell=True, capture_output=True, text=True).stdout
    answers.append({**json.loads(out.getvalue()), 'rules': rules})
json.dump(answers, open('answers', 'w'))
"""
CONFIG = """flush ruleset
table inet mine {
\tchain entry {
\t\ttype filter hook input priority 0; policy drop;
\t\ttcp dport 22 accept
\t}
}
"""
IPTABLES = '*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n'
NFT = {'owner': 'tunnel_firewall', 'rules': [{'hook': 'input', 'match': 'ip protocol 47', 'peer': 'saddr'}],
       'sources': ['192.0.2.0/24', '198.51.100.7'],
       'objects': ['ct helper pptp { type "pptp" protocol tcp; l3proto ip; }'],
       'chains': [{'hook': 'prerouting', 'priority': -150, 'rules': ['tcp dport 1723 ct helper set "pptp"']}]}
RULES = {'owner': 'gre_conntrack', 'rules': [
    {'chain': 'INPUT', 'match': '-p 47', 'peer': 's'},
    {'chain': 'OUTPUT', 'match': '-p 47', 'where': 'dropping'},
    {'table': 'raw', 'chain': 'PREROUTING', 'match': '-p tcp -m tcp --dport 1723', 'jump': 'CT --helper pptp'}],
    'sources': ['192.0.2.0/24', '198.51.100.7']}
WORDS = ('check', 'first', 'again', 'gone', 'still')
MODULES = ('nft_rules', 'iptables_rules')


def calls(folder: pathlib.Path) -> list[tuple[str, dict[str, t.Any]]]:
    """Each module in check mode, for good, again, taken back, and again; then nft with a rule that it refuses."""
    nft = {**NFT, 'config': str(folder / 'nftables.conf')}
    arguments = {'nft_rules': nft, 'iptables_rules': {**RULES, 'path': str(folder / 'rules.v4')}}
    gone = {'state': 'absent'}
    more: tuple[dict[str, t.Any], ...] = ({'_ansible_check_mode': True}, {}, {}, gone, gone)
    made = [(name, {**arguments[name], **each, '_ansible_diff': True}) for name in MODULES for each in more]
    return [*made, ('nft_rules', {**nft, 'rules': [{'hook': 'input', 'match': 'no such match'}]})]


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp('rules')
    (folder / 'nftables.conf').write_text(CONFIG)
    (folder / 'nftables.conf').chmod(0o750)
    (folder / 'rules.v4').write_text(IPTABLES)
    (folder / 'calls').write_text(json.dumps(calls(folder)))
    script = f'nft -f nftables.conf; iptables-restore <rules.v4; ({SHOW}) >before; exec "$@"'
    subprocess.run(['unshare', '--net', 'sh', '-c', script, 'sh', sys.executable, '-c', DRIVER, SHOW], cwd=folder,
                   timeout=120, check=True)
    return folder


@pytest.fixture(scope='module')
def answers(folder: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    names = [f'{name}-{word}' for name in MODULES for word in WORDS]
    return dict(zip([*names, 'bad'], json.loads((folder / 'answers').read_text()), strict=True))


Answers = dict[str, dict[str, t.Any]]


@pytest.mark.parametrize('module', MODULES)
def test_rules_come_once_and_go_without_a_trace(folder: pathlib.Path, answers: Answers, module: str) -> None:
    assert [answers[f'{module}-{word}']['changed'] for word in WORDS] == [True, True, False, True, False]
    before = (folder / 'before').read_text()
    assert answers[f'{module}-check']['rules'] == answers[f'{module}-gone']['rules'] == before
    rules = answers[f'{module}-first']['rules']
    assert rules == answers[f'{module}-again']['rules']
    lines = [line for line in rules.splitlines() if 'vpnops.pptp' in line and 'chain' not in line]
    assert len(lines) == len(set(lines)) > 2


@pytest.mark.parametrize('module', MODULES)
def test_check_mode_says_what_happens(answers: Answers, module: str) -> None:
    check, first, again = ([{key: re.sub('(?m)^#.*', '', text) for key, text in each.items()}
                            for each in answers[f'{module}-{word}']['diff']] for word in ('check', 'first', 'again'))
    assert check == first != []
    assert [each for each in again if each['before'] != each['after']] == []


def test_files_are_as_before(folder: pathlib.Path, answers: Answers) -> None:
    assert answers['nft_rules-still']['changed'] is False
    assert (folder / 'nftables.conf').read_text() == CONFIG
    assert (folder / 'nftables.conf').stat().st_mode & 0o7777 == 0o750
    assert not (folder / 'nftables.vpnops-pptp.d').exists()
    assert (folder / 'rules.v4').read_text() == IPTABLES


def test_what_nft_refuses_changes_nothing(folder: pathlib.Path, answers: Answers) -> None:
    assert answers['bad']['failed'] and 'nft refuses the rules' in answers['bad']['msg']
    assert answers['bad']['rules'] == (folder / 'before').read_text()


LEGACY = shutil.which('iptables-legacy-save') is not None and subprocess.run(
    ['unshare', '--net', 'iptables-legacy', '-S'], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not LEGACY, reason='no iptables-legacy, or no kernel for it')
def test_rules_go_to_the_backend_that_drops(tmp_path: pathlib.Path) -> None:
    """Of a host whose `iptables` is that of nf_tables, with rules of iptables-legacy that nobody has taken away."""
    plain = {'owner': 'tunnel_firewall', 'rules': [{'chain': 'INPUT', 'match': '-p 47'}]}
    provider: tuple[str, dict[str, t.Any]] = ('firewall_provider', {})
    made = [('iptables_rules', {**plain, **more}) for more in ({}, {}, {'state': 'absent'})]
    (tmp_path / 'calls').write_text(json.dumps([provider, *made]))
    show = 'iptables-legacy-save | sed "/^#/d; s/^-A/legacy/"; iptables-save | grep -v ^#'
    script = 'iptables-legacy -P INPUT DROP; iptables-legacy -A INPUT -i lo -j ACCEPT; exec "$@"'
    subprocess.run(['unshare', '--net', 'sh', '-euc', script, 'sh', sys.executable, '-c', DRIVER, show], cwd=tmp_path,
                   timeout=120, check=True)
    found, first, again, gone = json.loads((tmp_path / 'answers').read_text())
    assert (found['provider'], found['why']) == ('iptables', 'chains of iptables drop packets')
    assert re.findall('^.*vpnops.*$', first['rules'], re.M) == [
        'legacy INPUT -p gre -m comment --comment "vpnops.pptp tunnel_firewall" -j ACCEPT']
    assert 'Rules of iptables-legacy drop' in json.dumps(first['warnings'])
    assert (first['changed'], again['changed'], gone['changed']) == (True, False, True)
    assert gone['rules'] == found['rules']
