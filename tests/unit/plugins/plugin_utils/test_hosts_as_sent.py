# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From files as people send them to a verdict: configuration alone, a log alone, nothing, and one defect at a time."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import bundle, subjects
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose

CONF, OPTIONS, SECRETS, LOG = 'etc/pptpd.conf', 'etc/ppp/pptpd-options', 'etc/ppp/chap-secrets', 'var/log/syslog'
RULES = 'commands/iptables-save.txt'
FILES = {
    CONF: 'option /etc/ppp/pptpd-options\nlocalip 10.99.0.1\nremoteip 10.99.0.100-110\n',
    OPTIONS: 'name pptpd\nrefuse-pap\nrefuse-chap\nrefuse-mschap\nrequire-mschap-v2\nrequire-mppe-128\nproxyarp\nlock\n'
             'nobsdcomp\nmtu 1400\nmru 1400\n',
    'etc/ppp/options': 'lock\n',
    SECRETS: '# client server secret address\nalice pptpd correcthorse *\n',
}
RUNNING = {'commands/ss.txt': 'LISTEN 0 3 0.0.0.0:1723 0.0.0.0:* users:(("pptpd",pid=9,fd=6))\n'}
FILTER = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n%sCOMMIT\n'
TCP, REJECT, GRE = ('-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT\n',
                    '-A INPUT -j REJECT --reject-with icmp-host-prohibited\n', '-A INPUT -p gre -j ACCEPT\n')


def changed(path: str, old: str, new: str) -> dict[str, str]:
    """A healthy configuration with *old* replaced by *new* in *path*."""
    assert old in FILES[path]
    return {**FILES, path: FILES[path].replace(old, new)}


def judged(files: t.Mapping[str, str]) -> Diagnosis:
    """The diagnosis of a bundle with *files*."""
    return diagnose(subjects.gather(bundle.from_texts({path: text.encode() for path, text in files.items()})))


def login(*lines: str, client: str = '198.51.100.7', head: bool = True, seconds: int = 1) -> str:
    """The log of a call; *lines* are pppd's, or those of another program that name it."""
    started = ['pppd 2.4.9 started by root, uid 0', 'Using interface ppp0', 'Connect: ppp0 <--> /dev/pts/1']
    said = ['pptpd[500]: CTRL: Client %s control connection started' % client,
            'pptpd[500]: CTRL: Starting call (launching pppd, opening GRE)']
    said += ['pppd[501]: ' + line for line in (started if head else [])]
    end = ['pptpd[500]: CTRL: Client %s control connection finished' % client]
    said += [line if '[' in line.split(':')[0] else 'pppd[501]: ' + line for line in lines]
    return ''.join('Nov 22 08:41:%02d vpn %s\n' % (2 if number < len(said) else 2 + seconds, line)
                   for number, line in enumerate(said + end))


def test_an_empty_folder_is_unknown_and_says_what_to_send() -> None:
    found = judged({'readme.txt': ''})
    assert found.verdict == {'status': 'unknown', 'stage': None, 'cause': None, 'confidence': 'possible'}
    assert 'add' in found.next_step


OPEN_RULES = {'commands/iptables-save.txt': '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'}


def test_clean_files_alone_are_unknown_and_with_daemon_and_rules_healthy() -> None:
    assert judged(FILES).verdict['status'] == 'unknown'
    assert judged(FILES).next_step
    verdict = judged({**FILES, **RUNNING, **OPEN_RULES}).verdict
    assert verdict == {'status': 'healthy', 'stage': None, 'cause': None, 'confidence': 'possible'}


@pytest.mark.parametrize('unread', ['etc/ppp/chap-secrets', 'commands/iptables-save.txt'])
def test_a_host_whose_secrets_or_rules_nobody_could_read_is_not_healthy(unread: str) -> None:
    files = {**FILES, **RUNNING, **OPEN_RULES}
    files.pop(unread)
    assert judged(files).verdict['status'] == 'unknown'


@pytest.mark.parametrize(('files', 'cause', 'confidence'), [
    (changed(OPTIONS, 'require-mppe-128', 'mppe required'), 'bad-option-syntax', 'certain'),
    (changed(OPTIONS, 'require-mppe-128', 'require-mppe-stateful'), 'bad-option-syntax', 'certain'),
    (changed(OPTIONS, 'require-mschap-v2', 'require-pap'), 'mppe-without-mschapv2', 'certain'),
    (changed(OPTIONS, 'nobsdcomp', 'noccp'), 'mppe-not-negotiated', 'certain'),
    (changed(OPTIONS, 'name pptpd', 'name vpnserver'), 'server-name-mismatch', 'certain'),
    (changed(CONF, '10.99.0.100-110', '192.168.0.234-8'), 'bad-option-syntax', 'certain'),
    (changed(CONF, '10.99.0.100-110', '10.99.0.100, 10.99.0.101'), 'bad-option-syntax', 'certain'),
    ({**FILES, CONF: FILES[CONF].replace('\n', '\r\n')}, 'bad-option-syntax', 'certain'),
    (changed(CONF, '10.99.0.100-110', '10.99.0.1-10'), 'ip-pool-conflict', 'likely'),
    (changed(SECRETS, ' *', ''), 'chap-secrets-malformed', 'certain'),
    (changed(SECRETS, 'correcthorse', 'correct horse'), 'chap-secrets-malformed', 'likely'),
    ({**FILES, SECRETS: '\ufeffalice pptpd correcthorse *\n'}, 'chap-secrets-malformed', 'likely'),
    ({**FILES, SECRETS: '# nobody\n'}, 'no-secret-for-user', 'certain'),
    ({**FILES, RULES: FILTER % (TCP + REJECT + GRE)}, 'firewall-rule-order', 'likely'),
    ({**FILES, RULES: FILTER % (GRE + REJECT + TCP)}, 'firewall-rule-order', 'likely'),
    ({**FILES, RULES: FILTER % (TCP + REJECT)}, 'gre-blocked', 'likely'),
    ({**FILES, RULES: FILTER % (GRE + REJECT)}, 'tcp1723-blocked', 'likely'),
    ({**FILES, 'proc/sys/crypto/fips_enabled': '1\n'}, 'mppe-kernel-missing', 'certain'),
])
def test_what_the_files_break_is_named_without_a_log(files: dict[str, str], cause: str, confidence: str) -> None:
    verdict = judged(files).verdict
    assert (verdict['cause'], verdict['confidence']) == (cause, confidence)
    assert verdict['status'] in ('broken', 'degraded')


@pytest.mark.parametrize('files', [
    {**FILES, OPTIONS: FILES[OPTIONS].replace('\n', '\r\n')},
    {**FILES, SECRETS: FILES[SECRETS].replace('\n', '\r\n')},
    {**FILES, SECRETS: 'alice * correcthorse *\n', OPTIONS: FILES[OPTIONS].replace('name pptpd', 'name vpn')},
    {**FILES, CONF: FILES[CONF].replace('10.99.0.1\n', '85.**.*1.**8\n')},
])
def test_what_only_looks_wrong_is_no_cause(files: dict[str, str]) -> None:
    assert judged(files).verdict['cause'] is None


@pytest.mark.parametrize('secrets', ['alice pptpd correct horse *\n', '\ufeffalice pptpd correcthorse *\n'])
def test_where_no_line_is_good_nobody_gets_in(secrets: str) -> None:
    assert judged({**FILES, **RUNNING, SECRETS: secrets}).verdict['status'] == 'broken'
    two = secrets + 'bob pptpd batterystaple *\n'
    assert judged({**FILES, **RUNNING, SECRETS: two}).verdict['status'] == 'degraded'


def test_a_line_that_keeps_one_user_out_degrades() -> None:
    two = {**FILES, **RUNNING, SECRETS: FILES[SECRETS] + 'bob pptpd batterystaple\n'}
    found = judged(two)
    assert found.verdict == {'status': 'degraded', 'stage': 'auth', 'cause': 'chap-secrets-malformed',
                             'confidence': 'likely'}
    assert found.findings[0].title == 'Users of chap-secrets cannot log in: line 3'
    up = login('peer from calling number 198.51.100.7 authorized', 'MPPE 128-bit stateless compression enabled',
               'local  IP address 10.99.0.1', 'remote IP address 10.99.0.100')
    assert judged({**two, LOG: up}).verdict['cause'] == 'chap-secrets-malformed'


@pytest.mark.parametrize(('log', 'cause'), [
    (login('pptpd[500]: CTRL: PTY read or GRE write failed (pty,gre)=(6,7)', head=False), 'bad-option-syntax'),
    (login('pptpd[500]: GRE: read(fd=6,buffer=1,len=8196) from PTY failed: status = -1 error = Input/output error, '
           'usually caused by unexpected termination of pppd', head=False), 'bad-option-syntax'),
    (login('peer from calling number 198.51.100.7 authorized', 'MPPE 128-bit stateless compression enabled', 'Modem '
           'hangup'), 'ip-pool-not-assigned'),
    (login('peer from calling number 198.51.100.7 authorized', 'LCP terminated by peer (MPPE required but not '
           'available)'), 'mppe-without-mschapv2'),
    (login('Peer bob failed CHAP authentication'), 'wrong-secret'),
    (login('Unsupported protocol 0x7021 received', 'Unsupported protocol 0x91c3 received', 'Unsupported protocol 0x4d '
           'received'), 'radius-wrong-mppe-keys'),
])
def test_a_log_alone_names_the_likeliest(log: str, cause: str) -> None:
    found = judged({LOG: log})
    assert (found.verdict['status'], found.verdict['cause']) == ('broken', cause)


def test_half_a_minute_until_the_end_is_lost_gre_and_not_a_refusal() -> None:
    log = login('pptpd[500]: CTRL: PTY read or GRE write failed (pty,gre)=(6,7)', head=False, seconds=30)
    assert judged({LOG: log}).verdict['cause'] == 'gre-blocked'


def test_the_address_from_which_a_client_dials_must_not_be_given_to_it() -> None:
    log = login('peer from calling number 192.168.1.5 authorized', 'MPPE 128-bit stateless compression enabled',
                'local  IP address 10.99.0.1', 'remote IP address 192.168.1.5', client='192.168.1.5')
    assert judged({LOG: log}).verdict == {'status': 'broken', 'stage': 'address', 'cause': 'ip-pool-conflict',
                                          'confidence': 'certain'}
    assert judged({LOG: log.replace('192.168.1.5 ', '192.168.1.55 ')}).verdict['status'] == 'healthy'


def test_a_scanner_alone_says_nothing() -> None:
    lines = ('CTRL: Client 192.0.2.66 control connection started', 'CTRL: EOF or bad error reading ctrl packet length.',
             'CTRL: CTRL read failed', 'CTRL: Client 192.0.2.66 control connection finished')
    log = ''.join('Nov 22 08:41:02 vpn pptpd[9]: %s\n' % line for line in lines)
    assert judged({LOG: log}).verdict['status'] == 'unknown'
