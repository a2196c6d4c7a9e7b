# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Installed packages, as dpkg, rpm, pacman, opkg and apk list them. Samples::

    pptpd 1.4.0-12 install ok installed             (dpkg-query, asked for name, version, status)
    ii  ppp  2.4.9-1+1.1+b1  amd64  Point-to-Point  (dpkg -l)
    ppp-2.4.5-33.el7.x86_64                         (rpm -qa)
"""

from __future__ import annotations

import re

# those that matter to a diagnosis
NAMES = frozenset('pptpd ppp pptp-linux pptp pptpclient accel-ppp network-manager-pptp NetworkManager-pptp '
                  'networkmanager-pptp freeradius winbind samba-winbind radcli libradcli4'.split())
_GONE = frozenset(('deinstall', 'not-installed', 'config-files', 'rc', 'un'))
_RPM = re.compile(r'([A-Za-z][\w.+-]*?)-(\d[^-]*-[^-]+?)(?:\.(?:x86_64|i[3-6]86|noarch|aarch64|ppc64le))?')


def parse(text: str) -> dict[str, str]:
    """``{name: version}`` of the installed packages among ``NAMES``."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = line.replace(' - ', ' ').split()
        if words and words[0] in ('ii', 'hi'):
            words = words[1:3]
        elif len(words) == 1:
            whole = _RPM.fullmatch(words[0][:200])
            words = list(whole.groups()) if whole else []
        elif _GONE.intersection(words):
            continue
        name = re.split(r'[:/]|\.(?:x86_64|i[3-6]86|noarch|aarch64)$', words[0])[0] if words else ''
        if name in NAMES and len(words) > 1 and words[1][:1].isdigit():
            found[name] = words[1]
    return found
