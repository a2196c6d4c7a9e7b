# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the lab keeps: disks by the content of what makes them, and running states by all that they hang on."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import time
import typing as t
import uuid

from tests.lab.host import probe
from tests.lab.vm import qemu

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PROVISION = ROOT / 'tests/aaa/ad_provision'      # what makes the domain
KEPT = 3                 # newest folders of each kind that stay; a state is about 0.5 GB
BUILD_LIMIT = 1800       # seconds for both images; 3 minutes are usual


def folder() -> pathlib.Path:
    """LAB_CACHE, or ``.cache/lab`` in the checkout."""
    return pathlib.Path(os.environ.get('LAB_CACHE') or ROOT / '.cache/lab').resolve()


def digest(paths: t.Iterable[pathlib.Path], *more: str) -> str:
    """A short hash over the names and contents of *paths* (folders: all below) and over *more*."""
    total = hashlib.sha256('\0'.join(more).encode())
    for path in paths:
        for file in sorted(path.rglob('*')) if path.is_dir() else [path]:
            if file.is_file():
                total.update(f'{os.path.relpath(file, HERE)}\0'.encode() + file.read_bytes() + b'\0')
    return total.hexdigest()[:16]


@contextlib.contextmanager
def lock(cache: pathlib.Path) -> t.Iterator[None]:
    """One builder at a time; the others wait, and find what it made."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / 'lock').open('w') as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def missing(cache: pathlib.Path | None = None) -> str:
    """Why there can be no lab here; nothing when there can."""
    try:
        kind, why = probe.chosen()
    except ValueError as exc:
        return str(exc)
    if kind == 'host':
        return probe.why_not()
    if not qemu.version():
        return f'no qemu-system-x86_64 here (Debian: apt-get install qemu-system-x86), and {why}'
    if os.geteuid() and not _images_folder(cache or folder()).exists():
        return 'the disks of the lab hold files of root, and only root can make them'
    return ''


def _images_folder(cache: pathlib.Path) -> pathlib.Path:
    made_by = [HERE / name for name in ('packages', 'domain', 'finish.sh', 'build-images')]
    return cache / 'images' / digest([*made_by, PROVISION])


def images(cache: pathlib.Path, say: t.Callable[[str], None]) -> pathlib.Path:
    """The folder with the kernel and the disks, built if need be."""
    target = _images_folder(cache)
    if not target.exists():
        say('building the images from Debian packages (about 3 minutes)')
        with made(target) as part, (cache / 'build-images.log').open('wb') as log:
            try:
                subprocess.run([str(HERE / 'build-images'), str(part)], check=True, stdout=log, stderr=log,
                               stdin=subprocess.DEVNULL, timeout=BUILD_LIMIT)
            except (OSError, subprocess.SubprocessError) as exc:
                raise qemu.LabError(f'the images cannot be built ({exc}): see {cache}/build-images.log') from exc
            (part / 'id').write_text(uuid.uuid4().hex)    # two builds differ, and a state fits one of them
    keep(target)
    return target


def snapshot_folder(cache: pathlib.Path, image: pathlib.Path, version: str) -> pathlib.Path:
    """Where the running state stands (it may not be there yet). It is good for this QEMU, these disks, these files."""
    made_by = [HERE / name for name in ('guest', 'machines', 'quiet.txt', 'layer.py', 'topology.py')]
    nowhere = pathlib.Path('/')
    line = qemu.command(nowhere, nowhere, nowhere, {}, 'tcg', restore=False)
    return cache / 'snapshots' / digest(made_by, image.name, (image / 'id').read_text(), version, *line)


@contextlib.contextmanager
def made(target: pathlib.Path) -> t.Iterator[pathlib.Path]:
    """A folder to fill that becomes *target* only when it is complete."""
    part = target.with_name(target.name + '.part')
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    part.rename(target)


def drop(cache: pathlib.Path, target: pathlib.Path) -> None:
    """Remove what turned out to be useless."""
    with lock(cache):
        shutil.rmtree(target, ignore_errors=True)


def sweep(runs: pathlib.Path) -> None:
    """Remove the folders of labs whose process ended without them (it was killed) an hour ago or longer."""
    for path in runs.iterdir():
        with contextlib.suppress(OSError, ValueError, KeyError):
            old = path.stat().st_mtime < time.time() - 3600
            known = json.loads((path / 'lab.json').read_text())
            if old and not qemu.alive(known['pid']):
                shutil.rmtree(known['sockets'], ignore_errors=True)
                shutil.rmtree(path, ignore_errors=True)


def keep(target: pathlib.Path) -> None:
    """Mark *target* as used, and remove the oldest of its kind."""
    os.utime(target)
    others = sorted((path for path in target.parent.iterdir() if path != target and path.suffix != '.part'),
                    key=lambda path: path.stat().st_mtime)
    for path in others[:max(0, len(others) + 1 - KEPT)]:
        shutil.rmtree(path, ignore_errors=True)
