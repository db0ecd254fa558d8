# Atoll's front door. `make run` starts a whole archipelago on this machine; `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CONFIGURATION ?= debug
DATA ?= .atoll
BINARY = .build/$(CONFIGURATION)/atoll
SWIFT_FILES = git ls-files -z --cached --others --exclude-standard '*.swift' ':!:**/Generated/**'

.PHONY: help bootstrap build run test verify lint lint-format format generate test-unit test-simulation test-processes \
  bench soak soak-regions models clean

help: ## what this file can do
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 20

bootstrap: ## install the missing system packages (Debian)
	@scripts/bootstrap.sh

build: bootstrap ## build the atoll executable
	@swift build --product atoll --configuration $(CONFIGURATION)

run: build ## start control and two regions with databases of their own; Ctrl-C stops all
	@exec $(BINARY) dev --data $(DATA) $(ARGUMENTS)

test: bootstrap verify test-unit test-simulation test-processes ## everything, on servers it starts itself

verify: lint-format lint ## the fast checks: format, arrows, rooms, generated source
	@scripts/generate-migrations.py --check
	@scripts/generate-common-passwords.py --check
	@scripts/generate-pages.py --check
	@python3 scripts/check-protocol.py

lint:
	@scripts/check-arrows
	@scripts/check-rooms

lint-format:
	@$(SWIFT_FILES) | xargs -0 swift format lint --strict --parallel

format: ## rewrite all Swift files in the one format
	@$(SWIFT_FILES) | xargs -0 swift format format --in-place --parallel

generate: ## write migrations/ and pages/ into Swift source
	@scripts/generate-migrations.py
	@scripts/generate-common-passwords.py
	@scripts/generate-pages.py

test-unit: bootstrap ## everything but the simulation campaign and the whole processes
	@scripts/promtool.sh
	@swift build --build-tests
	@scripts/test.sh --skip-build --skip '^(Simulation|EndToEnd)\.'

# One suite after the other: the campaigns fill both cores and would starve the real PostgreSQL of the differential tapes.
test-simulation: bootstrap ## the simulator: seeds, mutants, differential tapes
	@SWIFT_DETERMINISTIC_HASHING=1 scripts/test.sh --no-parallel --filter '^Simulation\.'

test-processes: bootstrap ## real processes, kill -9 at every fault point, history checker, pages in Chromium
	@scripts/chromium.sh
	@scripts/pyjwt.sh
	@scripts/proxies.sh
	@scripts/test.sh --no-parallel --filter '^EndToEnd\.'

bench: bootstrap ## measure against PostgreSQL itself; writes Benchmarks/results.json
	@$(MAKE) -C Benchmarks

soak: bootstrap ## 1000 regions, 300 kills, 20 failovers, harmed wires, full sizes, 10000 seeds; SOAK_PARTS=kills,seeds chooses
	@scripts/soak.sh

soak-regions: bootstrap ## AGENTS (1000) agents against one control; PARTS=changes,idle,storm,trouble chooses
	@$(MAKE) -C Benchmarks soak

models: ## check the TLA+ specifications, those that must fail too
	@scripts/check-models.sh

clean: ## forget what was built; data in $(DATA) stays
	@rm -rf .build
