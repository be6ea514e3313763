# The two that matter: `make run` and `make test`. Each step prints its name and how long it took.
STEP := tools/step
RELEASE := build/release
DEV := build/dev
# On a terminal ninja rewrites one line; in a log its progress would be a thousand lines.
NINJA := ninja $(if $(CI),--quiet)
PYTHON := .venv/bin/python

.DELETE_ON_ERROR:
.PHONY: help deps run build release test test-steps unit e2e tidy lint lint-fast format asan tsan fuzz soak bench clean postgresql-test workspace workspace-test

help: ## this list
	@sed -nE 's/^([a-z0-9 -]+):.* ## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: build ## install or build what is missing, then start Sluice
	@exec $(RELEASE)/sluice serve

build: ## build/release/sluice, without anything that only tests need
	@$(STEP) 'dependencies' tools/deps --for run
	@$(MAKE) -s --no-print-directory release

release:
	@$(MAKE) -s --no-print-directory $(RELEASE)/build.ninja
	@$(STEP) 'build (release)' $(NINJA) -C $(RELEASE) sluice
	@[ -e $(RELEASE)/sluice ] || ln -s src/app/sluice $(RELEASE)/sluice

test: ## install or build what is missing, then run all tests
	@$(STEP) 'make test' $(MAKE) -s --no-print-directory test-steps

test-steps:
	@$(STEP) 'dependencies' tools/deps --for test
	@$(STEP) 'tidy self-test' tools/tidy.py --self-test
	@$(STEP) 'tidy' tools/tidy.py
	@$(STEP) 'format' tools/format --check
	@$(MAKE) -s --no-print-directory $(DEV)/build.ninja
	@$(STEP) 'build (dev)' $(NINJA) -C $(DEV)
	@$(STEP) 'clang-tidy (fast)' tools/lint $(DEV) --fast
# The optimised build finds errors of its own; what people run must link.
	@$(MAKE) -s --no-print-directory release
	@$(MAKE) -s --no-print-directory unit postgresql-test
# Both wait more than they work, for servers to start and for Spark; each is told when it is done.
	@$(MAKE) -s --no-print-directory -j2 --output-sync=target e2e workspace-test

unit: ## the unit tests of what is built
	@$(STEP) 'unit tests' ctest --test-dir $(DEV) -j2 --output-on-failure --no-tests=error

e2e: ## the end-to-end tests of what is built
	@SLUICE_BINARY=$${SLUICE_BINARY:-$(CURDIR)/$(DEV)/src/app/sluice} $(STEP) 'end-to-end tests' $(PYTHON) -m pytest -ra --durations=5 -n 2 --dist loadfile tests/e2e

workspace: ## a Databricks workspace of Spark and Delta on loopback, to try Sluice against
	@tools/workspace sh -c 'mkdir -p build/workspace && cd build/workspace && exec "$$WORKSPACE_PYTHON" ../../tests/workspace/server.py --root . --jars "$$WORKSPACE_JARS" --classes "$$WORKSPACE_CLASSES" --external s3://bucket $(if $(HARD),--hard)'

workspace-test: ## syncs to that workspace, of what is built; skipped where Spark cannot be had
	@SLUICE_BINARY=$${SLUICE_BINARY:-$(CURDIR)/$(DEV)/src/app/sluice} $(STEP) 'workspace tests' sh -c 'tools/workspace $(PYTHON) -m pytest -ra --durations=15 tests/workspace || { code=$$?; [ $$code = 77 ] && echo "SKIPPED: the workspace tests"; exit $$((code == 77 ? 0 : code)); }'

postgresql-test: ## the store's tests on a PostgreSQL of their own; skipped where none can be had
	@$(STEP) 'PostgreSQL tests' sh -c 'tools/postgresql $(DEV)/src/metadata/metadata_postgresql_test --gtest_brief=1 || { code=$$?; [ $$code = 77 ] && echo "SKIPPED: $$($(DEV)/src/metadata/metadata_postgresql_test --gtest_list_tests | grep -c "^  ") tests of the store on PostgreSQL"; exit $$((code == 77 ? 0 : code)); }'

# Ninja itself configures again when a CMakeLists.txt changes; presets it does not watch.
build/%/build.ninja: CMakePresets.json
	@mkdir -p build
	@$(STEP) 'configure ($*)' sh -c 'cmake --preset $* $(if $(filter release,$*),-DSLUICE_TESTS=OFF) >build/$*.log 2>&1 || { cat build/$*.log; exit 1; }'
	@touch $@

deps: ## only install what is missing
	@$(STEP) 'dependencies' tools/deps --for test

tidy: ## the rules that no compiler checks
	@$(STEP) 'tidy' tools/tidy.py

lint-fast: ## clang-tidy over what changed, with the checks that cost no more than parsing
	@$(MAKE) -s --no-print-directory $(DEV)/build.ninja
	@$(STEP) 'build (dev)' $(NINJA) -C $(DEV)
	@$(STEP) 'clang-tidy (fast)' tools/lint $(DEV) --fast

lint: ## clang-tidy over all rooms; slow
	@$(STEP) 'dependencies' tools/deps --for test
	@$(MAKE) -s --no-print-directory $(DEV)/build.ninja
	@$(STEP) 'generated sources' $(NINJA) -C $(DEV) temporal_protos api_description
	@$(STEP) 'clang-tidy' tools/lint $(DEV)

format: ## clang-format over all rooms
	@$(STEP) 'dependencies' tools/deps --for test
	@$(STEP) 'format' tools/format

# DuckDB is no part of what is instrumented: what it copies and frees under locks of its own looks like a race, and its
# allocator's more than 64 locks around a fork end the sanitizer's search for deadlocks.
tsan: export TSAN_OPTIONS = ignore_noninstrumented_modules=1 detect_deadlocks=0
asan tsan: ## the unit tests with address and undefined-behaviour, or thread, sanitizers
	@$(STEP) 'dependencies' tools/deps --for test
	@$(MAKE) -s --no-print-directory build/$@/build.ninja
	@$(STEP) 'build ($@)' $(NINJA) -C build/$@
	@$(STEP) 'unit tests ($@)' ctest --test-dir build/$@ -j2 --output-on-failure --no-tests=error
	@[ $@ = asan ] || TSAN_OPTIONS= $(STEP) "Temporal's scheduler alone ($@)" build/$@/src/temporal/scheduler_test

fuzz: ## build/fuzz: what searches for inputs that break our readers; soak runs it
	@$(MAKE) -s --no-print-directory build/fuzz/build.ninja
	@$(STEP) 'build (fuzz)' $(NINJA) -C build/fuzz fuzzers

soak: ## the long tests, on the release build; figures go into a note
	@$(STEP) 'dependencies' tools/deps --for soak
	@$(MAKE) -s --no-print-directory release fuzz
	@SLUICE_BINARY=$${SLUICE_BINARY:-$(CURDIR)/$(RELEASE)/sluice} $(STEP) 'soak' $(PYTHON) -m pytest -ra tests/soak
	@SLUICE_BINARY=$${SLUICE_BINARY:-$(CURDIR)/$(RELEASE)/sluice} WORKSPACE_SOAK=1 WORKSPACE_FAULTS=all $(STEP) 'soak on the workspace' sh -c 'tools/workspace $(PYTHON) -m pytest -ra tests/workspace || { code=$$?; [ $$code = 77 ] && echo "SKIPPED: the workspace tests"; exit $$((code == 77 ? 0 : code)); }'

bench: ## the benchmarks, on the release build; figures are printed
	@$(STEP) 'bench' bench/run

clean: ## remove what was built here; .deps/ and the caches stay
	rm -rf build
