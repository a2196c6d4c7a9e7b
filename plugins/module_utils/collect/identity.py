# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who the host is: name, system, kernel, container, and which end of PPTP."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host

# systemd-detect-virt(1), container technologies; OpenVZ has /proc/vz and no /proc/bc
_CONTAINERS = dict({name: name for name in ('lxc', 'docker', 'podman', 'openvz', 'systemd-nspawn')},
                   **dict.fromkeys(('container', 'oci', 'rkt', 'wsl', 'proot', 'container-other'), 'container'))
_SERVER = ('pptpd', 'accel-ppp')
_CLIENT = ('pptp-linux', 'pptp', 'pptpclient', 'network-manager-pptp', 'NetworkManager-pptp', 'networkmanager-pptp')
_DMI = '/sys/class/dmi/id/'
# what the DMI tables of a cloud's machines say, by file and beginning (cloud-init tools/ds-identify; AWS "Identify EC2
# instances"); Azure's tag tells it from a Hyper-V of one's own
_CLOUDS = (
    ('chassis_asset_tag', (('7783-7084-3265-9085-8269-3286-77', 'azure'), ('OracleCloud.com', 'oracle'),
                           ('OpenTelekomCloud', 'openstack'), ('HUAWEICLOUD', 'openstack'),
                           ('SAP CCloud', 'openstack'), ('OpenStack', 'openstack'))),
    ('product_name', (('Google Compute Engine', 'gcp'), ('OpenStack', 'openstack'), ('Alibaba Cloud', 'alibaba'))),
    ('sys_vendor', (('Amazon EC2', 'aws'), ('DigitalOcean', 'digitalocean'),
                    ('OpenStack', 'openstack'), ('Hetzner', 'hetzner'), ('Vultr', 'vultr'), ('Scaleway', 'scaleway'),
                    ('Linode', 'linode'), ('Akamai', 'linode'), ('UpCloud', 'upcloud'))),
    ('bios_vendor', (('Amazon EC2', 'aws'),)))
_CONNECTIONS = '/etc/NetworkManager/system-connections'
_RELEASES = (('/etc/os-release', ''), ('/usr/lib/os-release', ''), ('/etc/openwrt_release', 'openwrt'),
             ('/etc/redhat-release', 'rhel'), ('/etc/debian_version', 'debian'))


def collect(host: Host) -> dict[str, t.Any]:
    """``pptp_host`` of docs/facts.md."""
    trail = ev.Trail()
    name = trail.take(host.read('/etc/hostname', 300))
    return {
        'hostname': (name or '').strip().partition('\n')[0].encode('utf-8', 'replace').decode()[:80] or None,
        'os': _os(host, trail), 'kernel': system.release(host, trail), 'container': _container(host, trail),
        'cloud': _cloud(host, trail),
        'euid': host.euid(), 'role': _role(host, trail), 'collected_at': host.now(), 'evidence': trail.as_dict()}


def _os(host: Host, trail: ev.Trail) -> dict[str, t.Any] | None:
    for path, kind in _RELEASES:
        text = trail.take(host.read(path, 8192))
        if text is None:
            continue
        text = text.encode('utf-8', 'replace').decode()
        pairs = dict(re.findall(r'''^(\w+)=["']?(.*?)["']?\r?$''', text, re.M))
        if not pairs:
            version = re.search(r'\d[\w.]*', text)
            return {'id': kind, 'version': version.group(0)[:40] if version else None, 'name': text.strip()[:80]}
        keys = (('ID', 'DISTRIB_ID'), ('VERSION_ID', 'DISTRIB_RELEASE'), ('PRETTY_NAME', 'DISTRIB_DESCRIPTION'))
        values = [next((pairs[key][:80] for key in names if pairs.get(key)), None) for names in keys]
        return {'id': (values[0] or kind).lower(), 'version': values[1], 'name': values[2]}
    return None


def _container(host: Host, trail: ev.Trail) -> str | None:
    for path, word in (('/run/.containerenv', 'podman'), ('/.dockerenv', 'docker')):
        if host.stat(path).value:
            return word
    if host.stat('/proc/vz').value and system.absent(host.stat('/proc/bc')):
        return 'openvz'
    marker = host.read('/run/systemd/container', 40)
    environ = trail.take(host.read('/proc/1/environ', 65536))
    inside = re.search(r'(?:^|\0)container=([\w-]+)', environ or '')
    word = trail.take(marker) or (inside.group(1) if inside else '')
    if not word and environ is None and not (system.absent(marker) and host.stat('/run/systemd/system').value):
        output = trail.take(host.run('detect-virt'))
        if output is None:
            return None
        word = output.stdout
    return _CONTAINERS.get(word.strip().replace('lxc-libvirt', 'lxc'), '')


def _cloud(host: Host, trail: ev.Trail) -> str | None:
    """The cloud whose machine this is: ``''`` for none of those, ``None`` where no DMI table was read."""
    seen = False
    for name, known in _CLOUDS:
        text = trail.take(host.read(_DMI + name, 300))
        seen = seen or text is not None
        for begins, cloud in known:
            if (text or '').strip().startswith(begins):
                return cloud
    return '' if seen else None


def _role(host: Host, trail: ev.Trail) -> str:
    names = set(system.installed(host, trail) or ())
    running = {name for name, _pid in system.processes(host, trail) or ()}
    server = bool(names.intersection(_SERVER) or running & {'pptpd', 'pptpctrl', 'accel-pppd'}
                  or host.stat('/etc/pptpd.conf').value or host.stat('/etc/accel-ppp.conf').value)
    client = bool('pptp' in running or _peers(host) or not server and names.intersection(_CLIENT))
    return 'both' if server and client else 'server' if server else 'client' if client else 'unknown'


def _peers(host: Host) -> bool:
    """Whether a peers file dials by pptp, or NetworkManager has a connection of that kind."""
    for folder, pattern in (('/etc/ppp/peers', r'^[ \t]*pty[ \t].*\bpptp[ \t]'),
                            (_CONNECTIONS, r'^service-type=\S*\.pptp\b')):
        for name in (host.list(folder).value or ())[:50]:
            if re.search(pattern, host.read('%s/%s' % (folder, name), 65536).value or '', re.M):
                return True
    return False
