# calcml: the commands of a developer's day. `make demo` and `make test` are all a newcomer needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo check test soak bench clean

demo: $(VENV)/installed
	$(BIN)/calcml diff "1/(1+exp(-x))" --steps

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/developed: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@

check: $(VENV)/developed  ## format, lint, types, doctests: about a minute
	$(BIN)/ruff check calcml tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest --doctest-modules calcml -q -p no:cacheprovider

test: $(VENV)/developed  ## all tests, with a sample of each large count
	$(BIN)/python -m pytest -n 2

soak: $(VENV)/developed  ## the full counts
	CALCML_SOAK=1 $(BIN)/python -m pytest -n 2

bench: $(VENV)/developed  ## ratios against peers, in one run
	$(BIN)/pip install --quiet --disable-pip-version-check -e ".[bench]"
	$(BIN)/python -m benchmarks.run

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
