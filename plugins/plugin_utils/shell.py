# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the sh collector over an action's connection: one command, its text on standard input, no file on the target."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import Bundle
from ansible_collections.vpnops.pptp.plugins.plugin_utils import sh_collector


def shell_bundle(action: t.Any) -> Bundle:
    """What the shell of *action*'s target can tell; raises :class:`remote.RemoteError` when it does not answer."""
    mark = sh_collector.new_mark()
    answer = action._low_level_execute_command('/bin/sh -s', in_data=sh_collector.script(mark).encode('utf-8'),
                                               encoding_errors='surrogateescape')
    return sh_collector.bundle(answer['stdout'], mark)
