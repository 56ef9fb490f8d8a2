# Two commands are all a newcomer needs: `make run` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
READY := $(VENV)/.ready
SCENARIO ?= scenarios/kazakhstan-2022/baseline.yaml
OUT ?= out
RESULT = $(OUT)/$(basename $(notdir $(SCENARIO))).nc
WORKERS ?= 2

export OPENBLAS_NUM_THREADS ?= 1
export MPLBACKEND ?= Agg

.PHONY: help run test test-full lint format bench bench-asv bench-peers bench-report clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(CORE): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "sailau needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "this Python cannot make virtual environments; on Debian: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || { echo "making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the pinned packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(READY): $(CORE)
	@echo "installing the pinned packages for development"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(CORE)  ## run the flagship scenario and write its report to out/
	@mkdir -p $(OUT)
	$(BIN)/sim run $(SCENARIO) --out $(RESULT)
	@echo
	$(BIN)/sim score $(RESULT)
	@echo
	$(BIN)/sim report $(RESULT)

test: $(READY)  ## lint, types, layers and the tests (minutes)
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'not slow'

test-full: $(READY)  ## the tests with the long statistical runs, and new cases for the properties
	$(MAKE) --no-print-directory lint
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile=default

lint: $(READY)  ## ruff, mypy --strict, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --diff sim tests benchmarks scenarios
	$(BIN)/mypy --strict sim
	$(BIN)/lint-imports --config pyproject.toml

format: $(READY)  ## put the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format sim tests benchmarks scenarios

bench: $(READY)  ## print speed ratios against plain numpy, interleaved in one process
	$(BIN)/python benchmarks/ratios.py

bench-report: $(READY)  ## measure again and write the figures into benchmarks/README.md
	$(BIN)/python benchmarks/ratios.py --markdown benchmarks/README.md

bench-peers: $(READY)  ## time peers and the toolkit in turn on the same inputs, each in its own environment
	$(BIN)/python benchmarks/peers/compare.py

bench-asv: $(READY)  ## time and peak memory of the suite on the installed package
	cd benchmarks && ../$(BIN)/asv machine --yes >/dev/null && \
	  ../$(BIN)/asv run --environment existing:../$(BIN)/python --set-commit-hash $$(git rev-parse HEAD) --show-stderr

clean:  ## remove the environment and everything made
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
