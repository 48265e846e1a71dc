# `make demo` runs the main job, `make test` every check; both make .venv first. Stamps keep a second call from reinstalling.
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check

.PHONY: demo test bench bench-gpu bench-scale bench-studies mutants clean

demo: .venv/installed
	$(BIN)/regolith run data/missions/chang-e-5-preview.toml

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

# Ours and the peers found on this machine (LAMMPS, LIGGGHTS, YADE) on one bed: half an hour on two cores.
bench: .venv/installed
	$(BIN)/python benchmarks/peers.py

# The device against the CPU, then its speed at 1e5, 1e6, 1e7 grains and as many as fit: under 9 minutes, without network.
# Any Python with Taichi and NumPy will do. On a machine without a GPU: make bench-gpu ARGS=--rehearse
bench-gpu:
	PYTHONPATH=.:kernels $(or $(wildcard $(BIN)/python),python3) benchmarks/gpu.py $(ARGS)

# Cost and memory against the number of grains, threads, rebuilds and output of a mission: half an hour on two cores.
bench-scale: .venv/installed
	$(BIN)/python benchmarks/scaling.py $(ARGS)

# What a study costs beside its runs: some minutes.
bench-studies: .venv/installed
	$(BIN)/python benchmarks/studies.py $(ARGS)

# Breaks laws and rules on purpose, one at a time: an hour on two cores; ONLY="name" picks one.
mutants: .venv/installed-dev
	$(BIN)/python -m tests.mutants $(if $(ONLY),--only "$(ONLY)")

# A Python counts only if it starts (a pyenv shim may not), Taichi has wheels for it, and it can make a venv.
.venv/bin/pip:
	@rm -rf .venv; \
	for python in $(PYTHON) python3.13 python3.12 python3.11 python3 /usr/bin/python3; do \
	    if $$python -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
	        echo "Making .venv with $$($$python --version) ($$python)"; \
	        $$python -m venv .venv; exit $$?; \
	    fi; \
	done; \
	echo "No Python 3.11, 3.12 or 3.13 with venv was found. Install one (Debian, Ubuntu: apt install python3 python3-venv)," \
	    "or name yours: make PYTHON=/path/to/python3.12" >&2; exit 1

.venv/installed: pyproject.toml | .venv/bin/pip
	$(PIP) -e .
	@touch $@

# hatchling: the wheel test builds without isolation, so that it needs no network.
.venv/installed-dev: pyproject.toml | .venv/bin/pip
	$(PIP) 'hatchling>=1.24' -e '.[dev]'
	@touch .venv/installed $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
