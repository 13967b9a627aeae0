# make run: the whole project on generated phantoms. make app: a page to show images to the model.
# make test: every check. All make a virtual environment from the locked dependencies first.
# PYTHON picks the interpreter.
.PHONY: run app test lint typecheck pytest lock clean
.DEFAULT_GOAL := run

PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

run: .venv/installed
	$(BIN)/kedro run --env sample --pipelines sample
	$(BIN)/kedro run --env sample
	$(BIN)/kedro run --env sample --pipelines promotion
	$(BIN)/kedro run --env sample --pipelines grading

# make app DATA_DIR=data MODEL=models:/brain_tumor_tumor_type/3 PORT=8600: another folder of results,
# another model, another port. Replaced by the server, so that Ctrl-C ends everything.
app: .venv/installed
	@exec $(BIN)/python -m brain_tumor_kedro.app --port "$(PORT)" --data-dir "$(DATA_DIR)" --model "$(MODEL)"

test: lint typecheck pytest

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

typecheck: .venv/installed
	$(BIN)/mypy

# On two processes, see tests/conftest.py; make pytest WORKERS=0: in one, to use a debugger.
WORKERS ?= 2
pytest: .venv/installed
	$(BIN)/pytest -n $(WORKERS) --no-loadscope-reorder -m "not slow and not real_data"

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "Expected Python 3.11 to 3.13, found $$($(PYTHON) --version). Name another with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Pin anew (needs uv).
lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:
	rm -rf .venv data/sample
