# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PORT ?=
DATA ?= .kafka
TESTERS ?= 3
BROKER := $(PYTHON) deploy/kafka/broker.py

.PHONY: help demo test check audit words format kafka kafka-stop locks bench faults fuzz clean

help:  ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo:  ## 200 simulated parcels and the workstation in a browser; KAFKA=1 on a broker; ONCE=1 ends by itself
	@$(PYTHON) deploy/environment.py run
ifeq ($(KAFKA)$(KAFKA_BOOTSTRAP_SERVERS),)
	@$(BIN)/screener --log sqlite:demo/log.db demo $(if $(ONCE),--once)
else ifneq ($(KAFKA_BOOTSTRAP_SERVERS),)
	@$(BIN)/screener --log kafka demo $(if $(ONCE),--once)
else
	@$(BROKER) start --data .demo-kafka
	@eval "$$($(BROKER) status --data .demo-kafka | grep ^export)"; \
	  $(BIN)/screener --log kafka demo $(if $(ONCE),--once); \
	  status=$$?; $(BROKER) stop --data .demo-kafka; exit $$status
endif

test:  ## all tests, those against a real Kafka broker too; TESTERS=3 processes, which wait for brokers and browsers
	@$(PYTHON) deploy/environment.py test
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --durations 25 --durations-min 5

check:  ## style, types, import directions
	@$(PYTHON) deploy/environment.py test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

audit:  ## known weaknesses of the dependencies that the lock files pin; says so where nobody can be asked
	@$(PYTHON) deploy/environment.py test
	@$(BIN)/python deploy/audit.py

words:  ## collect the texts of the workstation's pages for translation
	@$(BIN)/python -m screener.review.web.collecting

format:  ## bring the code into shape
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

kafka:  ## a real Apache Kafka broker in the background (PORT=, DATA=); needs Java 17 and Maven
	@$(BROKER) start $(if $(PORT),--port $(PORT)) --data $(DATA)

kafka-stop:  ## stop that broker
	@$(BROKER) stop --data $(DATA)

bench:  ## scans per second through the whole pipeline against the bare loop; what a decision costs
	@$(PYTHON) deploy/environment.py test
	@$(BIN)/python bench/throughput.py
	@$(BIN)/python -m bench.deciding

faults:  ## 100,000 parcels under 120 faults on a real broker (resumable, in .faults); SHORT=1 in three minutes
	@$(PYTHON) deploy/environment.py test
	@$(BIN)/python -m bench.faults $(if $(SHORT),--short,--folder .faults)

fuzz:  ## every parser of foreign bytes, 30 minutes of processor time each (resumable, in .fuzz)
	@$(PYTHON) deploy/environment.py test
	@$(BIN)/python -m bench.fuzz $(if $(MINUTES),--minutes $(MINUTES))

locks:  ## resolve the lock files anew (needs uv)
	@for kind in run test lab; do sh deploy/locks/resolve.sh $$kind; done

clean:  ## remove what was made here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo .demo-kafka .faults .fuzz build *.egg-info
