# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A healthy server is called healthy, and nothing on it is different afterwards."""

from __future__ import annotations

import typing as t

import pytest

# Who writes to the journal of an idle server by itself.
OWN_WRITERS = {'systemd', 'systemd-journald', 'kernel', 'dbus-daemon'}


def test_the_server_really_works(host: t.Any) -> None:
    assert host.service('pptpd').is_running
    assert host.socket('tcp://0.0.0.0:1723').is_listening


def test_nothing_fails_but_what_the_kernel_lacks(failing: dict[str, t.Any], kernel_causes: frozenset[str]) -> None:
    assert set(failing) - kernel_causes == set()
    assert bool(failing) == bool(kernel_causes)


def test_the_verdict_is_the_truth(entry: dict[str, t.Any], kernel_causes: frozenset[str]) -> None:
    verdict = entry['verdict']
    if kernel_causes:
        assert (verdict['status'], verdict['stage']) == ('broken', 'service')
        assert verdict['cause'] in kernel_causes
    else:
        assert (verdict['status'], verdict['cause']) == ('healthy', None)


def test_it_was_read_live(entry: dict[str, t.Any]) -> None:
    assert entry['source'] == 'live'


@pytest.mark.parametrize('section', ['files', 'read', 'firewall', 'addresses'])
def test_nothing_changed(section: str, before: dict[str, t.Any], after: dict[str, t.Any]) -> None:
    assert len(before[section]) > 2
    assert after[section] == before[section]


def test_nobody_wrote_to_the_journal(host: t.Any, before: dict[str, t.Any]) -> None:
    cursor = before['cursor'][0].partition('-- cursor: ')[2]
    new = host.check_output('journalctl --quiet --no-pager --output=cat --output-fields=SYSLOG_IDENTIFIER '
                            '--after-cursor=%s', cursor)
    assert set(new.split()) - OWN_WRITERS == set()


def test_nothing_was_left_running(host: t.Any) -> None:
    assert [process.args for process in host.process.filter() if 'python' in process.args] == []


def test_no_secret_is_in_the_report(report_text: str) -> None:
    assert 'vpnuser' in report_text
    assert 'not-for-the-report' not in report_text
