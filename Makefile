# One command for each habit; CI calls the same ones. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
PROMPT ?= a cute panda

help:  ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 16

.venv/run.stamp: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

draw: .venv/run.stamp  ## draw a picture with the built-in model (PROMPT="a smiling dolphin")
	$(BIN)/pawlette draw "$(PROMPT)"

setup: .venv/dev.stamp  ## make .venv with all that development needs

test: .venv/dev.stamp  ## run the tests that need no GPU
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow and not cuda" --numprocesses 2 --dist loadfile

slow: .venv/dev.stamp  ## run the slow tests too
	$(BIN)/python -m pytest -m "not cuda"

check: .venv/dev.stamp  ## style, types and who may import whom
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp  ## let ruff rewrite the style
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

chaos: .venv/dev.stamp  ## kill and starve a server of its own for a minute or two, and count what is lost
	$(BIN)/pawlette chaos --seed 1 --jobs 60 --kills 8 --row storm --row poison --row hang --row SIGTERM \
	  --row "duplicate keys" --row "kill between rename and done" --row "disk full: pictures"

wheel: .venv/dev.stamp  ## build dist/*.whl
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:  ## remove .venv and what was built
	rm -rf .venv dist build

.PHONY: help draw setup test slow check format chaos wheel clean
.DEFAULT_GOAL := help
