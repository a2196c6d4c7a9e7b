# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab by hand. It goes on in the background until ``down``."""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3]))

from tests.lab.host import probe
from tests.lab.vm import lab as lab_module, store
from tests.lab.vm.lab import Lab, LabError
from tests.lab.vm.topology import GUEST

USAGE = '''  tests/lab/vm/lab ssh server              a shell on a machine: {machines}, guest
  tests/lab/vm/lab run server 'ss -ltn'    a command there
  tests/lab/vm/lab dial                    a login from client1 to server, a ping and 1 MB through the tunnel
  tests/lab/vm/lab reset | down            the fresh lab again | stop it
  ansible-playbook -i {inventory} playbooks/diagnose.yml'''


def main() -> int:
    """One command; the exit status says whether it worked."""
    arguments = _parser().parse_args()
    if arguments.command == 'down':
        return 0 if lab_module.end(store.folder() / 'run' / arguments.name) else 1
    if arguments.command == 'kind':
        print(*probe.chosen(), sep=': ')
        return 0
    lab = _up(arguments.name) if arguments.command == 'up' else Lab.attach(arguments.name)
    return COMMANDS[arguments.command](lab, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='lab', description=__doc__)
    parser.add_argument('--name', default='lab', help='more than one may run, each with its own name')
    commands = parser.add_subparsers(dest='command', required=True)
    for name, text in (('up', 'start a fresh lab'), ('down', 'stop it'), ('reset', 'the fresh lab again'),
                       ('inventory', 'print the path of an inventory for ansible-playbook'),
                       ('kind', 'say where a lab would run here, host or vm, and why')):
        commands.add_parser(name, help=text)
    machines = [*Lab.machines, GUEST]
    run = commands.add_parser('run', help='run a command on a machine')
    run.add_argument('machine', choices=machines)
    run.add_argument('script')
    ssh = commands.add_parser('ssh', help='open a shell on a machine')
    ssh.add_argument('machine', choices=machines)
    hangup = commands.add_parser('hangup', help='end the tunnels of a client')
    dial = commands.add_parser('dial', help='log in, and send something through the tunnel')
    dial.add_argument('--server', default='server')
    dial.add_argument('--user', default=lab_module.USER)
    dial.add_argument('--password', default=lab_module.PASSWORD)
    dial.add_argument('--option', action='append', default=[], help="one more line for the client's pppd")
    dial.add_argument('--megabytes', type=float, default=1)
    for parts in (dial, hangup):
        parts.add_argument('--client', default='client1')
    return parser


def _up(name: str) -> Lab:
    lab = Lab.up(name=name, stay=True)
    print(USAGE.format(machines=', '.join(Lab.machines), inventory=os.path.relpath(lab.inventory)))
    return lab


def _run(lab: Lab, arguments: argparse.Namespace) -> int:
    done = lab.run(arguments.machine, arguments.script, check=False, seconds=600)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


def _ssh(lab: Lab, arguments: argparse.Namespace) -> int:
    line = lab.ssh(arguments.machine)
    os.execvp(line[0], line)


def _dial(lab: Lab, arguments: argparse.Namespace) -> int:
    dial = lab.dial(arguments.client, arguments.server, arguments.user, arguments.password, arguments.option)
    print(dial.client_log)
    print(f'{dial.outcome} (pppd {dial.exit_code}) after {dial.seconds:.1f} s', dial.interface, dial.address, dial.mppe)
    if not dial.up:
        return 1
    ping = lab.ping_through(arguments.client)
    size = lab.transfer(arguments.client, arguments.megabytes) if ping else 0
    print(f'ping through the tunnel: {"ok" if ping else "no answer"}; bytes fetched through it: {size}')
    return 0 if size else 1


def _reset(lab: Lab, arguments: argparse.Namespace) -> int:
    lab.reset()
    return 0


def _hangup(lab: Lab, arguments: argparse.Namespace) -> int:
    lab.hangup(arguments.client)
    return 0


def _inventory(lab: Lab, arguments: argparse.Namespace) -> int:
    print(lab.inventory)
    return 0


COMMANDS = {'up': lambda lab, arguments: 0, 'run': _run, 'ssh': _ssh, 'dial': _dial, 'reset': _reset,
            'hangup': _hangup, 'inventory': _inventory}

if __name__ == '__main__':
    try:
        sys.exit(main())
    except LabError as exc:
        sys.exit(f'lab: {exc}')
