# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put the collections that the container tests need beside ansible-core: ``vendor_collections.py SITE_PACKAGES``.

They come out of the ``ansible`` package (its 12.x series belongs to ansible-core 2.19), because a package index is
there wherever pip works, and Ansible Galaxy may not be. Only their folders are unpacked, not the whole 500 MB.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import zipfile

ANSIBLE = 'ansible==12.3.0'
# community.docker: the connection into containers, podman's too, the one that can pipeline; else what the roles use.
WANTED = ('ansible/posix', 'community/docker', 'community/general')
MARKER = '.vendored'


def download(folder: str) -> pathlib.Path:
    """The wheel of the ``ansible`` package, in *folder*."""
    subprocess.run([sys.executable, '-m', 'pip', '--quiet', '--disable-pip-version-check', 'download', '--no-deps',
                    '--only-binary', ':all:', '--dest', folder, ANSIBLE], check=True)
    return next(pathlib.Path(folder).glob('ansible-*.whl'))


def main(site_packages: str) -> None:
    """Unpack the wanted collections into *site_packages*, unless this version of them is there."""
    marker = pathlib.Path(site_packages, 'ansible_collections', MARKER)
    stamp = ' '.join((ANSIBLE, *WANTED))
    if marker.exists() and marker.read_text() == stamp:
        return
    prefixes = tuple(f'ansible_collections/{name}/' for name in WANTED)
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(download(folder)) as wheel:
        wheel.extractall(site_packages, [name for name in wheel.namelist() if name.startswith(prefixes)])
    marker.write_text(stamp)


if __name__ == '__main__':
    main(sys.argv[1])
