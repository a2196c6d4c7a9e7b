# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What chap-secrets means for logins: the line that decides for everybody, and the line of one user.

Rules of pppd (auth.c): before it starts, ``have_chap_secret`` looks at the best line for its own name alone,
and a login then takes the line of the user with the fewest wildcards, the first among equals.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CERTAIN, LIKELY, Proof

SUBJECT = 'pptp_secrets'
DEFAULT_PATH = '/etc/ppp/chap-secrets'

#: Problems that change what a line means, so that its user cannot log in as written.
BREAKING = {
    'missing-address-column': 'has no address column', 'too-few-words': 'has too few words',
    'unquoted-hash': 'has an unquoted # that begins a comment', 'unquoted-space': 'has an unquoted space in the secret',
    'unbalanced-quote': 'opens a quote that nothing closes', 'backslash-in-secret': 'has an unquoted backslash',
    'bom': 'begins with a byte order mark', 'secret-too-long': 'has a secret of more than 256 bytes',
    'word-too-long': 'has a word of more than 1023 bytes', 'bad-address': 'has an address that does not resolve',
    'nbsp': 'has a no-break space, which separates nothing', 'indirect-file-missing': 'names a file that is missing',
}
#: Problems that may be meant, or that hit some clients only.
DOUBTFUL = {
    'address-dash': 'has - as its address', 'backslash-in-name': 'has a single backslash in the name',
    'duplicate': 'repeats an earlier line and is never used',
    'non-ascii-secret': 'has letters outside ASCII in the secret',
}


#: Consequences of other problems of a line, named last.
_VAGUE = ('missing-address-column', 'too-few-words')
#: What keeps the user of a line out for sure, whatever password is typed.
SHUT = ('missing-address-column', 'unquoted-space', 'unbalanced-quote', 'bom', 'nbsp', 'secret-too-long',
        'word-too-long', 'indirect-file-missing')
_BOM = '\ufeff'
_WHY = {'no-address': 'it has no address column', 'dash': 'its address column is -',
        'denied': 'it only denies addresses'}


class Defect(t.NamedTuple):
    """Why nobody can log in with chap-secrets as it is: *cause*, words, evidence and confidence."""

    cause: str
    because: str
    proof: tuple[Proof, ...]
    confidence: str = CERTAIN


def path(facts: Facts) -> str:
    """The file in use."""
    return facts.text(SUBJECT, 'path') or facts.text('pptp_pppd', 'effective', 'chap_secrets') or DEFAULT_PATH


def in_use(facts: Facts) -> bool | None:
    """Whether logins are checked against chap-secrets, or by a plugin; ``None`` when not known."""
    name = backend(facts)
    return None if name is None else name == 'secrets'


def backend(facts: Facts) -> str | None:
    """What checks passwords: secrets, radius, winbind, other; that no plugin does is known of complete options only."""
    name = facts.text('pptp_pppd', 'effective', 'backend')
    return None if name == 'secrets' and not facts.flag('pptp_pppd', 'complete') else name


def problems(facts: Facts) -> list[tuple[str, str, str]]:
    """``(code, source, text)`` of all problems of the file."""
    rows = facts.rows(SUBJECT, 'problems', width=3) or []
    return [(str(code), str(source or ''), str(text or '')) for source, code, text in rows]


def problems_at(facts: Facts, line: t.Any) -> list[tuple[str, str, str]]:
    """``(code, source, text)`` of the problems of one *line*."""
    ending = ':%s' % line
    return [item for item in problems(facts) if item[1].endswith(ending)]


def users(facts: Facts) -> list[dict[str, t.Any]]:
    """The usable lines that the facts carry (at most 40)."""
    return facts.maps(SUBJECT, 'users') or []


def is_whole(facts: Facts) -> bool:
    """Whether the facts carry every line of the file."""
    entries = facts.number(SUBJECT, 'entries')
    return entries is not None and entries <= len(users(facts))


def server_name(facts: Facts) -> str | None:
    """The name that pppd looks for in the second column: option ``name``, else, when none is set, the host's name."""
    name = facts.text('pptp_pppd', 'effective', 'name')
    if name is None and facts.flag('pptp_pppd', 'complete'):
        return facts.text('pptp_host', 'hostname')
    return name


def lines_of(facts: Facts, user: str) -> list[dict[str, t.Any]]:
    """The lines whose first column is *user*, letter for letter."""
    return [item for item in users(facts) if item.get('client') == user]


def fits_server(facts: Facts, item: dict[str, t.Any]) -> bool | None:
    """Whether pppd takes this line for its own name; ``None`` when that name is not known."""
    name = server_name(facts)
    if item.get('server') == '*':
        return True
    return None if name is None else item.get('server') == name


def line_proof(facts: Facts, item: dict[str, t.Any], note: str) -> Proof:
    """A line of chap-secrets as evidence, without its secret."""
    text = '%s %s ... %s' % (item.get('client'), item.get('server'), note)
    return Proof('pptp_secrets.users', text, '%s:%s' % (path(facts), item.get('line')))


def everybody(facts: Facts) -> Defect | None:
    """What in chap-secrets keeps everybody out, or ``None``: nothing, or not known."""
    if in_use(facts) is False or not _auth_wanted(facts):
        return None
    found = _no_file(facts) or _deciding(facts) or _no_server(facts) or _no_allowed(facts) or _no_good_line(facts)
    return found._replace(confidence=LIKELY) if found and in_use(facts) is None else found


def shut_out(facts: Facts) -> list[tuple[dict[str, t.Any], str, str]]:
    """``(line, code, source)`` of the users whose own line keeps them out."""
    return [(item, code, source) for item in users(facts)
            for code, source, _text in problems_at(facts, item.get('line'))
            if code in SHUT and (code != 'bom' or str(item.get('client')).startswith(_BOM))]


def shown(item: dict[str, t.Any]) -> str:
    """The user of a line as people write it."""
    return str(item.get('client')).replace(_BOM, '')


def _no_good_line(facts: Facts) -> Defect | None:
    """Every line has a defect of its own."""
    listed, bad = users(facts), shut_out(facts)
    if not listed or not is_whole(facts) or len({item.get('line') for item, _code, _source in bad}) < len(listed):
        return None
    proof = tuple(Proof('pptp_secrets.problems', 'the line of %s %s' % (shown(item), BREAKING[code]), source)
                  for item, code, source in bad[:3])
    return Defect('chap-secrets-malformed', 'no line is read as it was meant', proof, LIKELY)


def _auth_wanted(facts: Facts) -> bool:
    """CHAP secrets are looked for only when the peer has to authenticate with something else than PAP or EAP alone."""
    if facts.flag('pptp_pppd', 'effective', 'auth') is False:
        return False
    require = facts.items('pptp_pppd', 'effective', 'require')
    return not require or any(name in require for name in ('chap', 'mschap', 'mschap-v2'))


def _no_file(facts: Facts) -> Defect | None:
    name = path(facts)
    if facts.absent(SUBJECT, name):
        return Defect('no-secret-for-user', '%s does not exist' % name,
                      (Proof('pptp_secrets.path', 'absent', name),))
    if facts.number(SUBJECT, 'entries') == 0 and not _broken_lines(facts):
        return Defect('no-secret-for-user', '%s holds no entry' % name,
                      (Proof('pptp_secrets.entries', 0, name),))
    if facts.number(SUBJECT, 'entries') == 0:
        code, source, text = _broken_lines(facts)[0]
        return Defect('chap-secrets-malformed', 'no line of %s can be used: line %s' % (name, BREAKING[code]),
                      (Proof('pptp_secrets.problems', text or code, source),))
    return None


def _broken_lines(facts: Facts) -> list[tuple[str, str, str]]:
    return [item for item in problems(facts) if item[0] in BREAKING]


def _deciding(facts: Facts) -> Defect | None:
    deciding = facts.table(SUBJECT, 'deciding')
    if deciding is None or deciding.get('usable') is not False or not _name_known(facts, deciding):
        return None
    line, why = deciding.get('line'), str(deciding.get('why') or '')
    found = sorted((item for item in problems_at(facts, line) if item[0] in BREAKING),
                   key=lambda item: item[0] in _VAGUE)
    source = '%s:%s' % (path(facts), line)
    if found:
        code, source, text = found[0]
        cause, words = 'chap-secrets-malformed', 'it %s' % BREAKING[code]
    elif why in ('dash', 'denied') or _is_dash(facts, line):
        cause, words = 'address-not-allowed', _WHY['denied' if why == 'denied' else 'dash']
    else:
        cause, words = 'chap-secrets-malformed', _WHY.get(why, why) or 'it allows no address'
    because = 'pppd looks at this line before it starts, and refuses everybody: %s' % words
    return Defect(cause, because, (Proof('pptp_secrets.deciding', words, source),))


def _name_known(facts: Facts, deciding: dict[str, t.Any]) -> bool:
    return server_name(facts) is not None or deciding.get('server') == '*'


def _is_dash(facts: Facts, line: t.Any) -> bool:
    codes = [code for code, _source, _text in problems_at(facts, line)]
    listed = [item.get('addresses') for item in users(facts) if item.get('line') == line]
    return 'address-dash' in codes or ['-'] in listed


def _no_server(facts: Facts) -> Defect | None:
    """No line fits the name of the server."""
    entries = facts.number(SUBJECT, 'entries')
    if not entries or facts.table(SUBJECT, 'deciding') is not None or not users(facts):
        return None
    fits = {fits_server(facts, item) for item in users(facts)}
    if True in fits or (None in fits and not facts.flag('pptp_pppd', 'complete')):
        return None
    columns = sorted({str(item.get('server')) for item in users(facts)})[:5]
    name = server_name(facts)
    proof = (Proof('pptp_secrets.users', 'server column: %s' % ', '.join(columns), path(facts)),
             Proof('pptp_pppd.effective.name', name, _name_source(facts)))
    because = 'no line of %s is for the server name %s' % (path(facts), name or '(the host name)')
    return Defect('server-name-mismatch', because, proof, CERTAIN if is_whole(facts) and name else LIKELY)


def _name_source(facts: Facts) -> str:
    rows = facts.rows('pptp_pppd', 'options', width=3) or []
    sources = [str(source or '') for name, _args, source in rows if name == 'name']
    return sources[-1] if sources else 'host name: no option `name`'


def _no_allowed(facts: Facts) -> Defect | None:
    """Every line excludes every address of the pool."""
    listed = users(facts)
    if not listed or not is_whole(facts) or facts.get('pptp_conf', 'directives', 'delegate'):
        return None
    pool = pools.pool(facts, 'remoteip')
    if pool is None or not all(pools.excludes(pool, item.get('addresses')) for item in listed):
        return None
    proof = tuple(line_proof(facts, item, ' '.join(map(str, item['addresses']))) for item in listed[:3])
    return Defect('address-not-allowed', 'no line allows an address of the pool %s' % pools.show(pool), proof)
