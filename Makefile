# Everything a learner, an instructor or an author types. `make` alone lists it.

SHELL := /bin/sh
PY := .venv/bin/python
COURSE := $(PY) -P -m workshop
ARGS ?=

# Learners' paths may hold spaces: they reach the shell through the environment.
export SUBMISSIONS

.NOTPARALLEL:
.PHONY: help lab setup test test-phase test-browser test-peers notebooks solutions grade mutants status update data \
        bench bench-peers lint format lock

help:  ## this list
	@echo "Plank by Plank: make lab is the way in."
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-21s %s\n", $$1, $$2}'

lab: setup  ## set everything up and open the course in JupyterLab (ARGS="--port 9000" goes to JupyterLab)
	@$(COURSE) lab $(ARGS)

# The first Python that is new enough; PYTHON=python3.12 names another.
setup:  ## make .venv with all that the course needs (again: nothing, or only what changed)
	@set -- python3 python3.14 python3.13 python3.12 python3.11; if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; fi; \
	found=; for python; do \
	    if command -v "$$python" >/dev/null 2>&1; then \
	        found=$$python; \
	        "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	    fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "Python 3.11 or newer is missing: install it, or name one: make setup PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	exec "$$found" -I workshop/setup.py

status: setup  ## which pieces are yours, which are the reference's
	@$(COURSE) status $(ARGS)

update: setup  ## fetch new lessons; your own cells are kept
	@$(COURSE) update $(ARGS)

# `make test-phase 3` makes 3 a goal of its own; here, and only here, it is a goal that does nothing.
ifeq ($(firstword $(MAKECMDGOALS)),test-phase)
PHASE := $(or $(N),$(word 2,$(MAKECMDGOALS)))
ASKED := $(filter-out test-phase,$(MAKECMDGOALS))
ifneq ($(ASKED),)
.PHONY: $(ASKED)
$(ASKED): ; @:
endif
endif

test-phase: setup  ## test your own notebooks of a phase: make test-phase 3
	$(if $(filter 1 2 3 4 5 6 7,$(PHASE)),,$(error Name a phase from 1 to 7: make test-phase 3))
	@$(COURSE) test-phase $(PHASE) $(ARGS)

# Two test processes share the processors already.
test: export OMP_NUM_THREADS = 1
test: export OPENBLAS_NUM_THREADS = 1
test: export COURSE_THREADS = 1
test: setup  ## run all tests of the course itself
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) .venv/bin/lint-imports --no-cache
	$(PY) -m pytest tests -n 2 --dist loadgroup --ignore=tests/browser --ignore=tests/peers $(ARGS)
	COURSE_STRICT=1 COURSE_ONLY_EARLIER=1 $(PY) -m pytest -c /dev/null --rootdir . -p no:cacheprovider -q -n 2 --dist loadfile \
	    --nbval-lax --nbval-current-env --nbval-cell-timeout 180 solutions

# Needs a Chromium, found on PATH.
test-browser: setup  ## drive the course in a real browser
	@test -d tests/browser || { echo "There are no browser tests yet." >&2; exit 1; }
	@$(PY) -I -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary=:all: --no-deps \
	    -r requirements-browser.lock
	$(PY) -m pytest tests/browser $(ARGS)

# In a folder of its own, so that nothing else comes to lean on it.
TORCH = $(shell sed -n 's/^peers = \["\(torch==.*\)"\]/\1/p' pyproject.toml)
test-peers: setup  ## compare with PyTorch (a large download)
	@test -d tests/peers || { echo "There are no tests against PyTorch yet." >&2; exit 1; }
	@test -e ".peers/$(TORCH)" || { rm -rf .peers && \
	    $(PY) -I -m pip install --quiet --disable-pip-version-check --only-binary=:all: --target .peers "$(TORCH)" && \
	    touch ".peers/$(TORCH)"; }
	PYTHONPATH=.peers COURSE_THREADS=1 $(PY) -m pytest tests/peers -n 2 --dist loadfile $(ARGS)

grade: setup  ## grade a class: make grade SUBMISSIONS=folder
	@if [ -z "$$SUBMISSIONS" ]; then echo "Name the folder: make grade SUBMISSIONS=folder" >&2; exit 1; fi
	@$(COURSE) grade "$$SUBMISSIONS" $(ARGS)

notebooks: setup  ## make the learners' notebooks from the lessons (their cells are kept)
	@$(COURSE) notebooks $(ARGS)

solutions: setup  ## make the solved notebooks and run them
	@$(COURSE) solutions $(ARGS)

mutants: setup  ## prove that every check can fail
	@$(PY) -m tests.mutants $(ARGS)

data: setup  ## list the data sets, or fetch some ahead of time: make data ARGS="mnist names"
	@$(COURSE) data $(ARGS)

bench: setup  ## measure the engine beside its peers (ARGS="gpt --threads 1 --quick"); bench/README.md says how
	@$(PY) -m bench.run $(ARGS)

# Each in a folder of its own: they bring their own NumPy along.
BENCHED = $(shell sed -n 's/^bench = \[\(.*\)\]/\1/p' pyproject.toml | tr -d '",')
bench-peers: setup  ## fetch what make bench compares with: PyTorch, JAX and tinygrad (large downloads)
	@for peer in "$(TORCH)" $(BENCHED); do \
	    $(PY) -I -m pip install --quiet --disable-pip-version-check --only-binary=:all: --upgrade \
	        --target "build/peers/$${peer%%==*}" "$$peer" || exit 1; \
	done

lint: setup  ## look for mistakes in the code
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) .venv/bin/lint-imports --no-cache

format: setup  ## put the code in its standard form
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

# Needs uv on PATH. The package index is the one that your own environment names (UV_DEFAULT_INDEX, or uv's default);
# its address must not end up in the files. LOCKFLAGS="--upgrade" takes newer versions, otherwise those locked are kept.
LOCK = uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
       --only-binary :all: --no-emit-index-url --no-emit-find-links --no-annotate --quiet \
       --custom-compile-command "make lock" $(LOCKFLAGS)
lock:  ## pin the requirements anew, with hashes, for all systems and Pythons
	@command -v uv >/dev/null || { echo "uv is missing: install it (pipx install uv)" >&2; exit 1; }
	$(LOCK) pyproject.toml --output-file requirements.lock
	sed -n 's/^browser = \["\(.*\)"\]/\1/p' pyproject.toml | \
	    $(LOCK) - --constraints requirements.lock --output-file requirements-browser.lock
