# Everything starts here: `make grade` grades a sample class, `make test` runs the tests. Both set
# up what they need in .venv; only Python 3.11 to 3.13 and make have to be there before.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

VENV := .venv
RUN := $(VENV)/bin
HW ?= hw3_rnn_bptt
ASSIGNMENTS := $(notdir $(wildcard solutions/*))

# The first of these that runs and is 3.11 to 3.13. Name another: make PYTHON=/path/to/python test
SUITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c "$(SUITS)" >/dev/null 2>&1 && echo $$p && break; done)

POSTGRES := $(firstword $(shell command -v pg_ctl) $(wildcard /usr/lib/postgresql/*/bin/pg_ctl))

# One more than there are cores: many tests wait for other processes. Files in the order of their
# names: the long ones are not all left to the end.
SIDE_BY_SIDE = -n $$($(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)") \
	--dist loadfile --no-loadscope-reorder

COLAB_PYTHON ?= python3.13
TORCH ?= torch

help:  ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

grade: $(VENV)/.installed  ## make a sample class of 12, grade it end to end, check every score
	@$(RUN)/autograder demo --assignment $(HW) --into demo

test: $(VENV)/.installed  ## lint, types and all tests but the slow ones
	@$(MAKE) --no-print-directory lint
	@echo "running the tests"
	@$(RUN)/python -m pytest $(SIDE_BY_SIDE)
	@if [ -n "$(POSTGRES)" ]; then $(MAKE) --no-print-directory test-postgresql; else \
	echo "left out: the gradebook in PostgreSQL, as no server is installed here (apt install postgresql)"; fi

test-postgresql: $(VENV)/.installed  ## the gradebook in PostgreSQL, with a server of the test's own
	@test -n "$(POSTGRES)" || { echo "PostgreSQL's server is not installed: apt install postgresql" >&2; exit 1; }
	@echo "testing with $(POSTGRES)"
	@$(RUN)/python -m pytest -m postgresql

test-slow: $(VENV)/.installed  ## the tests that take minutes
	@$(RUN)/python -m pytest -m slow

lint: $(VENV)/.installed  ## ruff and mypy
	@echo "ruff and mypy"
	@$(RUN)/ruff check --quiet . && $(RUN)/ruff format --quiet --check . && $(RUN)/mypy --no-error-summary

release: $(VENV)/.installed  ## make assignments/ from solutions/, with proof
	@set -e; for hw in $(ASSIGNMENTS); do $(RUN)/autograder release $$hw; done

bench: $(VENV)/.installed  ## measure grading against stock nbgrader
	@$(RUN)/python benchmarks/grading.py

# Colab cannot have the instructors' half (nbgrader needs a newer IPython); students do not need it.
STUDENTS := by_hand metrics problems judge held_out follow_through diagnose compare calling wire render \
	notebook assignments_at_home
test-colab: $(VENV)-colab/.installed  ## what students use, on Colab's versions and Python
	@$(VENV)-colab/bin/python -m pytest $(SIDE_BY_SIDE) $(foreach t,$(STUDENTS),$(wildcard tests/test_$(t)*.py))

test-lowest: $(VENV)-lowest/.installed  ## all tests but the slow ones, on the oldest versions that are allowed
	@$(VENV)-lowest/bin/python -m pytest $(SIDE_BY_SIDE)

test-torch: $(VENV)-torch/.installed  ## layers and language models on PyTorch, beside TensorFlow
	@$(VENV)-torch/bin/python -m pytest -m torch tests/test_layers_backends.py

clean:  ## remove what was made: .venv, the demo, caches, built notebooks
	@chmod -R u+w demo 2>/dev/null || true
	@rm -rf $(VENV) $(VENV)-colab $(VENV)-lowest $(VENV)-torch demo .mypy_cache .ruff_cache .pytest_cache build *.egg-info gradebook.db .autograder
	@rm -f solutions/*/*.ipynb
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv was found on PATH: install one" \
	"(Debian: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python ..." >&2; exit 1; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version) (a few minutes, once)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(RUN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]" 2>$(VENV)/pip.log \
	|| { cat $(VENV)/pip.log >&2; exit 1; }
	@touch $@

$(VENV)-colab/.installed: pyproject.toml constraints-colab.txt
	@echo "setting up $(VENV)-colab with Colab's versions (a few minutes, once)"
	@$(COLAB_PYTHON) -m venv --clear $(VENV)-colab
	@$(VENV)-colab/bin/python -m pip install --quiet --constraint constraints-colab.txt --editable . \
	"bleach[css]" ipykernel ipython jupytext nbclient hypothesis pytest pytest-xdist 2>$(VENV)-colab/pip.log || { cat $(VENV)-colab/pip.log >&2; exit 1; }
	@touch $@

$(VENV)-lowest/.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv was found on PATH" >&2; exit 1; }
	@echo "setting up $(VENV)-lowest with the oldest versions that are allowed (a few minutes, once)"
	@$(PYTHON) -m venv --clear $(VENV)-lowest
	@sed -nE 's/^ *"([a-z-]+)(\[[a-z]+\])?>=([0-9.]+)",?$$/\1==\3/p' pyproject.toml > $(VENV)-lowest/lowest.txt
	@$(VENV)-lowest/bin/python -m pip install --quiet --constraint $(VENV)-lowest/lowest.txt --editable ".[dev]" \
	2>$(VENV)-lowest/pip.log || { cat $(VENV)-lowest/pip.log >&2; exit 1; }
	@touch $@

# PyTorch is large and the course does not need it: it has an environment of its own.
$(VENV)-torch/.installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11 to 3.13 with venv was found on PATH" >&2; exit 1; }
	@echo "setting up $(VENV)-torch with PyTorch (a few minutes, once)"
	@$(PYTHON) -m venv --clear $(VENV)-torch
	@$(VENV)-torch/bin/python -m pip install --quiet --constraint constraints.txt --editable . \
	pytest $(TORCH) 2>$(VENV)-torch/pip.log || { cat $(VENV)-torch/pip.log >&2; exit 1; }
	@touch $@

.PHONY: help grade test test-postgresql test-slow test-colab test-lowest test-torch lint release bench clean
