# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""chap-secrets: what is asked for is there, and everything else as it was, byte for byte."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import chap_repair, chap_shown, words as e
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.chap_text import (
    Secrets,
    Wish,
    beyond_ascii,
    check,
    distinct,
    empty,
    verify,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w

FILE = b"""\
# Secrets for authentication using CHAP
# client\tserver\tsecret\tIP addresses
alice\tpptpd\told\t10.0.0.5   # since 2019
  "CORP\\\\eve"  *  'e v e'  * -- mtu 1300
bob * one *\r
bob pptpd two 10.0.0.6 10.0.0.7
\xff\xfe * b\xe4r *
alice pptpd never *"""


def changed(data: bytes, *wishes: Wish, repair: bool = False) -> Secrets:
    secrets = Secrets(data)
    if repair:
        secrets.repair()
    for wish in wishes:
        secrets.apply(wish)
    verify(data, secrets, wishes)
    return secrets


def edited(data: bytes, *wishes: Wish, repair: bool = False) -> bytes:
    after = changed(data, *wishes, repair=repair).data()
    again = changed(after, *wishes, repair=repair)
    assert (again.data(), again.changes) == (after, [])
    return after


@pytest.mark.parametrize(('wish', 'old', 'new'), [
    (Wish('alice', 'pptpd', 'n #w'), b'old\t10.0.0.5   # since 2019', b'"n #w"\t10.0.0.5   # since 2019'),
    (Wish('alice', 'pptpd', None, ['*']), b'old\t10.0.0.5 ', b'old\t* '),
    (Wish('CORP\\eve', '*', 'x'), b"'e v e'", b'x'),
    (Wish('CORP\\eve', None, 'e v e', ['10.0.0.0/24', '!10.0.0.9']), b'* -- mtu', b'10.0.0.0/24 !10.0.0.9 -- mtu'),
    (Wish('bob', 'pptpd', 'é'), b'two', b'"\xc3\xa9"'),
    (Wish('bob', '*', 'new'), b'one *\r', b'new *\r'),
    (Wish('bob', '*', 'new', keep=True), b'', b''),
    (Wish('bob', 'pptpd', present=False), b'bob pptpd two 10.0.0.6 10.0.0.7\n', b''),
    (Wish('bob', present=False), b'bob * one *\r\nbob pptpd two 10.0.0.6 10.0.0.7\n', b''),
    (Wish('john', present=False), b'', b''),
])
def test_only_the_words_that_differ_are_replaced(wish: Wish, old: bytes, new: bytes) -> None:
    rest = FILE[:FILE.rindex(b'\n') + 1] if wish.client == 'alice' else FILE    # its second line never counted
    assert edited(FILE, wish) == rest.replace(old, new)


def test_a_new_line_goes_to_the_end_in_the_style_of_the_file() -> None:
    assert edited(b'', Wish('a', None, 'b')) == b'a * b *\n'
    assert edited(b'x * y *', Wish('a', 'srv', 'b c', ['10.0.0.5', '-'])) == b'x * y *\na srv "b c" 10.0.0.5 -\n'
    assert edited(b'x * y *\r\n# z', Wish('a', None, 'b')) == b'x * y *\r\n# z\r\na * b *\r\n'
    assert edited(b'x * y \\', Wish('a', None, 'b')) == b'x * y \\\n\na * b *\n'
    assert edited(b'ann * y *\nannabel * z *\n', Wish('an', None, 'b')).endswith(b'z *\nan * b *\n')


def test_the_case_of_names_counts() -> None:
    assert edited(b'Bob PPTPD x *\n', Wish('bob', 'PPTPD', 'y')) == b'Bob PPTPD x *\nbob PPTPD y *\n'


@pytest.mark.parametrize(('data', 'wish', 'after'), [
    (b'a s pass#word *\nb s x *\n', Wish('a', 's', 'pass#word'), b'a s "pass#word" *\nb s x *\n'),
    (b'a s #pass *\r\nb s x *\n', Wish('a', 's', '#pass'), b'a s "#pass" *\r\nb s x *\n'),
    (b'a s\n', Wish('a', 's', 'x'), b'a s x *\n'),
    (b'a s x', Wish('a', 's', 'x'), b'a s x *'),
    (b'a s x # y\n', Wish('a', 's', 'x'), b'a s x * # y\n'),
    (b'a s my secret 10.0.0.5\n', Wish('a', 's', 'my secret'), b'a s "my secret" 10.0.0.5\n'),
    (b'a s my "big secret\n', Wish('a', 's', 'my big secret'), b'a s "my big secret" *\n'),
    (b'a s "open 10.0.0.5\nb s x *\nc s "y y" *\n', Wish('a', 's', 'z'), b'a s z 10.0.0.5\nb s x *\nc s "y y" *\n'),
    (b"a s it's *\r\nb s x *\n", Wish('a', 's', "it's"), b'a s "it\'s" *\r\nb s x *\n'),
    (b'a s "open *\nb s x *\n', Wish('a', present=False), b'b s x *\n'),
    (b'b s x *\na s "open *', Wish('a', present=False), b'b s x *\n'),
    (b'a s "o *\nb s "p *\nc s x *\n', Wish('a', 's', 'z'), None),
    (b'b s "open *\n', Wish('a', None, 'x'), None),
    (b'b s "two\nlines" *\n', Wish('b', 's', 'x'), None),
    (b'b s\n', Wish('b', 's', None, ['*']), None),
    (b'', Wish('b', 's', None, ['*']), None),
])
def test_a_broken_line(data: bytes, wish: Wish, after: bytes | None) -> None:
    if after is not None:
        assert edited(data, wish) == after
        return
    with pytest.raises(e.Unfit) as caught:
        edited(data, wish)
    assert 'open' not in str(caught.value) and 'two' not in str(caught.value)


def test_two_open_quotes_are_mended_by_two_secrets() -> None:
    data = b'a s "o *\nb s "p *\nc s x *\n'
    assert edited(data, Wish('a', 's', 'y'), Wish('b', 's', 'z')) == b'a s y *\nb s z *\nc s x *\n'


@pytest.mark.parametrize(('wish', 'why'), [
    (Wish('', None, 'x'), 'empty'), (Wish('a', '', 'x'), 'empty'), (Wish('a', None, '@/etc/x'), 'name of a file'),
    (Wish('a', None, 'x' * 257), '257 bytes, pppd takes 256'), (Wish('a', None, 'x\ny'), 'newline'),
    (Wish('a', None, 'x', []), 'needs an address'), (Wish('a', None, 'x', ['--']), 'is none'),
    (Wish('a', None, 'x', ['10.0.0.256']), 'is none'), (Wish('a', None, 'x', ['300.0.0.1']), 'is none'),
    (Wish('a', None, 'x', ['a b']), 'is none'), (Wish('a\nb', None, 'x'), 'newline')])
def test_what_no_line_can_say_is_refused(wish: Wish, why: str) -> None:
    with pytest.raises(e.Unfit, match=why) as caught:
        check(wish)
    assert 'xxx' not in str(caught.value) and '/etc/x' not in str(caught.value)


def test_good_wishes_are_taken() -> None:
    for address in ('*', '-', '10.0.0.5', '!10.0.0.5', '10.0.0.0/24', '10.0.0.0/24+', 'host.example', 'lan-7'):
        check(Wish('a', None, 'x' * 256, [address]))
    with pytest.raises(e.Unfit, match='twice'):
        distinct([Wish('a'), Wish('a', '*')])
    assert empty([Wish('a', None, ''), Wish('b', None, '', present=False), Wish('c')]) == [
        'the secret of a is empty: whoever knows the name may log in']


def test_a_secret_that_windows_spells_otherwise_is_told() -> None:
    """pppd makes UTF-16 of it byte by byte (chap_ms.c, ascii2unicode), Windows letter by letter."""
    wishes = [Wish('a', None, 'gr\u00fcn'), Wish('b', None, 'a b#"\\'), Wish('c'),
              Wish('d', None, 'gr\u00fcn', present=False)]
    [warning] = beyond_ascii(wishes)
    assert warning.startswith('the secret of a ') and 'gr' not in warning


def test_purge() -> None:
    secrets = Secrets(FILE)
    secrets.purge({(b'bob', b'*')})
    assert secrets.data() == b''.join(FILE.splitlines(True)[:2]) + b'bob * one *\r\n'
    assert {change.action for change in secrets.changes} == {'purged'}


@pytest.mark.parametrize(('data', 'after'), [
    (b'a * "open *\nb * x *\nc * y *\n', b'c * y *\n'),       # b was nobody, and must not become somebody
    (b'a * "open *\nb * "open *\nc * y *\n', b'c * y *\n'),
    (b'c * y *\na * "open *', b'c * y *\n'),
    (b'a "b\nc * y *\n', b'c * y *\n'),
])
def test_purge_leaves_nobody_whom_a_quote_had_swallowed(data: bytes, after: bytes) -> None:
    secrets = Secrets(data)
    secrets.purge({(b'c', b'*')})
    assert secrets.data() == after


@pytest.mark.parametrize('data', [
    b'a"lice pptpd Hidden *\nbo"b pptpd x *\n', b'al Hidden pptpd *\n', b'alice Hidden * *\n',
    b'alice "open *\nbob pptpd Hidden *\nx" y z *\n', b'alice Hidden\n', b'Hidden\n'])
def test_no_change_names_what_may_be_a_secret(data: bytes) -> None:
    secrets = Secrets(data)
    secrets.purge(())
    assert secrets.changes and 'Hidden' not in str(secrets.changes) and secrets.data() == b''


@pytest.mark.parametrize(('data', 'after', 'codes'), [
    (b'vpnuser pptpd secretpassword\n', b'vpnuser pptpd secretpassword *\n', ['missing-address-column']),
    (b'a s x # note\n', b'a s x * # note\n', ['missing-address-column']),
    (b'a s "my x"\r\nb s y *\r\n', b'a s "my x" *\nb s y *\n', ['crlf', 'missing-address-column']),
    (b'\xef\xbb\xbf\xef\xbb\xbfa s x *\n', b'a s x *\n', ['bom', 'bom']),
    (b'a\xc2\xa0s x *\n', b'a s x *\n', ['nbsp']),
    (b'a\xc2\xa0s x\n', b'a s x *\n', ['nbsp']),
    (b'a s x#y *\n', None, []), (b'a s x #y *\n', None, []), (b'a s\n', None, []), (b'a x *\n', None, []),
    (b'a s x\xc2\xa0y *\n', None, []), (b'a s x\xc2\xa0y\n', None, []), (b'a s "x *\nb s y\n', None, []),
    (b'a s my x *\n', None, []), (b'a s x -\n', None, []), (b'a 10.0.0.5 x\n', None, []), (b'a s pptpd\n', None, []),
    (b'a s "x\r\ny" *\n', None, []), (b'a s x *\n\n# y\n', None, []),
    (b'a s x\\\r\nb s y *\n', b'a s x\\\r *\nb s y *\n', ['missing-address-column']),
    (b'a\xc2\xa0x\xc2\xa0pptpd *\n', None, []), (b'a\xc2\xa010.0.0.5\xc2\xa0x *\n', None, [])])
def test_repair_mends_what_has_one_reading(data: bytes, after: bytes | None, codes: list[str]) -> None:
    done, what = chap_repair.repair(data)
    assert done == (data if after is None else after)
    assert [each[0] for each in what] == codes
    assert chap_repair.repair(done) == (done, [])


def test_repair_names_the_user_and_says_what_is_left() -> None:
    secrets = changed(b'a s x\nb s y#z *\n', repair=True)
    assert [tuple(change) for change in secrets.changes] == [('missing-address-column', 'a', 's', 1)]
    assert {'line': 2, 'problem': 'unquoted-hash', 'client': 'b'} in chap_shown.problems(secrets.data())


def test_lines_are_those_of_the_old_file() -> None:
    done = changed(b'# x\na * 1 *\nb * 2 *\nc s "3 *\nd * 4 *', Wish('a', present=False), Wish('c', 's', '5'),
                   Wish('d', '*', '6'), Wish('z', None, '7'))
    assert [(change.action, change.client, change.line) for change in done.changes] == [
        ('removed', 'a', 2), ('secret', 'c', 4), ('addresses', 'c', 4), ('secret', 'd', 5), ('added', 'z', 0)]


def test_no_secret_is_shown() -> None:
    wishes = [Wish('alice', 'pptpd', 'Hidden1'), Wish('new', None, 'Hidden 2')]
    done = changed(FILE, *wishes)
    before, after = chap_shown.states(FILE, done.data(), done.changes)
    assert 'Hidden' not in before + after and 'old' not in before + after and 'since' not in before
    assert 'alice\tpptpd\t********\t10.0.0.5   #' + chap_shown.NOTE in after.split('\n')
    assert 'new * "********" *' in after and 'alice\tpptpd\t********\t10.0.0.5   #' in before.split('\n')
    assert (before + after).encode('utf-8')    # also where the file is not UTF-8


def test_a_line_for_the_very_server_wins_over_one_for_any() -> None:
    assert chap_shown.shadows(FILE, [(b'bob', b'*')]) == [
        'bob: line 6 is for the server pptpd only and decides there, not the line for any server']
    assert chap_shown.shadows(FILE, [(b'bob', b'pptpd'), (b'CORP\\eve', b'*')]) == []
    assert chap_shown.shadows(b'bob pptpd\nbob * x *\n', [(b'bob', b'*')]) == []    # pppd does not see the first one


def test_many_users_take_no_time() -> None:
    wishes = [Wish('user%d' % number, None, 'secret %d' % number) for number in range(1500)]
    data = edited(b'', *wishes)
    assert data.count(b'\n') == 1500 and w.decode(data).endswith('user1499 * "secret 1499" *\n')
