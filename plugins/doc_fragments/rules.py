# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules that write firewall rules have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Whose rules they are, for whom, and whether they are wanted."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: full
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  owner:
    description: Whose rules these are. Stands in their comment, C(vpnops.pptp) and this word.
    type: str
    required: true
  sources:
    description: IPv4 addresses and networks of the clients. None means any.
    type: list
    elements: str
    default: []
  state:
    description: Whether there are such rules at all.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Needs root, and Python 3.8 or later on the target.
"""
