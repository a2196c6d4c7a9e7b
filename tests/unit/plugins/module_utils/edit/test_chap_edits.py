# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Any sequence of edits of any secrets file: what is asked for, nothing else, once, and pppd agrees."""

from __future__ import annotations

import contextlib

from hypothesis import HealthCheck, given, reject, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import chap_repair, words as e
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.chap_text import Secrets, Wish, distinct, verify
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import chap_secrets, words as w
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.daemons import Pppd, needs_pppd

NAMES = ['alice', 'bob', 'CORP\\eve', 'a b', 'é', '#x']
SERVERS = ['pptpd', '*', 'other srv']
TEXT = st.text(st.sampled_from('ab7 \t\r"\'\\#@/*-é\u00a0'), max_size=8).filter(lambda text: text[:2] != '@/')
ADDRESSES = st.lists(st.sampled_from(['*', '-', '10.0.0.5', '10.0.0.0/24', '!10.0.0.5', '10.0.0.6']), min_size=1,
                     max_size=3)


def loose(text: str) -> st.SearchStrategy[bytes]:
    """A spelling of the word *text*: as we write it, all in quotes, or a backslash before every character."""
    data = w.encode(text)
    octal = b''.join(b'\\%03o' % byte for byte in data)
    return st.sampled_from([e.quoted(text), b'"%s"' % octal, octal or b"''", e.quoted(text[:2]) + e.quoted(text[2:])])


@st.composite
def entries(draw: st.DrawFn) -> bytes:
    """A whole line as people write them."""
    names = st.sampled_from(NAMES), st.sampled_from(SERVERS), TEXT
    words = [draw(loose(draw(each))) for each in names] + [w.encode(each) for each in draw(ADDRESSES)]
    gap = draw(st.sampled_from([b' ', b'\t', b'  ', b' \\\n ']))
    tail = draw(st.sampled_from([b'', b'', b' ', b' # x', b' -- mtu 1300', b'\r']))
    return draw(st.sampled_from([b'', b'  '])) + gap.join(words) + tail


WHOLE = st.one_of(entries(), st.sampled_from([b'', b'# comment', b'#" \\', b'\t', b'\xff\xfe * \xe4 *', b'lone']))
BROKEN = st.sampled_from([b'alice pptpd "op en *', b"bob * it's *", b'alice pptpd my#x *', b'bob pptpd pw', b'bob *',
                          b'alice\xc2\xa0pptpd x *', b'\xef\xbb\xbfbob * x *', b'a"b', b'\\', b'x y "'])


def files(lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Files of *lines*, with or without a newline at the end."""
    return st.builds(lambda found, end: b'\n'.join(found) + end * bool(found), st.lists(lines, max_size=8),
                     st.sampled_from([b'\n', b'\r\n', b'']))


WISHES = st.lists(st.builds(Wish, st.sampled_from(NAMES), st.sampled_from([*SERVERS, None]), TEXT,
                            st.one_of(st.none(), ADDRESSES), st.booleans(), st.booleans()), max_size=4,
                  unique_by=lambda wish: wish.key)


def changed(data: bytes, wishes: list[Wish]) -> Secrets:
    try:
        distinct(wishes)
    except e.Unfit:
        reject()
    secrets = Secrets(data)
    for wish in wishes:
        secrets.apply(wish)
    verify(data, secrets, wishes)
    return secrets


def about(line: list[bytes], wishes: list[Wish]) -> bool:
    """Whether one of *wishes* is about the words of *line*."""
    return any(line[0] == wish.key[0] and (line[1:2] == [wish.key[1]] or wish.server is None and not wish.present)
               for wish in wishes)


def split(data: bytes) -> list[tuple[bytes, list[bytes]]]:
    """The lines of *data* as they stand, and their words."""
    return [(data[line.start:line.end], [e.exact(data, word) for word in line.words]) for line in e.split(data)]


def still(line: list[bytes], wishes: list[Wish]) -> bool:
    """Whether *line* is one that was asked for, as asked for."""
    wish = next(wish for wish in wishes if line[0] == wish.key[0] and line[1] == wish.key[1])
    return wish.present and (wish.keep or line[2] == w.encode(wish.secret or '')) \
        and (wish.addresses is None or [w.encode(each) for each in wish.addresses] == line[3:3 + len(wish.addresses)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(WHOLE), WISHES)
def test_other_lines_stay_as_they_are(data: bytes, wishes: list[Wish]) -> None:
    secrets = changed(data, wishes)
    after = secrets.data()
    ends = [b'', b'\n', b'\r\n', b'\n\n', b'\n\r\n']    # what the last line may have got, for another to follow
    others = [[raw for raw, line in split(data + end) if not line or not about(line, wishes)] for end in ends]
    assert [raw for raw, line in split(after) if not line or not about(line, wishes)] in others
    assert all(still(line, wishes) for _raw, line in split(after) if line and about(line, wishes))
    again = changed(after, wishes)
    assert (again.data(), again.changes) == (after, [])
    assert (after == data) == (secrets.changes == [])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(st.one_of(WHOLE, BROKEN)), WISHES)
def test_a_broken_file_loses_nobody_or_is_left_alone(data: bytes, wishes: list[Wish]) -> None:
    assert Secrets(data).data() == data
    try:
        after = changed(data, wishes).data()
    except e.Unfit as error:
        assert not any(part in str(error) for part in ('op en', "it's", 'my#x'))
        return
    whole = [line for _raw, line in split(data) if line and not about(line, wishes)
             and b'\n' not in b''.join(line) and len(line) > 2]
    left = [line for _raw, line in split(after)]
    assert [line for line in whole if line not in left] == []
    with contextlib.suppress(e.Unfit):
        assert changed(after, wishes).data() == after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(st.one_of(WHOLE, BROKEN)))
def test_repair_is_done_once_and_leaves_good_lines(data: bytes) -> None:
    after, done = chap_repair.repair(data)
    assert chap_repair.repair(after) == (after, [])
    assert (after == data) == (not done)
    before = chap_secrets.parse(data.decode('utf-8', 'surrogateescape'))
    bad = {line for line, _code, _client in before.problems}
    now = {entry.line: entry for entry in chap_secrets.parse(after.decode('utf-8', 'surrogateescape')).entries}
    assert all(now[entry.line] == entry for entry in before.entries if entry.line not in bad)


@needs_pppd
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(WHOLE), WISHES)
def test_pppd_finds_what_was_asked_for_and_the_others_as_before(
        pppd: Pppd, data: bytes, wishes: list[Wish]) -> None:
    asked = [(w.encode(name), w.encode(server)) for name in [*NAMES, 'nobody'] for server in ('pptpd', 'other srv')]
    before, after = pppd.secrets(data, asked), pppd.secrets(changed(data, wishes).data(), asked)
    for (client, server), old, new in zip(asked, before, after):   # noqa: B905 (Python 3.8)
        exact = [wish for wish in wishes if wish.present and wish.key == (client, server) and not wish.keep]
        concerned = [wish for wish in wishes if wish.key[0] == client]
        if exact:
            assert new is not None and new[0] == w.encode(exact[0].secret or '')
            if exact[0].addresses is not None:
                assert new[1] == allows(list(exact[0].addresses))
        elif not concerned:
            assert new == old


def allows(addresses: list[str]) -> bool:
    """Whether 10.0.0.5 is allowed by *addresses*, of which the first that fits decides."""
    for address in addresses:
        if address in ('*', '10.0.0.5', '10.0.0.0/24', '!10.0.0.5', '-'):
            return address[0] not in '!-'
    return False
