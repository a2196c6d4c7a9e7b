# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The trail of what was read."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev


def test_take_returns_the_value_and_keeps_the_source():
    trail = ev.Trail()
    assert trail.take(ev.Reading('text', ev.Evidence('/etc/pptpd.conf'))) == 'text'
    assert trail.as_dict() == {'ok': ['/etc/pptpd.conf']}


def test_sources_are_grouped_by_status_and_keep_their_reason():
    trail = ev.Trail()
    trail.note(ev.Evidence('/a', ev.ABSENT))
    trail.note(ev.Evidence('/b', ev.DENIED, 'Permission denied'))
    trail.note(ev.Evidence('/c', ev.ABSENT, 'not in the bundle'))
    assert trail.as_dict() == {'absent': ['/a', ['/c', 'not in the bundle']], 'denied': [['/b', 'Permission denied']]}


def test_a_second_reading_replaces_the_first():
    trail = ev.Trail()
    trail.note(ev.Evidence('nft', ev.FAILED, 'exit 1'))
    trail.note(ev.Evidence('nft'))
    assert trail.as_dict() == {'ok': ['nft']}
    assert trail.status('nft') == ev.OK
    assert trail.status('never asked') is None
