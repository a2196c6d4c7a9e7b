# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kernel modules: ``/proc/modules`` and lsmod, ``modules.builtin``, ``modules.dep``, ``modprobe.d``. Samples::

    ppp_mppe 16384 2 - Live 0x0000000000000000
    kernel/drivers/net/ppp/ppp_mppe.ko.xz: kernel/drivers/net/ppp/ppp_generic.ko.xz
    install ppp_mppe /bin/false
"""

from __future__ import annotations

import re


def loaded(text: str) -> set[str]:
    """The names in the first column, where the second is a size."""
    rows = (line.split(None, 2) for line in text.splitlines())
    return {row[0].replace('-', '_') for row in rows if len(row) > 1 and row[1].isdigit()}


def listed(text: str, name: str) -> bool:
    """Whether *name* is a module of a ``modules.builtin`` or ``modules.dep`` text."""
    return any('/%s.ko' % spelling in text for spelling in (name, name.replace('_', '-')))


def blocked(text: str) -> set[str]:
    """Modules that ``modprobe`` never loads: ``install <name> /bin/false`` or ``true``, and those blacklisted, which
    the kernel does not load by alias (modprobe.d(5))."""
    pattern = r'^[ \t]*(?:install[ \t]+([\w-]+)[ \t]+\S*/(?:false|true)\b|blacklist[ \t]+([\w-]+))'
    return {(one or two).replace('-', '_') for one, two in re.findall(pattern, text, re.M)}
