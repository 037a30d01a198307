# Every target makes its own environment in .venv; only Python 3.11 or newer and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/drawn-world
WORKERS ?= 2
# Material and checkpoints of the drawn world's networks.
TRAINING ?= out/world-pack

# Two of them into one environment would spoil it; tests and builds have processes of their own.
.NOTPARALLEL:

.PHONY: another-python build baseline test test-full world-pack data-card lint format clean

# A PYTHON that is given on the command line and is not the environment's makes it anew.
ifeq ($(origin PYTHON),command line)
ifneq ($(shell $(PYTHON) -c "import platform; print(platform.python_version())"),$(shell sed -n 's/^version = //p' $(VENV)/pyvenv.cfg 2>/dev/null))
$(VENV)/run.done: another-python
CLEAR := --clear
endif
endif

$(VENV)/run.done: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(0 if sys.version_info >= (3, 11) else 'cocopfs needs Python 3.11 or newer; found ' + sys.version.split()[0] + ' (set PYTHON=...)')"
	$(PYTHON) -m venv $(CLEAR) $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/dev.done: $(VENV)/run.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

$(VENV)/train.done: $(VENV)/run.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[train]'
	touch $@

$(VENV)/full.done: $(VENV)/dev.done $(VENV)/train.done
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,full]'
	touch $@

# The main job, on the drawn world: nothing else is needed. For COCO itself see README.md.
build: $(VENV)/run.done
	$(BIN)/cocopfs build --out "$(OUT)" --workers $(WORKERS)

# Is the dataset sound? Trains Id-CLIP on it.
baseline: build $(VENV)/train.done
	$(BIN)/cocopfs train-baseline "$(OUT)"

test: lint
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not full"

test-full: lint $(VENV)/full.done
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

# Trains the networks in cocopfs/world/pack and writes their card; hours on two cores. A run that was
# stopped goes on where it was.
# glibc would give every large tensor back to the system, and pay for its pages again each step.
world-pack: export MALLOC_MMAP_MAX_ = 0
world-pack: export MALLOC_TRIM_THRESHOLD_ = 17179869184
world-pack: $(VENV)/train.done
	$(BIN)/python -m cocopfs.world.training --folder "$(TRAINING)"

# data_cards/drawn-world.md, of a dataset as `make build` makes it.
data-card: build
	$(BIN)/cocopfs audit "$(OUT)"
	$(BIN)/python -m cocopfs.world.data_card "$(OUT)"

lint: $(VENV)/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/dev.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
