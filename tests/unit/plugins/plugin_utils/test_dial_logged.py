# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Our own dials in a server's log, read and judged as a host is: the lines are those that pptpd 1.4.0 and pppd 2.4.9
print for a client that asks for methods, measures the path, or hangs up since it does not like what it got."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import bundle, subjects
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.dialled import (
    dialled,
    flow,
    row,
    watched,
    with_dials,
)
from ansible_collections.vpnops.pptp.tests.unit.recordings import texts

BASE = '00-baseline-routed.server'      # a healthy one; a login came up at 07:45
CLIENT = '10.1.0.10'
NOW = 1795335000.0                      # 2026-11-22T08:10:00Z
TRACE = 'sent [LCP ConfReq id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]'
HEARD = 'rcvd [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0xc2ea1044> <pcomp> <accomp>]'
AGREED = 'rcvd [LCP ConfAck id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]'
ENDED = ('Modem hangup', 'Connection terminated.', 'Exit.')
LEFT = ('LCP terminated by peer (vpnops.pptp dial: login)', *ENDED)
ASKED = ('LCP terminated by peer (vpnops.pptp dial: path)', *ENDED)
PLAIN = ('LCP terminated by peer (User request)', *ENDED)       # what pppd says, and others may
REFUSED = ('peer refused to authenticate: terminating link', 'Connection terminated.', 'Modem hangup', 'Exit.')
UP = ('MPPE 128-bit stateless compression enabled', 'local  IP address 10.99.0.1', 'remote IP address 10.99.0.100')
TRACED = (TRACE, HEARD, AGREED)
DENIED = ('Peer vpnuser failed CHAP authentication', 'Connection terminated.', 'Modem hangup', 'Exit.')


def printed(minute: int, *lines: str, client: str = CLIENT) -> str:
    """A call of *client* at 08:*minute*, with these lines of pppd."""
    control, pppd = 1000 + 2 * minute, 1001 + 2 * minute
    said = [('pptpd', control, 'CTRL: Client %s control connection started' % client),
            ('pptpd', control, 'CTRL: Starting call (launching pppd, opening GRE)'),
            ('pppd', pppd, 'pppd 2.4.9 started by root, uid 0'), ('pppd', pppd, 'Using interface ppp0'),
            ('pppd', pppd, 'Connect: ppp0 <--> /dev/pts/0'), *(('pppd', pppd, line) for line in lines),
            ('pptpd', control, 'CTRL: Reaping child PPP[%d]' % pppd),
            ('pptpd', control, 'CTRL: Client %s control connection finished' % client)]
    return ''.join('2026-11-22T08:%02d:%02d.000000+00:00 server %s[%d]: %s\n' % (minute, second, *item)
                   for second, item in enumerate(said))


def read(*calls: str) -> dict[str, t.Any]:
    """The facts of the server with these calls at the end of its log."""
    known = texts(BASE)
    log = known['var/log/syslog'] + ''.join(calls).encode()
    facts = subjects.gather(bundle.from_texts({**known, 'var/log/syslog': log}), log_options={'full': True})
    facts['pptp_host']['collected_at'] = NOW
    return facts


def judged(facts: dict[str, t.Any], *rows: t.Any, **more: t.Any) -> Diagnosis:
    witness = more.pop('witness', None)
    return diagnose(with_dials(facts, dialled(*rows, **{'source': CLIENT, **more}), witness=witness))


def said(found: Diagnosis) -> tuple[str, str | None]:
    return found.verdict['status'], found.verdict['cause']


@pytest.mark.parametrize('trace', [(), TRACED], ids=['plain', 'debug'])
@pytest.mark.parametrize(('rows', 'calls'), [
    ([row('methods')] * 3, [REFUSED, ASKED, REFUSED]), ([row('methods')] * 3, [ASKED] * 3),
    ([row(), row('path')], [(*UP, *LEFT), ASKED]), ([row('path'), row()], [PLAIN, (*UP, *PLAIN)]),
    ([row('reach')], [()]), ([row(gre=False)], [()]),
    ([row('methods')] * 3 + [row(), row('path')], [REFUSED, REFUSED, REFUSED, (*UP, *LEFT), ASKED])])
def test_a_healthy_server_stays_healthy(trace: tuple[str, ...], rows: list[t.Any], calls: list[t.Any]) -> None:
    trace = trace if any(calls) else ()
    found = judged(read(*(printed(number, *trace, *lines) for number, lines in enumerate(calls, 1))), *rows)
    assert (said(found), found.candidates, found.disagreement) == (('healthy', None), (), ())


@pytest.mark.parametrize('calls', [[LEFT], [PLAIN], [REFUSED], [()]])
def test_without_the_dials_these_are_failed_logins(calls: list[t.Any]) -> None:
    assert diagnose(read(*(printed(5, *lines) for lines in calls))).verdict['status'] != 'healthy'


@pytest.mark.parametrize('trace', [(), TRACED], ids=['plain', 'debug'])
def test_a_dial_of_yesterday_that_only_asked_is_no_failed_login(trace: tuple[str, ...]) -> None:
    assert said(diagnose(read(printed(5, *trace, *ASKED)))) == ('healthy', None)
    lost = printed(5, *trace, 'Peer bob failed CHAP authentication', *ASKED)    # whoever says so to hide
    assert said(diagnose(read(lost))) == ('degraded', 'wrong-secret')


@pytest.mark.parametrize(('end', 'expected'), [
    (LEFT, ('degraded', 'wrong-secret')), (PLAIN, ('healthy', None))])
def test_a_dial_of_yesterday_does_not_make_the_failure_of_a_client_there_history(end: t.Any, expected: t.Any) -> None:
    """It proved that the way and the server are good; the client still has another password."""
    facts = read(printed(1, 'Peer bob failed CHAP authentication', *ENDED), printed(5, *UP, *end))
    assert said(diagnose(facts)) == expected


def test_behind_a_router_the_witness_tells_whose_call_it_was() -> None:
    seen = watched(flow({'up': [9, 0]}, client='192.0.2.77'))
    lost = printed(4, 'LCP: timeout sending Config-Requests', *ENDED, client='192.0.2.78')
    facts = read(printed(3, *ASKED, client='192.0.2.77'), lost)
    assert said(judged(facts, row('path'), source='10.9.0.9', witness=seen))[0] != 'healthy'   # .78 is somebody else
    assert said(judged(read(printed(3, *ASKED, client='192.0.2.77')), row('path'), source='10.9.0.9', witness=seen)
                ) == ('healthy', None)


@pytest.mark.parametrize('trace', [(), TRACED], ids=['plain', 'debug'])
@pytest.mark.parametrize(('way', 'cause'), [
    ({'encryption': 0}, 'mppe-not-negotiated'), ({'wrong_proof': True}, None), ({'mute': 'ipcp'}, None)])
def test_a_dial_that_hangs_up_itself_is_explained_by_what_it_saw(trace: tuple[str, ...], way: dict[str, t.Any],
                                                                 cause: str | None) -> None:
    found = judged(read(printed(5, *trace, *LEFT)), row(**way))
    assert found.verdict['status'] in ('broken', 'degraded')
    assert cause in (None, found.verdict['cause'])
    assert not {item.cause for item in found.findings if item.result == 'fail'} & {'gre-blocked', 'bad-option-syntax'}
    assert found.dials[0]['outcome'] == 'failed'


def test_a_wrong_password_is_one_finding() -> None:
    facts = read(printed(5, *DENIED))
    found = judged(facts, row(password='wrong'))
    assert said(found) == ('degraded', 'wrong-secret')
    assert [item.cause for item in found.findings if item.result == 'fail'] == ['wrong-secret']
    assert said(judged(facts, row(password='wrong'), row('path'))) == ('degraded', 'wrong-secret')


def test_a_real_failure_of_another_client_is_not_lost_behind_dials() -> None:
    """Twelve logins are kept: three hosts that ask for methods leave nine."""
    bob = printed(1, 'Peer bob failed CHAP authentication', *DENIED[1:], client='192.0.2.77')
    facts = read(bob, *(printed(number, *REFUSED) for number in range(2, 11)))
    assert said(judged(facts, *[row('methods')] * 9)) == ('degraded', 'wrong-secret')
