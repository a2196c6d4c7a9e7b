# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which files beside the usual ones a plan may touch: those that this host names."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_safe import path

_NAMED = (('pptp_conf', 'path'), ('pptp_conf', 'option_file'), ('pptp_pppd', 'effective', 'chap_secrets'),
          ('pptp_secrets', 'path'))

_LINKS = ('/etc/systemd/system/%s.service', '/etc/systemd/system/*.wants/%s.service', '/etc/rc?.d/[SK][0-9][0-9]%s')
_FREERADIUS = ('/etc/freeradius', '/etc/raddb', *(link % name for link in _LINKS for name in ('freeradius', 'radiusd')))
#: What a role may touch that no other does. Patterns of glob(3).
_OF_ROLES = {
    'radius_client': ('/etc/radiusclient', '/etc/hosts'), 'freeradius': _FREERADIUS,
    'winbind': (*_FREERADIUS, '/etc/samba/smb.conf', '/var/lib/samba/winbindd_privileged',
                *(link % 'winbind' for link in _LINKS))}


def paths(facts: t.Any, runs: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]) -> list[str]:
    """Plain absolute paths; one that is not plain is left out, and so no step names it either."""
    known = Facts(facts)
    named: list[t.Any] = [known.get(*where) for where in _NAMED]
    named += [run.get(name) for rows in runs.values() for run in rows for name in run if name.endswith('_path')]
    of_roles = {item for role in runs for item in _OF_ROLES.get(role, ())}
    return sorted({*(str(item) for item in named if path(item)), *of_roles})
