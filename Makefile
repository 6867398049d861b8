SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -euc
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

RUN_TS := node --import=tsx
# With TAP=FOLDER, results go there too, in the Test Anything Protocol (.ci/run counts them).
AVA = npx ava$(if $(TAP), --tap)
record = $(if $(TAP), | tee $(TAP)/$(1).tap)
DEMO_ISO := .cache/demo.iso
# Files that are only sourced are checked from the script that sources them.
SHELL_SCRIPTS = $(shell grep -rlE '^\#!/bin/(ba)?sh' .ci bench scripts init-templates)

.PHONY: help demo test soak check build bench bench-optical clean lint types shellcheck unit boot setup-demo setup-test setup-bench

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup-demo build ## Turn a real Debian into a live CD, boot it, prove that it works
	mkdir -p .cache
	node bin/snapdisc.js build "$$(scripts/debian-rootfs.sh i386)" --output=$(DEMO_ISO) \
		--serial --autologin --force
	$(RUN_TS) scripts/demo.ts $(DEMO_ISO)

test: check boot ## Everything: the checks, then boots on every kind of drive (an hour)

soak: setup-test build ## Boots that take longer than all others, for before a release (half an hour)
	$(AVA) --config ava.soak.config.js$(call record,soak)

check: lint types shellcheck unit ## Lint, types, shell scripts and unit tests (5 minutes)

build: setup-demo ## Compile to dist/
	npx tsc -p tsconfig.build.json

bench: setup-test build ## Benchmarks, into BENCHMARKS.md (70 minutes); BENCH='build initrd' for some
	$(RUN_TS) bench/main.ts $(BENCH)

bench-optical: setup-bench build ## What a boot does to an optical drive, ours and the peers', into BENCHMARKS.md (2 hours)
	$(RUN_TS) bench/optical.ts $(BENCH)

clean: ## Remove what make made here; downloads stay in the user's cache
	rm -rf dist .cache

lint: setup-test
	npx biome check .

types: setup-test
	npx tsc -p tsconfig.json

shellcheck: setup-test
	shellcheck --external-sources --check-sourced --source-path=SCRIPTDIR $(SHELL_SCRIPTS)

unit: setup-test build
	$(AVA)$(call record,unit)

boot: setup-test build
	$(AVA) --config ava.boot.config.js$(call record,boot)

setup-demo:
	@scripts/setup.sh demo

setup-test:
	@scripts/setup.sh test

setup-bench: setup-test
	@scripts/setup.sh bench
