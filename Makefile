# make demo    grade a class of twelve, from source to gradebook
# make check   lint, types and the quick tests: before each commit
# make test    everything that CI runs
# make thorough  every exercise on 60 seeds, a class for each unit with every mistake; UNIT=u05_lstm for one unit
# make lab     JupyterLab on course/
# make course  rebuild the notebooks and run the reference solutions
# make experiments  measure what the course claims, on three seeds; figures in build/experiments
# make attack  what tricks earn here and with stock nbgrader, to docs/attacks.md; fuzzing in earnest
# make solved  every cell of the solved notebooks with what students have of rnncore; UNIT=u05_lstm for one unit
# make term    30 students through all units; every total made again from the raw verdicts
# make bench-grading  submissions a minute against stock nbgrader
# make hub     a unit through a real JupyterHub, in a browser (as root); pictures to build/hub
# make look    every unit in JupyterLab in both themes, or UNIT=u05_lstm; pictures to build/look
# make docs    the site, to build/site
# make bench   time and memory of the recurrent modules against torch.nn, to build/bench/
# make gpu     all that needs a GPU, in ten minutes: parity, times against cuDNN, large experiments; to build/gpu/
# make pictures  the pictures in docs/, from the class that make demo leaves
# make lint, pins, sandbox: parts of check and test; make clean: remove build/ and .venv
PYTHON ?= python3
BIN := .venv/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo check test thorough lint pins lab course attack term solved bench gpu bench-grading experiments hub look pictures docs sandbox clean

demo: .venv/installed sandbox
	$(BIN)/rnncourse demo

check: lint
	$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow"

test: lint pins $(BIN)/configurable-http-proxy
	$(BIN)/rnncourse build --check
	$(BIN)/python -m pytest -q -n auto --dist worksteal

thorough: .venv/installed sandbox
	RNNCOURSE_THOROUGH=1 $(BIN)/python -m pytest -q -n auto --dist worksteal tests/units $(if $(UNIT),-k $(UNIT))

lint: .venv/installed sandbox
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

# The pinned versions can be installed on each Python that the project names (resolution only).
pins: .venv/installed
	for version in 3.11.0 3.12 3.13; do \
	  $(BIN)/uv pip compile --quiet --python-version $$version --only-binary :all: --constraint constraints.txt \
	    --all-extras pyproject.toml --output-file .venv/pins-$$version.txt || exit 1; \
	done

lab: .venv/installed
	$(BIN)/jupyter lab --notebook-dir course

course: .venv/installed
	$(BIN)/rnncourse build

gpu: .venv/installed
	$(BIN)/python -m tests.benchmarks.gpu

bench: .venv/installed
	KINETO_LOG_LEVEL=99 $(BIN)/python tests/benchmarks/bench_cells.py

attack: .venv/installed sandbox
	$(BIN)/python -m tests.attacks
	RNNCOURSE_FUZZ=1000 $(BIN)/python -m pytest -q tests/attacks
	RNNCOURSE_SANDBOX=single $(BIN)/python -m pytest -q tests/attacks tests/autograder/test_session.py

solved: .venv/installed
	$(BIN)/python tests/benchmarks/solved_notebooks.py $(UNIT)

term: .venv/installed sandbox
	$(BIN)/python tests/benchmarks/simulated_term.py

bench-grading: .venv/installed sandbox
	$(BIN)/python tests/benchmarks/bench_grading.py

experiments: .venv/installed
	$(BIN)/python -m rnncore.experiments

hub: $(BIN)/configurable-http-proxy sandbox
	$(BIN)/python -m pytest -q -rs tests/browser/test_hub.py

look: .venv/installed
	$(BIN)/python tests/browser/look.py $(UNIT)

pictures: .venv/installed sandbox
	$(BIN)/python tests/browser/pictures.py

docs: .venv/docs
	$(BIN)/python docs/site/build.py

.venv/docs: .venv/installed
	$(BIN)/pip install -qq --editable ".[docs]"
	touch $@

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and 'Python 3.11 to 3.13 is needed; this is ' + sys.version)"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -qq --editable ".[dev]"
	touch $@

# JupyterHub's proxy. Where npm cannot install it, the test with a hub is skipped.
$(BIN)/configurable-http-proxy: | .venv/installed
	@npm install --silent --global --prefix .venv --fetch-timeout 30000 configurable-http-proxy@5.3.0 || \
	  echo "npm did not install configurable-http-proxy; without it no hub is tested"

# Grading runs submissions inside bubblewrap.
sandbox:
	@command -v bwrap >/dev/null || { \
	  command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq bubblewrap; \
	} || { echo "Grading needs bubblewrap: install it (Debian, Ubuntu: sudo apt-get install bubblewrap) and try again"; exit 2; }

clean:
	rm -rf build .venv
