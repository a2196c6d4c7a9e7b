# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RC4, which MPPE is made of and no OpenSSL 3 offers by default any more."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError


def rc4(key: bytes, data: bytes) -> bytes:
    """*data*, encrypted or decrypted from the begin of the stream of *key* (1 to 256 bytes)."""
    if not 1 <= len(key) <= 256:
        raise WireError('RC4 takes a key of 1 to 256 bytes')
    state, j = list(range(256)), 0
    for i in range(256):
        j = j + state[i] + key[i % len(key)] & 0xff
        state[i], state[j] = state[j], state[i]
    i = j = 0
    result = bytearray()
    for byte in data:
        i = i + 1 & 0xff
        j = j + state[i] & 0xff
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[state[i] + state[j] & 0xff])
    return bytes(result)
