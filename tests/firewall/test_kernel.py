# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The model's verdicts beside those of this kernel; see fuzz.py for many more rule sets."""

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import firewall
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Ruleset
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import nft, nft_json
from tests.firewall import fuzz, generator, netns
from tests.firewall.compare import Score
from tests.firewall.kernel import Kernel, Rules

REASON = netns.why_not()
pytestmark = pytest.mark.skipif(bool(REASON), reason='the kernel cannot be asked here: ' + REASON)
SETS = 100


def test_a_hundred_random_rule_sets() -> None:
    total = fuzz.run(range(70000, 70000 + SETS))
    assert total.wrong == {}
    assert total.share < 5
    assert total.sets > SETS * 0.9 and total.helped > SETS * 0.1


def test_past_disagreements() -> None:
    assert fuzz.run(fuzz.kept()).wrong == {}


@pytest.fixture(scope='module')
def kernel() -> t.Iterator[Kernel]:
    with netns.Lab() as lab:
        yield Kernel(lab)


def _ask(kernel: Kernel, **rules: str) -> tuple[Score, dict[str, t.Any]]:
    return fuzz.judge(kernel, Rules(**rules))


GUIDE = '''*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 1723 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
-A INPUT -p gre -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
COMMIT
'''
HELPER = '*raw\n-A PREROUTING -p tcp --dport 1723 -j CT --helper pptp\nCOMMIT\n'
NFT = '''table inet vpn {
ct helper std { type "pptp" protocol tcp; l3proto ip; }
chain pre { type filter hook prerouting priority %s; tcp dport 1723 ct helper set "std"; }
chain in { type filter hook input priority 0; policy drop;
tcp dport 1723 accept
ip protocol gre ct state established,related accept
}
}
'''


LOCAL = HELPER.replace('PREROUTING', 'OUTPUT')
LOCAL_NFT = (NFT % '-150').replace('hook prerouting', 'hook output')


@pytest.mark.parametrize(('rules', 'passes'), [
    ({'nft_variant': GUIDE}, False), ({'nft_variant': GUIDE + HELPER}, True), ({'legacy': GUIDE + HELPER}, True),
    ({'nft_variant': GUIDE + LOCAL}, False), ({'legacy': GUIDE + LOCAL}, False), ({'native': LOCAL_NFT}, False),
    ({'native': NFT % '-150'}, True), ({'native': NFT % '-300'}, False),
    ({'native': NFT % '-300', 'legacy': HELPER}, True)])
def test_gre_behind_the_helper_as_measured_in_the_lab(kernel: Kernel, rules: dict[str, str], passes: bool) -> None:
    score, found = _ask(kernel, **rules)
    assert score.wrong == []
    assert found['plain']['gre_in'].verdict == 'drop'
    assert (found['helped']['first_in'].verdict == 'accept') is passes
    assert found['helped']['then_in'].verdict == ('accept' if passes else 'drop')


ANSWERS = ('tcp dport 1723 a', 'tcp sport 1723 a')
DIALS = GUIDE.replace('-A INPUT -p tcp --dport', '-A INPUT -p tcp --sport')


@pytest.mark.parametrize(('rules', 'passes'), [
    ({'nft_variant': DIALS}, False), ({'nft_variant': DIALS + LOCAL}, True), ({'legacy': DIALS + LOCAL}, True),
    ({'nft_variant': DIALS + HELPER}, False), ({'native': LOCAL_NFT.replace(*ANSWERS)}, True),
    ({'native': (NFT % '-150').replace(*ANSWERS)}, False)])
def test_a_host_that_dials_gets_the_helper_in_output_only(kernel: Kernel, rules: dict[str, str], passes: bool) -> None:
    kernel.prepare()
    shown = kernel.load(Rules(**rules))
    found = kernel.dialled()
    assert found is not None
    assert (found['first_in'].verdict == 'accept') is passes
    texts = {'commands/%s.txt' % name: text for name, text in shown.items()}
    if 'legacy' in rules:
        texts['proc/net/ip_tables_names'] = 'raw\nfilter\n'
    facts = firewall.collect(from_texts(texts), role='client')
    assert (facts['helper'], facts['flows']['gre_in']['verdict'] == 'accept') == (passes, passes)


INGRESS = 'table netdev x {\nchain y {\ntype filter hook ingress device "%s" priority 0; policy %s;\n%s\n}\n}\n'


@pytest.mark.parametrize(('rules', 'gre', 'forwarded'), [
    (INGRESS % ('eth0', 'accept', 'ip protocol gre drop'), 'drop', 'accept'),
    (INGRESS % ('ppp0', 'drop', 'ip protocol gre accept'), 'accept', 'drop')])
def test_ingress_comes_before_everything(kernel: Kernel, rules: str, gre: str, forwarded: str) -> None:
    try:
        score, found = _ask(kernel, native=rules)
    except ValueError as error:
        pytest.skip('this kernel has no ingress hook: %s' % str(error)[:80])
    assert score.wrong == []
    assert (found['plain']['gre_in'].verdict, found['plain']['forward_from_ppp'].verdict) == (gre, forwarded)


def test_the_json_gives_the_rules_of_the_text(kernel: Kernel) -> None:
    compared = 0
    for seed in range(71000, 71030):
        rules, _supported = generator.make(seed)
        kernel.prepare()
        try:
            shown = kernel.load(Rules(native=rules.native))
        except ValueError:
            continue
        text = nft.parse(shown['nft'], exact=True)[0]
        json_ = nft_json.parse(kernel.lab.run('nft', '-j', 'list', 'ruleset').stdout)[0]
        assert _same(text) == _same(json_), seed
        compared += bool(rules.native)
    assert compared > 5


def _same(rules: Ruleset) -> t.Any:
    return {key: (chain.hook, chain.priority, chain.policy, chain.kind,
                  [(rule.action, rule.arg, rule.tests, rule.position) for rule in chain.rules])
            for key, chain in rules.items() if 'fuzz' in key[0]}


def test_a_wrong_model_is_seen(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('tests.firewall.compare.parsed', lambda shown: {})
    monkeypatch.setattr('tests.firewall.fuzz.parsed', lambda shown: {})
    score, _found = _ask(kernel, nft_variant=GUIDE)
    assert 'gre_in: the kernel says drop, the model accept' in score.wrong
