# Each target is one short line that can be run without make, once .venv is there.
# Settings come from the environment: PORT=8010 make run

.POSIX:
.PHONY: help run run-services stop start status demo compare migrate test test-stacks test-matrix fuzz scale chaos lint audit bench screenshots

help:
	@echo "make run                         everything, at http://127.0.0.1:8000"
	@echo "make run-services                the same code, each service in its own processes"
	@echo "make status                      the processes that run"
	@echo "make stop SERVICE=moderation     stops the processes of one service"
	@echo "make start SERVICE=moderation    starts them again"
	@echo "make demo                        plays the tour on the running application"
	@echo "make compare                     every way to build the page, measured side by side (QUICK=1: a quick run)"
	@echo "make test                        the test suite"
	@echo "make test-stacks                 the whole system while servers of every kind are down, or hang"
	@echo "make test-matrix                 the tests again on PostgreSQL, MariaDB, RabbitMQ, Redis"
	@echo "make fuzz                        random input and random schedules, for some minutes"
	@echo "make scale                       eight writers on PostgreSQL; a post with 20,000 comments"
	@echo "make lint                        the checks"
	@echo "make audit                       checks the packages for known vulnerabilities"
	@echo "make bench                       how fast it is, beside others (BENCH=--quick: under two minutes)"
	@echo "make chaos                       kills processes and cuts connections, and checks that nothing is lost"
	@echo "make screenshots                 the pictures in docs/screenshots"
	@echo "make migrate                     only migrates the databases"

run: .venv/.runtime
	@.venv/bin/python -m config.processes run

run-services: .venv/.runtime
	@.venv/bin/python -m config.processes run-services

stop: .venv/.runtime
	@.venv/bin/python -m config.processes stop "$$SERVICE"

start: .venv/.runtime
	@.venv/bin/python -m config.processes start "$$SERVICE"

status: .venv/.runtime
	@.venv/bin/python -m config.processes status

demo: .venv/.runtime
	@.venv/bin/python -m lab.tour

compare: .venv/.runtime
	@.venv/bin/python manage.py compare all $${QUICK:+--quick}

migrate: .venv/.runtime
	@.venv/bin/python -m config.processes.prepare

test: .venv/.dev
	.venv/bin/python -m pytest -n 3 --dist loadgroup -m "not stacks"

test-stacks: .venv/.dev
	.venv/bin/python -m pytest -n 3 --dist loadgroup -m stacks

test-matrix: .venv/.dev
	.venv/bin/python -m tests.matrix

# FUZZ="2 7": twice the suite's examples, seed 7
fuzz: .venv/.dev
	.venv/bin/python -m tests.fuzz $(FUZZ)

scale: .venv/.dev
	.venv/bin/python -m tests.eventstore.scale
	.venv/bin/python -m tests.eventstore.crowded 20000

# BENCH="--quick --part reads": its options
bench: .venv/.dev
	.venv/bin/python -m lab.bench $(BENCH)

# CHAOS="--kills 500 --on embedded": its options
chaos: .venv/.dev
	.venv/bin/python -m lab.chaos $(CHAOS)

lint: .venv/.dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports
	.venv/bin/python manage.py makemigrations --check --dry-run
	.venv/bin/python manage.py contracts check
	TLS=1 CORS_ALLOWED_ORIGINS=https://app.example SECRET_KEY=$$(head -c 48 /dev/urandom | base64) ALLOWED_HOSTS=blog.example .venv/bin/python manage.py check --deploy --fail-level WARNING

screenshots: .venv/.dev
	.venv/bin/python -m tests.end_to_end.screenshots

audit: .venv/.dev
	.venv/bin/python -m tests.audit

# --- The virtual environment: installed again only when the requirements change.

.venv/.runtime: requirements.txt
	@$(SOUND) 2>/dev/null || { $(MAKE_VENV); }
	@echo "Installing what running needs, once …"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch .venv/.runtime

.venv/.dev: .venv/.runtime requirements-dev.txt
	@echo "Installing what tests and checks need, once …"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/.dev

NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
SOUND = .venv/bin/python -c 'import pip; $(NEW_ENOUGH)'
MAKE_VENV = \
	for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 none; do \
		$$python -c '$(NEW_ENOUGH)' 2>/dev/null && break; \
	done; \
	if [ $$python = none ]; then \
		echo "Python 3.11 or newer is needed: install it, or name it: make run PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make a virtual environment: install its venv (Debian, Ubuntu: apt install python3-venv)" >&2; \
		exit 1; \
	fi; \
	$$python -m venv --clear .venv
