# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all modules and actions of the collection have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """C(attributes) of everything that only reads; the log options; the shared notes."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
    details: It only reads.
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: It changes nothing.
  platform:
    description: Target systems it works on.
    support: full
    platforms: posix
"""

    FACTS = r"""
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
    details: It only reads.
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: It changes nothing.
  facts:
    description: Action returns an C(ansible_facts) dictionary that will update existing host facts.
    support: full
  platform:
    description: Target systems it works on.
    support: full
    platforms: posix
notes:
  - Needs Python 3.8 or later and nothing else on the target. Never changes the target.
  - Works without root as far as it can. What could not be read is V(null), and the C(evidence) of the subject says why.
  - No password, hash of one or key is ever returned.
"""

    LOGS = r"""
options:
  full_logs:
    description:
      - Read all logs whole, rotated and compressed ones too.
      - Without it, the end of each log of the last days is read, which takes no time whatever its size.
    type: bool
    default: false
  log_paths:
    description: More log files to read, for servers that log elsewhere.
    type: list
    elements: path
    default: []
  log_seconds:
    description:
      - How long reading the logs may take; what was not reached then is named in the C(evidence).
      - Without it, 4 seconds, or 60 with O(full_logs).
    type: int
"""
