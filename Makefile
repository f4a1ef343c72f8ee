SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc)
export SWIFT_BACKTRACE := enable=no

SWIFT_FOLDERS := Sources Tests Benchmarks Examples
WORKLOADS := $(shell sed -n 's/.*name: "\([a-z-]*\)".*/\1/p' Benchmarks/FlockBench/Workload.swift 2>/dev/null)
N ?= 10000

.PHONY: help setup demo test build release format lint bench bench-peers accept-blackboard clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

setup: ## Installs what is missing on Debian and Ubuntu; says what to install elsewhere
	@scripts/setup

demo: setup ## Lets the code-review example look at this repository; later calls take seconds
	@scripts/demo

test: setup ## Builds with warnings as errors and runs every test and check
	@JOBS=$(JOBS) scripts/test

build: setup ## Builds everything for debugging, tests included
	@JOBS=$(JOBS) scripts/test build

release: setup ## Builds everything with optimisation
	swift build -c release -j $(JOBS)

format: ## Formats the Swift sources in place
	swift format --in-place --parallel --recursive $(SWIFT_FOLDERS)

lint: ## Checks the format of the Swift sources and the documentation
	@scripts/test format documentation

bench: setup ## Runs our workloads once each; N=10000 is their size
	swift build -c release -j $(JOBS) --product flock-bench
	@for workload in $(WORKLOADS); do .build/release/flock-bench workload $$workload --n $(N) || exit 1; done

bench-peers: setup ## Runs the same workloads on the peers and prints a table of ratios
	Benchmarks/Peers/install
	swift build -c release -j $(JOBS) --product flock-bench
	Benchmarks/Peers/report

accept-blackboard: setup ## Measures the blackboard's promises; LINE=NAME for one of them
	@LINE="$(LINE)" scripts/accept/run blackboard

clean: ## Removes what was built; results and reports stay
	swift package clean
