# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the modules that change a configuration file have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """How they write."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: full
    details: Secrets are masked.
  platform:
    description: Target systems it works on.
    support: full
    platforms: posix
  safe_file_operations:
    description: Uses Ansible's strict file operation functions to ensure proper permissions and avoid data corruption.
    support: full
options:
  backup:
    description: Keep a copy of the old file beside it, if it changes.
    type: bool
    default: false
notes:
  - Needs Python 3.8 or later and nothing else on the target.
  - The file is the old one or the new one, whole, at any moment, and several that change it at once wait for each
    other. A link is followed, and stays a link; what is no regular file behind it, such as a device, is refused.
  - Lines that are not meant stay byte for byte as they are, with comments, order, line ends, and bytes that are no
    UTF-8.
"""
