# calcml: the commands of a developer's day. `make demo` and `make test` are all a newcomer needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check

# Start-up is a feature, and compiled bytecode is a third of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo check test soak test-extras bench clean

demo: $(VENV)/installed  ## install calcml and run the main job
	$(BIN)/calcml diff "1/(1+exp(-x))" --steps

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/developed: $(VENV)/installed
	$(PIP) -e ".[dev]"
	touch $@

check: $(VENV)/developed  ## format, lint, types, layers, doctests, every field of every row: about a minute
	$(BIN)/ruff format --check calcml tests benchmarks
	$(BIN)/ruff check calcml tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest -p no:cacheprovider tests/test_architecture.py
	$(BIN)/python -m pytest -p no:cacheprovider --doctest-modules calcml \
		--ignore=calcml/numeric/jax_.py --ignore=calcml/numeric/torch_.py
	$(BIN)/calcml functions --check
	$(BIN)/calcml rules --check

test: $(VENV)/developed  ## all tests, with a sample of each large count
	$(BIN)/python -m pytest -n 2

soak: $(VENV)/developed  ## the full counts; benchmarks/results/soak.json
	CALCML_SOAK=1 $(BIN)/python -m pytest -n 2

test-extras: $(VENV)/developed  ## what needs optional packages; names those that are absent
	-$(PIP) -e ".[special,jax,torch,plot]"
	@$(BIN)/python -m tests.extras
	$(BIN)/python -m pytest tests/test_functions_numeric.py tests/test_lambdify_extras.py tests/test_code.py \
		tests/test_objective.py tests/test_check.py tests/test_plot.py tests/test_stability.py

bench: $(VENV)/developed  ## ratios against peers, in one run; benchmarks/results/
	$(PIP) -e ".[bench]"
	-$(PIP) -e ".[jax]"  # the stability table beside JAX
	$(BIN)/python -m benchmarks.run

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
