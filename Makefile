# make demo | test | test-all | check | readme | truth | coverage | bench | octave-check | clean
# Each needs nothing but Python 3.11 or newer and GNU make; the rest is fetched into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: demo test test-all check readme truth coverage bench octave-check clean

demo: .venv/core
	$(BIN)/rainbench run --method rainy,msfm --dataset toy
	$(BIN)/rainbench report

test: .venv/dev
	$(BIN)/python -m pytest

# None left out for want of a browser, of axe-core or of LaTeX: Debian's and npm's are installed.
test-all: .venv/browser
	RAINBENCH_STRICT=1 $(BIN)/python -m pytest

check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m tests.wheel_check

# The tables of README.md that are made from the code.
readme: .venv/dev
	$(BIN)/python -m tests.readme_tables
	$(BIN)/python -m tests.weights_readme

# Whole real datasets: published beside measured. RAINBENCH_DATA says where they lie.
truth: .venv/dev
	$(BIN)/python -m tests.truth

# How often intervals hold the true mean, by simulation.
coverage: .venv/dev
	$(BIN)/python -m tests.coverage

bench: .venv/dev
	$(BIN)/python -m tests.bench -o tests/bench/measured.json

octave-check: .venv/dev
	$(BIN)/python -m tests.octave_check

clean:
	rm -rf .venv node_modules build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find rainbench methods datasets reports tests -name __pycache__ -prune -exec rm -rf {} +

# The stamps say that .venv is what these two files ask for.
.venv/core: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) torch==2.13.0
	$(PIP) -e .
	touch $@

.venv/dev: .venv/core
	$(PIP) -e .[dev]
	touch $@

TOOLS := chromium chromedriver npm pdflatex
PACKAGES := chromium chromium-driver npm texlive-latex-base texlive-latex-recommended

.venv/browser: .venv/dev
	$(PIP) -e .[dev,browser]
	for tool in $(TOOLS); do command -v $$tool >/dev/null || missing=1; done; test -z "$$missing" || \
	    $$(test "$$(id -u)" = 0 || echo sudo) apt-get install --yes --no-install-recommends $(PACKAGES)
	npm install --silent --no-save --no-package-lock --no-audit --no-fund axe-core@4.14.1
	touch $@
