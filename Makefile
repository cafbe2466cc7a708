# One verb a habit. `make help` lists them; each is a line or two that one can read.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run edge site rehearse test edge-test conformance check bench bench-edge lighthouse load mutants kills damages calls deploy rollback remove setup api-document docs lock audit sbom clean

BIN := .venv/bin
EDGE := functions/edge
# Node 22 comes from npm; workerd and wrangler need it.
NODE := node_modules/.bin/node
DEPLOYMENT = $(if $(STAGE),--stage $(STAGE)) $(if $(REGION),--region $(REGION))
DECLARED := pyproject.toml infra/setup/python.sh
LAYERS := runtime inference formats store accounts
LOCKS := $(wildcard infra/requirements/*.txt) $(LAYERS:%=layers/%/requirements.txt)
NODE_LOCKS := infra infra/lighthouse $(EDGE) $(EDGE)/site
SBOM := build/sbom
# Their branch coverage is told: see [tool.slipcover] in pyproject.toml.
MEASURED := tests/unit tests/contract tests/integration tests/upgrade

help:  ## list the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: .venv/.run  ## set up, get data, train, serve on http://127.0.0.1:8787 (DATA=DIR, PORT=N)
	@$(BIN)/python -m infra.site --or-without
	@$(BIN)/sabiscore run

edge: .venv/.run  ## the whole chain on http://127.0.0.1:8787: Worker, Redis, functions (DATA=DIR, PORT=N)
	@infra/setup/node.sh functions/edge && infra/setup/redis.sh
	@$(BIN)/python -m infra.site
	@$(BIN)/sabiscore edge

site: .venv/.run  ## build the pages' scripts, styles and static files; says what a first load weighs
	@$(BIN)/python -m infra.site

rehearse: .venv/.run  ## play a whole past season through the schedules, and keep its record (DATA=DIR)
	@$(BIN)/sabiscore rehearse

test: setup  ## lint, types and every test
	$(MAKE) --no-print-directory check edge-test
	$(BIN)/python -m infra.lambda_runtime
	$(BIN)/python -m slipcover --dont-wrap-pytest -m pytest -n 2 --dist loadfile $(MEASURED)
	$(BIN)/pytest -n 2 --dist loadfile $(addprefix --ignore=,$(MEASURED))

edge-test: setup  # the Worker in workerd: types, tests, and what wrangler would send
	cd $(EDGE) && node_modules/.bin/tsc && node_modules/.bin/tsc -p site && node_modules/.bin/tsc -p site/tsconfig.sw.json
	cd $(EDGE) && $(NODE) --test --test-reporter=dot test/*.test.ts site/*.test.ts
	cd $(EDGE) && $(NODE) node_modules/wrangler/bin/wrangler.js deploy --dry-run --minify --outdir dist >/dev/null
	cd $(EDGE) && $(NODE) node_modules/wrangler/bin/wrangler.js deploy --dry-run --minify -c model/wrangler.jsonc --outdir ../dist/model >/dev/null

conformance: setup  ## the public HTTP cache suite against the Worker in workerd
	@cd $(EDGE) && $(NODE) test/conformance/run.ts

check: .venv/.dev  ## lint, format, types and workflows only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

# An error when a bound is missed. JSON=1 prints the figures for a program.
bench: .venv/.run  ## measure what the README quotes, from files to graph (DATA=DIR, JSON=1)
	@$(BIN)/sabiscore bench $(if $(JSON),--json)

load: setup  ## measure the lines of the reliability bar that are times and rates, 50 minutes (ONLY="L1 F2", JSON=1)
	@$(BIN)/python -m infra.bench.load $(ONLY) $(if $(JSON),--json)

mutants: .venv/.dev  ## change the code a little at a time and see whether tests notice, an hour (ONLY="limits value", JSON=1)
	@infra/setup/mutmut.sh && $(BIN)/python -m infra.mutation $(ONLY) $(if $(JSON),--json)

bench-edge: setup  ## measure what the Worker costs and how soon it answers (ONLY="cost model", JSON=1)
	@cd $(EDGE) && $(NODE) test/bench/run.ts $(ONLY) $(if $(JSON),--json)

lighthouse:  ## measure every page on a phone, while `make run` or `make edge` serves it (URL=http://127.0.0.1:8787, JSON=1)
	@infra/setup/node.sh infra/lighthouse
	@node infra/lighthouse/measure.mjs $(or $(URL),http://127.0.0.1:8787) $(if $(JSON),--json)

kills: setup  ## kill every job 300 times at counted steps, and look for what is lost or doubled, 30 minutes
	@$(BIN)/python -W ignore -m tests.faults.kills

damages: setup  ## damage every file of a data folder in every way, cold and while it serves, 10 minutes
	@$(BIN)/python -W ignore -m tests.faults.damages 2>/dev/null

calls: setup  ## ask 10,000 generated calls of `sabiscore up`, or of the whole chain with SERVER=edge, 20 minutes
	@$(BIN)/python -m tests.contract.many_calls $(or $(SERVER),up)

deploy: setup  ## bring both clouds to what this folder holds (STAGE=production, REGION=eu-west-1, PLAN=1)
	@$(BIN)/sabiscore deploy $(DEPLOYMENT) $(if $(PLAN),--plan)

rollback: .venv/.dev  ## take both clouds back to the deployment before (STAGE=production, REGION=eu-west-1)
	@$(BIN)/sabiscore deploy rollback $(DEPLOYMENT)

remove: .venv/.dev  ## remove the functions and the Worker, after asking; the bucket stays (STAGE=production, REGION=eu-west-1)
	@$(BIN)/sabiscore deploy remove $(DEPLOYMENT)

setup: .venv/.dev  ## install all that run and test need
	@infra/setup/node.sh && infra/setup/browser.sh && infra/setup/services.sh && infra/setup/clients.sh
	@$(BIN)/python -m infra.site

api-document: .venv/.dev  ## make openapi.json and its page from the routes again
	$(BIN)/python -m infra.api_document

docs: .venv/.dev  ## build the docs as a site in build/docs, every link checked
	$(BIN)/sphinx-build -W --keep-going -q -b html docs build/docs && echo "build/docs/index.html"

lock: .venv/.dev  ## lock what pyproject.toml declares; UPGRADE=1 takes the newest of everything
	$(BIN)/python -m infra.lock $(if $(UPGRADE),--upgrade)

audit: .venv/.dev  ## ask what is known against the dependencies that are locked
	@for lock in $(LOCKS); do $(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r $$lock; done
	@for folder in $(NODE_LOCKS); do (cd $$folder && npm audit --package-lock-only --audit-level=high); done

sbom: .venv/.dev  ## name what is deployed and its versions, as CycloneDX, in build/sbom
	@mkdir -p $(SBOM)
	@for layer in $(LAYERS); do $(BIN)/cyclonedx-py requirements layers/$$layer/requirements.txt --output-reproducible -o $(SBOM)/$$layer.cdx.json; done
	@npm sbom --prefix $(EDGE) --package-lock-only --omit dev --sbom-format cyclonedx >$(SBOM)/worker.cdx.json
	@echo "$(SBOM): $(LAYERS) worker"

clean:  ## remove what setup and tests made (the data stays: see `sabiscore clean`)
	rm -rf .venv infra/node_modules $(EDGE)/node_modules $(EDGE)/site/node_modules $(EDGE)/dist $(EDGE)/public build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: a second start compares times of files and goes on.
.venv/.run: infra/requirements/run.txt infra/requirements/uv.txt $(DECLARED)
	@infra/setup/python.sh run

.venv/.dev: infra/requirements/dev.txt infra/requirements/uv.txt $(DECLARED)
	@infra/setup/python.sh dev
