# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No password, hash, response or key is shown: not by a result, not by what prints settings, sessions, events or
actions, and not by an exception, whatever the method and however the login ends."""

from __future__ import annotations

import hashlib
import traceback
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, gre, mppe, mschap, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.sound import SECRET, check
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

METHODS = ('pap', 'chap-md5', 'mschap', 'mschapv2', 'eap')
PRINTED = (str, int, float, bytes, bool, type(None))


def things(value: t.Any, seen: set[int]) -> t.Iterator[t.Any]:
    """*value* and everything that hangs on it, as far as it is of this collection or a container."""
    if isinstance(value, PRINTED) or id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = list(value)
    else:
        inner = list(vars(value).values()) if hasattr(value, '__dict__') else []
    for one in inner:
        if isinstance(one, (dict, list, tuple, set)) or type(one).__module__.startswith('ansible_collections'):
            yield from things(one, seen)


def secrets(world: World) -> dict[str, bytes]:
    """Everything of this login that nobody may see."""
    session, password = world.session, world.session.settings.password
    found = {'password': password.encode(), 'nt hash': mschap.nt_hash(password),
             'nt hash hash': mschap.nt_hash_hash(password), 'md5': hashlib.md5(password.encode()).digest()}
    for action in world.actions:
        if isinstance(action, ev.SendGre) and gre.decode(action.data).payload:
            frame = ppp.decode_frame(gre.decode(action.data).payload)
            if frame.protocol in (ppp.PAP, ppp.CHAP):
                data = ppp.decode(frame.body).data
                found['answer'] = data
                if frame.protocol == ppp.CHAP:
                    value = auth.decode_challenge(data).value
                    found.update(response=value, nt=value[24:48] or value)
                    found['master'] = mppe.master_key(found['nt hash hash'], value[24:48])
    if session.link.login and session.link.login.keys:
        found['send key'], found['receive key'] = session.link.login.keys
    return found


def forms(secret: bytes) -> list[str]:
    """How bytes may be written."""
    return [repr(secret)[2:-1], secret.hex(), secret.hex().upper(), repr(bytearray(secret))[12:-2], str(list(secret))]


@pytest.mark.parametrize('password', [SECRET, 'wrong-' + SECRET])
@pytest.mark.parametrize('method', METHODS)
def test_nothing_prints_a_secret(method: str, password: str) -> None:
    settings = Settings(user='vpnuser', password=password, methods=(method,), mppe='prefer')
    setup = Setup(users={'vpnuser': SECRET}, methods=(method,), encryption=0x01000040 if 'mschap' in method else 0)
    world = World(settings, setup)
    result = check(world.run())
    assert result.status == ('ok' if password == SECRET and method != 'eap' else 'failed')
    hidden = secrets(world)
    assert 'answer' in hidden or method == 'eap'
    parts = [settings, result, world.session, *world.actions]
    session = world.session
    shown = [repr(part) for part in parts] + [str(part) for part in parts] + [
        repr(part) for part in (session.link, session.link.login, session.link.network, session.tunnel)]
    shown += [repr(vars(part)) for part in (session.tunnel, session.control, session.link.policy)]
    for name, secret in hidden.items():
        for form in forms(secret):
            assert form not in ''.join(shown), name


def test_events_and_actions_say_how_long_they_are() -> None:
    for kind in (ev.Gre, ev.Stream, ev.SendStream, ev.SendGre):
        assert repr(kind(b'secret')) == '%s(6 bytes)' % kind.__name__


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('field', ['user', 'password'])
def test_no_exception_repeats_what_cannot_be_sent(field: str, method: str) -> None:
    """Neither what a session raises (nothing) nor what the codecs do."""
    odd = SECRET + '\ud83d' + 'x' * 300
    user, password = ('vpnuser', odd) if field == 'password' else (odd, 'x')
    settings = Settings(user=user, password=password, methods=(method,), mppe='prefer')
    result = check(World(settings, Setup(methods=(method,), encryption=0)).run())
    assert result.status == 'failed'
    for call in (lambda: auth.pap_request(settings.user, settings.password),
                 lambda: auth.mschapv2_response(bytes(16), bytes(16), settings.user, settings.password),
                 lambda: auth.mschap_response(bytes(8), settings.password),
                 lambda: auth.chap_md5(1, settings.password, bytes(16)), lambda: auth.eap_identity(settings.user)):
        try:
            call()
        except WireError as error:
            text = ''.join(traceback.format_exception(type(error), error, error.__traceback__))
            assert SECRET not in text
            assert error.__cause__ is None
            assert error.__context__ is None


def test_a_session_that_is_printed_half_way_shows_nothing() -> None:
    for method in METHODS:
        settings = Settings(user='vpnuser', password=SECRET, methods=(method,), mppe='prefer')
        world = World(settings, Setup(users={'vpnuser': SECRET}, methods=(method,), mute='auth'))
        world.run()
        session: Session = world.session
        for part in things(session, set()):
            if not isinstance(part, (dict, list, tuple, set)):
                assert SECRET not in repr(part), type(part)
