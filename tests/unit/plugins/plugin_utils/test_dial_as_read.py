# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real run in the lab: client1, behind a NAT router, dials pptpd on Debian 12 with a wrong password, and measures the
path; both hosts are watched and read right after. dialled_lab.json has the facts of it that matter here."""

from __future__ import annotations

import copy
import json
import pathlib
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_facts, entry as entries, fleet
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Log

LAB = json.loads((pathlib.Path(__file__).parent / 'dialled_lab.json').read_text('utf-8'))


def server(**without: t.Any) -> dict[str, t.Any]:
    """The server's facts, with these subjects changed; None takes one away."""
    facts = {**copy.deepcopy(LAB['server']), **without}
    return {name: value for name, value in facts.items() if value is not None}


def said(found: Diagnosis) -> tuple[str, str | None, str]:
    return found.verdict['status'], found.verdict['cause'], found.verdict['confidence']


def test_the_wrong_password_is_the_only_finding() -> None:
    found = diagnose(server())
    assert said(found) == ('degraded', 'wrong-secret', 'likely')
    assert [item.cause for item in found.findings if item.result == 'fail'] == ['wrong-secret']
    root = next(item for item in found.findings if item.cause == 'wrong-secret')
    assert [proof.value for proof in root.evidence if proof.fact == 'pptp_dial'] == [
        'client1: login stopped at auth: rejected (E=691)']
    assert [item['text'] for item in found.dials] == [
        'Login tried from client1: stopped at auth: the server does not accept the user, the password or both (E=691)']
    assert found.disagreement == ()
    assert said(diagnose(server(pptp_dial=None, pptp_witness=None)))[0] == 'broken'


def test_the_measuring_is_no_failed_login() -> None:
    log = Log(Facts(server()))
    assert [(item.user, item.outcome) for item in log.own] == [('vpnuser', 'failed'), (None, 'failed')]
    assert [item.user for item in log.failing()] == ['vpnuser']
    assert len(Log(Facts(server(pptp_dial=None))).own) == 0


@pytest.mark.parametrize('witness', [None, {'complete': False, 'why': 'gone', 'flows': [], 'evidence': {}}])
def test_without_the_witness_the_time_tells_which_calls_were_ours(witness: t.Any) -> None:
    assert said(diagnose(server(pptp_witness=witness))) == ('degraded', 'wrong-secret', 'likely')


def test_the_witness_knows_that_the_address_was_translated() -> None:
    facts = Facts(server())
    dial = dial_facts.dials(facts)[0]
    assert (dial.source, dial_facts.addresses(facts, dial)) == ('10.1.0.10', {'203.0.113.1'})
    assert dial_facts.is_translated(facts, dial) is True
    assert (dial.user, dial.code, dial.stage) == ('vpnuser', 691, 'auth')


def test_the_dial_alone_says_less() -> None:
    alone = diagnose({name: LAB['server'][name] for name in ('pptp_dial', 'pptp_witness')})
    assert said(alone) == ('degraded', 'wrong-secret', 'possible')
    assert [item['cause'] for item in alone.candidates] == ['wrong-secret', 'chap-secrets-malformed',
                                                            'no-secret-for-user']


def test_the_router_that_carried_it_has_nothing_to_add() -> None:
    host, edge = (json.loads(json.dumps(entries.judged(name, 'run', 'live', diagnose(LAB[name]).as_dict(), LAB[name])))
                  for name in ('server', 'router'))
    assert edge['verdict']['status'] == 'healthy'
    assert fleet.confirm(host, fleet.routers([edge])) is host
