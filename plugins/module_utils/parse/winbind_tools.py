# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What wbinfo and net print, and what the attributes of an account in Active Directory mean.

Samples: ``checking the NETLOGON for domain[LAB] dc connection to "dc.lab.test" succeeded``;
``wbcCheckTrustCredentials(LAB): error code was NT_STATUS_ACCESS_DENIED (0xc0000022)``;
``Server time offset: 0``; ``lockoutTime: 134398085594632830``.
"""

from __future__ import annotations

import re
import typing as t

ATTRIBUTES = ('sAMAccountName', 'userAccountControl', 'lockoutTime', 'badPwdCount', 'accountExpires', 'pwdLastSet',
              'msDS-User-Account-Control-Computed', 'msDS-UserPasswordExpiryTimeComputed', 'userWorkstations',
              'memberOf', 'msNPAllowDialin')
# MS-ADTS 2.2.16 userAccountControl, 3.1.1.4.5.17 msDS-User-Account-Control-Computed
_DISABLED, _LOCKED, _NEVER_EXPIRES, _SMARTCARD, _PASSWORD_EXPIRED = 0x2, 0x10, 0x10000, 0x40000, 0x800000
_NEVER = (0, 0x7FFFFFFFFFFFFFFF)      # accountExpires (MS-ADA1 2.2)
_EPOCH, _TICKS = 11644473600, 10000000    # 1601 to 1970 in seconds, units of 100 ns in a second
_ERROR = re.compile(r'NT_STATUS_[A-Z_]{2,60}|WBC_ERR_[A-Z_]{2,60}|LDAP_[A-Z_]{2,60}')


def error(text: str) -> str | None:
    """The most telling status in *text*: of Windows before that of winbind's library."""
    found = _ERROR.findall(text)
    return next((word for word in found if word.startswith('NT_')), found[0] if found else None)


def connected_to(text: str) -> str | None:
    """The controller of ``wbinfo --ping-dc``."""
    found = re.search(r'dc connection to "([\w.-]{1,120})"', text)
    return found.group(1) if found else None


def offset(text: str) -> int | None:
    """Seconds by which the clock of the controller differs, of ``net ads info``."""
    found = re.search(r'(?m)^Server time offset:[ \t]*(-?\d{1,10})', text)
    return int(found.group(1)) if found else None


def quoted(name: str) -> str:
    """*name* in an LDAP filter (RFC 4515, section 3)."""
    return re.sub(r'[\\*()\0]', lambda found: '\\%02x' % ord(found.group()), name)


def search_filter(name: str) -> str:
    """What finds the account *name*: ``DOMAIN\\user``, ``user`` or ``user@realm``."""
    bare = quoted(name.rpartition('\\')[2])
    return '(&(objectCategory=person)(|(sAMAccountName=%s)(userPrincipalName=%s)))' % (bare.partition('@')[0], bare)


def attributes(text: str) -> dict[str, list[str]] | None:
    """``{attribute: values}`` of the first entry that ``net ads search`` printed, ``{}`` where it found none; ``None``
    where it did not search."""
    count = re.search(r'(?m)^Got (\d+) replies', text)
    if count is None:
        return None
    found: dict[str, list[str]] = {}
    first = text[count.end():].strip().partition('\n\n')[0]
    for name, value in re.findall(r'(?m)^([A-Za-z][\w-]{1,60}): (.*)$', first):
        if name in ATTRIBUTES and len(found.setdefault(name, [])) < 200:
            found[name].append(value.strip())
    return found


def account(values: t.Mapping[str, list[str]], now: float, own_name: str) -> dict[str, t.Any]:
    """The state of an account, from its attributes; ``None`` where the attribute is not there. *now*: epoch seconds;
    *own_name*: the NetBIOS name of this machine, from which winbind logs on."""
    control = _number(values, 'userAccountControl')
    computed = _number(values, 'msDS-User-Account-Control-Computed')
    expires, last_set = _number(values, 'accountExpires'), _number(values, 'pwdLastSet')
    stations = [word.strip().lower() for row in values.get('userWorkstations') or () for word in row.split(',')]
    smart = None if control is None else bool(control & _SMARTCARD)
    ticks = int((now + _EPOCH) * _TICKS)
    must = None if last_set is None or control is None else last_set == 0 and not control & _NEVER_EXPIRES
    return {
        'disabled': None if control is None else bool(control & _DISABLED),
        'locked': None if computed is None else bool(computed & _LOCKED),
        'expired': None if expires is None else expires not in _NEVER and expires < ticks,
        'must_change': must,
        'password_expired': None if computed is None else bool(computed & _PASSWORD_EXPIRED) and not must,
        'elsewhere_only': bool(stations) and own_name.lower() not in stations, 'smartcard': smart,
        'protected': any(re.match(r'CN=Protected Users,', row, re.I) for row in values.get('memberOf') or ()),
        'bad_count': _number(values, 'badPwdCount'), 'dialin': _dialin(values)}


def _dialin(values: t.Mapping[str, list[str]]) -> bool | None:
    """msNPAllowDialin, which only Microsoft's servers look at; ``None``: left to their policy."""
    word = (values.get('msNPAllowDialin') or [''])[0].upper()
    return {'TRUE': True, 'FALSE': False}.get(word)


def _number(values: t.Mapping[str, list[str]], name: str) -> int | None:
    text = (values.get(name) or [''])[0]
    return int(text) if re.match(r'-?\d{1,20}\Z', text) else None
