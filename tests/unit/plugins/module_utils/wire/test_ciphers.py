# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MD4 and DES: the vectors of their documents, and how they refuse."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import des
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.md4 import md4


@pytest.mark.parametrize(('text', 'digest'), [    # RFC 1320 A.5
    (b'', '31d6cfe0d16ae931b73c59d7e0c089c0'),
    (b'a', 'bde52cb31de33e46245e05fbdbd6fb24'),
    (b'abc', 'a448017aaf21d8525fc10ae87aa6729d'),
    (b'message digest', 'd9130a8164549fe818874806e1c7014b'),
    (b'abcdefghijklmnopqrstuvwxyz', 'd79e1c308aa5bbcdeea8ed63df412da9'),
    (b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', '043f8582f241db351ce627e153e7f0e4'),
    (b'1234567890' * 8, 'e33b4ddc9c38f2199c3e7b164fcc0536'),
])
def test_md4_of_rfc_1320(text: bytes, digest: str) -> None:
    assert md4(text).hex() == digest


@pytest.mark.parametrize(('key', 'block', 'result'), [
    ('133457799bbcdff1', '0123456789abcdef', '85e813540f0ab405'),
    ('0101010101010101', '8000000000000000', '95f8a5e5dd31d900'),    # NIST SP 800-17 B.1
    ('0101010101010101', '0000000000000001', '166b40b44aba4bd6'),
    ('8001010101010101', '0000000000000000', '95a8d72813daa94d'),    # the same, B.2
    ('0101010101010102', '0000000000000000', '869efd7f9f265a09'),
    ('1046913489980131', '0000000000000000', '88d55e54f54c97b4'),    # B.3
    ('7ca110454a1a6e57', '01a1d6d039776742', '690f5b0d9a26939b'),    # B.4
    ('1c587f1c13924fef', '305532286d6f295a', '63fac0d034d9f793'),
])
def test_des_of_its_documents(key: str, block: str, result: str) -> None:
    assert des.encrypt(bytes.fromhex(key), bytes.fromhex(block)).hex() == result


@pytest.mark.parametrize(('clear', 'key'), [      # RFC 2759 9.3, whose keys carry parity
    ('fc156af7edcd6c', 'fd0b5b5e7f6e34d9'),
    ('0edde3337d427f', '0e6e796737ea08fe'),
])
def test_a_key_of_rfc_2759(clear: str, key: str) -> None:
    assert des.expand(bytes.fromhex(clear)) == bytes(byte & 0xfe for byte in bytes.fromhex(key))
    assert des.encrypt(bytes.fromhex(clear), bytes(8)) == des.encrypt(bytes.fromhex(key), bytes(8))


@pytest.mark.parametrize(('key', 'block'), [(6, 8), (9, 8), (0, 8), (8, 7), (7, 16)])
def test_des_refuses_other_lengths(key: int, block: int) -> None:
    with pytest.raises(WireError):
        des.encrypt(bytes(key), bytes(block))
