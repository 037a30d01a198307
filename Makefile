# Every target makes its own environment in .venv; only Python 3.11 or newer and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/trial
WORKERS ?= 2
# The assets of the tests on real material, when they are at hand (see CONTRIBUTING.md).
COCO ?=
VGGFACE2 ?=
PACK ?=
SET ?= swap.swapper=blend

.PHONY: build test test-full lint format clean

$(VENV)/run.done: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'cocopfs needs Python 3.11 or newer; found ' + sys.version.split()[0] + ' (set PYTHON=...)')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/dev.done: $(VENV)/run.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# The main job. Until the drawn world has its networks, it runs on photographs of your own:
#   make build COCO=... VGGFACE2=... PACK=...
build: $(VENV)/run.done
	@test -n "$(COCO)" && test -n "$(VGGFACE2)" && test -n "$(PACK)" || \
	  { echo "make build needs COCO=..., VGGFACE2=... and PACK=... (see README.md)"; exit 2; }
	$(BIN)/cocopfs build trial --coco "$(COCO)" --vggface2 "$(VGGFACE2)" --pack "$(PACK)" \
	  --out "$(OUT)" --set $(SET) --workers $(WORKERS)
	$(BIN)/cocopfs preview "$(OUT)"

test: lint
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not full"

test-full: lint
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

lint: $(VENV)/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/dev.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
