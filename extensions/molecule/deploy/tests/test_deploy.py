# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deployment leaves: a server that is healthy but for the kernel here, and no secret anywhere else."""

from __future__ import annotations

import typing as t


def test_the_daemon_runs_now_and_at_boot(host: t.Any) -> None:
    service = host.service('pptpd')
    assert service.is_running
    assert service.is_enabled
    assert host.socket('tcp://0.0.0.0:1723').is_listening


def test_it_has_its_addresses_and_its_options(host: t.Any) -> None:
    lines = host.file('/etc/pptpd.conf').content_string.splitlines()
    assert [line for line in lines if line.startswith(('option ', 'localip', 'remoteip'))] == [
        'option /etc/ppp/pptpd-options', 'localip 10.99.0.1', 'remoteip 10.99.0.100-199']


def test_pppd_takes_the_options_and_the_users(host: t.Any, kernel_causes: frozenset[str]) -> None:
    tried = host.run('pppd pty "sleep 1" nodetach dryrun file /etc/ppp/pptpd-options 10.99.0.1:10.99.0.100')
    assert tried.rc == (4 if kernel_causes else 0), tried.stderr   # 4: no /dev/ppp, which is looked for last


def test_the_users_are_written_as_pppd_reads_them(host: t.Any) -> None:
    secrets = host.file('/etc/ppp/chap-secrets')
    assert (secrets.mode, secrets.user) == (0o600, 'root')
    lines = secrets.content_string.splitlines()
    assert r'alice * "not-for-the-report \"#1\" \\" *' in lines
    assert [line.split()[-1] for line in lines if 'bob' in line] == ['10.99.0.77']


def test_what_was_there_is_kept(host: t.Any, platform: dict[str, t.Any]) -> None:
    kept = 'isp  *  "not-for-the-report, either"  *' in host.file('/etc/ppp/chap-secrets').content_string
    assert kept == bool(platform['keep'])


def test_the_tunnel_passes_the_firewall(host: t.Any, platform: dict[str, t.Any]) -> None:
    rules = host.check_output('iptables-save' if platform['firewall'] == 'iptables' else 'nft list ruleset')
    assert '1723' in rules
    assert '10.99.0.0/24' in rules
    assert host.sysctl('net.ipv4.ip_forward') == 1


def test_the_diagnosis_blames_nothing_but_the_kernel(failing: dict[str, t.Any], kernel_causes: frozenset[str]) -> None:
    assert set(failing) <= kernel_causes


def test_no_secret_is_in_the_report(report_text: str) -> None:
    assert 'not-for-the-report' not in report_text
