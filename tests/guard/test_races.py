# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever else happens on the host: two runs at once, a full tmpfs, a tool that fails, a policy that a change set."""

from __future__ import annotations

import concurrent.futures
import pathlib
import shutil
import tempfile
import time
import typing as t

import pytest
from target import Target, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or 'nothing is missing')

SERVER = 'iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP; ' \
    'ip6tables -A INPUT -s 2001:db8::1 -j DROP'
FILL = 'mount -o remount,size=%s /run; dd if=/dev/zero of=/run/full bs=4k 2>/dev/null; ' \
    'df --output=avail /run | tail -n 1'


@pytest.fixture
def target() -> t.Iterator[Target]:
    home = pathlib.Path(tempfile.mkdtemp(prefix='pptp-guard-'))
    host = Target(home)
    try:
        yield host
    finally:
        host.close()
        shutil.rmtree(home, ignore_errors=True)


def test_of_many_runs_at_once_one_arms_and_the_others_leave_it_alone(target: Target) -> None:
    runs = ['run %d' % number for number in range(6)]
    for _round in range(2):
        with concurrent.futures.ThreadPoolExecutor(len(runs)) as pool:
            armed = list(pool.map(lambda run: target.guard('arm', owner=run, seconds=2), runs))
        assert sorted('armed' in facts for facts in armed) == [False] * 5 + [True]
        winner = next(run for run, facts in zip(runs, armed, strict=True) if 'armed' in facts)
        target.wait_for_restore()   # the next round finds what this one has left, and arms on top of it
    assert target.guard('confirm', owner='another')['state'] == 'foreign'
    assert target.guard('confirm', owner=winner)['state'] == 'restored'
    assert target.left_behind() == []


def test_where_nothing_can_be_saved_nothing_is_armed(target: Target) -> None:
    target.run('sh', '-c', SERVER)
    assert target.run('sh', '-c', FILL % '1m').strip() == '0'
    assert 'nothing was changed' in target.guard('arm')['error']
    target.run('rm', '/run/full')
    assert target.left_behind() == []


def test_a_tmpfs_that_is_full_by_then_is_no_obstacle(target: Target) -> None:
    target.run('sh', '-c', SERVER)
    target.load('table inet mine { chain input { type filter hook input priority 0; policy accept; }; }')
    before = target.rules()
    assert target.guard('arm', seconds=4)['armed']
    target.run('sh', '-c', 'iptables -P OUTPUT DROP; iptables -F; nft add rule inet mine input drop')
    assert target.run('sh', '-c', FILL % '4m').strip() == '0'
    target.wait_for_restore()
    assert target.rules() == before


def test_a_tool_that_fails_keeps_none_of_the_others(target: Target) -> None:
    target.run('sh', '-c', SERVER)
    before = target.rules()
    assert target.guard('arm')['armed']
    target.load('add table inet cut\nadd chain inet cut input { type filter hook input priority 0; policy drop; }')
    target.run('sh', '-c', 'iptables -F INPUT; ip6tables -F INPUT; echo new >/etc/guard-test/old')
    target.run('sh', '-c', 'mkdir /run/bin; printf "#!/bin/sh\\nexit 1\\n" >/run/bin/iptables-nft-restore; '
               'chmod 755 /run/bin/*; mount --bind /run/bin /usr/local/sbin')
    found = target.guard('restore')
    assert found['failed_steps'] == ['iptables-nft']
    after = target.rules()
    assert [after[name] for name in ('nft', 'ip6tables-save')] == [before[name] for name in ('nft', 'ip6tables-save')]
    assert target.run('cat', '/etc/guard-test/old') == 'old\n'


# The first look at the restored rules finds one that came in between.
MEANWHILE = r"""mkdir /run/bin; cat >/run/bin/iptables-nft-save <<'EOF'
#!/bin/sh
if ! mkdir /run/restoring 2>/dev/null && mkdir /run/looking 2>/dev/null; then iptables -I INPUT -p tcp -j DROP; fi
exec /usr/sbin/iptables-nft-save "$@"
EOF
chmod 755 /run/bin/*; mount --bind /run/bin /usr/local/sbin"""


def test_a_play_that_goes_on_while_the_rules_are_put_back_does_not_get_in_between(target: Target) -> None:
    target.run('sh', '-c', SERVER)
    before = target.rules()
    assert target.guard('arm', seconds=2)['armed']
    target.run('sh', '-c', 'iptables -F INPUT;' + MEANWHILE)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not target.run('ls', '-d', '/run/looking'):
        time.sleep(0.2)
    while time.monotonic() < deadline and target.rules() != before:
        time.sleep(0.5)
    assert target.rules() == before


@pytest.mark.parametrize('change', ['iptables -P OUTPUT DROP', 'iptables -P FORWARD DROP'])
def test_a_policy_comes_back_where_the_chain_was_not_used_before(target: Target, change: str) -> None:
    target.run('sh', '-c', SERVER)
    before = target.rules()
    assert target.guard('arm')['armed']
    target.run('sh', '-c', change)
    assert target.rules() != before
    target.guard('restore')
    assert target.rules() == before
