# Tandem. `make` sets up, runs the quick profile and says where the report is;
# `make test` runs every check. `make help` lists the rest.

GO     ?= go
PYTHON ?= python3
NPM    ?= npm

BIN    := bin/tandem
# Git says nothing about a checkout that belongs to somebody else.
VCS    := $(shell git rev-parse HEAD >/dev/null 2>&1 && echo auto || echo false)
VENV   := .venv
# Marks of what is set up; each is made anew when what it rests on changes.
VENV_OK    := $(VENV)/.installed
ECHARTS    := node_modules/echarts/dist/echarts.min.js
ECHARTS_OK := node_modules/.tandem

.DELETE_ON_ERROR:
.DEFAULT_GOAL := run

.PHONY: run
run: build echarts ## set up, run every pair in the quick profile, say where the report is (default; RUN="counting --rounds 6" runs that)
	@$(MAKE) --no-print-directory venv || \
	  echo "the Python environment could not be made: going on with $(PYTHON), without what needs aiohttp"
	$(BIN) run $(RUN)

.PHONY: figures
figures: setup ## run every pair with the sources' own numbers, in half an hour; figures as SVG, PDF and CSV in the run's figures/ (RUN="counting sieve" runs those)
	$(BIN) run --profile paper $(RUN)
	$(BIN) export latest --figures

.PHONY: test
test: test-go test-python lint ## run every check: Go with the race detector, pytest, browser, lint

.PHONY: test-go
test-go: setup
	$(GO) test -race $$($(GO) list ./... | grep -v /runner/cmd/tandem)
	$(GO) test ./runner/cmd/tandem # end to end: with the detector's delay nothing in it would be measured as usual
	$(GO) test -C go/parallel/bench ./...

.PHONY: test-python
test-python: setup
	$(VENV)/bin/python -m pytest -q

.PHONY: lint
lint: setup ## check formatting, types and style; changes nothing
	@out=$$(gofmt -l go runner); test -z "$$out" || { echo "gofmt -w is needed on: $$out"; exit 1; }
	$(GO) vet ./...
	GOOS=darwin $(GO) vet ./...
	$(GO) vet -C go/parallel/bench ./...
	$(GO) mod verify >/dev/null
	$(VENV)/bin/ruff check python
	$(VENV)/bin/ruff format --check python
	$(VENV)/bin/mypy

.PHONY: bench
bench: setup ## measure Tandem and its systems beside their rivals, each with its budget (twenty minutes; on a quiet machine; BENCH="parallel balancer" runs those)
	@mkdir -p bin/bench
	@run=results/bench-$$(date -u +%Y%m%dT%H%M%SZ); \
	$(BIN) run $(patsubst %,runner/bench/%,$(or $(BENCH),$(filter-out quick,$(notdir $(wildcard runner/bench/*))) quick)) --budget 15m --out $$run; ran=$$?; \
	$(BIN) claims $$run --brief --strict && exit $$ran

.PHONY: torture
torture: build ## kill the runner a hundred times while it measures, and count what is left (minutes; TORTURE=10 kills it ten times)
	TANDEM_TORTURE=$(or $(TORTURE),100) $(GO) test -count=1 -timeout 1h -v -run TestKillStorm ./runner/cmd/tandem

.PHONY: serve
serve: setup ## show results/ in a browser, and start and watch runs there, on loopback
	$(BIN) serve

.PHONY: live
live: setup ## run a pair and watch it in a browser (RUN="counting" unless given)
	$(BIN) run --live $(or $(RUN),counting)

.PHONY: setup
setup: build venv echarts

.PHONY: build
build: ## build the programs in bin/
	@mkdir -p bin
	$(GO) generate ./go/cmd/pairs
	$(GO) build -buildvcs=$(VCS) -o bin/ ./runner/cmd/...
	$(GO) build -buildvcs=false -tags netgo -o bin/ ./go/cmd/...

.PHONY: venv
venv: $(VENV_OK) ## make the Python environment that development and the aiohttp variant need
$(VENV_OK): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

.PHONY: echarts
echarts: $(ECHARTS_OK) ## fetch the charting library; reports work without it, with static figures
$(ECHARTS_OK): package-lock.json
	@mkdir -p node_modules
	@if command -v $(NPM) >/dev/null; then \
	  { $(NPM) ci --no-audit --no-fund --loglevel=error && touch $@; } || \
	  echo "the charting library could not be fetched: reports will have static figures only; run 'make echarts' to try again"; \
	else \
	  echo "npm is not installed: reports will have static figures only; install npm and run 'make echarts' for interactive ones"; \
	fi

.PHONY: picture
picture: ## take the README's picture from the latest report, with Chromium
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
	  --virtual-time-budget=4000 --window-size=1100,1000 --hide-scrollbars \
	  --screenshot=$(CURDIR)/runner/report/report.png file://$(CURDIR)/results/latest/report.html

.PHONY: clean
clean: ## remove what was built and fetched; results stay
	rm -rf bin $(VENV) node_modules

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
