# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A dry run leaves nothing in the log, where it would read like a login that fails: real pppd, its own /dev/log."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

# In a namespace of its own: a /dev with a log, and the module as Ansible runs it. Prints what the log was told.
_IN_A_NAMESPACE = '''
import json, os, socket, subprocess, sys
home, code = sys.argv[1:3]
dev = os.path.join(home, 'dev')
subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', dev], check=True)
for name, minor in (('null', 3), ('zero', 5), ('urandom', 9)):
    os.mknod(os.path.join(dev, name), 0o20666, os.makedev(1, minor))
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind(os.path.join(dev, 'log'))
log.setblocking(False)
subprocess.run(['mount', '--bind', dev, '/dev'], check=True)
done = subprocess.run([sys.executable, '-c', code, *sys.argv[3:]], capture_output=True, text=True)
heard = []
while True:
    try:
        heard.append(log.recv(4096).decode('utf-8', 'replace'))
    except BlockingIOError:
        break
print(json.dumps([done.stdout, done.stderr, [line for line in heard if 'pppd[' in line]]))
'''
_MODULE = '''
import sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[1].encode(), 'legacy'
from ansible_collections.vpnops.pptp.plugins.modules import pppd_option
pppd_option.main()
'''
_PLAIN = 'import subprocess, sys; subprocess.run(["pppd", "dryrun", "nodetach", "notty", "file", sys.argv[1]])'


def heard(home: pathlib.Path, code: str, argument: str) -> tuple[str, list[str]]:
    """What *code* printed, and what pppd told the log meanwhile."""
    (home / 'dev').mkdir(exist_ok=True)
    command = ['unshare', '--mount', sys.executable, '-c', _IN_A_NAMESPACE, os.fspath(home), code, argument]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    out, error, lines = json.loads(done.stdout)
    return out + error, lines


@pytest.mark.skipif(os.geteuid() != 0, reason='only root may have a namespace of its own')
@pytest.mark.skipif(not shutil.which('pppd'), reason='pppd is not installed')
def test_a_dry_run_tells_the_log_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'options'
    path.write_text('lock\nset SECRET=hunter2\nrequier-mppe-128\n')
    _printed, lines = heard(tmp_path, _PLAIN, os.fspath(path))
    assert any('requier-mppe-128' in line for line in lines)      # this is what it would tell
    arguments = {'path': os.fspath(path), 'name': 'mtu', 'value': '1400', 'validate': True}
    printed, lines = heard(tmp_path, _MODULE, json.dumps({'ANSIBLE_MODULE_ARGS': arguments}))
    assert lines == [] and 'nor did it before' in printed and 'mtu 1400' in path.read_text()
