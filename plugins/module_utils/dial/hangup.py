# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The end of every session: LCP Terminate, Call-Clear, Stop, as far as it had come, each waited for, none for long."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import pptp

if t.TYPE_CHECKING:
    from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session

PARTS = ('link', 'call', 'control')
TIMES = 3    # that a Terminate-Request is sent, for a tunnel that loses packets
# What the Terminate-Request says, since the server logs it (fsm.c): who that was, and what for ...
REASON = 'vpnops.pptp dial: %s'
# ... but where encryption does not come about what pppd says then (ccp.c, main.c), by the word of the verdict.
REASONS = {'encryption-refused': 'MPPE required but peer refused',
           'no-ccp': 'MPPE required but peer negotiation failed',
           'strength': 'MPPE required but peer negotiation failed'}


class HangUp:
    """Ends what the *session* has begun, from the inside out; each part has its share of the limit."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.deadline: float | None = None
        self._part = -1
        self._ended: dict[str, bool] = {}
        self._until = 0.0
        self._times = 0
        self._cleared = self._stopped = False

    def heard(self, message: pptp.Message) -> None:
        """What confirms that call or control connection are over."""
        self._cleared = self._cleared or isinstance(message, (pptp.Disconnect, pptp.StopRequest))
        self._stopped = self._stopped or isinstance(message, (pptp.StopReply, pptp.StopRequest))

    def go(self, now: float) -> None:
        """As far as it can go now."""
        if self._part < 0:
            self._enter(0, now)
            self._last_word()
        while self._part < len(PARTS):
            part = PARTS[self._part]
            if self._begun(part) and not self._over(part) and now < self._until:
                self._wait(part, now)
                return
            if self._begun(part):
                self._ended[part] = self._over(part)
            self._enter(self._part + 1, now)
        self.deadline = None
        self._session.finish(now, self._ended)

    def _last_word(self) -> None:
        """Where the connection is lost, the server may not know it, as of a reset that something on the way has made:
        one request through the tunnel, which nobody waits for."""
        session = self._session
        if session.tunnel.is_open and not (session.connected or session.link.ended or self._cleared):
            self._close()

    def _close(self) -> None:
        self._session.link.close(REASONS.get(self._session.why, REASON % self._session.settings.mode))

    def _enter(self, number: int, now: float) -> None:
        """Begin to end part *number*."""
        self._part, self._times = number, 0
        self._until = now + self._session.settings.limits.end / len(PARTS)
        self.deadline = now

    def _wait(self, part: str, now: float) -> None:
        if now < t.cast(float, self.deadline):
            return
        if part == 'link':
            self._close()
        elif part == 'call':
            self._session.control.clear()
        else:
            self._session.control.stop()
        self._times += 1
        share = self._session.settings.limits.end / len(PARTS) / TIMES
        self.deadline = min(now + share, self._until) if part == 'link' and self._times < TIMES else self._until

    def _begun(self, part: str) -> bool:
        session = self._session
        if part == 'link':
            return session.tunnel.is_open
        if part == 'call':
            refused = session.control.seen.get('call', {}).get('result', 1) != 1
            return session.step not in ('tcp', 'control') and not refused
        return session.step != 'tcp'

    def _over(self, part: str) -> bool:
        session = self._session
        gone = not session.connected
        if part == 'link':
            return session.link.ended or session.link.confirmed or gone or self._cleared
        return gone or (self._cleared if part == 'call' else self._stopped)
