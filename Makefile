# make run    the site, with everything it needs
# make test   every check and test
# make bench  fill a site and measure it (ARGS="--help" says what can be chosen)
# make lock   write requirements*.txt anew from requirements*.in
PYTHON ?= python3
ARGS ?=
LOCK = .venv/bin/uv pip compile --universal --generate-hashes --no-config --python-version 3.11 --no-annotate --quiet --custom-compile-command 'make lock'

.PHONY: run test bench lock format clean

run:
	@$(PYTHON) bin/run.py

test:
	@$(PYTHON) bin/test.py $(ARGS)

bench:
	@$(PYTHON) bin/environment.py dev
	@.venv/bin/python -m tests.bench $(ARGS)

lock:
	@$(PYTHON) bin/environment.py dev
	$(LOCK) $(ARGS) requirements.in -o requirements.txt
	$(LOCK) $(ARGS) requirements-dev.in -o requirements-dev.txt

format:
	@$(PYTHON) bin/environment.py dev
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .
	.venv/bin/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

# Takes away what can be made again. The site's data in var/ stays.
clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis var/static var/screenshots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
