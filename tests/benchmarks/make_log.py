# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes a syslog of a given size: a busy host's lines with logins of a PPTP server among them, the same for a seed.

``python make_log.py OUT --mib 64 --share 0.005`` (share of the lines that are pppd's or pptpd's).
"""

from __future__ import annotations

import argparse
import random
import sys
import typing as t

_OTHERS = (
    'sshd[{pid}]: Failed password for invalid user {word} from 198.51.100.{n} port {port} ssh2',
    'CRON[{pid}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)',
    'kernel: [{n}.{port}] IPv4: martian source 10.0.{n}.1 from 192.0.2.{n}, on dev eth0 support application',
    'dhclient[{pid}]: DHCPACK of 192.0.2.{n} from 192.0.2.1 (xid=0x{port:x})',
    'postfix/smtpd[{pid}]: connect from mail{n}.example.org[203.0.113.{n}]',
    'named[{pid}]: client @0x7f{port:x} 192.0.2.{n}#{port} ({word}.example.org): query: {word}.example.org IN A',
    'systemd[1]: Started Session {port} of user {word}.',
    'apache2[{pid}]: [client 198.51.100.{n}:{port}] AH00128: File does not exist: /var/www/{word}')
_QUIET = (
    'pptpd[{ctrl}]: CTRL: Client 198.51.100.{n} control connection started',
    'pptpd[{ctrl}]: CTRL: Starting call (launching pppd, opening GRE)',
    'pppd[{pid}]: pppd 2.4.9 started by root, uid 0',
    'pppd[{pid}]: Using interface ppp{n}',
    'pppd[{pid}]: Connect: ppp{n} <--> /dev/pts/{n}')
_TRACE = (
    'pppd[{pid}]: sent [LCP ConfReq id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0x{port:08x}> <pcomp>]',
    'pptpd[{ctrl}]: GRE: accepting packet #{n}',
    'pppd[{pid}]: rcvd [LCP ConfAck id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0x{port:08x}> <pcomp>]',
    'pppd[{pid}]: rcvd [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0x{port:08x}> <pcomp> <accomp>]',
    'pppd[{pid}]: sent [LCP ConfAck id=0x1 <asyncmap 0x0> <magic 0x{port:08x}> <pcomp> <accomp>]',
    'pppd[{pid}]: sent [CHAP Challenge id=0x4b <24dec1c42e812153205204c6361d3386>, name = "pptpd"]',
    'pptpd[{ctrl}]: GRE: accepting packet #{n}',
    'pppd[{pid}]: rcvd [CHAP Response id=0x4b <8369{port:032x}00>, name = "{word}"]')
_GOOD = (
    'pppd[{pid}]: peer from calling number 198.51.100.{n} authorized',
    'pppd[{pid}]: MPPE 128-bit stateless compression enabled',
    'pppd[{pid}]: local  IP address 10.99.0.1',
    'pppd[{pid}]: remote IP address 10.99.0.{n}',
    'pppd[{pid}]: LCP terminated by peer (User request)')
_BAD = (
    'pppd[{pid}]: Peer {word} failed CHAP authentication',
    'pppd[{pid}]: Connection terminated.')
_END = (
    'pppd[{pid}]: Exit.',
    'pptpd[{ctrl}]: CTRL: Reaping child PPP[{pid}]',
    'pptpd[{ctrl}]: CTRL: Client 198.51.100.{n} control connection finished')
_WORDS = ('alice', 'bob', 'carol', 'dave', 'support', 'application', 'upper', 'mapping')


def _logins(dice: random.Random, debug: bool) -> t.Iterator[str]:
    while True:
        fields = {'ctrl': dice.randrange(300, 32000), 'n': dice.randrange(2, 250), 'port': dice.randrange(1024, 65000),
                  'word': dice.choice(_WORDS[:4])}
        fields['pid'] = fields['ctrl'] + 1
        for line in _QUIET + (_TRACE if debug else ()) + (_GOOD if dice.random() < 0.8 else _BAD) + _END:
            yield line.format(**fields)


def lines(size: int, share: float = 0.005, debug: bool = False, seed: int = 1) -> t.Iterator[str]:
    """About *size* bytes of log lines with line ends; *debug* adds pppd's trace to the logins."""
    dice = random.Random(seed)
    logins, written, second = _logins(dice, debug), 0, 0.0
    while written < size:
        second += 0.3
        clock = '%02d:%02d:%02d' % (second // 3600 % 24, second // 60 % 60, second % 60)
        text = next(logins, '') if dice.random() < share else dice.choice(_OTHERS).format(
            pid=dice.randrange(300, 32000), n=dice.randrange(250), port=dice.randrange(1024, 65000),
            word=dice.choice(_WORDS))
        line = 'Jan %2d %s vpn %s\n' % (second // 86400 % 28 + 1, clock, text)
        written += len(line)
        yield line


def main(argv: t.Sequence[str]) -> int:
    """Write the log that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out')
    parser.add_argument('--mib', type=float, default=64)
    parser.add_argument('--share', type=float, default=0.005)
    parser.add_argument('--debug', action='store_true')
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args(argv)
    block = list(lines(int(min(args.mib, 32) * 1048576), args.share, args.debug, args.seed))
    with open(args.out, 'w', encoding='ascii') as handle:
        for _again in range(max(1, round(args.mib / 32))):   # a block of 32 MiB, again and again
            handle.writelines(block)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
