# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody reads the names of facts, or true and false, on the first screen."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.phrases import named, spoken
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.terminal import report
from ansible_collections.vpnops.pptp.tests.unit import recordings


@pytest.mark.parametrize('name', [row.name for row in recordings.expectations()])
def test_no_screen_shows_the_name_of_a_fact(name: str) -> None:
    facts = subjects.gather(recordings.open_recording(name), log_options={'full': True})
    entry = entries.judged(name, 'run', 'bundle', json.loads(json.dumps(diagnose(facts).as_dict())), facts)
    text = '\n'.join(report([entry], 1))
    text = re.sub(r'\b(?:chap_secrets|pptp_server)_\w+: (?:true|false)', 'a variable of a role', text)
    names = '|'.join(subjects.SUBJECTS)
    assert not re.search(r'\bpptp_(?:%s)\.|: (?:true|false|null)$|not-applicable' % names, text, re.M)


@pytest.mark.parametrize(('text', 'words'), [
    ('pptp_pppd.effective.name: pptpd', "the server's name (option name): pptpd"), ('no fact', 'no fact'),
    ('pptp_kernel.modules.ppp_mppe', 'the module ppp_mppe'), ('pptp_pppd.effective.ms_dns', 'the option ms-dns'),
    ('pptp_dial', 'dial'), ('pptp_dialler: x', 'pptp_dialler: x'), ('pptp_witness: x', 'packets seen: x'),
    ('pptp_radius.dictionary.some_key: x', 'dictionary some key: x'), ('/etc/pptp_x.conf', '/etc/pptp_x.conf')])
def test_facts_have_names(text: str, words: str) -> None:
    assert named(text) == words


@pytest.mark.parametrize(('fact', 'value', 'words'), [
    ('pptp_kernel.dev_ppp.present', False, 'missing'), ('pptp_conf.directives.delegate', True, 'set'),
    ('pptp_radius.x', False, 'no'), (None, True, 'yes'), ('pptp_conf.slots', 1, 1), ('x', None, None),
    ('pptp_pppd.problems', 'foreign-option: ms-wins', 'an option of another program: ms-wins'),
    ('pptp_conf.errors', 'crlf', 'the line ends as in DOS'), ('pptp_pppd.problems', 'a line: x', 'a line: x'),
    ('pptp_secrets.problems', 'own-code: crlf: x', 'own-code: crlf: x')])
def test_values_have_words(fact: str | None, value: object, words: object) -> None:
    assert spoken(fact, value) == words
