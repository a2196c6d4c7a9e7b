# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IPCP (RFC 1332 3) and its name servers (RFC 1877 1); an address here is a text such as ``10.99.0.1``."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

ADDRESSES, COMPRESSION, ADDRESS, DNS1, NBNS1, DNS2, NBNS2 = 1, 2, 3, 129, 130, 131, 132
OPTIONS = {ADDRESSES: 'addresses', COMPRESSION: 'compression', ADDRESS: 'address', DNS1: 'dns1', NBNS1: 'nbns1',
           DNS2: 'dns2', NBNS2: 'nbns2'}
SINGLE = (ADDRESS, DNS1, NBNS1, DNS2, NBNS2)    # the options whose value is one address
NONE = '0.0.0.0'


def encode_address(address: str) -> bytes:
    """The four bytes of *address*."""
    parts = address.split('.')
    if len(parts) != 4 or not all(part.isdigit() and len(part) <= 3 and int(part) < 256 for part in parts):
        raise WireError('no IPv4 address')
    return bytes(int(part) for part in parts)


def decode_address(value: bytes) -> str:
    """The address in an option's *value*."""
    return '.'.join(str(byte) for byte in ppp.number(value, 4).to_bytes(4, 'big'))


def option(kind: int, address: str = NONE) -> ppp.Option:
    """An option *kind* of SINGLE with *address*."""
    return kind, encode_address(address)


def address_of(options: t.Iterable[ppp.Option], kind: int) -> str | None:
    """The address of the option *kind* of SINGLE among *options*, None where there is none."""
    return next((decode_address(value) for found, value in options if found == kind), None)
