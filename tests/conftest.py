# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random examples: the same ones in every run of CI, so that it judges the change alone, and new ones by hand. None has
a deadline: what a busy machine takes for one says nothing."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_BUSY = [HealthCheck.too_slow]
settings.register_profile('new', deadline=None, suppress_health_check=_BUSY)
settings.register_profile('same', deadline=None, suppress_health_check=_BUSY, derandomize=True)
settings.load_profile('same' if os.environ.get('CI') else 'new')
