# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles of the server that write files only, run for real in a namespace with an /etc of its own. The daemon, its
packages and whole deployments are in extensions/molecule/deploy, the kernel and logins in tests/lab."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

import pytest
import yaml

from ansible_collections.vpnops.pptp.tests.unit.running import ANSIBLE, ROOT

_NAMESPACE = ['unshare', '--mount', '--pid', '--fork', '--mount-proc']    # where no pptpd of this machine is seen
pytestmark = pytest.mark.skipif(
    not os.path.isdir('/etc/ppp') or not os.path.isfile('/etc/pptpd.conf') or bool(os.geteuid())
    or subprocess.run([*_NAMESPACE, 'true'], check=False, capture_output=True).returncode != 0,
    reason='needs root, for a namespace, and an installed pptpd, whose files are hidden in it')
SCRIPT = 'mount --bind "$0"/ppp /etc/ppp && mount --bind "$0"/pptpd.conf /etc/pptpd.conf && exec "$@"'
Task = dict[str, t.Any]


class Host:
    """Files of ``/etc/ppp`` and ``pptpd.conf`` in *folder*."""

    def __init__(self, folder: pathlib.Path, conf: str) -> None:
        self._folder, self.ppp = folder, folder / 'ppp'
        self.ppp.mkdir()
        (folder / 'pptpd.conf').write_text(conf)
        self.out = ''

    def write(self, **files: str) -> None:
        """Files of ``/etc/ppp``, ``_`` standing for ``-``."""
        for name, text in files.items():
            (self.ppp / name.replace('_', '-')).write_text(text)

    def read(self, name: str) -> str | None:
        path = self.ppp / name
        return path.read_text() if path.exists() else None

    def run(self, *tasks: Task, options: t.Sequence[str] = ()) -> dict[str, int]:
        """Run *tasks*, and count how they ended."""
        (self._folder / 'play.yml').write_text(json.dumps([
            {'hosts': 'localhost', 'gather_facts': False, 'tasks': list(tasks)}]))
        command = [str(ANSIBLE), '-i', 'localhost,', '-c', 'local', '-e',
                   'ansible_python_interpreter=' + sys.executable, *options, str(self._folder / 'play.yml')]
        done = subprocess.run([*_NAMESPACE, 'sh', '-c', SCRIPT, str(self._folder), *command], check=False,
                              cwd=self._folder, capture_output=True, timeout=120, env=dict(
                                  os.environ, ANSIBLE_HOME=str(self._folder / 'home'), ANSIBLE_NOCOLOR='1'))
        self.out = (done.stdout + done.stderr).decode()
        return {name: int(count) for name, count in re.findall(r'(ok|changed|failed|rescued)=(\d+)', self.out)}


def role(name: str, **variables: t.Any) -> Task:
    return {'ansible.builtin.include_role': {'name': 'vpnops.pptp.' + name, 'public': True}, 'vars': variables}


def test_the_file_that_every_pppd_reads_is_never_written(tmp_path: pathlib.Path) -> None:
    """Not where pptpd.conf names it, either, as old guides have it, nor through a link."""
    host = Host(tmp_path, 'option /etc/ppp/server\n')
    host.write(options='lock\n')
    (host.ppp / 'server').symlink_to('options')
    counts = host.run(role('pppd_options', pppd_options_present=[{'name': 'mtu', 'value': 1400}]))
    assert counts['failed'] == 0, host.out
    assert (host.read('options'), host.read('pptpd-options')) == ('lock\n', 'mtu 1400\n')
    assert 'pptp_server_option_file=/etc/ppp/pptpd-options' in host.out     # how it comes to be read


def test_a_file_that_the_role_has_made_goes_with_it(tmp_path: pathlib.Path) -> None:
    """With an empty one pptpd would start, and let anybody in."""
    host = Host(tmp_path, '')
    host.write(options='', other='# mine\n')
    both = [role('pppd_options', pppd_options_recommended=True, pppd_options_path='/etc/ppp/' + name,
                 pppd_options_state=state) for state in ('present', 'absent') for name in ('new', 'other')]
    counts = host.run(*both, *both[2:])
    assert (counts['failed'], counts['changed']) == (0, 5), host.out
    assert (host.read('new'), host.read('other')) == (None, '# mine\n')


def test_a_variable_that_is_null_leaves_the_option(tmp_path: pathlib.Path) -> None:
    host = Host(tmp_path, 'option /etc/ppp/pptpd-options\r\n')
    host.write(options='', pptpd_options='name mine\n')
    counts = host.run(role('pppd_options', pppd_options_recommended=True, pppd_options_name=None))
    assert counts['failed'] == 0, host.out
    text = host.read('pptpd-options') or ''
    assert text.startswith('name mine\nrequire-mschap-v2\n') and 'ms-dns' not in text and text.count('name') == 1
    assert sorted(path.name for path in host.ppp.iterdir()) == ['options', 'pptpd-options']    # none with a \r


def test_deploy_has_pptpd_name_the_file_as_it_is_called(tmp_path: pathlib.Path) -> None:
    """A link stays one: its target in pptpd.conf would be another word, and another restart."""
    host = Host(tmp_path, 'option /etc/ppp/link\n')
    host.write(options='', real='lock\n')
    (host.ppp / 'link').symlink_to('real')
    [play, _proof] = yaml.safe_load((ROOT / 'playbooks/deploy.yml').read_text('utf-8'))
    tasks = [task for task in play['tasks'] if 'vpnops.pptp.p' in str(task.get('ansible.builtin.include_role'))]
    options = next(task for task in tasks if task['ansible.builtin.include_role']['name'].endswith('pppd_options'))
    word = next(task['vars']['pptp_server_option_file'] for task in tasks if 'pptp_server_option_file' in str(task))
    counts = host.run(options, {'ansible.builtin.debug': {'msg': 'named ' + word}})
    assert counts['failed'] == 0 and 'named /etc/ppp/link"' in host.out, host.out
    assert 'require-mppe-128' in (host.read('real') or '')


USERS = [{'name': 'alice', 'secret': 'Hidden #1'}, {'name': 'bob', 'secret': 'Hidden2', 'server': 'pptpd'},
         {'name': 'carol', 'secret': 'Hidden3', 'state': 'present'}]
FOREIGN = 'alice isp "Hidden out" *\r\nbob * Hidden9 *\nisp * Hidden7\n'


def test_users_are_taken_back_and_nobody_else(tmp_path: pathlib.Path) -> None:
    host = Host(tmp_path, '')
    host.write(chap_secrets=FOREIGN)
    counts = host.run(role('chap_secrets', chap_secrets_users=USERS), options=['--diff', '-vvv'])
    assert counts['failed'] == 0, host.out
    assert (host.read('chap-secrets') or '').startswith(FOREIGN.replace('\r', ''))
    assert 'alice * "Hidden #1" *\n' in (host.read('chap-secrets') or '')
    counts = host.run(role('chap_secrets', chap_secrets_users=USERS, chap_secrets_state='absent',
                           chap_secrets_purge=True, chap_secrets_repair=True), options=['--diff', '-vvv'])
    assert counts['failed'] == 0 and (host.ppp / 'chap-secrets').read_bytes() == FOREIGN.encode(), host.out
    assert 'Hidden' not in host.out


BAD = [[{'name': 'bob', 'secret': 'Hidden', 'sate': 'present'}], ['bob:Hidden'], {'bob': 'Hidden'},
       [{'name': 'bob', 'secret': 'Hidden\nline'}]]


def test_a_list_of_users_that_is_wrong_is_refused_without_a_word_of_it(tmp_path: pathlib.Path) -> None:
    host = Host(tmp_path, '')
    host.write(chap_secrets=FOREIGN)
    tasks = [{'block': [role('chap_secrets', chap_secrets_users=users)],
              'rescue': [{'ansible.builtin.debug': {'msg': 'refused'}}]} for users in BAD]
    counts = host.run(*tasks, options=['-vvv'])
    assert (counts['rescued'], counts['failed']) == (len(BAD), 0), host.out
    assert 'Hidden' not in host.out and host.read('chap-secrets') == FOREIGN.replace('\r', '')
