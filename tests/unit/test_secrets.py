# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nothing secret leaves a host, and nothing that a host says is ever run: all that is written and printed at -vvvv."""

from __future__ import annotations

import pathlib
import re
import tarfile

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, folder
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.terminal import report as terminal_report
from ansible_collections.vpnops.pptp.tests.unit import recordings
from ansible_collections.vpnops.pptp.tests.unit.running import Run, playbook, write_bundle

PUBLIC = {'pptpd', 'vpnuser', 'alice', 'radius', 'testing'}   # words of the recordings that are names, too
HEX = re.compile(rb'<([0-9a-f]{32,})')


def secrets_of(texts: dict[str, bytes]) -> set[str]:
    """The passwords in the chap-secrets and RADIUS files of a host, and the challenges and responses in its logs."""
    found: set[str] = set()
    for path, data in texts.items():
        text = data.decode('utf-8', 'replace')
        if 'secrets' in path or path.endswith('/servers'):
            lines = [line for line in text.splitlines() if not line.lstrip().startswith('#')]
            words = [re.findall(r'"[^"]*"|\S+', line) for line in lines]
            found.update(row[2 if 'secrets' in path else 1].strip('"\'') for row in words if len(row) > 2)
        found.update(match.decode() for match in HEX.findall(data))
    return {word for word in found if len(word) >= 6 and word not in PUBLIC}


def leaks(text: str, secrets: set[str]) -> list[str]:
    return sorted(word for word in secrets if word in text)


def written(where: pathlib.Path) -> str:
    """All that was written below *where*, archives unpacked; not the inputs."""
    texts = []
    for path in sorted(where.rglob('*')):
        if path.suffix == '.gz':
            with tarfile.open(path) as archive:
                texts += [archive.extractfile(member).read() for member in archive]
        elif path.is_file():
            texts.append(path.read_bytes())
    return b'\n'.join(texts).decode('utf-8', 'replace')


def test_the_recordings_hold_secrets_to_look_for() -> None:
    found = {row.name: secrets_of(recordings.texts(row.name)) for row in recordings.expectations()}
    assert 'secretpassword' in found['40-wrong-password.server']
    assert sum(1 for words in found.values() if words) > len(found) / 2


@pytest.mark.parametrize('name', [row.name for row in recordings.expectations()])
def test_no_secret_is_in_the_facts_or_the_report_of_a_recording(name: str) -> None:
    facts = subjects.gather(recordings.open_recording(name), log_options={'full': True})
    entry = entries.judged(name, 'run', 'bundle', diagnose(facts).as_dict(), facts)
    text = folder.dump(entry) + '\n'.join(terminal_report([entry], 1))
    assert leaks(text, secrets_of(recordings.texts(name))) == []


@pytest.fixture(scope='module')
def loud(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A fleet of the recordings with the most secrets, diagnosed at -vvvv."""
    names = [row.name for row in recordings.expectations() if (recordings.BUNDLES / row.name).is_dir()]
    hosts = {name: {'pptp_bundle': str(recordings.BUNDLES / name)} for name in names}
    return playbook(tmp_path_factory.mktemp('loud'), 'diagnose', hosts, '-vvvv', '-e', 'pptp_report_dir=report')


def test_no_secret_is_printed_or_written_at_the_highest_verbosity(loud: Run) -> None:
    secrets = set().union(*(secrets_of(recordings.texts(host['host'])) for host in loud.report()['hosts']))
    assert len(secrets) > 5
    assert loud.rc == 0
    assert leaks(loud.out, secrets) == []
    assert leaks(written(loud.folder / 'report'), secrets) == []


def hostile(trap: pathlib.Path) -> dict[str, str]:
    lure = "{{ lookup('pipe', 'touch %s') }}" % trap
    lines = ['pppd[7]: pppd 2.4.9 started by %s, uid 0' % lure,
             'pppd[7]: No CHAP secret found for authenticating %s' % lure,
             'pppd[7]: Peer <script>alert(1)</script> failed CHAP authentication',
             'pppd[7]: \x1b[2J\x1b]0;%s\x07 failed' % lure,
             'pptpd[3]: CTRL: Client %s control connection started' % lure]
    return {
        'etc/hostname': lure + '\n', 'etc/pptpd.conf': 'option /etc/ppp/%s\nlocalip %s\n%s\n' % (lure, lure, lure),
        'etc/ppp/options': 'name "%s"\n%s\nplugin %s\n' % (lure, lure, lure.replace(' ', '')),
        'etc/ppp/chap-secrets': '"%s" * "%s" *\n"<script>" pptpd x *\n' % (lure, lure),
        'var/log/syslog': ''.join('Nov 25 10:00:0%d h %s\n' % row for row in enumerate(lines)),
        'etc/os-release': 'ID="%s"\nPRETTY_NAME="<script>"\n' % lure, 'commands/nft.txt': lure,
        'commands/iptables-save.txt': '*filter\n-A INPUT -m comment --comment "%s" -p gre -j DROP\nCOMMIT\n' % lure}


def test_what_a_host_says_is_never_run_and_never_raw(tmp_path: pathlib.Path) -> None:
    trap = tmp_path / 'pwned'
    write_bundle(tmp_path / 'evil', hostile(trap))
    hosts = {'evil': {'pptp_bundle': 'evil'}, "<script>": {'pptp_bundle': 'evil'}}
    for arguments in ((), ('-vvvv',)):
        run = playbook(tmp_path, 'diagnose', hosts, '-e', 'pptp_report_dir=report', *arguments)
        assert run.rc == 0, run.out
        assert not trap.exists()
        assert '\x1b' not in run.out
    assert 'touch' in written(tmp_path / 'report')   # it got there, as data
    assert '<script' not in written(tmp_path / 'report')
    assert [host['host'] for host in run.report()['hosts']] == ['evil', '<script>']
