# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a module is run on a target, once and without a trace, and what a failed result means."""

from __future__ import annotations

import re
import typing as t

# the modes in which ansible-core looks for an interpreter itself, at the price of a round trip of its own
DISCOVERY = ('auto', 'auto_silent', 'auto_legacy', 'auto_legacy_silent', '', None)
INTERPRETER = 'python3'   # found by the target's shell along its PATH

# a clean refusal by the module wrapper of ansible-core 2.17 and later on a Python just below its limit
_TOO_OLD = re.compile(r'requires (?:a minimum of )?Python|python interpreters? found', re.IGNORECASE)


class RemoteError(Exception):
    """The target was reached and gave no facts; the message says why."""


def variables(task_vars: dict[str, t.Any], interpreter: t.Any) -> dict[str, t.Any]:
    """A copy of *task_vars* for running a module with one call and no line in the target's syslog.

    *interpreter* is the configured ``interpreter_python``; where that asks for discovery and none has
    been made yet, the shell finds ``python3`` without a call of its own.
    """
    copy = dict(task_vars, ansible_no_target_syslog=True)
    known = (task_vars.get('ansible_facts') or {}).get('discovered_interpreter_python')
    if interpreter in DISCOVERY and not known:
        copy['ansible_python_interpreter'] = INTERPRETER
    return copy


def lacks_python(result: dict[str, t.Any]) -> bool:
    """Whether a failed *result* comes from a target whose Python is missing or too old for a module.

    ansible-core has ``module_stdout`` in the result where what came back is no module's answer: the shell's
    "not found" (rc 127), a ``SyntaxError`` (Python 2.7, 3.6), an ``ImportError`` (3.7) of the module wrapper.
    """
    if not result.get('failed'):
        return False
    return 'module_stdout' in result or result.get('rc') == 127 or bool(_TOO_OLD.search(str(result.get('msg'))))


def reason(result: dict[str, t.Any]) -> str:
    """Why a failed *result* failed, in one line."""
    for key in ('msg', 'module_stderr', 'module_stdout', 'stderr', 'exception'):
        lines = [line.strip() for line in str(result.get(key) or '').splitlines() if line.strip()]
        if lines:
            return lines[0][:300] if key == 'msg' else lines[-1][:300]
    return 'no answer'
