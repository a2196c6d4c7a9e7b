# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue: every cause stands here once, in the order in which causes explain each other."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    catalog_aaa,
    catalog_auth,
    catalog_directory,
    catalog_net,
    catalog_service,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import STAGES

CAUSES: dict[str, Cause] = {
    cause.slug: cause for cause in (
        catalog_service.SERVICE + catalog_service.CONTROL + catalog_service.GRE + catalog_auth.AUTH
        + catalog_aaa.RADIUS + catalog_directory.DIRECTORY
        + catalog_net.MPPE + catalog_net.ADDRESS + catalog_net.PATH + catalog_net.SECURITY)
}

_RANK = {slug: number for number, slug in enumerate(CAUSES)}


def cause(slug: str) -> Cause:
    """The entry of *slug*; ``KeyError`` for a slug that is not in the catalogue."""
    return CAUSES[slug]


def rank(slug: str) -> int:
    """Where *slug* stands: lower explains higher; unknown slugs come last."""
    return _RANK.get(slug, len(_RANK))


def stage_rank(stage: str | None) -> int:
    """The position of *stage* on the way of a login; unknown stages come last."""
    return STAGES.index(stage) if stage in STAGES else len(STAGES)
