# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cut the connection that a play uses, with real rules in a real kernel: the host comes back by itself.

Each case has its own target and controller in namespaces. Most of their time is waiting, so they run side by side.
"""

from __future__ import annotations

import concurrent.futures
import pathlib
import shutil
import tempfile
import typing as t

import pytest
from target import Target, has_legacy, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or 'nothing is missing')

BEFORE = """
add table inet mine
add set inet mine friends { type ipv4_addr; elements = { 192.0.2.7, 192.0.2.8 }; }
add chain inet mine input { type filter hook input priority 0; policy accept; }
add rule inet mine input ip saddr @friends counter accept
"""
CUT = ('iptables-cut', 'legacy-cut', 'nft-cut')
CASES = (*CUT, 'die', 'good', 'failing', 'check')
SECONDS = {'iptables-cut': 15, 'legacy-cut': 15, 'nft-cut': 40, 'die': 15}   # else 60


class Seen(t.NamedTuple):
    """What one case left: what the play said, the rules before and after, what is left of the guard, the files."""

    rc: int
    out: str
    before: dict[str, list[str]]
    after: dict[str, list[str]]
    left: list[str]
    files: str


def _case(case: str) -> Seen:
    home = pathlib.Path(tempfile.mkdtemp(prefix='pptp-guard-'))
    target = Target(home)
    try:
        target.run('sh', '-c', "echo '%s' | nft -f -; iptables -N old; iptables -A INPUT -p udp -j old" % BEFORE)
        before = target.rules()
        change = 'good' if case == 'check' else case
        done = target.play('--check' if case == 'check' else '-v', change=change, seconds=str(SECONDS.get(case, 60)),
                           pipelining=case not in CUT)
        if case == 'die':
            target.wait_for_restore(before)
        files = target.run('sh', '-c', 'cd /etc/guard-test; grep . *')
        return Seen(done.returncode, done.stdout + done.stderr, before, target.rules(), target.left_behind(), files)
    finally:
        target.close()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope='module')
def seen() -> dict[str, Seen]:
    with concurrent.futures.ThreadPoolExecutor(len(CASES)) as pool:
        return dict(zip(CASES, pool.map(_case, CASES), strict=True))


@pytest.mark.parametrize('change', CUT)
def test_a_host_that_is_cut_off_comes_back_by_itself_and_the_play_says_so(seen: dict[str, Seen], change: str) -> None:
    if change == 'legacy-cut' and not has_legacy():
        pytest.skip('this kernel has no legacy iptables')
    case = seen[change]
    assert case.rc == 2, case.out
    assert 'the change %s was undone by the host itself' % change in case.out
    assert 'could not be put back' not in case.out
    assert case.after == case.before
    assert case.files == 'gone:gone\nold:old\n'
    assert case.left == []


def test_a_new_connection_is_asked_for_not_the_one_that_is_there(seen: dict[str, Seen]) -> None:
    assert 'it cut the host off: ' in seen['nft-cut'].out   # its rules let established connections live


def test_a_good_change_stays_and_nothing_of_the_guard_does(seen: dict[str, Seen]) -> None:
    case = seen['good']
    assert case.rc == 0, case.out
    assert '*filter -A INPUT -p gre -j ACCEPT' in case.after['iptables-save']
    assert [table for table in case.after['nft'] if 'table ip filter' not in table] \
        == [table for table in case.before['nft'] if 'table ip filter' not in table]
    assert 'changed=1 ' in case.out   # arming and confirming do not count
    assert case.left == []


def test_a_change_that_fails_is_undone_at_once(seen: dict[str, Seen]) -> None:
    case = seen['failing']
    assert case.rc == 2, case.out
    assert case.after == case.before
    assert 'the rules and files are those from before' in case.out
    assert case.left == []


def test_when_ansible_dies_the_host_undoes_the_change(seen: dict[str, Seen]) -> None:
    case = seen['die']
    assert case.rc != 0, case.out
    assert case.after == case.before


def test_check_mode_arms_nothing(seen: dict[str, Seen]) -> None:
    case = seen['check']
    assert case.rc == 0, case.out
    assert case.after == case.before
    assert case.left == []
