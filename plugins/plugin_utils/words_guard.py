# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the play says about a guarded firewall change that did not go well."""

from __future__ import annotations

import typing as t

Found = dict[str, t.Any]


def verdict(found: Found, attempts: int, seconds: float) -> str | None:
    """Why the confirmation that *found* this fails, ``None`` when the change is confirmed or the module says why not.

    *attempts* connections were tried in *seconds* until one worked.
    """
    if found.get('failed') or found.get('state') == 'armed':
        return None
    if found.get('state') == 'restored':
        if attempts > 1:
            why = 'it cut the host off: %d new connections failed in %d s' % (attempts - 1, seconds)
        else:
            why = 'no new connection had confirmed it in time: it cut the host off during a task, or took too long'
        return '%s was undone by the host itself, because %s. The rules and files are those from before.%s' \
            % (_label(found), why, _steps(found))
    if found.get('state') == 'foreign':
        return 'the change was undone by the host itself before it was confirmed, or ended by hand: another one, %s, ' \
            'is armed there now.' % _label(found)
    if found.get('state') == 'stale':
        return '%s stays as it is, but its timer was gone: a cut would not have been undone.' % _label(found)
    return 'nothing was armed on the host, so there is nothing to confirm: was it restarted, or arm left out?'


def incomplete(found: Found, attempts: int, seconds: float) -> str | None:
    """Why a change fails of which a task was unreachable although a connection works again; *found* by the undoing."""
    if found.get('failed') or found.get('state') != 'restored' or found.get('fired'):
        return verdict(found, attempts, seconds)
    return '%s may be incomplete: the host was unreachable during one of its tasks. The rules and files are those ' \
        'from before.%s' % (_label(found), _steps(found))


def undone(reason: str, said: str | None, found: Found) -> str:
    """Why a change failed, for a *reason* of its own, and what became of it: *said*, where *found* knows more."""
    if found.get('failed'):
        return '%s And that was not undone: %s' % (reason, found.get('msg'))
    if said and (found.get('state') is None or found.get('fired')):
        return '%s A task had failed: %s' % (said, reason)
    if found.get('state') == 'restored':
        return '%s (the rules and files are those from before)%s' % (reason, _steps(found))
    return reason


def gone(label: str | None, attempts: int, seconds: float, error: str) -> str:
    """The host never came back."""
    return 'the host is unreachable after %s: %d new connections failed in %d s, and it should have undone the ' \
        'change by itself meanwhile. On its console, "sh /run/vpnops-pptp/firewall-guard/restore.sh now" undoes it. ' \
        'Last error: %s' % (label or 'a firewall change', attempts, seconds, error[-300:])


def _label(found: Found) -> str:
    return str(found.get('label') or 'the change')


def _steps(found: Found) -> str:
    steps = found.get('failed_steps') or []
    return ' But these could not be put back: %s.' % ', '.join(steps) if steps else ''
