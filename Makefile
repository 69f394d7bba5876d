# Short names for what is done often. Another Python: make PYTHON=python3.11 test
PYTHON ?= python

.DEFAULT_GOAL := help
.PHONY: help install test test-all test-long types lint format page ci wheel

help:  ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install:  ## Install what running, testing and training need
	$(PYTHON) -m pip install -r requirements-dev.txt

test:  ## Run the quick tests
	$(PYTHON) -m pytest -m "not slow"

test-all:  ## Run all tests but the long ones
	$(PYTHON) -m pytest

test-long:  ## Run what takes a minute or more a test
	$(PYTHON) -m pytest -m long

types:  ## Check the types
	$(PYTHON) -m mypy
	$(PYTHON) -m pyright

lint:  ## Check style and formatting
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	lint-imports

format:  ## Repair style and formatting
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

page:  ## Start the page
	$(PYTHON) app.py

ci:  ## Do what the CI does, in a new virtual environment
	.ci/run

wheel:  ## Build a wheel in dist/
	$(PYTHON) -m pip wheel --no-deps --wheel-dir dist .
