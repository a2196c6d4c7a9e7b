# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recorder reads what the subjects need, follows what the files name, and runs nothing that changes the host."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import bundle as bundles, evidence as ev, recording, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import COMMANDS
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost, Output
from ansible_collections.vpnops.pptp.plugins.module_utils.reading_list import READS, reads

MODULES = 'ppp_generic 45056 0 - Live 0x0\n'


class Watched(bundles.Bundle):
    """A host that answers every command, and remembers what was run and opened."""

    def __init__(self, **texts: str) -> None:
        made = bundles.from_texts({path.replace('__', '/'): text for path, text in texts.items()})
        self.ran: list[str] = []
        self.opened: list[str] = []
        super().__init__(made._files, made._sizes)

    def run(self, name: str) -> ev.Reading:
        if COMMANDS[name].argv:
            self.ran.append(name)
            return ev.Reading(Output('x\n', 0), ev.Evidence(name))
        return super().run(name)

    def open(self, path: str) -> ev.Reading:
        getattr(self, 'opened', []).append(path)
        return super().open(path)


def watched(texts: dict[str, str]) -> Watched:
    return Watched(**{path.replace('/', '__'): text for path, text in texts.items()})


def test_every_subject_has_its_reads_and_all_needs_exist() -> None:
    assert set(READS) - {'peers'} == set(subjects.SUBJECTS)
    assert {need for entry in READS.values() for need in entry.needs} <= set(READS)
    assert reads(['conntrack']).commands == reads(['firewall']).commands
    assert len(set(reads(subjects.SUBJECTS).files)) == len(reads(subjects.SUBJECTS).files)


@pytest.mark.parametrize(('modules', 'builtin', 'expected'), [
    (MODULES, 'kernel/x.ko\n', set()),
    (MODULES + 'nf_tables 1 0 - Live 0x0\n', 'kernel/x.ko\n', {'nft', 'iptables-save'}),
    (MODULES, 'kernel/net/netfilter/nf_tables.ko\n', {'nft', 'iptables-save'}),
    ('', '', {'nft', 'iptables-save', 'conntrack'}),
    (MODULES + 'nf_conntrack_netlink 1 0 - Live 0x0\n', '', {'conntrack'}),
])
def test_no_tool_is_run_that_would_load_a_module(modules: str, builtin: str, expected: set[str]) -> None:
    host = watched({'proc/modules': modules, 'proc/sys/kernel/osrelease': '6.1\n',
                    'lib/modules/6.1/modules.builtin': builtin})
    recording.record(host, ['firewall'])
    assert {'nft', 'iptables-save', 'iptables-legacy-save', 'conntrack'}.intersection(host.ran) == expected


@pytest.mark.parametrize(('names', 'ran'), [('', False), ('filter\n', True)])
def test_legacy_tables_are_read_only_where_there_are_some(names: str, ran: bool) -> None:
    host = watched({'proc/modules': MODULES, 'proc/net/ip_tables_names': names})
    recording.record(host, ['firewall'])
    assert ('iptables-legacy-save' in host.ran) is ran


def test_pppd_is_asked_for_its_version_only_where_no_package_tells() -> None:
    with_dpkg, without = watched({'var/lib/dpkg/status': 'x'}), watched({'etc/hostname': 'h'})
    for host in (with_dpkg, without):
        recording.record(host, ['pppd'])
    assert 'dpkg-query' in with_dpkg.ran and 'pppd-version' not in with_dpkg.ran
    assert 'dpkg-query' not in without.ran and 'pppd-version' in without.ran


def test_a_firewall_manager_is_asked_only_where_no_rule_set_was_read() -> None:
    host = watched({'proc/modules': MODULES + 'nf_tables 1 0 - Live 0x0\n'})
    recording.record(host, ['firewall'])
    assert not {'firewall-cmd', 'ufw'}.intersection(host.ran)
    host = watched({'proc/modules': MODULES})
    recording.record(host, ['firewall'])
    assert {'firewall-cmd', 'ufw'} <= set(host.ran)


def test_files_that_files_name_are_read_and_secrets_are_not() -> None:
    host = watched({
        'etc/pptpd.conf': 'option /etc/vpn/server.opts\n# option /etc/vpn/commented\n',
        'etc/vpn/server.opts': 'file /etc/vpn/more\nplugin /usr/lib/x.so\nlogfile /var/log/vpn.log\n',
        'etc/vpn/more': 'name pptpd\n', 'etc/vpn/commented': 'x\n', 'etc/shadow': 'root:x\n', 'usr/lib/x.so': 'ELF',
        'var/log/vpn.log': 'x', 'etc/ppp/chap-secrets': 'alice pptpd @/etc/vpn/key *\nbob pptpd /etc/shadow *\n',
        'etc/vpn/key': 'geheim\n'})
    made = recording.record(host, ['pppd', 'secrets'])
    assert {'/etc/vpn/server.opts', '/etc/vpn/more'} <= set(made.texts)
    assert not {'/etc/vpn/commented', '/etc/shadow', '/usr/lib/x.so', '/var/log/vpn.log'}.intersection(made.texts)
    assert {'/usr/lib/x.so', '/var/log/vpn.log', '/etc/vpn/key'} <= set(made.meta['stat'])
    assert 'geheim' not in json.dumps(made.files())
    assert '/etc/vpn/key' not in host.opened


def test_what_does_not_exist_is_proved_and_what_nobody_recorded_is_not(tmp_path: t.Any) -> None:
    live = bundles.unpack(recording.record(LiveHost(str(tmp_path)), ['conf']).packed())
    replayed = bundles.unpack(recording.record(bundles.from_texts({'x': ''}), ['conf']).packed())
    assert live.read('/etc/pptpd.conf').evidence == ev.Evidence('/etc/pptpd.conf', ev.ABSENT)
    assert replayed.read('/etc/pptpd.conf').evidence.reason == ev.NOT_RECORDED


def test_a_recording_that_is_too_large_is_cut_and_says_where() -> None:
    dice = random.Random(1)
    rules = ('-A INPUT -s 10.%d.%d.1 -p gre -j DROP\n' % (dice.randrange(250), dice.randrange(250))
             for _rule in range(20000))
    made = recording.record(bundles.from_texts({'commands/iptables-save.txt': ''.join(rules), 'etc/hostname': 'h\n'}),
                            ['firewall', 'host'])
    packed = made.packed(20000)
    assert len(packed) <= 20000
    replayed = bundles.unpack(packed)
    assert replayed.run('iptables-save').evidence.status == ev.TRUNCATED
    assert replayed.read('/etc/hostname').value == 'h\n'


@pytest.mark.parametrize('packed', ['', 'not base85 \x00', 'c$}', recording.base64.b85encode(b'x').decode(),
                                    recording.base64.b85encode(recording.zlib.compress(b'[1]')).decode()])
def test_what_is_no_recording_is_an_error_of_ours(packed: str) -> None:
    with pytest.raises(bundles.BundleError, match='no recording'):
        bundles.unpack(packed)
