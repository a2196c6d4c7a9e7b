# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of pppd options: set, removed, commented out, and everything else as it was; pppd has the last word."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    pppd_conflicts,
    pppd_dryrun,
    pppd_items,
    pppd_text,
    words as e,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.pppd_text import Wish
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.daemons import Pppd, needs_pppd

GONE = False


def edited(data: bytes, *wishes: Wish, disable: tuple[str, ...] = ()) -> pppd_text.Options:
    done = pppd_text.edit(data, wishes, disable)
    again = pppd_text.edit(done.data, wishes, disable)
    assert (again.data, again.changes) == (done.data, [])
    assert (done.data == data) == (not done.changes)
    return done


@pytest.mark.parametrize(('data', 'wishes', 'after'), [
    (b'', [Wish('debug')], b'debug\n'),
    (b'# x\nlock', [Wish('debug')], b'# x\nlock\ndebug\n'),
    (b'lock\r\n', [Wish('mtu', ['1400'])], b'lock\r\nmtu 1400\r\n'),
    (b'lock \\', [Wish('mtu', ['1400'])], b'lock \\\n\nmtu 1400\n'),
    (b'mtu 1500 mru 1500 # both\n', [Wish('mtu', ['1400'])], b'mtu 1400 mru 1500 # both\n'),
    (b'mtu\t"15\\x30\\60"\n', [Wish('mtu', ['1500'])], b'mtu\t"15\\x30\\60"\n'),
    (b'mtu 1400\nmtu 1500\n', [Wish('mtu', ['1500'])], b'mtu 1400\nmtu 1500\n'),
    (b'mtu 1400\nmtu 1500\n', [Wish('mtu', ['1400'])], b'mtu 1400\nmtu 1400\n'),
    (b'mtu\n1500\n', [Wish('mtu', ['1400'])], b'mtu\n1400\n'),
    (b'mtu\nmru 1500\n', [Wish('mtu', ['1400'])], b'mtu 1400\nmru 1500\n'),
    (b'lock mtu', [Wish('mtu', ['1400'])], b'lock mtu 1400'),
    (b'+mschap-v2\n', [Wish('require-mschap-v2')], b'+mschap-v2\n'),
    (b'require-mschap-v2\n', [Wish('+mschap-v2')], b'require-mschap-v2\n'),
    (b'name old\n', [Wish('name', ['my "vpn" #1'])], b'name "my \\"vpn\\" #1"\n'),
    (b'lock debug nodetach\n', [Wish('debug', present=GONE)], b'lock nodetach\n'),
    (b'debug lock\n', [Wish('debug', present=GONE)], b'lock\n'),
    (b'  debug # why\nlock\n', [Wish('debug', present=GONE)], b'lock\n'),
    (b'mtu\n 1400\nlock', [Wish('mtu', present=GONE)], b'lock'),
    (b'lock mtu \\\n 1400 debug\n', [Wish('mtu', present=GONE)], b'lock debug\n'),
    (b'lock mtu\n1400 debug\n', [Wish('mtu', present=GONE)], b'lock\ndebug\n'),
    (b'requier-mppe-128 x\nlock\n', [Wish('requier-mppe-128', present=GONE)], b'lock\n'),
    (b'ms-dns 1.1.1.1\nlock\nms-dns 2.2.2.2\nms-dns 3.3.3.3\n', [Wish('ms-dns', ['9.9.9.9', '2.2.2.2'])],
     b'ms-dns 9.9.9.9\nlock\nms-dns 2.2.2.2\n'),
    (b'ms-dns 1.1.1.1\n', [Wish('ms-dns', ['1.1.1.1', '2.2.2.2'])], b'ms-dns 1.1.1.1\nms-dns 2.2.2.2\n'),
    (b'set A=1\n', [Wish('set', ['B=2'])], b'set A=1\nset B=2\n'),
    (b'plugin a.so\nplugin b.so\n', [Wish('plugin', ['a.so'], GONE)], b'plugin b.so\n'),
    (b'plugin /lib/a.so\nplugin b.so\n', [Wish('plugin', ['a.so'], GONE)], b'plugin b.so\n'),
    (b'plugin /lib/a.so\nplugin b.so\n', [Wish('plugin', ['/usr/a.so'], GONE)], b'plugin /lib/a.so\nplugin b.so\n'),
    (b'plugin /usr/lib/pppd/2.4.5/radius.so\n', [Wish('plugin', ['radius.so'])], b'plugin radius.so\n'),
    (b'10.0.0.1: lock 115200\n', [Wish('addresses', ['10.0.0.2:']), Wish('speed', ['9600'])],
     b'10.0.0.2: lock 9600\n'),
    (b'lock\n', [Wish('addresses', ['10.0.0.2:'])], b'lock\n10.0.0.2:\n'),
    (b'10.0.0.1: lock 115200\n', [Wish('addresses', present=GONE), Wish('speed', ['115200'], GONE)], b'lock\n'),
    (b'\xef\xbb\xbf# x\n\xff\xfe y\nlock\n', [Wish('debug')], b'# x\n\xff\xfe y\nlock\ndebug\n'),
    (b'\xef\xbb\xbf\xef\xbb\xbflock \xef\xbb\xbf', [Wish('lock', present=GONE)], b''),
    (b'radius-config-file /x\n', [Wish('plugin', ['radius.so'])], b'plugin radius.so\nradius-config-file /x\n'),
    (b'lock radius-config-file /x\nplugin radius.so # r\n', [Wish('plugin', ['radius.so'])],
     b'plugin radius.so\nlock radius-config-file /x\n'),
    (b'radius-config-file /x\nplugin radius.so\n', [Wish('radius-config-file', ['/x'])],
     b'plugin radius.so\nradius-config-file /x\n'),
    (b'plugin radius.so\n', [Wish('radius-config-file', ['/x'])], b'plugin radius.so\nradius-config-file /x\n'),
    (b'radius-config-file /a\nplugin radius.so\nradius-config-file /b\n', [Wish('radius-config-file', ['/b'])],
     b'plugin radius.so\nradius-config-file /b\n'),
    (b'radius-config-file /a\nradius-config-file /b\nplugin radius.so\n', [Wish('radius-config-file', ['/c'])],
     b'plugin radius.so\nradius-config-file /c\n'),
    (b'avpair a=1\nplugin radius.so\navpair b=2\n', [Wish('avpair', ['c=3'])],
     b'plugin radius.so\navpair b=2\navpair c=3\navpair a=1\n'),
    (b'115200 10.0.0.1: lock\n', [Wish('addresses', present=GONE)], b'115200 lock\n'),
    (b'plugin /opt/mine.so\n', [Wish('its-option', ['1'])], b'plugin /opt/mine.so\nits-option 1\n'),
])
def test_an_edit(data: bytes, wishes: list[Wish], after: bytes) -> None:
    assert edited(data, *wishes).data == after


@pytest.mark.parametrize(('data', 'wish', 'after', 'gone'), [
    (b'nomppe\nlock\n', 'require-mppe-128', b'lock\nrequire-mppe-128\n', ['nomppe']),
    (b'nomppe-128 noccp -mppe\nrequire-pap\n', 'require-mppe-128', b'require-mppe-128\n',
     ['nomppe', 'noccp', 'require-pap', 'nomppe-128']),
    (b'nomppe-40\nrequire-mppe-40\n', 'require-mppe-128', b'nomppe-40\nrequire-mppe-40\nrequire-mppe-128\n', []),
    (b'refuse-mschap-v2\nnoauth\n', 'require-mschap-v2', b'require-mschap-v2\n', ['refuse-mschap-v2', 'noauth']),
    (b'-mschap-v2 lock\n', '+mschap-v2', b'lock\nrequire-mschap-v2\n', ['refuse-mschap-v2']),
    (b'noauth\nrequire-mppe-128\n', 'require-mppe-128', b'noauth\nrequire-mppe-128\n', []),
    (b'require-mschap-v2 require-mppe-128\n', 'noauth', b'require-mppe-128\nnoauth\n', ['require-mschap-v2']),
    (b'require-mppe-40 require-mppe-128\n', 'nomppe-40', b'require-mppe-128\nnomppe-40\n', ['require-mppe-40']),
    (b'require-mppe-128\n', 'noccp', b'noccp\n', ['require-mppe-128']),
    (b'defaultroute\n', 'nodefaultroute', b'nodefaultroute\n', ['defaultroute']),
    (b'require-mppe-128\n', 'nomppe-128', b'nomppe-128\n', ['require-mppe-128']),
    (b'noproxyarp\n', 'proxyarp', b'proxyarp\n', ['noproxyarp']),
    (b'nologfd\n', 'logfile', b'logfile /var/log/x\n', ['nologfd']),
    (b'bsdcomp 15,15\n', 'nobsdcomp', b'nobsdcomp\n', ['bsdcomp']),
])
def test_what_cannot_stand_beside_it_goes(data: bytes, wish: str, after: bytes, gone: list[str]) -> None:
    done = edited(data, Wish(wish, ['/var/log/x'] if wish == 'logfile' else []))
    conflicts = [change for change in done.changes if change.action == 'conflict']
    assert done.data == after
    assert sorted(change.name for change in conflicts) == sorted(gone) and all(change.why for change in conflicts)


def test_every_conflict_is_about_options_that_pppd_has() -> None:
    for name in option_table.names():
        for other, why in pppd_conflicts.against(pppd_text.canonical(name)).items():
            assert option_table.find(other) and pppd_text.canonical(other) == other != name and why, (name, other)


@pytest.mark.parametrize(('data', 'words', 'after'), [
    (b'lock\nrequier-mppe-128\ndebug\n', ['requier-mppe-128'], b'lock\n# requier-mppe-128\ndebug\n'),
    (b'  oops 1 2 # why\r\nlock\n', ['oops'], b'#   oops 1 2 # why\r\nlock\n'),
    (b'lock oops debug\n', ['oops'], b'# oops\nlock debug\n'),
    (b'mppe required,stateless\n', ['mppe'], b'# mppe required,stateless\n'),
    (b'plugin a.so\nplugin b.so\n', ['plugin b.so'], b'plugin a.so\n# plugin b.so\n'),
    (b'mtu \\\n 1400\nlock', ['mtu'], b'# mtu \\\n#  1400\nlock'),
    (b'oops "x\nlock\n', ['oops'], b'# oops "x\nlock\n'),
    (b'oops\noops', ['oops'], b'# oops\n# oops'),
    (b'name oops\n', ['oops'], b'name oops\n'),
    (b'lock oo\\\nps debug\n', ['oops'], b'# oops\nlock debug\n'),
    (b'lock oops "a\nb" debug\n', ['oops'], b'# oops "a\nlock debug\n'),
])
def test_a_line_becomes_a_comment(data: bytes, words: list[str], after: bytes) -> None:
    assert edited(data, disable=tuple(words)).data == after


@pytest.mark.parametrize(('wishes', 'why'), [
    ([Wish('requier-mppe-128')], 'pppd knows no option requier-mppe-128'), ([Wish('mppe-128')], 'of another one'),
    ([Wish('mtu')], 'needs a value'), ([Wish('mtu', ['x'])], 'wants a number'), ([Wish('debug', ['1'])], 'no value'),
    ([Wish('mtu', ['1', '2'])], 'at most 1'), ([Wish('mtu', ['100'])], 'between 128'),
    ([Wish('ms-dns', ['1.1.1.1'] * 3)], 'at most 2'), ([Wish('ms-dns', ['1.1.1.999'])], 'wants an address'),
    ([Wish('name', ['a\nb'])], 'newline'), ([Wish('password', ['hidden'])], 'would stand in logs'),
    ([Wish('nomppe'), Wish('require-mppe-128')], 'exclude each other'), ([Wish('addresses', ['x'])], '10.0.0.1:'),
    ([Wish('speed', ['9600', '115200'])], '115200'), ([Wish('its-option', ['1'])], 'pppd knows no option its-option'),
    ([Wish('plugin', ['a.so']), Wish('plugin', ['b.so', 'a.so'], GONE)], 'twice'),
    ([Wish('debug'), Wish('-d')], 'twice'), ([Wish('mtu', ['1400']), Wish('mtu', present=GONE)], 'twice'),
])
def test_what_pppd_would_refuse_is_refused(wishes: list[Wish], why: str) -> None:
    with pytest.raises(e.Unfit, match=why) as caught:
        pppd_text.edit(b'', wishes)
    assert 'hidden' not in str(caught.value)


@pytest.mark.parametrize(('data', 'wish', 'text', 'after'), [
    (b'mtu 99999\n', Wish('mtu', ['1400']), 'mtu', b'# mtu 99999\nmtu 1400\n'),
    (b'+mschap-v2\n', Wish('require-mschap-v2'), '+mschap-v2', b'+mschap-v2\n'),
    (b'', Wish('debug'), 'debug', b'debug\n'),
    (b'plugin a.so\nplugin b.so\n', Wish('plugin', ['a.so']), 'plugin', b'plugin a.so\n# plugin b.so\n'),
    (b'name y\n', Wish('name', ['x']), 'name y', b'# name y\nname x\n')])
def test_what_is_asked_for_is_not_disabled(data: bytes, wish: Wish, text: str, after: bytes) -> None:
    assert edited(data, wish, disable=(text,)).data == after    # and a second run adds no line


@pytest.mark.parametrize(('last', 'name'), [
    (b'password', 'password'), (b'lock connect # x', 'connect'), (b'mtu', 'mtu')])
def test_nothing_becomes_the_value_of_an_option_without_one(last: bytes, name: str) -> None:
    for wish in (Wish('debug'), Wish('addresses', ['10.0.0.1:']), Wish('name', ['x'])):
        with pytest.raises(e.Unfit, match='line 2: %s has no value' % name):
            pppd_text.edit(b'noauth\n' + last + b'\n', [wish])


def test_an_option_without_a_value_is_given_one_first() -> None:
    assert edited(b'lock\nmtu', Wish('debug'), Wish('mtu', ['1400'])).data == b'lock\nmtu 1400\ndebug\n'
    assert edited(b'lock\nmtu', Wish('debug'), Wish('mtu', present=GONE)).data == b'lock\ndebug\n'
    assert edited(b'lock\nmtu', Wish('debug'), disable=('mtu',)).data == b'lock\n# mtu\ndebug\n'


def test_an_unknown_option_needs_an_unknown_plugin() -> None:
    with pytest.raises(e.Unfit, match='knows no option'):
        pppd_text.edit(b'plugin radius.so\n', [Wish('its-option', ['1'])])


def test_nothing_is_written_behind_an_open_quote() -> None:
    with pytest.raises(e.Unfit, match='line 2: a quote is not closed') as caught:
        pppd_text.edit(b'lock\nname "my secret\n', [Wish('debug')])
    assert 'secret' not in str(caught.value)


def test_an_option_without_its_plugin_is_told() -> None:
    wishes = [Wish('radius-config-file', ['/x'])]
    assert pppd_text.orphans(b'lock\n', wishes) == [
        'radius-config-file is an option of the plugin radius.so, which the file does not load']
    assert pppd_text.orphans(b'plugin radius.so\n', wishes) == pppd_text.orphans(b'plugin my.so\n', wishes) == []


def test_no_secret_is_shown() -> None:
    data = b'password Hidden # Hidden\noops "Hid den"\nlock\nbad word\n'
    before, after = pppd_text.states(data, edited(data, Wish('debug'), disable=('oops', 'bad')))
    assert 'Hid' not in before + after
    assert after.split('\n') == ['password ******** #', '# oops', 'lock', '# bad', 'debug', '']


SAID = "/usr/sbin/pppd: In file /tmp/x: unrecognized option '%s'\n"


@pytest.mark.parametrize(('status', 'output', 'data', 'says'), [
    (2, SAID % 'requier', b'lock\n\nrequier\n', "/etc/o:3: unrecognized option 'requier'"),
    (2, SAID % 'Hidden', b'lock\npassword My Hidden\n', "/etc/o:2: unrecognized option '?'"),
    (2, 'pppd: mtu value must be between 128 and 16384\n', b'lock\nmtu 5\n',
     '/etc/o:2: mtu value must be between 128 and 16384'),
    (2, 'x.so: cannot open shared object file\nCouldn\'t load plugin x.so\n', b'lock\nplugin x.so\n',
     "/etc/o:2: x.so: cannot open shared object file; Couldn't load plugin x.so"),
    (2, "In file /etc/ppp/options: unrecognized option 'x'\n", b'lock\n', None),
    (2, 'no device specified and stdin is not a tty\n', b'lock\n', ''),
    (1, 'The remote system is required to authenticate itself\n', b'auth\n', ''), (4, 'no kernel\n', b'', ''),
    (0, '', b'lock\n', ''),
    (-11, '', b'plugin x.so\n', '/etc/o: pppd is killed by signal 11'),
])
def test_what_pppd_says(status: int, output: str, data: bytes, says: str | None) -> None:
    assert pppd_dryrun.complaint(status, output, '/tmp/x', data, '/etc/o') == says


def test_only_what_the_change_did_stops_it() -> None:
    assert pppd_dryrun.judged('', 'o:1: bad mtu', [])
    assert pppd_dryrun.judged('o:1: bad oops', 'o:1: bad mtu', ['mtu'])
    assert not pppd_dryrun.judged('o:1: bad oops', 'o:2: bad mtu', ['lock', 'm'])
    assert not pppd_dryrun.judged('o:1: bad oops', '', ['mtu'])


def test_a_client_brings_its_own_channel() -> None:
    assert 'notty' in pppd_dryrun.arguments('pppd', 'f', b'lock\nplugin radius.so\n')
    for line in (b'pty "pptp x"\n', b'plugin rp-pppoe.so eth0\n', b'/dev/ttyS0\n'):
        assert 'notty' not in pppd_dryrun.arguments('pppd', 'f', line)


PIECES = [b'lock', b'mtu 1500', b'mtu\n1400', b'name "a #b"', b'nomppe', b'+mschap-v2', b'require-mppe-128', b'debug',
          b'ms-dns 1.1.1.1', b'ms-dns 2.2.2.2', b'proxyarp', b'refuse-pap', b'require-pap', b'10.0.0.1:', b'nodetach',
          b'mru \\\n 1300', b'idle "60"', b'set A=1', b'noauth']
ODD = [b'oops', b'"', b'\\', b'# "x', b'\xff\xfe', b'mtu', b'\0', b"'a", b'radius-config-file /x', b'plugin radius.so',
       b'115200', b'""', b'\xef\xbb\xbf']
GAPS = st.sampled_from([b' ', b'\n', b'\r\n', b'\n\n# c\n', b' # c\n', b'\t', b'\n  '])
WISH = st.sampled_from([
    Wish('debug'), Wish('mtu', ['1400']), Wish('name', ['it\'s "me"']), Wish('require-mppe-128'), Wish('nomppe'),
    Wish('require-mschap-v2'), Wish('ms-dns', ['9.9.9.9', '2.2.2.2']), Wish('ms-dns', ['8.8.8.8']), Wish('proxyarp'),
    Wish('noproxyarp'), Wish('lock', present=GONE), Wish('mtu', present=GONE), Wish('ms-dns', ['1.1.1.1'], GONE),
    Wish('addresses', ['10.9.0.1:']), Wish('addresses', present=GONE), Wish('set', ['B=2']), Wish('oops', present=GONE),
    Wish('mru', ['1400']), Wish('idle', ['0']), Wish('plugin', ['radius.so']), Wish('refuse-pap'), Wish('noauth')])
WISHES = st.lists(WISH, max_size=5, unique_by=lambda wish: pppd_text.canonical(wish.name))


def files(pieces: list[bytes]) -> st.SearchStrategy[bytes]:
    """Options in any order, on lines of their own or not."""
    words = st.lists(st.tuples(st.sampled_from(pieces), GAPS), max_size=10)
    return st.builds(lambda found, end: b''.join(piece + gap for piece, gap in found).rstrip() + end, words,
                     st.sampled_from([b'', b'\n', b'\r\n']))


def values(data: bytes) -> list[tuple[str, tuple[bytes, ...]]]:
    """Options and their arguments."""
    return [(item.name, item.args) for item in pppd_items.read(data)]


def concerned(wishes: list[Wish]) -> set[str]:
    """The names that *wishes* may change."""
    names = {pppd_text.canonical(wish.name) for wish in wishes}
    return names.union(*(pppd_conflicts.against(pppd_text.canonical(wish.name)) for wish in wishes if wish.present))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(PIECES), WISHES, st.lists(st.sampled_from(['lock', 'debug', 'oops']), max_size=1))
def test_other_options_stay(data: bytes, wishes: list[Wish], disable: list[str]) -> None:
    try:
        done = edited(data, *wishes, disable=tuple(name for name in disable if name not in concerned(wishes)))
    except e.Unfit as error:
        assume('exclude' not in str(error))
        raise
    names = concerned(wishes) | set(disable)
    assert [each for each in values(done.data) if each[0] not in names] \
        == [each for each in values(data) if each[0] not in names]
    comments = [line for line in done.data.split(b'\n') if line.strip() == b'# c']
    assert len(comments) == len([line for line in data.split(b'\n') if line.strip() == b'# c'])
    for wish in wishes:
        found = [args for name, args in values(done.data) if name == pppd_text.canonical(wish.name)]
        if not wish.present:
            assert not wish.values and not found or wish.values and (wish.values[0].encode(),) not in found
        elif wish.name == 'ms-dns':
            assert found == [(value.encode(),) for value in wish.values]
        else:
            assert found and (not wish.values or found[-1] == (wish.values[0].encode(),))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(PIECES + ODD), WISHES, st.lists(st.sampled_from(['lock', 'mtu', 'oops', 'set A=1']), max_size=2))
def test_an_odd_file_is_edited_once_or_left_alone(data: bytes, wishes: list[Wish], disable: list[str]) -> None:
    marks = re.match(rb'(?:\xef\xbb\xbf)*', data)
    assert marks and pppd_text.edit(data, []).data == data[marks.end():]
    try:
        done = pppd_text.edit(data, wishes, disable)
        again = pppd_text.edit(done.data, wishes, disable)
    except e.Unfit:
        return
    assert again.data == done.data


@needs_pppd
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(PIECES), WISHES)
def test_pppd_has_what_was_asked_for_and_the_rest_as_before(
        pppd: Pppd, data: bytes, wishes: list[Wish]) -> None:
    before = pppd.options(data)
    assume(isinstance(before, list))
    try:
        after = pppd.options(pppd_text.edit(data, wishes).data)
    except e.Unfit as error:
        assume('exclude' not in str(error))
        raise
    assert isinstance(before, list) and isinstance(after, list), after
    names = concerned(wishes)
    after = [b'debug' if line.startswith(b'debug ') else line for line in after]    # each occurrence makes it more
    before = [b'debug' if line.startswith(b'debug ') else line for line in before]
    for wish in wishes:
        if wish.name in ('mtu', 'mru', 'idle', 'debug', 'proxyarp', 'require-mppe-128') and wish.present:
            assert b' '.join([wish.name.encode(), *map(str.encode, wish.values)]) in after
        elif wish.name == 'ms-dns' and wish.present:
            assert [line for line in after if line.startswith(b'ms-dns')] == [
                b'ms-dns ' + value.encode() for value in wish.values]
    plain = (b'lock', b'mtu', b'name', b'debug', b'mru', b'idle', b'set', b'10.0.0.1:', b'ms-dns')
    kept = [line for line in before if line.split(b' ')[0] in plain and line.split(b' ')[0].decode() not in names
            and not (b':' in line and 'addresses' in names)]
    assert [line for line in kept if line not in after] == []
