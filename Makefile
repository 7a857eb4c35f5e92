# The commands of a checkout. Each makes its own set-up (tools/setup); a second time that costs nothing.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check bench soak docs clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Make ready what the demo needs
	@tools/setup run

setup-dev: ## Make ready what tests, checks and benchmarks need
	@tools/setup dev

demo: setup ## Run the main job on sample scans [ONCE=1: stop by itself] [SCANS=DIR: on your own scans]
	@exec .venv/bin/appliance demo $(if $(filter-out 0,$(ONCE)),--once) $${SCANS:+--scans "$$SCANS"}

test: setup-dev ## Run the tests [ARGS=...: for pytest]
	@.venv/bin/pytest --numprocesses=logical --dist=loadfile $(ARGS)

check: setup-dev ## Run every static check: form, types, floors, sizes, generated docs
	@tools/check

bench: setup-dev ## Print speed and memory as ratios measured in one run
	@set -e; for program in benchmarks/bench_*.py; do echo "== $$program"; .venv/bin/python "$$program"; done

soak: setup-dev ## Run the long campaigns: kills, 10,000 drops, 200 deposits, damaged bytes, 2,000 pages
	@APPLIANCE_KILL_ROUNDS=$${APPLIANCE_KILL_ROUNDS:-60} \
	APPLIANCE_CAMPAIGN_DROPS=$${APPLIANCE_CAMPAIGN_DROPS:-10000} \
	APPLIANCE_CAMPAIGN_KILLS=$${APPLIANCE_CAMPAIGN_KILLS:-20} \
	APPLIANCE_FUZZ_EXAMPLES=$${APPLIANCE_FUZZ_EXAMPLES:-20000} \
	APPLIANCE_SYNC_PACKAGES=$${APPLIANCE_SYNC_PACKAGES:-200} \
	APPLIANCE_LONG_PAGES=$${APPLIANCE_LONG_PAGES:-2000} APPLIANCE_LONG_TESTS=1 \
		.venv/bin/pytest tests/kill tests/campaign tests/fuzz tests/referees tests/sync/test_soak.py \
		tests/packaging/test_zip64.py tests/pipeline/test_seal_memory.py tests/systemd/test_booted.py \
		--timeout=0 -rP $(ARGS)

docs: setup-dev ## Write the generated pages of docs/ anew
	@.venv/bin/python -m tools.generate_docs

clean: ## Remove what the demo and the tools left in this checkout; the environment stays
	rm -rf var dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
