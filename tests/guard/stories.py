# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is done to real firewalls over real ssh: one story for each container, each a row of locked-out hosts."""

from __future__ import annotations

import time
import typing as t

from box import Box, Seen

# A host on which something answers the roles' rules with rules of its own, such as a script of the provider.
_HOOK = 'until {when}; do sleep 0.1; done; {then}'
_OWN_RULES = 'iptables-save | grep -q vpnops.pptp'
_NO_SSH = 'iptables -I INPUT -p tcp --dport 22 -j DROP'
_SERVER = """
iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -P INPUT DROP
iptables-save >/etc/iptables/rules.v4
"""
_ZONES = ('firewall-cmd --list-all-zones', 'firewall-cmd --permanent --list-all-zones',
          'firewall-cmd --permanent --list-all-policies')


# polkit, which firewalld asks, wants more isolation than there is in a container of few rights.
_FIREWALLD = '''
mkdir -p /etc/systemd/system/polkit.service.d
cat >/etc/systemd/system/polkit.service.d/few-rights.conf <<'UNIT'
[Service]
%s
UNIT
systemctl daemon-reload
systemctl start firewalld
''' % '\n'.join([name + '=no' for name in (
    'NoNewPrivileges', 'RestrictNamespaces', 'RestrictRealtime', 'RestrictSUIDSGID', 'MemoryDenyWriteExecute',
    'LockPersonality', 'ProtectKernelLogs', 'ProtectKernelModules', 'ProtectKernelTunables', 'ProtectClock',
    'ProtectHostname', 'PrivateDevices', 'PrivateNetwork')]
    + [name + '=' for name in ('SystemCallFilter', 'SystemCallArchitectures', 'RestrictAddressFamilies')])


class Told(t.NamedTuple):
    """One change: what the play said, the firewall before and after, what is left of the guard, what else was seen."""

    rc: int
    out: str
    before: Seen
    after: Seen
    left: list[str]
    more: str = ''


def change(box: Box, name: str, seconds: int, tools: t.Sequence[str] = (), **variables: t.Any) -> Told:
    """One file of ``changes`` under the guard."""
    before = box.see(*tools)
    done = box.play('play', change=name, seconds=seconds, **variables)
    return Told(done.returncode, done.stdout, before, box.see(*tools), box.left_behind())


def role(box: Box, name: str, seconds: int, tools: t.Sequence[str] = (), hook: str = '', **variables: t.Any) -> Told:
    """One role, on a host where *hook* waits for it."""
    before = box.see(*tools)
    if hook:
        box.sh('systemd-run --quiet --unit=hook --collect sh -c "$(cat)"', hook)
    done = box.play('role', role=name, seconds=seconds, pptp_firewall_guard=True, **variables)
    box.run('systemctl', 'stop', 'hook.service')
    return Told(done.returncode, done.stdout, before, box.see(*tools), box.left_behind())


def systemd(box: Box) -> dict[str, Told]:
    """The timer of systemd: confirmed, needed, and on its own."""
    box.sh(_SERVER)
    told = {'good': change(box, 'armed', 300)}
    told['cut'] = change(box, 'told', 12, commands=['iptables -P OUTPUT DROP', 'iptables -F INPUT'])
    told['cut'] = told['cut']._replace(more=box.journal())
    before = box.see()
    done = box.play('play', until='iptables-save | grep 192.0.2.7', change='told', seconds=20,
                    commands=['iptables -I INPUT -s 192.0.2.7 -j DROP', 'sleep 60'])
    between = box.see()
    box.wait_for_restore(before)
    told['killed'] = Told(done.returncode, done.stdout, before, box.see(), [], 'uncut' if between == before else 'cut')
    return told


def reboot(box: Box) -> dict[str, Told]:
    """A power cycle between the change and its confirmation."""
    box.sh('systemctl --quiet enable netfilter-persistent.service;' + _SERVER)
    before = box.see()
    box.play('part', part='arm', seconds=300)
    box.sh('iptables -F; ' + _NO_SSH)
    cut = box.see()
    box.restart()
    after = box.see()
    done = box.play('part', part='confirm')
    return {'reboot': Told(done.returncode, done.stdout, before, after, box.left_behind(),
                           'cut' if cut.rules != before.rules else 'uncut')}


def firewalld(box: Box) -> dict[str, Told]:
    """firewalld 2, which alone may change its table: by its own commands, and by a role that reloads it."""
    box.sh(_FIREWALLD)
    cut = ['firewall-cmd --permanent --zone=public --remove-service=ssh',
           'firewall-cmd --permanent --zone=public --set-target=DROP', 'firewall-cmd --reload']
    told = {'firewalld': change(box, 'told', 25, _ZONES, commands=cut)}
    hook = _HOOK.format(when='[ -e /etc/firewalld/policies/vpnops-pptp.xml ]',
                        then='firewall-cmd --permanent --zone=public --remove-service=ssh')
    told['nat on firewalld'] = role(box, 'nat', 30, _ZONES, hook, nat_pool=['10.99.0.0/24'])
    box.sh('firewall-cmd --permanent --zone=public --remove-service=ssh')
    told['not permanent'] = role(box, 'nat', 30, _ZONES, nat_pool=['10.99.0.0/24'])
    return told


def ufw(box: Box) -> dict[str, Told]:
    """ufw: by its own commands, and by a role that makes it load a rule that somebody has only written down."""
    box.sh('ufw allow 22/tcp; ufw --force enable')
    status = ('ufw status numbered',)
    told = {'ufw': change(box, 'told', 15, status, commands=['ufw deny 1723/tcp', 'ufw deny 22/tcp'])}
    box.sh(r"sed -i 's/^### tuple ### allow tcp 22 /### tuple ### deny tcp 22 /; "
           r"s/^\(-A ufw-user-input -p tcp --dport 22 -j\) ACCEPT/\1 DROP/' /etc/ufw/user.rules")
    told['tunnel_firewall on ufw'] = role(box, 'tunnel_firewall', 20, status)
    return told


def inside(box: Box) -> dict[str, Told]:
    """A role inside another one: well, twice, and cut off by the inner one's rules."""
    box.sh(_SERVER)
    wanted = {'gre_conntrack_mode': 'stateless', 'gre_conntrack_provider': 'iptables'}
    cut = _HOOK.format(when=_OWN_RULES, then=_NO_SSH)
    return {'gre_conntrack': role(box, 'gre_conntrack', 20, hook=cut, **wanted),
            'inside': role(box, 'gre_conntrack', 300, **wanted),
            'inside again': role(box, 'gre_conntrack', 300, **wanted)}


def slow(box: Box) -> dict[str, Told]:
    """A timer that fires in the middle of what a play does, and a role that is cut off."""
    box.sh(_SERVER)
    providers = {'tunnel_firewall_provider': 'iptables', 'mss_clamp_provider': 'iptables'}
    told = {'slow': change(box, 'slow', 12, **providers)}
    cut = _HOOK.format(when=_OWN_RULES, then=_NO_SSH)
    told['mss_clamp'] = role(box, 'mss_clamp', 15, hook=cut, mss_clamp_provider='iptables')
    return told


STORIES: dict[str, tuple[str, t.Callable[[Box], dict[str, Told]]]] = {
    'systemd': ('iptables', systemd), 'firewalld': ('firewalld', firewalld), 'ufw': ('ufw', ufw),
    'inside': ('iptables', inside), 'slow': ('iptables', slow), 'reboot': ('iptables', reboot),
}


def tell(name: str) -> dict[str, Told]:
    """Live through the story *name* in a container of its own."""
    flavour, story = STORIES[name]
    began = time.monotonic()
    box = Box(flavour)
    try:
        return story(box)
    finally:
        box.close()
        print('%s: %d s' % (name, time.monotonic() - began))   # noqa: T201 - pytest shows it where a test fails
