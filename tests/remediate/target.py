# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A PPTP server that the tests break, the playbooks against it, and what it looks like before and after."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation_system import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACES = ('/etc/pptpd.conf /etc/ppp /etc/default /etc/modules-load.d /etc/modprobe.d /etc/sysctl.d /etc/systemd/system '
          '/etc/nftables.conf /etc/nftables.vpnops-pptp.d /etc/iptables /etc/rc?.d /usr/lib/systemd/system/pptpd*')
#: Each file with kind, mode, owner and content or target.
_FILES = r"""
for path in $(find %s -xdev \( -type f -o -type l -o -type d \) 2>/dev/null | sort); do
  printf '%%s %%s ' "$path" "$(stat -c '%%F %%a %%u:%%g' "$path")"
  if [ -L "$path" ]; then readlink "$path"; elif [ -f "$path" ]; then sha256sum <"$path"; else echo; fi
done
""" % PLACES
_RECORDS = r"""
cd /var/lib/vpnops-pptp/remediation 2>/dev/null || exit 0
grep -o '"state": "[a-z]*"' */state.json /dev/null || true
"""


class Target:
    """A server called *name* in the inventory ``hosts.yml`` of the folder *home*; :meth:`close` ends it."""

    name: str
    home: pathlib.Path
    inventory: str
    blocked: str        # a script that drops GRE
    patience = 900      # seconds for a playbook
    variables: tuple[str, ...] = ()

    def sh(self, script: str) -> str:
        """What *script* prints on the server; raises where it fails."""
        raise NotImplementedError

    def power_cut(self) -> None:
        """Everything that runs ends at once, and what lies in memory is gone; then it starts again."""
        raise NotImplementedError

    def sessions(self) -> str:
        """A regular expression for the command lines of Ansible's connections to it."""
        raise NotImplementedError

    def rules_at_start(self) -> str:
        """A script for what :meth:`power_cut` does not bring back: the rules that it had, with the fault in them."""
        raise NotImplementedError

    def prove(self) -> None:
        """Log in, where the kernel can."""

    def close(self) -> None:
        """End it."""

    def files(self) -> dict[str, str]:
        """Each file of interest with its kind, mode, owner and content."""
        return dict(line.split(' ', 1) for line in self.sh(_FILES).splitlines())

    def rules(self) -> str:
        """The rules in force, without counters, table by table."""
        return '\n'.join(tables(self.sh('iptables-save; ip6tables-save; nft --stateless list ruleset')))

    def daemon(self) -> str:
        """Whether pptpd runs, and starts at boot."""
        return self.sh('systemctl is-active pptpd || true; systemctl is-enabled pptpd 2>/dev/null || true').strip()

    def start(self, playbook: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a playbook, in a session of its own, with its report in ``report``."""
        environment = dict(os.environ, ANSIBLE_HOME=str(self.home / 'ansible'), ANSIBLE_NOCOLOR='1',
                           ANSIBLE_RETRY_FILES_ENABLED='0')
        command = [str(pathlib.Path(sys.executable).with_name('ansible-playbook')), '-i', self.inventory, '--limit',
                   self.name, str(ROOT / 'playbooks' / (playbook + '.yml')),
                   '-e', 'pptp_report_dir=%s' % (self.home / 'report'), *self.variables]
        return subprocess.Popen([*command, *arguments], cwd=self.home, env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)

    def play(self, playbook: str, *arguments: str, rc: int = 0) -> str:
        """What a playbook prints; it has to end with *rc*."""
        process = self.start(playbook, *arguments)
        text, _nothing = process.communicate(timeout=self.patience)
        assert process.returncode == rc, text
        return text

    def cut(self, process: subprocess.Popen[str]) -> None:
        """Every connection of a play that is open now ends; the play goes on, to its end."""
        subprocess.run(['pkill', '-KILL', '--full', self.sessions()], check=False)
        process.communicate(timeout=self.patience)

    def entry(self) -> dict[str, t.Any]:
        """The host in the report."""
        found: dict[str, t.Any] = json.loads((self.home / 'report/hosts' / (self.name + '.json')).read_text('utf-8'))
        return found

    def records(self) -> dict[str, str]:
        """The records on the host, with their states."""
        text = self.sh(_RECORDS)
        return {line.split('/')[0]: line.split('"')[3] for line in text.splitlines()}


def kill(process: subprocess.Popen[str]) -> None:
    """End a playbook and all it started here, as a controller that dies does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
