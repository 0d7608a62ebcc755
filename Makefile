# `make run` starts a node on this machine, `make test` runs every test. Both bring what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -type f -print 2>/dev/null)
INSTALLED := $(VENV)/.installed
MODULES := web/node_modules/.package-lock.json
PAGE := signaling/page/index.html
NATIVE := $(VENV)/.compiled

.DEFAULT_GOAL := help
.PHONY: help setup page run test test-python test-web lint format bench soak plots lock wheel-check clean system

help:
	@echo "make run          install into $(VENV), build the page, start a trial node and print its URL"
	@echo "make test         all tests (pytest and the page's); installs what they need on Debian as root"
	@echo "make lint         ruff, mypy, the page's linter and types"
	@echo "make bench        what a forwarded packet costs, one JSON line a case"
	@echo "make soak         the same for an hour, after the browser tests that CI runs a part of, whole"
	@echo "make plots        play the quality scenarios: their figures, and the drawings of docs/quality.md"
	@echo "make lock         resolve requirements.lock and requirements-dev.lock anew"
	@echo "make wheel-check  build the wheel, install it into a clean environment, start it"
	@echo "make clean        remove what make made"

# --- what the others stand on ---

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Sfumato needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Not `npm ci`: that refuses a lock without the native packages of platforms we do not build on. This takes
# versions and hashes from the lock just the same, and does not write it.
$(MODULES): web/package.json web/package-lock.json
	cd web && npm install --no-save --no-audit --no-fund
	@touch $@

$(PAGE): $(MODULES) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

# The packet path as machine code; without a C compiler it runs interpreted, at half the speed.
$(NATIVE): hatch_build.py pyproject.toml $(shell find quality sfu -name '*.py') | $(INSTALLED)
	@$(BIN)/python hatch_build.py
	@touch $@

setup: $(INSTALLED)
	@$(MAKE) --no-print-directory -j2 $(PAGE) $(NATIVE)

page: $(PAGE)

system:
	@tests/system_packages.sh

# --- running ---

run: setup
	$(BIN)/sfumato serve --dev $(ARGS)

# --- checking ---

test: test-python test-web

test-python: system setup
	$(BIN)/python -m pytest $(ARGS)

test-web: system $(MODULES)
	cd web && npm test --if-present

lint: $(INSTALLED) $(MODULES)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd web && npm run lint

format: $(INSTALLED) $(MODULES)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd web && npm run --if-present format

wheel-check: setup
	$(BIN)/python tests/wheel_check.py

bench: $(INSTALLED) $(NATIVE)
	$(BIN)/python -m loadtests.bench $(ARGS)

# 100 switches of a slot's source under a browser, a minute of changing speakers among thirty people, a browser
# behind four links, people who press anything, a process that writes and a node with people on it killed 60 and 50 times on each database.
soak: system setup
	SOAK_SWITCHES=100 SOAK_TURNS=30 SOAK_LINKS=all SOAK_CLIENTS=20 SOAK_PEOPLE=12 $(BIN)/python -m pytest -s \
		tests/e2e/test_slot_switches.py tests/e2e/test_thirty_participants.py tests/e2e/test_shaped_link.py \
		tests/e2e/test_node_clients.py tests/e2e/test_random_people.py
	SOAK_KILLS=60 $(BIN)/python -m pytest -s tests/storage/test_kills.py
	SOAK_NODE_KILLS=50 $(BIN)/python -m pytest -s tests/signaling/test_kills.py tests/signaling/test_document_kills.py tests/signaling/test_board_kills.py
	$(BIN)/python -m loadtests.bench --soak $(ARGS)

plots: $(INSTALLED)
	$(BIN)/python -m tests.scenarios.figures
	$(BIN)/python -m tests.scenarios.plots

# --- dependencies ---

# The runtime lock takes its versions from the development lock, so that what is tested is what is shipped.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate pyproject.toml

lock: | $(INSTALLED)
	$(COMPILE) --all-extras --upgrade --output-file requirements-dev.lock
	$(COMPILE) --constraints requirements-dev.lock --upgrade --output-file requirements.lock

clean:
	rm -rf $(VENV) web/node_modules signaling/page quality/_native sfu/_native dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
