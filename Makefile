# Every target first sets up what it needs, once. Written for GNU Make 3.81 too (macOS has no newer).
# All paths are relative, so that the folder may stand anywhere, also under a name with spaces.

PYTHON ?= python3
# Where PyTorch comes from, if not from pip's usual index. On Linux without a graphics card:
#   make chat TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# More arguments for the program behind a target:  make test ARGS="-k tables -x"
ARGS ?=

PIP := .venv/bin/python -m pip --disable-pip-version-check install -qq

# The question reaches the program through the environment, and `value` takes it as it was typed, so
# that no quote or dollar sign in it means anything to make or to the shell.
export QUESTION := $(value Q)
unexport Q

.DEFAULT_GOAL := help
.PHONY: help chat ask test eval gate check bench train lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

chat: .venv/installed ## chat with the article in the browser
	@.venv/bin/footnote chat $(ARGS)

ask: .venv/installed ## one answer in the terminal: make ask Q="..."
	@test -n "$$QUESTION" || { echo 'What is the question? make ask Q="..."' >&2; exit 2; }
	@.venv/bin/footnote ask $(ARGS) -- "$$QUESTION"

test: .venv/installed-dev ## run the tests
	@.venv/bin/python -m pytest $(ARGS)

eval: .venv/installed ## how right the answers are: runs the gold questions and writes a report
	@.venv/bin/footnote eval --retrieval $(ARGS)

gate: .venv/installed ## the same, held against the committed baseline; fails where it was better
	@.venv/bin/footnote eval --baseline eval/gold/baseline.json $(ARGS)

check: .venv/installed-dev ## formatting, lint and types
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy

bench: .venv/installed-dev ## measure the speed, and the accuracy beside that of a plain pipeline
	@.venv/bin/python -m eval.benchmarks.plain
	@.venv/bin/python -m eval.benchmarks.speed $(ARGS)

# The data sets are the reader's: make train WTQ=../shared/data/wtq FETAQA=../shared/data/fetaqa/fetaQA-v1_dev.jsonl
train: .venv/installed-dev ## learn what ranks the readings of a question to tables: make train WTQ=DIR FETAQA=FILE
	@test -n "$(WTQ)" -a -n "$(FETAQA)" || { echo 'Where is the data? make train WTQ=DIR FETAQA=FILE' >&2; exit 2; }
	@.venv/bin/python -m eval.benchmarks.made "$(WTQ)" --split random-split-1-train --wording train --tables 250 --write build/made
	@.venv/bin/python -m rag.train.tables --wtq "$(WTQ)" --fetaqa "$(FETAQA)" --made build/made $(ARGS)

lock: .venv-lock/bin/uv ## pin the dependencies of pyproject.toml anew: make lock [ARGS=--upgrade]
	$(COMPILE) --no-emit-package torch pyproject.toml -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock
	@! grep -nE '^(torch|triton|nvidia|cuda)|file:|://' requirements.lock requirements-dev.lock

COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(ARGS)

clean: ## remove all that was made here, the installed libraries too
	rm -rf .venv .venv-lock build footnote.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find ingest rag ui eval tests -name __pycache__ -prune -exec rm -rf {} +

# An installation that was broken off leaves no stamp, and without a stamp all begins anew: pip would
# take half an installed library for a whole one.
.venv/installed: pyproject.toml requirements.lock
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Footnote needs Python 3.11 or newer; $(PYTHON) is" \
		"$$("$(PYTHON)" --version 2>/dev/null || echo not to be found). Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing Footnote's libraries into .venv; this happens once and takes some minutes." >&2
	@test -f $@ || "$(PYTHON)" -m venv --clear .venv
	@rm -f $@
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@$(PIP) --no-build-isolation -e . $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)")
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@echo "Installing the development tools into .venv." >&2
	@rm -f .venv/installed
	@$(PIP) --require-hashes --no-deps -r requirements-dev.lock
	@touch .venv/installed $@

.venv-lock/bin/uv:
	@"$(PYTHON)" -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check install -qq "uv>=0.8"
