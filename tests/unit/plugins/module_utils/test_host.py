# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The live door, on a folder that plays the machine and on the commands of this one."""

from __future__ import annotations

import os
import tempfile
import time

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import commands, evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost


@pytest.fixture
def root(tmp_path):
    (tmp_path / 'etc').mkdir()
    (tmp_path / 'etc/pptpd.conf').write_bytes(b'localip 10.0.0.1\r\n\xff\n')
    return tmp_path


@pytest.fixture
def offer(monkeypatch):
    def set_command(*argv, timeout=5.0):
        monkeypatch.setitem(commands.COMMANDS, 'probe', commands.Command(argv, timeout))
    return set_command


def test_a_file_is_text_with_its_line_ends_and_odd_bytes(root):
    reading = LiveHost(str(root)).read('/etc/pptpd.conf')
    assert reading.value == 'localip 10.0.0.1\r\n\udcff\n'
    assert reading.evidence == ev.Evidence('/etc/pptpd.conf')


def test_a_long_file_is_cut_and_says_so(root):
    reading = LiveHost(str(root)).read('/etc/pptpd.conf', limit=7)
    assert reading.value == 'localip'
    assert reading.evidence.status == ev.TRUNCATED


def test_a_missing_file_is_absent_and_a_folder_is_a_failure(root):
    host = LiveHost(str(root))
    assert host.read('/etc/nothing').evidence.status == ev.ABSENT
    assert host.read('/etc').evidence.status == ev.FAILED


def test_reading_leaves_the_access_time_alone(root):
    path = root / 'etc/pptpd.conf'
    os.utime(path, (1000, 2000))
    LiveHost(str(root)).read('/etc/pptpd.conf')
    assert os.stat(path).st_atime == 1000


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can become somebody who may not read')
def test_a_file_one_may_not_read_is_denied():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with open(folder + '/secret', 'w', opener=lambda path, flags: os.open(path, flags, 0o600)) as handle:
            handle.write('x')
        assert _as_nobody(lambda: LiveHost(folder).read('/secret').evidence.status) == ev.DENIED


def _as_nobody(call):
    """What *call* returns in a child process that has given up root."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setgroups([])
        os.setuid(65534)
        os.write(writer, call().encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        return answer.read()


def test_list_and_stat(root):
    host = LiveHost(str(root))
    assert host.list('/etc').value == ['pptpd.conf']
    info = host.stat('/etc/pptpd.conf').value
    assert (info.kind, info.size) == ('file', 20)
    assert host.stat('/dev/ppp').evidence.status == ev.ABSENT
    assert LiveHost().stat('/dev/null').value.device == (1, 3)


def test_a_command_answers_with_its_output(offer):
    offer('printf', 'a b')
    assert LiveHost().run('probe').value.stdout == 'a b'


def test_a_command_that_is_not_there_is_absent(offer):
    offer('no-such-command-here')
    assert LiveHost().run('probe').evidence.status == ev.ABSENT


def test_a_refusal_is_told_from_a_failure(offer):
    offer('sh', '-c', 'echo "Operation not permitted (you must be root)" >&2; exit 4')
    assert LiveHost().run('probe').evidence.status == ev.DENIED
    offer('sh', '-c', 'echo boom >&2; exit 3')
    assert LiveHost().run('probe').evidence == ev.Evidence('probe', ev.FAILED, 'exit 3: boom')


def test_a_non_zero_exit_that_printed_something_is_an_answer(offer):
    offer('sh', '-c', 'echo "pptpd 1.4"; exit 1')
    assert LiveHost().run('probe').value.rc == 1


def test_a_command_that_hangs_is_ended_with_its_children(offer):
    offer('sh', '-c', 'sleep 60 | cat', timeout=0.2)
    started = time.monotonic()
    reading = LiveHost().run('probe')
    assert reading.evidence == ev.Evidence('probe', ev.FAILED, 'no answer in 0.2 s')
    assert time.monotonic() - started < 5


def test_commands_see_a_plain_environment(offer, monkeypatch):
    monkeypatch.setenv('LD_PRELOAD', '')
    monkeypatch.setenv('SECRET_OF_THE_CALLER', 'x')
    offer('env')
    assert sorted(line.split('=')[0] for line in LiveHost().run('probe').value.stdout.splitlines()
                  if line.split('=')[0] not in ('PWD', 'SHLVL', '_')) == ['LC_ALL', 'PATH']


def test_a_command_known_from_recordings_only_is_never_run():
    assert LiveHost().run('ss').evidence.status == ev.ABSENT


def test_every_known_command_only_reads():
    writing = {'-A', '-D', '-I', '-F', 'add', 'delete', 'set', 'start', 'stop', 'restart', 'flush', '-w', 'enable'}
    for name, command in commands.COMMANDS.items():
        assert not writing.intersection(command.argv), name


def test_a_sysctl_is_read_with_the_usual_limit():
    reading = LiveHost().read('/proc/sys/kernel/osrelease')
    assert reading.value == os.uname().release + '\n'
