# Two commands for a fresh machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint types docs wheel check bench clean

demo: $(STAMP)
	$(BIN)/threadlore demo

test: $(STAMP)
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/pytest -p no:cacheprovider tests/test_docs.py

wheel: $(STAMP)
	rm -rf dist build
	$(BIN)/python -m build --outdir dist .
	$(PYTHON) -m venv --clear $(VENV)/wheel
	$(VENV)/wheel/bin/pip install --quiet --no-deps dist/*.whl
	PYTHONPATH=$$($(BIN)/python -c "import site; print(site.getsitepackages()[0])") \
		$(VENV)/wheel/bin/python -P docs/check_wheel.py

check: lint types test docs wheel

# Torch goes first: its CPU build is taken where one is offered.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip setuptools
	$(BIN)/pip install --quiet -c constraints.txt "torch>=2.4,<2.14"
	$(BIN)/pip install --quiet -c constraints.txt -e ".[bundled-model,zh,dev]"
	touch $(STAMP)

clean:
	rm -rf $(VENV) build dist threadlore-demo
