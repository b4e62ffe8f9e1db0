# Needs Python 3.11 or newer, git and make; everything else is brought into .venv. `make` alone lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Every start would compile every module again, which takes longer than all the rest of it.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
READY := .venv/.ready
BENCH_READY := .venv/.ready-bench
WORKERS ?= 2
# A release younger than this is not taken into a lock.
SETTLED := 7 days
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--exclude-newer "$(SETTLED)" --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(if $(upgrade),--upgrade)

.PHONY: help setup run test check fix bench soak migration lock clean

help: ## List the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(READY) ## Make .venv hold exactly what requirements.lock names

$(READY): requirements.lock pyproject.toml tools/bootstrap tools/bootstrap.txt
	@tools/bootstrap
	@touch $@

run: $(READY) ## Serve the demo books on http://127.0.0.1:8090
	@exec $(BIN)/bursar serve --demo --data ./bursar_data

test: check ## All static checks and all tests
	@chromium="$$(tools/need chromium)" && redis="$$(tools/need redis-server)" && \
	BURSAR_TEST_CHROMIUM="$$chromium" BURSAR_TEST_REDIS="$$redis" $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: $(READY) ## Lint, formatting, types, layers, house rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || { echo "formatting differs: make fix"; exit 1; }
	@$(BIN)/python tools/lint.py
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

fix: $(READY) ## Format, and mend what ruff can mend
	@$(BIN)/ruff check --fix --exit-zero --quiet
	@$(BIN)/ruff format
	@$(BIN)/ruff check

bench: $(BENCH_READY) ## Measure, and write docs/performance.md's table
	@tools/need wrk >/dev/null
	@$(BIN)/python -m bench $(args)

$(BENCH_READY): $(READY) bench/requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r bench/requirements.lock
	@touch $@

soak: $(READY) ## The long runs: two thousand kills, deep properties
	@$(BIN)/python -m pytest -m soak --timeout 0 -n $(WORKERS) --dist worksteal -v $(args)

migration: $(READY) ## Draft a migration: make migration name="add late fees"
	@test -n "$(name)" || { echo 'say what it does: make migration name="add late fees"'; exit 2; }
	@$(BIN)/python -m bursar.store.migrations "$(name)"

lock: $(READY) ## Pin the dependencies anew (upgrade=1 takes newer releases)
	@$(COMPILE) pyproject.toml --extra redis --group dev -o requirements.lock
	@$(COMPILE) --group bench -c requirements.lock -o bench/requirements.lock

clean: ## Remove .venv, caches and what was built
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
