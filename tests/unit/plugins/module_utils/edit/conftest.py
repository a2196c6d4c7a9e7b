# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The daemons, once for all tests, and hosts with records of remediations."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit import daemons, remediated


@pytest.fixture(scope='session')
def pppd(tmp_path_factory: pytest.TempPathFactory) -> daemons.Pppd:
    """One pppd for all."""
    return daemons.Pppd(tmp_path_factory.mktemp('pppd'))


@pytest.fixture(scope='session')
def pptpd(tmp_path_factory: pytest.TempPathFactory) -> daemons.Pptpd:
    """One pptpd for all."""
    return daemons.Pptpd(tmp_path_factory.mktemp('pptpd'))


@pytest.fixture
def case(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> remediated.Case:
    """A host of its own."""
    return remediated.Case(tmp_path, monkeypatch)
