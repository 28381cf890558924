# Everything a newcomer needs: `make demo` opens the app, `make test` checks it all.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
AGAIN := $(BIN)/python tools/tests.py

.PHONY: demo test quick lint types contracts messages bench contract lock clean help

help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

demo: $(STAMP) ## open the app on simulated live traffic
	@$(BIN)/unibox demo

$(STAMP): pyproject.toml requirements.lock tools/setup.sh
	@PYTHON=$(PYTHON) tools/setup.sh $(VENV)
	@touch $(STAMP)

test: $(STAMP) lint types contracts ## lint, types, import contracts, then every test
	@tools/test-servers.sh
	@$(AGAIN) -n auto --maxprocesses 4 -m "not server and not slow"
	@$(AGAIN) -n auto --maxprocesses 2 -m "slow and not server"
	@$(AGAIN) -m server

quick: $(STAMP) ## the tests that need no server
	@$(BIN)/python -m pytest -m "not server and not slow"

contract: $(STAMP) ## requests and webhooks against the providers' public descriptions: make contract SPECS=FOLDER
	@test -d "$(SPECS)" || { echo "Name the folder of the descriptions: make contract SPECS=../shared/specs" >&2; exit 2; }
	@SPECS="$(abspath $(SPECS))" $(BIN)/python -m pytest tests/contract

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)
	@$(BIN)/mypy

contracts: $(STAMP)
	@$(BIN)/lint-imports --no-cache

bench: $(STAMP) ## benchmarks against neomutt, notmuch and alot
	@benchmarks/run.sh

messages: $(STAMP) ## extract the texts of the screen, merge and compile the catalogues
	@$(BIN)/python tools/messages.py

lock: ## resolve requirements.lock anew (needs uv)
	@uv pip compile --universal --generate-hashes --no-header --upgrade --python-version 3.11 --extra dev pyproject.toml -o requirements.lock -q

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
