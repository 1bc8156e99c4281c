# Breakfix in two commands: `make run` and `make test`. Each target sets up what it needs by itself.
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test deep fast soak bench lock vendor clean
PY := .venv/bin/python

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1: /' | column -t -s: -l 2

setup: ## .venv with .venv/bin/breakfix, from the hash-pinned lock
	@sh tools/setup.sh run

setup-test:
	@sh tools/setup.sh test

run: setup ## the demo: web, worker and a story in the middle of the night
	@exec .venv/bin/breakfix serve --demo

test: setup-test ## lint, types, contracts, both databases, browser: every kind of test, in under 8 minutes
	@exec $(PY) tools/check.py all

deep: setup-test ## the rest of each kind, which `make test` leaves out: more people, states, stories and examples
	@exec $(PY) tools/check.py deep

fast: setup-test ## under 20 seconds: lint, contracts, house, pure rules
	@exec $(PY) tools/check.py fast

soak: setup-test ## for hours: everybody on both databases, the API against its description (BREAKFIX_SOAK=200 examples)
	@exec $(PY) tools/check.py soak

bench: setup-test ## how fast clocks, the evidence log, a storm and a replay are, each against a plain way
	@$(PY) bench/clock.py
	@$(PY) bench/ledger.py
	@$(PY) bench/storm.py
	@$(PY) bench/replay.py

lock: ## rewrite requirements/*.txt (needs uv)
	@sh tools/lock.sh --upgrade

vendor: setup ## fetch the browser's assets again (needs npm)
	@exec $(PY) tools/vendor.py

clean: ## remove what was built; var/ (your data) stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
