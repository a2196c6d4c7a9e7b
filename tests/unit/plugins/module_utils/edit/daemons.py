# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The real pppd and pptpd as witnesses of what a file means to them; they need no PPP in the kernel for that.

pppd loads a plugin of a few lines that asks pppd's own functions (``get_secret``, ``print_options``) and ends. pptpd
is run in a network namespace of its own, with a syslog that prints.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import threading

import pytest

PPPD = shutil.which('pppd', path=os.environ['PATH'] + ':/usr/sbin:/sbin')
PPTPD = shutil.which('pptpd', path=os.environ['PATH'] + ':/usr/sbin:/sbin')
_READY = 'connections available'
_NAMESPACE = ['unshare', '--mount', 'true']
_ASK = r"""
#include <stdio.h>
#include <stdlib.h>
#include <stdarg.h>
char pppd_version[] = VERSION;
int vslprintf(char *, int, const char *, va_list);
void print_options(void (*)(void *, char *, ...), void *);
int get_secret(int, char *, char *, char *, int *, int);
int auth_ip_addr(int, unsigned);

static void say(void *arg, char *format, ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    vslprintf(line, sizeof(line), format, args);
    va_end(args);
    fputs(line, stdout);
}

void plugin_init(void)
{
    char client[4096], server[4096], secret[4096];
    FILE *asked = fopen("/etc/ppp/asked", "r");
    while (asked && fscanf(asked, "%4095[^\001]\001%4095[^\001]\001", client, server) == 2) {
        int size = 0, found = get_secret(0, client, server, secret, &size, 1);
        printf("=%d %d ", found, found ? auth_ip_addr(0, 0x0500000a) : 0);
        for (int i = 0; i < size && found; i++)
            printf("%02x", (unsigned char)secret[i]);
        printf("\n");
    }
    if (!asked)
        print_options(say, 0);
    fflush(stdout);
    exit(0);
}
"""
_SYSLOG = r"""
#include <stdarg.h>
#include <stdio.h>
void vsyslog(int level, const char *format, va_list args) { vfprintf(stderr, format, args); fputs("\n", stderr); }
void __vsyslog_chk(int level, int flag, const char *format, va_list args) { vsyslog(level, format, args); }
void syslog(int level, const char *format, ...)
{ va_list args; va_start(args, format); vsyslog(level, format, args); va_end(args); }
void __syslog_chk(int level, int flag, const char *format, ...)
{ va_list args; va_start(args, format); vsyslog(level, format, args); va_end(args); }
"""


def _missing(daemon: str | None, name: str) -> str:
    if daemon is None:
        return 'needs ' + name
    if not shutil.which('cc') or not shutil.which('unshare'):
        return 'needs a C compiler and unshare'
    namespace = subprocess.run(_NAMESPACE, capture_output=True, check=False).returncode == 0
    return '' if namespace else 'needs root, for namespaces'


WITHOUT_PPPD, WITHOUT_PPTPD = _missing(PPPD, 'pppd'), _missing(PPTPD, 'pptpd')
needs_pppd = pytest.mark.skipif(bool(WITHOUT_PPPD), reason=WITHOUT_PPPD or 'there')
needs_pptpd = pytest.mark.skipif(bool(WITHOUT_PPTPD), reason=WITHOUT_PPTPD or 'there')


def _compiled(folder: pathlib.Path, source: str, *flags: str) -> pathlib.Path:
    path = folder / 'made.so'
    (folder / 'made.c').write_text(source)
    subprocess.run(['cc', '-shared', '-fPIC', *flags, '-o', str(path), str(folder / 'made.c')], check=True)
    return path


class Pppd:
    """pppd with an /etc/ppp of its own, in *folder*."""

    def __init__(self, folder: pathlib.Path) -> None:
        said = subprocess.run([str(PPPD), '--version'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        version = re.search(r'\d[\w.]*', said.stdout.decode())
        self._plugin = _compiled(folder, _ASK, '-DVERSION="%s"' % (version.group() if version else ''))
        self._etc = folder / 'etc'
        self._etc.mkdir()
        (self._etc / 'options').touch()

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        script = 'mount --bind "$0" /etc/ppp && exec "$@"'
        command = [str(PPPD), 'dryrun', 'nodetach', *arguments, 'plugin', str(self._plugin)]
        return subprocess.run(['unshare', '--mount', 'sh', '-c', script, str(self._etc), *command], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)

    def secrets(self, data: bytes, asked: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bool] | None]:
        """For each client and server the secret that pppd finds in *data*, and whether it allows 10.0.0.5; ``None``
        where there is none."""
        (self._etc / 'chap-secrets').write_bytes(data)
        (self._etc / 'chap-secrets').chmod(0o600)
        (self._etc / 'asked').write_bytes(b''.join(client + b'\1' + server + b'\1' for client, server in asked))
        lines = re.findall(rb'(?m)^=(\d) (\d) ([0-9a-f]*)$', self._run().stdout)
        assert len(lines) == len(asked)
        return [(bytes.fromhex(text.decode()), allowed == b'1') if found == b'1' else None
                for found, allowed, text in lines]

    def options(self, data: bytes) -> list[bytes] | bytes:
        """The options that are in effect with the file *data*, as pppd prints them, or what it complains about."""
        (self._etc / 'asked').unlink() if (self._etc / 'asked').exists() else None
        (self._etc / 'file').write_bytes(data)
        said = self._run('file', '/etc/ppp/file').stdout
        _head, found, rest = said.partition(b'pppd options in effect:\n')
        return re.findall(rb'(?m)^(.*?)\t\t# \(from /etc/ppp/file\)$', rest) if found else said


class Pptpd:
    """pptpd, as far as its start."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder, self._log = folder, _compiled(folder, _SYSLOG)

    def says(self, data: bytes) -> str:
        """What it logs when it is started with *data*, until it waits for clients or ends."""
        (self._folder / 'conf').write_bytes(data)
        command = ['unshare', '--net', str(PPTPD), '--fg', '--conf', str(self._folder / 'conf'),
                   '--pidfile', str(self._folder / 'pid')]
        said: list[str] = []
        with subprocess.Popen(command, env={'LD_PRELOAD': str(self._log)}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            limit = threading.Timer(20, process.kill)
            limit.start()
            while process.stdout and (not said or _READY not in said[-1]):
                line = process.stdout.readline().decode('utf-8', 'replace')
                if not line:
                    break
                said.append(line)
            limit.cancel()
            process.kill()
        return ''.join(said)
