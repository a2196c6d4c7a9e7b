# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""report.json: what the schema says, in pieces, with every host counted once."""

from __future__ import annotations

import json

import jsonschema
import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import jsonfile
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.summary import Summary
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.report.test_terminal import entry, finding
from ansible_collections.vpnops.pptp.tests.unit.running import schema


def test_the_report_keeps_to_its_schema() -> None:
    found = [entry('a'), entries.unread('b', 'run', 'gone', 'unreachable'), entry('</script>', 'healthy', None)]
    text = ''.join(jsonfile.report(found))
    report = json.loads(text)
    jsonschema.validate(report, schema())
    assert [host['host'] for host in report['hosts']] == ['a', 'b', '</script>']
    assert report['summary']['by_status'] == {'broken': 1, 'unknown': 1, 'healthy': 1}
    assert 'facts' not in text
    assert '</script>' not in text


def test_no_host_at_all() -> None:
    report = json.loads(''.join(jsonfile.report([])))
    jsonschema.validate(report, schema())
    assert report['hosts'] == []


def test_the_report_is_written_in_pieces() -> None:
    pieces = jsonfile.report(entry('host%d' % number) for number in range(1000))
    assert max(len(piece) for piece in pieces) < 20000


@pytest.mark.parametrize('damage', [
    {'verdict': {'status': 'fine', 'stage': None, 'cause': None, 'confidence': None}}, {'source': 'rumour'},
    {'findings': [finding('Bad Slug')]}, {'schema_version': 2}])
def test_the_schema_refuses(damage: dict[str, object]) -> None:
    report = json.loads(''.join(jsonfile.report([dict(entry(), **damage)])))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema())


def test_causes_count_hosts_as_the_cause_and_as_one_among_others() -> None:
    summary = Summary()
    summary.add(entry('a', findings=[finding('no-secret'), finding('mtu', 'path'), finding('mtu', 'path', 'warn')]))
    summary.add(entry('b'))
    summary.add(entry('c', 'degraded', 'mtu', findings=[
        finding('mtu', 'path'), finding('no-secret', result='unknown')]))
    assert [(row['cause'], row['hosts'], row['also']) for row in summary.ranked()] == [
        ('no-secret', ['a', 'b'], []), ('mtu', ['c'], ['a'])]
