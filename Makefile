# Two doors: `make demo` shows the program, `make test` proves it.  `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PY := $(VENV)/bin/python
STUDY ?= demo-study
# What takes minutes is run by .ci/run; here it is left out.
PYTEST_ARGS ?= -n 2 --max-worker-restart 0 --dist loadscope -m "not slow"

# Bytecode is kept out of .venv: starts stay fast, the installation stays small.
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test lint bench screenshots clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /:/' | awk -F: '{printf "make %-12s %s\n", $$1, $$2}'

demo: $(VENV)/.base  ## make the synthetic study if it is missing and open it
	$(PY) -m hrm_annotator --demo $(STUDY)

test: lint  ## every check, then every test but the slow ones; stops at the first failure
	$(PY) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev  ## style, types and fences only
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports --no-logo

bench: $(VENV)/.dev  ## how fast the store, the start of the window and the networks are, beside named baselines
	for script in bench/*.py; do \
	  case "$$script" in */inference.py) options=--quick;; *) options=;; esac; \
	  echo "== $$script"; PYTHONPATH=. $(PY) "$$script" $$options; \
	done

screenshots: $(VENV)/.base  ## pictures of the window on the synthetic study, into docs/images
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} PYTHONPATH=. $(PY) tools/take_screenshots.py docs/images

clean:  ## remove the environment, caches and the synthetic study
	rm -rf $(VENV) build demo-study .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find hrm_core hrm_annotator tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Setuptools comes with older Pythons; nothing here uses it.
$(VENV)/.python:
	@for python in $(PYTHON) python3.11 python3 python3.12 python3.13; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv $(VENV) && touch $@ && exit 0; \
	    echo "No environment could be made; on Debian and Ubuntu install python3-venv." >&2; exit 1; \
	  fi; \
	done; \
	echo "HRM Annotator needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3" >&2; exit 1

$(VENV)/.base: pyproject.toml constraints.txt | $(VENV)/.python
	PYTHONDONTWRITEBYTECODE=1 $(PY) -m pip install --quiet --no-compile -c constraints.txt -e .
	PYTHONDONTWRITEBYTECODE=1 $(PY) -m pip uninstall --quiet --yes setuptools 2>/dev/null
	find $(VENV) -name __pycache__ -type d -prune -exec rm -rf {} +
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/.base
	PYTHONDONTWRITEBYTECODE=1 $(PY) -m pip install --quiet --no-compile -c constraints.txt -e '.[dev]'
	touch $@
