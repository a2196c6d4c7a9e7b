# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPN server, a router and a real FreeRADIUS, each a machine of namespaces over a root of Debian.

    with Lab('trixie') as lab:                # FreeRADIUS 3.2.7; 3.2.1 with bookworm
        lab.start(client='require_message_authenticator = yes')
        lab.probe(send=['status', 'request'])

vpn.lab.test 10.99.1.1 -- 10.99.1.254 router 10.99.2.254 -- rad.lab.test 10.99.2.2, and fd99:1::/64, fd99:2::/64 alike.
FreeRADIUS has Debian's own configuration but for clients.conf, users, ``log { auth = yes }`` and ``reject_delay = 0``.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import typing as t

from tests.aaa.ad_space import Space, wait
from tests.lab.vm import store

ROOT = pathlib.Path(__file__).resolve().parents[2]
VPN, ROUTER, RAD, RAD6 = '10.99.1.1', '10.99.1.254', '10.99.2.2', 'fd99:2::2'
SECRET = 'radius-secret-1'
USERS = {'alice': 'Pw-alice-1', 'disabled': 'Pw-disabled-1', 'locked': 'Pw-locked-1', 'expired': 'Pw-expired-1',
         'admin': 'Pw-admin-1', 'looped': 'Pw-looped-1', 'fixed': 'Pw-fixed-1'}
SUITES = ('bookworm', 'trixie')
RADDB = '/etc/freeradius/3.0'
LOG = '/var/log/freeradius/radius.log'
_PACKAGES = 'freeradius,freeradius-utils,iproute2,ppp,python3'
_PROBE = '''import json, sys
sys.path.insert(0, '/opt')
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_live
print(json.dumps(radius_live.run(json.load(sys.stdin))))
'''
DEFAULTS = {'config': '/etc/radiusclient/radiusclient.conf', 'send': ['status'], 'user': None, 'password': None,
            'caller': None, 'servers': None, 'bind': None, 'tries': 2, 'wait': 0.6, 'total': 8.0}
_CONFIG = '''auth_order radius
login_tries 4
login_timeout 60
nologin /etc/nologin
issue /etc/radiusclient/issue
authserver {auth}
acctserver {acct}
servers /etc/radiusclient/servers
dictionary /etc/radiusclient/dictionary
seqfile /var/run/radius.seq
mapfile /etc/radiusclient/port-id-map
default_realm
radius_timeout {timeout}
radius_retries {retries}
'''
_ACCOUNTS = '''alice Cleartext-Password := "Pw-alice-1"
disabled Cleartext-Password := "Pw-disabled-1", SMB-Account-CTRL-TEXT := "[UD]"
locked Cleartext-Password := "Pw-locked-1", SMB-Account-CTRL-TEXT := "[UL]"
expired Cleartext-Password := "Pw-expired-1", Expiration := "01 Jan 2020"
admin Cleartext-Password := "Pw-admin-1"
\tService-Type = Administrative-User
looped Cleartext-Password := "Pw-looped-1"
\tFramed-IP-Address = 127.0.0.9
fixed Cleartext-Password := "Pw-fixed-1"
\tService-Type = Framed-User, Framed-Protocol = PPP, Framed-IP-Address = 10.77.0.9, Session-Timeout = 3600
'''


def missing() -> str:
    """Why there can be no machines here; nothing when there can."""
    if os.geteuid():
        return 'only root can make machines of namespaces'
    lacking = [name for name in ('unshare', 'nsenter', 'ip', 'nft') if not shutil.which(name)]
    if lacking:
        return 'not installed: ' + ', '.join(lacking)
    tried = subprocess.run(['unshare', '--net', '--mount', '--uts', '--ipc', '--pid', '--fork', 'mount', '-t', 'tmpfs',
                            'tmpfs', '/mnt'], capture_output=True, text=True, check=False)
    return f'no namespaces can be made: {tried.stderr.strip()}' if tried.returncode else ''


def lower(suite: str) -> pathlib.Path:
    """A root of *suite* with FreeRADIUS: RADIUS_ROOT_SUITE, the disk of the lab where there is one, else a tree made
    for this (a minute and a half)."""
    given = os.environ.get('RADIUS_ROOT_' + suite.upper())
    if given:
        return pathlib.Path(given)
    disk = store._images_folder(store.folder()) / f'{suite}.ext4'
    return disk if disk.exists() else _tree(suite)


def _tree(suite: str) -> pathlib.Path:
    target = ROOT / '.cache/aaa' / f'{suite}-{_PACKAGES.replace(",", "-")}'
    if not target.exists():
        if not shutil.which('mmdebstrap'):
            raise RuntimeError('no mmdebstrap here to make a root of Debian with')
        with store.lock(target.parent), store.made(target) as part:
            subprocess.run(['mmdebstrap', '--quiet', '--variant=minbase', '--include=' + _PACKAGES,
                            '--aptopt=APT::Install-Recommends "false"', '--dpkgopt=path-exclude=/usr/share/man/*',
                            '--dpkgopt=path-exclude=/usr/share/doc/*', suite, str(part)], check=True, timeout=900)
    return target


class Lab:
    """The three machines; FreeRADIUS runs from ``start`` to ``stop``."""

    def __init__(self, suite: str) -> None:
        self._suite = suite
        self._stack = contextlib.ExitStack()
        self._served: dict[str, t.Any] | None = None
        self.vpn, self.router, self.rad = (t.cast(Space, None),) * 3

    def __enter__(self) -> Lab:
        try:
            root = lower(self._suite)
            self.work = pathlib.Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix='radius-')))
            self.vpn, self.router, self.rad = (self._stack.enter_context(Space(name, root, self.work / name))
                                               for name in ('vpn', 'router', 'rad'))
            self._wire()
            self._install()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _wire(self) -> None:
        for number, space in enumerate((self.vpn, self.rad), 1):
            subprocess.run(['ip', 'link', 'add', 'eth0', 'netns', str(space.pid), 'type', 'veth', 'peer', 'name',
                            f'eth{number}', 'netns', str(self.router.pid)], check=True, timeout=20)
            for owner, device, host in ((space, 'eth0', str(number)), (self.router, f'eth{number}', '254')):
                owner.outside('ip', 'address', 'add', f'10.99.{number}.{host}/24', 'dev', device)
                owner.outside('ip', 'address', 'add', f'fd99:{number}::{host}/64', 'dev', device, 'nodad')
                owner.outside('ip', 'link', 'set', device, 'up')
            space.outside('ip', 'route', 'add', 'default', 'via', f'10.99.{number}.254')
            space.outside('ip', 'route', 'add', 'default', 'via', f'fd99:{number}::254')
        for key in ('net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'):
            self.router.outside('sysctl', '-qw', key + '=1')
        for space in (self.vpn, self.router, self.rad):
            space.outside('sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0')

    def _install(self) -> None:
        """The collection on the VPN server, hosts files, and FreeRADIUS' own configuration put aside."""
        self.vpn.unpack(collection(self.work / 'collection.tar.gz'))
        for space, address in ((self.vpn, VPN), (self.rad, RAD)):
            space.run('rm', '-f', '/etc/resolv.conf')
            space.write('/etc/hosts', f'127.0.0.1 localhost\n{address} {space.name}.lab.test {space.name}\n')
        self.configure()
        self.rad.run('cp', '-a', RADDB, '/raddb')
        self.rad.run('mkdir', '-p', '/run/freeradius')
        self.rad.run('chown', 'freerad:freerad', '/run/freeradius', '/var/log/freeradius')

    def configure(self, auth: str = RAD, acct: str = RAD, secret: str = SECRET, servers: str | None = None,
                  hosts: str = '', timeout: int = 2, retries: int = 2, more: str = '', own: str = VPN) -> None:
        """Write the files of pppd's RADIUS client; *hosts* are further lines of /etc/hosts, *own* this host's there."""
        text = _CONFIG.format(auth=auth, acct=acct, timeout=timeout, retries=retries) + more
        self.vpn.write('/etc/radiusclient/radiusclient.conf', text)
        self.vpn.write('/etc/radiusclient/servers', f'{RAD}\t{secret}\n' if servers is None else servers, 0o600)
        line = f'{own} vpn.lab.test vpn\n' if own else ''
        self.vpn.write('/etc/hosts', '127.0.0.1 localhost\n' + line + hosts)

    def serve(self, **given: t.Any) -> None:
        """Like ``start``, but one that runs so already, and was not used for more than probes, goes on; its log is
        empty."""
        if self._served == given:
            self.rad.run('sh', '-c', f': >{LOG}')
            return
        self.start(**given)
        self._served = given

    def start(self, client: str = '', secret: str = SECRET, address: str = VPN, edits: t.Sequence[Edit] = ()) -> None:
        """A fresh FreeRADIUS: *client* lines for the VPN server's entry, *edits* of its other files."""
        self.stop()
        self.rad.run('sh', '-c', f'rm -rf {RADDB} {LOG} && cp -a /raddb {RADDB}')
        body = f'ipaddr = {address}\n secret = {secret}\n {client}'
        sixth = f'client vpn6 {{\n ipv6addr = fd99:1::1\n secret = {secret}\n}}\n' if address == VPN else ''
        self.rad.write(f'{RADDB}/clients.conf', f'client vpn {{\n {body}\n}}\n{sixth}')
        self.rad.write(f'{RADDB}/mods-config/files/authorize', _ACCOUNTS)
        for edit in (*_FASTER, *edits):
            path = f'{RADDB}/{edit.file}'
            text, count = re.subn(edit.pattern, edit.replacement, self.rad.read(path))
            assert count, f'nothing to edit in {edit.file}: {edit.pattern}'
            self.rad.write(path, text)
        self.rad.run('freeradius')
        wait(lambda: 'Ready to process requests' in self.log(), 15, 'FreeRADIUS', 0.05)

    def stop(self) -> None:
        """End FreeRADIUS, if it runs."""
        self._served = None
        self.rad.stop('freeradius')

    def log(self) -> str:
        """What FreeRADIUS has said since it was started."""
        return self.rad.run('cat', LOG, check=False).stdout

    def version(self) -> str:
        """That of FreeRADIUS."""
        return self.rad.run('freeradius', '-v').stdout.split('\n')[0]

    def probe(self, **params: t.Any) -> dict[str, t.Any]:
        """What the probe finds on the VPN server, with that machine's own Python."""
        given = json.dumps({**DEFAULTS, **params})
        return json.loads(self.vpn.run('python3', '-BIc', _PROBE, text=given, timeout=40).stdout)

    def login(self, user: str, password: str = '', **params: t.Any) -> dict[str, t.Any]:
        """The row of the login server after a login of *user*."""
        given = {'send': ['status', 'login'], 'user': user, 'password': password or USERS[user], **params}
        return self.probe(**given)['servers'][0]

    @contextlib.contextmanager
    def rules(self, space: Space, *rules: str) -> t.Iterator[None]:
        """While this is held, the nft *rules* are in force on *space*; each begins with its hook."""
        text = 'table inet test {\n' + ''.join(
            f'chain c{number} {{ type filter hook {rule.split()[0]} priority 0; {rule.partition(" ")[2]}; }}\n'
            for number, rule in enumerate(rules)) + '}\n'
        subprocess.run(['nsenter', f'--target={space.pid}', '--net', 'nft', '-f', '-'], input=text, text=True,
                       check=True)
        try:
            yield
        finally:
            space.outside('nft', 'delete', 'table', 'inet', 'test')


class Edit(t.NamedTuple):
    """A change of a *file* below raddb: all that *pattern* finds becomes *replacement*."""

    file: str
    pattern: str
    replacement: str


#: rejects without their second of delay, and in the log
_FASTER = (Edit('radiusd.conf', r'(?m)^\tauth = no', '\tauth = yes'),
           Edit('radiusd.conf', r'(?m)^\treject_delay = 1', '\treject_delay = 0'))


def mschap(name: str, value: str) -> Edit:
    """The option *name* of rlm_mschap."""
    return Edit('mods-available/mschap', r'(?m)^mschap \{', f'mschap {{\n\t{name} = {value}')


def collection(target: pathlib.Path) -> pathlib.Path:
    """The target's part of the collection, below /opt, in the archive *target*."""
    home = 'opt/ansible_collections/vpnops/pptp/plugins/module_utils'
    with tarfile.open(target, mode='w:gz', compresslevel=1) as archive:
        for path in sorted((ROOT / 'plugins/module_utils').rglob('*.py')):
            archive.add(path, f'{home}/{path.relative_to(ROOT / "plugins/module_utils")}')
    return target
