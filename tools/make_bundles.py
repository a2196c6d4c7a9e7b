# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Turn the recordings of the dial lab into bundles.

    python tools/make_bundles.py RECORDINGS tests/bundles

A recording is one folder an experiment: ``server.syslog``, ``server.state.txt`` (sections
``## conntrack -L``, ``## ruleset``, ``## iptables counters``, ``## addrs``), ``client1.syslog``,
``client1.pppd.log``, ``freeradius.log``, ``commands.txt`` and ``config/``, and ``router.state.txt`` with the same
sections. ``expected.tsv`` in the destination names the bundles, ``EXPERIMENT.`` with server, client or router: one
that is there as
a folder is written again, the others go into ``recordings.tar.xz``. Nothing is added that was not recorded; what the
recording says of the harness itself is left out. Secrets of the lab are no secrets: the
bundles hold them on purpose, so that the tests can prove that no report repeats them.
"""

from __future__ import annotations

import io
import lzma
import pathlib
import re
import sys
import tarfile

SECTIONS = {
    'conntrack -L': 'conntrack.txt',
    'ruleset': 'nft.txt',
    'iptables counters': 'iptables-L.txt',
    'addrs': 'ip-addr.txt',
}
CONFIG = {
    'server_etc_ppp_chap-secrets': 'etc/ppp/chap-secrets',
    'server_etc_ppp_options': 'etc/ppp/options',
    'server_etc_ppp_pptpd-options': 'etc/ppp/pptpd-options',
    'server_etc_pptpd.conf': 'etc/pptpd.conf',
}
CLIENT_CONFIG = {'client_peers_lab': 'etc/ppp/peers/lab'}
UNIT_STATES = ('active', 'inactive', 'failed', 'activating')


def sections(text: str) -> dict[str, str]:
    """The text below each ``## title`` line, by title."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith('## '):
            current = found.setdefault(line[3:].strip(), [])
        else:
            current.append(line)
    return {title: ''.join(lines) for title, lines in found.items()}


def server_files(folder: pathlib.Path) -> dict[str, bytes]:
    """The server of one experiment, as ``{path in the bundle: content}``."""
    files = _config(folder, CONFIG)
    _add(files, 'var/log/syslog', folder / 'server.syslog')
    _add(files, 'var/log/freeradius/radius.log', folder / 'freeradius.log')
    for state in folder.glob('server*.state.txt'):
        files.update(_state(state))
    files.update(_harness_outputs(folder))
    return files


def router_files(folder: pathlib.Path) -> dict[str, bytes]:
    """The router of one experiment, as ``{path in the bundle: content}``."""
    return _state(folder / 'router.state.txt')


def _state(path: pathlib.Path) -> dict[str, bytes]:
    """The outputs that the sections of a state file hold."""
    found = sections(path.read_text(errors='surrogateescape'))
    return {'commands/' + SECTIONS[title]: text.encode('utf-8', 'surrogateescape')
            for title, text in found.items() if title in SECTIONS}


def client_files(folder: pathlib.Path) -> dict[str, bytes]:
    """The first client of one experiment, as ``{path in the bundle: content}``."""
    files = _config(folder, CLIENT_CONFIG)
    _add(files, 'var/log/syslog', folder / 'client1.syslog')
    _add(files, 'var/log/ppp.log', folder / 'client1.pppd.log')
    return files


def _config(folder: pathlib.Path, names: dict[str, str]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, path in names.items():
        _add(files, path, folder / 'config' / name)
    return files


def _add(files: dict[str, bytes], path: str, source: pathlib.Path) -> None:
    if source.is_file() and source.stat().st_size:
        files[path] = source.read_bytes()


def _harness_outputs(folder: pathlib.Path) -> dict[str, bytes]:
    """What the harness printed after ``systemctl start pptpd``: ``systemctl is-active`` and ``ss -ltnp``.

    It ran ``ss`` at once: no listener of a unit that is active only means that it asked too early, so such an
    output is left out; that of a unit which failed stays, empty.
    """
    path = folder / 'commands.txt'
    text = path.read_text() if path.is_file() else ''
    states = [line for line in text.splitlines() if line in UNIT_STATES]
    if not states:
        return {}
    listeners = re.findall(r'^LISTEN .*:1723 .*\n', text, re.M)
    files = {'commands/systemctl-is-active.txt': states[-1].encode() + b'\n'}
    if listeners or states[-1] != 'active':
        files['commands/ss.txt'] = ''.join(listeners[-1:]).encode()
    return files


def write(files: dict[str, bytes], dest: pathlib.Path) -> None:
    """Write *files* below the folder *dest*."""
    for path, content in files.items():
        target = dest / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def pack(bundles: dict[str, dict[str, bytes]]) -> bytes:
    """A ``.tar.xz`` of *bundles*, one folder each; the same bundles give the same bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w', format=tarfile.GNU_FORMAT) as archive:
        for name, files in sorted(bundles.items()):
            for path, content in sorted(files.items()):
                member = tarfile.TarInfo(name + '/' + path)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return lzma.compress(buffer.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def main(argv: list[str]) -> int:
    """Command line: recordings, destination."""
    source, dest = map(pathlib.Path, argv)
    rows = (dest / 'expected.tsv').read_text().splitlines()
    packed: dict[str, dict[str, bytes]] = {}
    for name in (row.split('\t')[0] for row in rows if row and not row.startswith('#')):
        experiment, side = name.rsplit('.', 1)
        files = {'server': server_files, 'client': client_files, 'router': router_files}[side](source / experiment)
        if (dest / name).is_dir():
            write(files, dest / name)
        else:
            packed[name] = files
    (dest / 'recordings.tar.xz').write_bytes(pack(packed))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
