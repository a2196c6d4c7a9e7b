# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logins that others check: RADIUS, and Active Directory behind it or at the VPN server itself."""

from __future__ import annotations

import pathlib
import typing as t

from tests.lab.vm.topology import BY_NAME, GUEST

HERE = pathlib.Path(__file__).resolve().parent
NTLM_AUTH, WINBIND = DIRECTORY = ('ntlm_auth', 'winbind.so')
USER, PASSWORD = 'good', 'Pw-good-1'     # in the domain: ad_provision knows the others
READY = 180                              # seconds: the controller needs 5 to answer again, on a busy machine more
CONFIG = '/etc/freeradius/3.0'

_MEMBER = f'''
cp -a "/srv/directory/$(hostname)/." /
ln -sf /lib/systemd/system/winbind.service /etc/systemd/system/multi-user.target.wants/
systemctl start winbind
for try in $(seq {READY}); do
  said=$(timeout 30 wbinfo -t 2>&1) && exit 0
  sleep 1
done
echo "$said"
exit 1
'''
#: A line of FreeRADIUS' mschap: MS-CHAPv2 is allowed only where ntlm_auth says that it is one.
LINE = ('/usr/bin/ntlm_auth --request-nt-key --allow-mschapv2 --username=%{mschap:User-Name} '
        '--domain=%{%{mschap:NT-Domain}:-LAB} --challenge=%{%{mschap:Challenge}:-00} '
        '--nt-response=%{%{mschap:NT-Response}:-00}')
_ASK_WINBIND = f'''
usermod -a -G winbindd_priv freerad
sed -i '0,/^#*\\s*ntlm_auth = .*/s||\\tntlm_auth = "{LINE}"|' {CONFIG}/mods-available/mschap
grep -q '^\\s*ntlm_auth = "/usr/bin' {CONFIG}/mods-available/mschap
systemctl restart freeradius
'''
#: For pppd: winbind.so asks a helper of Samba's.
_PLUGIN = '''
cat >>/etc/ppp/pptpd-options <<'END'

plugin winbind.so
ntlm_auth-helper "/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --allow-mschapv2"
END
'''


class _Lab(t.Protocol):
    """What is needed of a lab."""

    def run(self, machine: str, script: str, check: bool = True, *, data: str = '', seconds: float = 120) -> t.Any:
        """Run a script on a machine."""


def use_radius(lab: _Lab, server: str, radius: str) -> None:
    """Let *server* ask *radius*, and let that one log each login."""
    files = {path.name: path.read_text('utf-8').replace(BY_NAME['radius'].address, BY_NAME[radius].address)
             for path in sorted((HERE / 'radius-client').iterdir())}
    lab.run(server, 'mkdir -p /etc/radiusclient\ncd /etc/radiusclient\n' + ''.join(
        f"cat >{name} <<'END OF FILE'\n{text}END OF FILE\n" for name, text in files.items())
        + "chmod 644 *\nchmod 600 servers\nprintf '\\nplugin radius.so\\n' >>/etc/ppp/pptpd-options\n")
    lab.run(radius, f"sed -i 's/^\\(\\s*auth = \\)no/\\1yes/' {CONFIG}/radiusd.conf; systemctl restart freeradius")


def use_directory(lab: _Lab, how: str, server: str, radius: str) -> None:
    """Let logins be checked by the domain: by *radius* (``ntlm_auth``) or by *server* itself (``winbind.so``)."""
    if how not in DIRECTORY:
        raise ValueError(f'{how!r} is none of {DIRECTORY}')
    member = radius if how == NTLM_AUTH else server
    lab.run(GUEST, 'systemctl thaw lab@dc.service')
    lab.run(member, _MEMBER, seconds=READY * 2)
    lab.run(member, _ASK_WINBIND if how == NTLM_AUTH else _PLUGIN)
