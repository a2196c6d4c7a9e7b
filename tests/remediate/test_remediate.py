# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""remediate.yml and rollback.yml on real servers: found, fixed, proved, and byte for byte as before."""

from __future__ import annotations

import pytest
from container import Server

TYPO = 'sed -i s/require-mppe-128/requier-mppe-128/ /etc/ppp/pptpd-options\n'
COLUMN = "sed -i 's/[[:space:]]*[*]$//' /etc/ppp/chap-secrets\n"
STOPPED = 'systemctl disable --quiet --now pptpd\n'
NO_HELPER = 'iptables -D INPUT -p gre -j ACCEPT\n'
MANY = TYPO + COLUMN + STOPPED + NO_HELPER
NEVER_STARTS = r'''
mkdir -p /etc/systemd/system/pptpd.service.d
printf '[Service]\nExecStart=\nExecStart=/bin/false\n' >/etc/systemd/system/pptpd.service.d/broken.conf
systemctl daemon-reload
'''
USERS = r'{"pptp_users": [{"name": "vpnuser", "secret": "xK9#\" z"}]}'
BROKEN_BY_MANY = {'bad-option-syntax', 'chap-secrets-malformed', 'pptpd-not-running', 'gre-conntrack-helper'}


def outcome(server: Server) -> str:
    return str(server.entry()['remediation']['outcome'])


def test_several_faults_are_fixed_and_rolled_back(server: Server) -> None:
    server.sh(MANY)
    before = server.files(), server.rules(), server.daemon()
    text = server.play('remediate')
    entry = server.entry()
    assert set(entry['remediation']['proof']['proved']) == BROKEN_BY_MANY, text
    assert outcome(server) == 'done'
    assert server.daemon() == 'active\nenabled'
    assert 'require-mppe-128' in server.sh('cat /etc/ppp/pptpd-options')
    assert 'done      bad-option-syntax, by the role pppd_options' in text
    assert 'changed=0' in server.play('remediate')
    assert list(server.records().values()) == ['done']
    server.play('rollback')
    assert (server.files(), server.rules(), server.daemon()) == before
    assert 'changed=0' in server.play('rollback')


def test_check_mode_shows_and_touches_nothing(server: Server) -> None:
    server.sh(MANY)
    before = server.files(), server.rules(), server.daemon()
    text = server.play('remediate', '--check', '--diff')
    assert '+require-mppe-128' in text
    assert '+-A INPUT -p 47 ' in text
    assert 'would do  bad-option-syntax, by the role pppd_options' in text
    assert (server.files(), server.rules(), server.daemon()) == before
    assert server.records() == {}


@pytest.mark.parametrize('server', ['trixie nft'], indirect=True)
def test_a_healthy_server_is_left_alone(server: Server) -> None:
    before = server.files(), server.rules(), server.daemon()
    text = server.play('remediate')
    assert 'changed=0' in text
    assert (server.files(), server.rules(), server.daemon()) == before
    assert server.records() == {}


@pytest.mark.parametrize('server', ['trixie nft'], indirect=True)
def test_nothing_but_what_is_asked_for(server: Server) -> None:
    server.sh('nft insert rule inet vpn input meta l4proto gre counter drop\n' + COLUMN)
    secrets = server.sh('cat /etc/ppp/chap-secrets')
    server.play('remediate', '-e', 'pptp_only=firewall-rule-order')
    assert server.sh('cat /etc/ppp/chap-secrets') == secrets
    assert server.entry()['remediation']['proof']['proved'] == ['firewall-rule-order']


def test_a_fix_that_does_not_hold_is_put_back(server: Server) -> None:
    """The daemon cannot start for a reason that no diagnosis knows: nothing of the other fixes stays, either."""
    server.sh(MANY + NEVER_STARTS)
    before = server.files(), server.rules(), server.daemon()
    text = server.play('remediate', rc=2)
    assert (server.files(), server.rules(), server.daemon()) == before
    assert outcome(server) == 'undone'
    assert 'everything is as it was before, because the task "' in text
    assert list(server.records().values()) == ['restored']


def test_what_others_changed_since_is_not_rolled_back_unasked(server: Server) -> None:
    server.sh(COLUMN)
    broken = server.files()
    server.play('remediate')
    server.sh('echo "# by hand" >>/etc/ppp/chap-secrets')
    by_hand = server.files()
    assert 'somebody changed this since' in server.play('rollback', rc=2)
    assert server.files() == by_hand
    server.play('rollback', '-e', 'pptp_rollback_force=true')
    assert server.files() == broken


def test_a_password_is_set_where_it_was_given_and_is_seen_nowhere(server: Server) -> None:
    server.sh("sed -i '/vpnuser/d' /etc/ppp/chap-secrets")
    assert 'add a line for the user' in server.play('remediate')
    text = server.play('remediate', '-vvv', '--diff', '-e', USERS)
    assert server.sh('cat /etc/ppp/chap-secrets').splitlines()[-1].split(None, 2)[2] == '"xK9#\\" z" *'
    assert outcome(server) == 'done'
    assert 'xK9' not in text.replace(USERS, '').replace(USERS.replace('"', '\\"'), '')
    assert 'xK9' not in (server.home / 'report/report.json').read_text('utf-8')
