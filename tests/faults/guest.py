# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Edits as one program for each machine: one round trip, and an edit that does nothing is an error."""

from __future__ import annotations

import itertools
import json
import shlex
import typing as t

from ansible_collections.vpnops.pptp.tests.faults.fault import Edit

_PROGRAM = r"""
import json, os, subprocess, sys, time

def need(true, text):
    if not true:
        sys.exit('this edit does nothing: ' + text)

def read(path):
    with open(path, encoding='utf-8', newline='') as handle:
        return handle.read()

def write(path, text, mode=None):
    old = os.stat(path) if os.path.exists(path) else None
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8', newline='') as handle:
        handle.write(text)
    if mode:
        os.chmod(path, int(mode, 8))
    elif old:
        os.chmod(path, old.st_mode & 0o7777)

def run(argv):
    rc = subprocess.call(argv, stdin=subprocess.DEVNULL)
    if rc:
        sys.exit('%s: exit status %d' % (argv, rc))

def unit(verb, name, fails=False):
    subprocess.call(['systemctl', 'reset-failed', name], stderr=subprocess.DEVNULL)
    done = subprocess.call(['systemctl', verb, name], stdin=subprocess.DEVNULL)
    if not fails and done:
        sys.exit('systemctl %s %s: exit status %d' % (verb, name, done))
    for _second in range(60 if fails else 0):
        state = subprocess.run(['systemctl', 'is-active', name], stdout=subprocess.PIPE, check=False).stdout.strip()
        if state not in (b'active', b'activating'):
            return
        time.sleep(1)
    need(not fails, name + ' stays active')

def edit(kind, subject, more):
    if kind == 'write':
        write(subject, more['text'], more.get('mode'))
    elif kind == 'append':
        write(subject, (read(subject) if os.path.exists(subject) else '') + more['text'])
    elif kind == 'replace':
        need(more['old'] in read(subject), 'replace in ' + subject)
        write(subject, read(subject).replace(more['old'], more['new']))
    elif kind == 'remove':
        lines = read(subject).splitlines(True)
        kept = [line for line in lines if line.strip() != more['line']]
        need(len(kept) < len(lines), 'remove from ' + subject)
        write(subject, ''.join(kept))
    elif kind == 'delete':
        need(os.path.lexists(subject), 'delete ' + subject)
        os.remove(subject)
    elif kind == 'script':
        run(['sh', '-euc', subject])
    else:
        unit(kind, subject, bool(more.get('fails')))

for kind, subject, more in json.loads(EDITS):
    edit(kind, subject, more)
"""


def scripts(edits: t.Sequence[Edit]) -> list[tuple[str, str]]:
    """``[(machine, shell script), ..]`` that does the *edits* in their order; exit status 0 only when all are done."""
    return [(machine, _script(list(rows))) for machine, rows in itertools.groupby(edits, lambda edit: edit.machine)]


def _script(edits: list[Edit]) -> str:
    data = json.dumps([[edit.kind, edit.subject, edit.more] for edit in edits])
    return 'exec python3 -IS -c %s' % shlex.quote('EDITS = %r\n%s' % (data, _PROGRAM))
