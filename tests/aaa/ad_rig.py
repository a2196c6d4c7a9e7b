# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Samba AD domain controller and a member of its domain, real ones, up within seconds.

    with Domain(disks()) as domain:
        domain.dc.stop('samba'); domain.member.run('wbinfo', '--ping-dc')

dc.lab.test 192.168.77.10 and radius.lab.test 192.168.77.20 (or radius13, Debian 13), joined by one cable; the member
has winbind and FreeRADIUS. The roots are the lab's disks, on which the domain stands as ad_provision made it, and the
member as it joined.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import tempfile
import typing as t

from tests.aaa.ad_space import Space, cable, wait
from tests.lab.vm import store

DC = '192.168.77.10'
MEMBERS = {'radius': ('bookworm', '192.168.77.20'), 'radius13': ('trixie', '192.168.77.21')}     # as they joined
ADMIN, PASSWORD = 'Adm-lab-1', 'Pw-good-1'      # those of ad_provision
SECRET = 'radius-secret-1'                      # between the member's FreeRADIUS and who asks it
RADDB = '/etc/freeradius/3.0'
RADIUS_LOG = '/var/log/freeradius/radius.log'
HELPER = ('/usr/bin/ntlm_auth --allow-mschapv2 --request-nt-key --username=%{mschap:User-Name} '
          '--domain=%{%{mschap:NT-Domain}:-LAB} --challenge=%{%{mschap:Challenge}:-00} '
          '--nt-response=%{%{mschap:NT-Response}:-00}')
_RESOLV = f'search lab.test\nnameserver {DC}\noptions timeout:2 attempts:1\n'
_COLLECTION = pathlib.Path(__file__).resolve().parents[2]


def missing() -> str:
    """Why there can be no domain here; nothing when there can."""
    if os.geteuid():
        return 'only root can make machines of namespaces'
    lacking = [name for name in ('unshare', 'nsenter', 'ip', 'iptables') if not shutil.which(name)]
    return 'not installed: ' + ', '.join(lacking) if lacking else ''


def disks() -> pathlib.Path:
    """The folder of the lab's disks: what AD_DISKS names, or that of the lab (built if need be)."""
    given = os.environ.get('AD_DISKS')
    return pathlib.Path(given) if given else store.images(store.folder(), lambda _text: None)


class Domain:
    """The two machines; the controller and winbindd run within the context. *member*: a key of :data:`MEMBERS`."""

    def __init__(self, folder: pathlib.Path, member: str = 'radius') -> None:
        self._folder, self._member = folder, member
        self._stack = contextlib.ExitStack()
        self.dc, self.member = t.cast(Space, None), t.cast(Space, None)
        self.seconds = 0.0          # until the controller was up

    def __enter__(self) -> Domain:
        try:
            self._machines()
            self.seconds = self.start_dc()
            self.start_winbind()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _machines(self) -> None:
        work = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix='ad-')))
        suite, own = MEMBERS[self._member]
        self.dc = self._stack.enter_context(Space('dc', self._folder / 'bookworm.ext4', work / 'dc'))
        self.member = self._stack.enter_context(Space(self._member, self._folder / f'{suite}.ext4', work / 'member'))
        cable(self.dc, self.member, (f'{DC}/24', f'{own}/24'))
        for space, address in ((self.dc, DC), (self.member, own)):
            state = f'/srv/directory/{space.name}'
            if space.run('test', '-d', state, check=False).returncode:
                raise RuntimeError(f'{self._folder} has no {state}: these are old disks of the lab')
            space.run('cp', '-a', f'{state}/.', '/')
            space.write('/etc/resolv.conf', _RESOLV)
            space.write('/etc/hosts', f'127.0.0.1 localhost\n{address} {space.name}.lab.test {space.name}\n')
        self.dc.run('sed', '-i', r's/^\[global\]/[global]\n\ttls enabled = no/', '/etc/samba/smb.conf')   # no keys

    def start_dc(self, limit: float = 90) -> float:
        """Start the controller, and wait until it answers; the seconds that it took."""
        self.dc.run('samba', '-D')
        ready = f"import socket; [socket.create_connection(('{DC}', p), 1).close() for p in (88, 389, 445, 135)]"
        return wait(lambda: self.dc.run('python3', '-c', ready, check=False).returncode == 0, limit, 'the controller')

    def restart_dc(self, **parameters: str) -> None:
        """Start the controller anew with other *parameters* of its smb.conf (``_`` stands for a blank); an empty
        value takes the parameter away."""
        self.dc.stop('samba')
        text = self.dc.read('/etc/samba/smb.conf')
        for name, value in parameters.items():
            words = name.replace('_', ' ')
            text = re.sub(rf'(?m)^\s*{words} =.*\n', '', text)
            text = text.replace('[global]\n', f'[global]\n\t{words} = {value}\n') if value else text
        self.dc.write('/etc/samba/smb.conf', text)
        self.start_dc()

    def start_winbind(self, limit: float = 30) -> None:
        """Start winbindd on the member, and wait until it answers."""
        self.member.run('winbindd', '-D')
        wait(lambda: self.member.run('wbinfo', '-p', check=False).returncode == 0, limit, 'winbindd')

    def restart_winbind(self) -> None:
        """A new winbindd, with new connections."""
        self.member.stop('winbindd')
        self.start_winbind()

    def start_radius(self, helper: str = HELPER, extra: str = '') -> None:
        """FreeRADIUS anew, with *helper* as ntlm_auth (none where it is empty), logins and rejects logged."""
        self.member.stop('freeradius')
        line = f'\tntlm_auth = "{helper}"\n' if helper else ''
        self.member.write(f'{RADDB}/mods-available/mschap', f'mschap {{\n{line}{extra}}}\n')
        client = f'client localhost {{\n\tipaddr = 127.0.0.1\n\tsecret = {SECRET}\n}}\n'
        self.member.write(f'{RADDB}/clients.conf', client)
        self.member.run('sed', '-i', r's/^\(\s*\)auth = no/\1auth = yes/', f'{RADDB}/radiusd.conf')
        self.member.run('rm', '-f', RADIUS_LOG)
        self.member.run('freeradius')
        wait(lambda: ':0714 ' in self.member.read('/proc/net/udp'), 30, 'FreeRADIUS')

    def stop_radius(self) -> None:
        """No FreeRADIUS, and none that would ask the domain or has said anything."""
        self.member.stop('freeradius')
        self.member.write(f'{RADDB}/mods-available/mschap', 'mschap {\n}\n')
        self.member.run('rm', '-f', RADIUS_LOG)

    def login(self, user: str, password: str = PASSWORD, seconds: float = 20) -> str:
        """What the member's FreeRADIUS says to one login: ``accept``, ``reject E=..``, or ``timeout``."""
        self._install()
        done = self.member.run('python3', '/opt/test/ad_client.py', user, password, SECRET, str(seconds), check=False,
                               timeout=seconds + 30, PYTHONPATH='/opt/test', PYTHONDONTWRITEBYTECODE='1')
        if 'TimeoutError' in done.stderr:
            return 'timeout'
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def _install(self) -> None:
        """The client, and what it imports."""
        if self.member.run('test', '-d', '/opt/test', check=False).returncode == 0:
            return
        self.member.write('/opt/test/ad_client.py', (_COLLECTION / 'tests/aaa/ad_client.py').read_text('utf-8'))
        for path in (_COLLECTION / 'plugins/module_utils/wire').glob('*.py'):
            self.member.write('/opt/test/ansible_collections/vpnops/pptp/plugins/module_utils/wire/' + path.name,
                              path.read_text('utf-8'))

    def bad_counts(self) -> dict[str, int]:
        """badPwdCount of all accounts that have one, as the controller's own database has it."""
        found = self.dc.run('ldbsearch', '-H', '/var/lib/samba/private/sam.ldb', '(badPwdCount=*)', 'sAMAccountName',
                            'badPwdCount').stdout
        records = [dict(re.findall(r'(?m)^(\w+): (.*)$', record)) for record in found.split('\n\n')]
        return {record['sAMAccountName']: int(record['badPwdCount']) for record in records if 'badPwdCount' in record}


@contextlib.contextmanager
def rule(space: Space, *words: str) -> t.Iterator[None]:
    """A rule of iptables in front of all others in *space*, as long as this is held: ``INPUT -j DROP``."""
    space.outside('iptables', '-I', *words)
    try:
        yield
    finally:
        space.outside('iptables', '-D', *words)
