# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read on a host for each subject: files, folders, existence, commands.

A collector that asks for more than this gets "not in the bundle". Paths that the files themselves
name (``option``, ``file``, ``plugin``, ``servers``, ``dictionary``, ``INCLUDE``) are followed by the recorder.
"""

from __future__ import annotations

import typing as t


class Reads(t.NamedTuple):
    """*files* whose text is kept, *folders* whose names are kept, *deep* ones whose small files are kept too,
    *exists*: paths of which only ``stat`` is kept, *commands* to run, *needs*: subjects that come along."""

    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    deep: tuple[str, ...] = ()
    exists: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


_PLUGINS = ('/usr/lib/pppd', '/usr/lib64/pppd', '/usr/lib/x86_64-linux-gnu/pppd', '/usr/lib/aarch64-linux-gnu/pppd',
            '/usr/local/lib/pppd')
_PACKAGES = Reads(exists=('/var/lib/dpkg/status', '/var/lib/rpm', '/usr/lib/sysimage/rpm'), commands=('packages',))
_DMI = tuple('/sys/class/dmi/id/' + name for name in ('chassis_asset_tag', 'product_name', 'sys_vendor', 'bios_vendor'))
# what loads rules at boot, and whether it is enabled
_SAVED = ('/etc/iptables/rules.v4', '/etc/sysconfig/iptables', '/etc/nftables.conf', '/etc/sysconfig/nftables.conf',
          '/etc/ufw/user.rules', '/etc/ufw/ufw.conf', '/etc/firewalld/firewalld.conf', '/etc/firewalld/direct.xml')
_PARTS = tuple('/etc/' + name for name in (
    'nftables.d', 'nftables', 'nftables.vpnops-pptp.d', 'sysconfig/nftables.vpnops-pptp.d', 'firewalld/zones',
    'firewalld/policies', 'firewalld/services'))
_BOOT = tuple('/etc/systemd/system/%s.service' % name for name in (
    'multi-user.target.wants/netfilter-persistent', 'multi-user.target.wants/iptables',
    'sysinit.target.wants/nftables', 'multi-user.target.wants/nftables', 'multi-user.target.wants/firewalld'))
_OWN_NAME = ('/etc/hostname', '/proc/sys/kernel/hostname')

READS: dict[str, Reads] = {
    'host': Reads(
        files=_OWN_NAME + _DMI + ('/etc/os-release', '/etc/openwrt_release', '/etc/redhat-release',
                                  '/etc/debian_version', '/proc/sys/kernel/osrelease', '/run/systemd/container',
                                  '/proc/1/environ'),
        deep=('/etc/NetworkManager/system-connections',),
        exists=_PACKAGES.exists + ('/run/.containerenv', '/.dockerenv', '/proc/vz', '/proc/bc', '/run/systemd/system',
                                   '/etc/pptpd.conf', '/etc/accel-ppp.conf'),
        commands=_PACKAGES.commands + ('processes',), needs=('peers',)),
    'daemon': Reads(
        files=('/etc/default/pptpd', '/etc/sysconfig/pptpd', '/etc/systemd/system/pptpd.service',
               '/lib/systemd/system/pptpd.service', '/usr/lib/systemd/system/pptpd.service',
               '/proc/net/tcp', '/proc/net/tcp6'),
        exists=_PACKAGES.exists + ('/usr/sbin/pptpd', '/usr/local/sbin/pptpd', '/usr/bin/pptpd', '/usr/sbin/accel-pppd',
                                   '/etc/pptpd.conf', '/etc/accel-ppp.conf', '/run/systemd/system'),
        commands=_PACKAGES.commands + ('processes', 'systemctl-show')),
    'kernel': Reads(
        files=('/proc/sys/kernel/osrelease', '/proc/modules', '/proc/sys/crypto/fips_enabled'),
        deep=('/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d'),
        exists=('/dev/ppp',), commands=('modules', 'dmesg')),
    'conf': Reads(
        files=('/etc/pptpd.conf', '/etc/default/pptpd', '/etc/sysconfig/pptpd', '/etc/systemd/system/pptpd.service'),
        exists=('/usr/sbin/pppd',), commands=('ip-addr',)),
    'peers': Reads(deep=('/etc/ppp/peers',)),
    'pppd': Reads(
        files=('/etc/ppp/options', '/root/.ppprc', '/etc/ppp/pptpd-options', '/etc/ppp/options.pptpd'),
        folders=_PLUGINS, exists=_PACKAGES.exists + ('/usr/lib/pptpd/pptpd-logwtmp.so',),
        commands=_PACKAGES.commands + ('pppd-version',),
        needs=('conf', 'peers')),
    'secrets': Reads(files=_OWN_NAME + ('/etc/ppp/chap-secrets', '/etc/ppp/pap-secrets'), needs=('pppd',)),
    'firewall': Reads(
        files=('/proc/net/ip_tables_names', '/proc/modules', '/proc/sys/kernel/osrelease', '/etc/pptpd.conf',
               '/proc/sys/net/netfilter/nf_conntrack_helper', '/proc/net/route') + _SAVED, exists=_BOOT, deep=_PARTS,
        commands=('modules', 'ip-addr', 'iptables-legacy-save', 'iptables-save', 'nft', 'conntrack', 'zones', 'wants'),
        needs=('radius',)),
    'addressing': Reads(
        files=('/proc/net/route', '/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv4/conf/all/proxy_arp'),
        commands=('ip-addr', 'mtus')),
    'conntrack': Reads(needs=('firewall',)),
    'radius': Reads(files=_OWN_NAME + ('/etc/hosts', '/etc/nsswitch.conf', '/etc/radiusclient/radiusclient.conf'),
                    commands=('processes',), needs=('pppd',)),
    'freeradius': Reads(files=('/proc/net/udp', '/proc/net/udp6'), exists=_PACKAGES.exists,
                        commands=_PACKAGES.commands + ('processes', 'ip-addr', 'raddb', 'logs')),
    'winbind': Reads(
        files=('/etc/group',), exists=_PACKAGES.exists + (
            '/var/lib/samba/winbindd_privileged', '/var/lib/samba/private/secrets.tdb', '/usr/sbin/winbindd'),
        commands=_PACKAGES.commands + ('processes', 'smb', 'wbinfo'), needs=('radius', 'freeradius')),
    'logs': Reads(commands=('journal', 'dmesg', 'logs'), needs=('pppd',)),
}


def reads(subjects: t.Iterable[str]) -> Reads:
    """Everything that *subjects* need, each thing once, in order."""
    todo, seen = list(subjects), []
    while todo:
        name = todo.pop(0)
        if name not in seen:
            seen.append(name)
            todo += READS[name].needs
    columns = zip(*(READS[name] for name in seen))
    return Reads(*(tuple(dict.fromkeys(item for part in column for item in part)) for column in columns))
