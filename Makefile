SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run demo down test test-fast lint format events derived accuracy bench-events bench-learning bench-replay bench-audit \
	simulate simulate-mutants audit-mutants faults honest bots licences docs mutants
export PYTHONPATH := $(CURDIR)
PYTHON := .venv/bin/python
WORKER := services/proctor/worker
WORKER_PYTHON := $(WORKER)/.venv/bin/python
DOCUMENT_CHECKS := $(addprefix tests/docs/test_,rules.py words.py links.py paths.py adr.py)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install what is missing: Debian packages, uv, Python environments, mongod, the S3 server
	@deploy/local/setup.sh

run: setup  ## start the whole system and keep it running until Ctrl-C
	@$(PYTHON) -m deploy.local.run

demo: setup  ## play one learner's journey from declaration to certificate, on a fresh system
	@$(PYTHON) -m deploy.local.demo

down:  ## end whatever a crashed run or demo left behind
	@$(PYTHON) -m deploy.local.down

test: setup  ## run all tests, on real servers that they start themselves; SERVICE=learning only its own
	@tests/run.sh $(PYTEST)

test-fast: setup  ## run the tests that need no server, in seconds
	@$(PYTHON) -m pytest -n 2 --dist loadscope -m "not servers" -q services shared/tests tools/contracts tools/derived tests/docs

lint: setup  ## style, types, layers, dead code, dependencies, licences, rules, links and terms of the documents
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@$(WORKER)/.venv/bin/mypy --config-file $(WORKER)/pyproject.toml
	@.venv/bin/lint-imports --no-cache
	@.venv/bin/lint-imports --no-cache --config $(WORKER)/pyproject.toml
	@.venv/bin/vulture
	@.venv/bin/deptry .
	@cd services/proctor/worker && $(CURDIR)/.venv/bin/deptry .
	@$(PYTHON) -m tools.licences --check
	@$(PYTHON) -m pytest -q --noconftest $(DOCUMENT_CHECKS)

format: setup  ## let ruff mend and format
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

licences: setup  ## write docs/licences.md: the licence of all that is locked, weights included
	@$(PYTHON) -m tools.licences

docs: setup  ## build the documents as a site with a search, strictly, into .run/site
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict  # not --quiet: then it does not count its warnings
	@$(PYTHON) -m tools.site.check .run/site

events: setup  ## write docs/events.md and docs/asyncapi.yaml; RELEASE=1 freezes what is new
	@$(PYTHON) -m tools.contracts $(if $(RELEASE),--release)

derived: setup  ## write what is derived from code: backends of the gateway, the auditor's rules
	@$(PYTHON) -m tools.derived

simulate: setup  ## search a world of faults for a lost, doubled or misordered event: SEED=1
	@$(PYTHON) -m tests.simulation --seed $(or $(SEED),1)

simulate-mutants: setup  ## plant known bugs, and show that the simulation finds each
	@$(PYTHON) -m tests.simulation --mutants

audit-mutants: setup  ## plant frauds into honest logs, and show that the auditor finds each: SEED=1
	@$(PYTHON) -m tests.audit_mutants --seed $(or $(SEED),1)

faults: setup  ## break the whole system for ten minutes while people use it: SEED=1 SECONDS=600 EVENTS=10000
	@$(PYTHON) -m tests.faults $(if $(SEED),--seed $(SEED)) --seconds $(or $(SECONDS),600) --events $(or $(EVENTS),10000)

honest: setup  ## see what honest learners lose on bad lines, after reloads and restarts: PEOPLE=20 SECONDS=180
	@$(PYTHON) -m tests.players honest $(if $(PEOPLE),--people $(PEOPLE)) $(if $(SECONDS),--seconds $(SECONDS))

bots: setup  ## see what programs can steal that know the API: SECONDS=180 MIXES=20
	@$(PYTHON) -m tests.players bots $(if $(SECONDS),--seconds $(SECONDS)) $(if $(MIXES),--mixes $(MIXES))

mutants: setup  ## plant mistakes in the rules, and count those that a test finds: SERVICE=payment JOBS=2
	@$(PYTHON) -m tests.mutation $(if $(SERVICE),--service $(SERVICE)) --jobs $(or $(JOBS),2)

accuracy: setup  ## measure the recogniser: make accuracy PAIRS=path/to/pairs.csv
	@test -n "$(PAIRS)" || { echo "Name the pairs: make accuracy PAIRS=path/to/pairs.csv" >&2; exit 2; }
	@$(WORKER_PYTHON) -m services.proctor.worker.accuracy "$(PAIRS)"

bench-events: setup  ## measure events against plain Nameko, save-dispatch-save: SECONDS=60
	@SECONDS=$(or $(SECONDS),60) $(PYTHON) -m tests.load.events

bench-learning: setup  ## measure position reports: ours against plain FastAPI, then 10,000 learners: SECONDS=300 LEARNERS=10000
	@SECONDS=$(or $(SECONDS),300) LEARNERS=$(or $(LEARNERS),10000) $(PYTHON) -m tests.load.learning

bench-replay: setup  ## measure `xueshi log replay`: a million events from stream and archive; EVENTS=100000 for fewer
	@$(PYTHON) -m tests.load.bench_replay

bench-audit: setup  ## measure the auditor: derive a million events of honest studies; EVENTS=100000 for fewer
	@$(PYTHON) -m tests.load.bench_audit
