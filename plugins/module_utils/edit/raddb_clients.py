# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sections ``client`` of FreeRADIUS, found by name or by address and changed key by key (src/main/client.c).

Two clients of one address keep FreeRADIUS from starting, so one that has the address is changed and keeps its name.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import raddb_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.raddb_text import Change, Editor, quoted
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.raddb_tree import Section
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

ADDRESS = ('ipaddr', 'ipv4addr', 'ipv6addr')
REASON = 'pppd sends no Message-Authenticator (up to 2.5.3 at least): do not ask it for one. Never run radtest there.'
LIMIT = 'Without it a forged answer could pass (CVE-2024-3596); pppd sends no Proxy-State.'
_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\Z')


class Client(t.NamedTuple):
    """A client that is wanted, or not: its *name*, *address* (or network), *secret*, and further keys (*more*: name to
    value and comment). What is ``None`` stays as it is."""

    name: str
    address: str | None = None
    secret: str | None = None
    more: t.Mapping[str, tuple[str, str]] = {}
    present: bool = True


def edit(data: bytes, clients: t.Sequence[Client]) -> tuple[bytes, list[Change]]:
    """*data* with *clients*, and what was done."""
    editor = Editor(data)
    names = [client.name for client in clients]
    if len(set(names)) < len(names):
        raise Unfit('a client is asked for twice')
    for client in clients:
        if not _NAME.match(client.name):
            raise Unfit('a client is called by letters, digits, dots and dashes')
        found = find(editor, client)
        if not client.present:
            if found:
                editor.remove(found)
        elif found:
            _change(editor, found, client)
        else:
            editor.append(text(client), 'client/' + client.name)
    return editor.data, editor.changes


def find(editor: Editor, client: Client) -> Section | None:
    """The section of *client*: that of its address, or else that of its name. To be removed only that of its name: of
    its address there may be somebody else's."""
    found = [item for item in editor.tree.sections if item.name == 'client']
    same = [item for item in found if client.present and client.address
            and plain(address(item)) == plain(client.address)]
    return next(iter([*same, *(item for item in found if item.second == client.name)]), None)


def address(section: Section) -> str:
    """Its address: a key, or its name, as in old files."""
    pairs = [item.value for item in section.pairs if item.name in ADDRESS]
    return pairs[0] if pairs else section.second


def plain(text_: str) -> str:
    """An address or network in one spelling; another text as it is.

    >>> plain('10.0.0.1/32'), plain('10.0.0.5/8'), plain('vpn.lan')
    ('10.0.0.1/32', '10.0.0.0/8', 'vpn.lan')
    """
    try:
        return str(ipaddress.ip_network(text_, strict=False))
    except ValueError:
        return text_


def _change(editor: Editor, section: Section, client: Client) -> None:
    start = section.span[0]
    wishes = [raddb_text.Wish(name, value, bool(value), comment) for name, (value, comment) in client.more.items()]
    if client.secret is not None:
        wishes.insert(0, raddb_text.Wish('secret', client.secret))
    if client.address and plain(address(section)) != plain(client.address):
        key = next((item.name for item in section.pairs if item.name in ADDRESS), 'ipaddr')
        wishes.insert(0, raddb_text.Wish(key, client.address))
    for wish in wishes:
        editor.set_at(start, wish)


def text(client: Client) -> str:
    """A new section."""
    if not client.address or client.secret is None:
        raise Unfit('the new client %s needs an address and a secret' % client.name)
    if plain(client.address) == client.address and '/' not in client.address and not _NAME.match(client.address):
        raise Unfit('the address of %s is neither an address nor a name' % client.name)
    lines = ['ipaddr = %s' % quoted(client.address, 'the address of %s' % client.name),
             'secret = %s' % quoted(client.secret, 'the secret of %s' % client.name)]
    for name, (value, comment) in client.more.items():
        lines += (['# ' + comment] if comment else []) + ['%s = %s' % (name, quoted(value))] if value else []
    return 'client %s {\n%s}\n' % (client.name, ''.join('\t%s\n' % line for line in lines))
