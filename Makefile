# The first Python that is new enough, else the last that is there, which then says that it is not.
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && exit; done; echo python3)
VENV := .venv/bin/python
# Reading the settings must not start a database.
CHECK_ENV := DEBUG=true DATABASE_URL=postgresql://unused/unused

# A new year, a leap day, the last half-hour of a year, and the night in which Europe's clocks go back.
DATES := 2027-01-01T00:30Z 2028-02-29T12:00Z 2027-12-31T23:30Z 2027-10-31T00:59:30Z

.DEFAULT_GOAL := help
.PHONY: help install run dev test test-dates bench check format lock shell

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1	/p' Makefile

install: ## Make .venv with the locked packages (the other targets do this too)
	@command -v "$(PYTHON)" >/dev/null || { echo "Startline needs Python 3.11 or newer; there is none." >&2; exit 1; }
	@"$(PYTHON)" config/local/install.py

run: install ## Serve the site on http://127.0.0.1:8000 (PORT=, HOST=, WORKERS=)
	@exec $(VENV) -m config.local.serve

dev: install ## The same with tracebacks in the browser, begun anew when a file changes
	@DEBUG=true exec $(VENV) -m config.local.serve

test: install ## Run every test (ARGS="-k name" picks some)
	@exec $(VENV) -m pytest $(ARGS)

test-dates: install ## Run what depends on the day, on days that have broken such things
	@for now in $(DATES); do echo "$$now"; \
		SUITE_NOW=$$now $(VENV) -m pytest -m dates $(ARGS) || exit 1; done

bench: install ## CPU time of pages made afresh, kept and unchanged, beside a bare view
	@exec $(VENV) -m bench.kept

check: install ## Lint, format and type checks
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(CHECK_ENV) $(VENV) -m mypy .

format: install ## Format the code, and mend what ruff can mend
	@$(VENV) -m ruff check --fix .
	@$(VENV) -m ruff format .

shell: install ## A Python shell with the site's models
	@exec $(VENV) manage.py shell

lock: install ## Renew requirements*.txt from their .in files
	@$(VENV) -m pip install --quiet uv
	@for name in requirements requirements-local requirements-dev; do \
		$(VENV) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --annotation-style line --custom-compile-command "make lock" \
		$$name.in --output-file $$name.txt || exit 1; done
