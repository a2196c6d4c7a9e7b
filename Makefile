# Everything runs in one pinned virtual environment, made on first use. `make` lists the targets.
SHELL := /bin/bash
VENV ?= .venv
INV ?=
ARGS ?=
BIN = $(VENV)/bin
export PYTHONDONTWRITEBYTECODE := 1
export ANSIBLE_HOME ?= $(CURDIR)/.cache/ansible
RECORDED = examples/recorded/hosts.yml

.DEFAULT_GOAL := help
.PHONY: help demo diagnose audit test quick lint unit unit38 units sanity molecule guard remediate kill bench faults faults-quick faults-table aaa aaa-quick witness firewall-fuzz firewall-kernel firewall-real matrix lab lab-test lab-host-test venv venv-test clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: venv  ## judge the recorded servers shipped with the project (no root, no server needed)
	$(BIN)/ansible-playbook -i $(RECORDED) playbooks/diagnose.yml $(ARGS)

diagnose: venv  ## what is broken on your servers: make diagnose INV=inventory.yml [ARGS='-l host']
	@test -n "$(INV)" || { echo 'name your inventory: make diagnose INV=inventory.yml'; exit 2; }
	$(BIN)/ansible-playbook -i $(INV) playbooks/diagnose.yml $(ARGS)

audit: venv  ## the same for a whole fleet, one line a host: make audit INV=inventory.yml
	@test -n "$(INV)" || { echo 'name your inventory: make audit INV=inventory.yml'; exit 2; }
	$(BIN)/ansible-playbook -i $(INV) playbooks/audit.yml $(ARGS)

test:  ## install what the tests need and run them all
	tools/install-packages
	$(MAKE) --keep-going lint sanity molecule guard units firewall-kernel firewall-real remediate faults-quick aaa-quick witness

quick: venv-test  ## ruff and the unit tests, under a minute
	$(BIN)/ruff check --no-cache .
	$(MAKE) unit

lint: venv-test  ## style, types, YAML, playbooks, documentation, changelog
	tools/lint $(VENV)

unit: venv-test  ## unit tests
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/unit $(ARGS)

unit38:  ## those of the target's code on Python 3.8, where there is one
	tools/unit38

units: venv-test  ## both at once
	$(MAKE) --keep-going --jobs=2 --output-sync=target unit38 unit

sanity: venv-test  ## ansible-test sanity
	tools/sanity $(VENV)

molecule: venv-test  ## real pptpd in containers, healthy and broken, diagnosed live
	tools/molecule $(VENV)

guard: venv-test  ## changes that cut ssh, in namespaces and containers: the host comes back by itself (root)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/guard $(ARGS)

remediate: venv-test  ## fix, prove, roll back and cuts in the middle, on servers in containers
	tools/with-podman $(BIN)/python -m pytest -q -p no:cacheprovider -m 'not lab' tests/remediate $(ARGS)

kill: venv-test  ## remediate.yml cut in the middle, in the lab: a real login or the old state follows (root)
	$(BIN)/python -m pytest -q -p no:cacheprovider -m lab tests/remediate $(ARGS)

bench: venv  ## what a diagnosis costs, against what an admin would run by hand: make bench [ARGS=--check]
	set -e; for bench in tests/benchmarks/bench_*.py; do $(BIN)/python $$bench $(ARGS); done

firewall-kernel: venv-test  ## the packet verdicts against this kernel, 100 random rule sets (root)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/firewall $(ARGS)

firewall-real: venv-test  ## iptables, nftables, firewalld, ufw in containers: broken, diagnosed, repaired, taken back
	LAB_IMAGES='bookworm-iptables trixie-firewalld bookworm-ufw' tools/with-podman \
	  $(BIN)/python -m pytest -q -p no:cacheprovider tests/realfw $(ARGS)

firewall-fuzz: venv-test  ## the same with as many as you like: make firewall-fuzz ARGS="--sets 2000 --seed 1"
	$(BIN)/python tests/firewall/fuzz.py $(ARGS)

lab: venv-test  ## a PPTP server, a router, clients and RADIUS on a kernel with PPP, for real logins (root)
	tests/lab/vm/lab up

lab-test: venv-test  ## real logins there: the lab's own tests (root)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/lab/vm tests/lab/host $(ARGS)

lab-host-test: venv-test  ## the lab as it runs on a host that has PPP, tried inside the virtual machine (root, hours where it is emulated)
	PATH=$(abspath $(BIN)):$$PATH tests/lab/host/try-in-vm $(ARGS)

faults: venv-test  ## the fault matrix in the lab, all of it: make faults [ARGS=--quick]; see docs/faults.md
	$(BIN)/python tests/faults/run.py $(ARGS)

faults-quick: venv-test  ## those that every run of the tests has
	$(BIN)/python tests/faults/run.py --quick

faults-table: venv-test  ## docs/faults.md out of the results of that
	$(BIN)/python tests/faults/run.py --table

aaa: venv-test  ## RADIUS and Active Directory: real FreeRADIUS 3.2.1 and 3.2.7, Samba, pppd's plugins (root)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/aaa $(ARGS)

aaa-quick: venv-test  ## those of them that need no minutes, which every run of the tests has
	$(BIN)/python -m pytest -q -p no:cacheprovider -m 'not slow' tests/aaa $(ARGS)

witness: venv-test  ## where a dial is lost: real pptpd, GRE and rules in namespaces, watched (root)
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/witness $(ARGS)

matrix:  ## unit tests, sanity and demo with the oldest and the newest ansible-core
	tools/matrix

venv:
	@tools/setup run $(VENV)

venv-test:
	@tools/setup test $(VENV)

clean:  ## remove the environments, caches and reports
	rm -rf .venv .cache dist report tests/output
