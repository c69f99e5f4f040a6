# The commands; the build itself is CMakeLists.txt (its options: cmake -LH).
#
#   make run      build, and see a notebook's cells run through the kernel
#   make test     build, and run the whole suite
#   make lint     for developers: warnings are errors, clang-tidy
#   make frameworks  the package in the frameworks it has extras for (smolagents, Dask, podman, ...)
#   make assistants  jupyter-mcp-server and jupyter-ai's notebook tools over this kernel
#   make install  PREFIX=DIR (and DESTDIR=STAGE for packagers)
#   make dist     wheels and an sdist, in dist/
#   make bench    this kernel beside others, as a table; `make bench-package` for
#                 the Python package, `make bench-assistants` for a cell over
#                 MCP; `make soak` for the long runs
#   make root     SUITE=trixie (ROOT=DIR, IN_ROOT="test"): the same from nothing, in a bare Debian
#   make newest   the suites that tell most, on the newest Python of Debian sid, in such a root
#   make arm64    cross-compiled, and run under qemu as far as it goes; installs packages: IN_ROOT=arm64
#   make clean
#
# Nothing is written outside this folder, but below PREFIX, and packages when root lets apt install them.

BUILD ?= $(CURDIR)/build
VENV ?= $(CURDIR)/.venv
PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS ?= 20
CMAKE_FLAGS ?=
SUITE ?= trixie
ROOT ?= $(BUILD)/roots/$(SUITE)
IN_ROOT ?= test

SUITES = $(wildcard $(addprefix tests/,sandbox policies magics escapes ordinary protocol jupyter python assistants soak browser floor))

# A home of its own: no settings of this user's are read, none are left behind.
HOME_DIR = $(BUILD)/home
CLEAN_HOME = env HOME=$(HOME_DIR) XDG_CONFIG_HOME=$(HOME_DIR)/.config XDG_CACHE_HOME=$(HOME_DIR)/.cache \
	XDG_DATA_HOME=$(HOME_DIR)/.local/share XDG_STATE_HOME=$(HOME_DIR)/.local/state \
	JUPYTER_CONFIG_DIR=$(HOME_DIR)/jupyter/config JUPYTER_DATA_DIR=$(HOME_DIR)/jupyter/data \
	JUPYTER_RUNTIME_DIR=$(HOME_DIR)/jupyter/runtime IPYTHONDIR=$(HOME_DIR)/ipython \
	MPLCONFIGDIR=$(HOME_DIR)/matplotlib SAFEPYRUN_BUILD=$(BUILD)
NEEDS_RUN = examples/requirements.txt
NEEDS_TEST = $(NEEDS_RUN) tests/requirements.txt tests/requirements-packs.txt tests/requirements-floor.txt
NEEDS_BENCH = $(NEEDS_RUN) tests/requirements.txt bench/requirements.txt
# The Python of the virtual environment is one that there is a worker for.
PYTHON = $(shell sed -n '1s/^[^ ]* //p' $(BUILD)/pythons)

.PHONY: all build run test arm64 frameworks assistants install bench bench-package bench-assistants soak libraries screenshots root newest core clean \
	packages-run packages-test packages-dist packages-newest venv-run venv-test venv-bench home kernelspec rooms lint c-tests sanitize fuzz suites

all: build

build: packages-run
	@echo "==> build: $(BUILD)"
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release $(WARNINGS) $(CMAKE_FLAGS)
	@cmake --build $(BUILD) -j $(JOBS)

run: build venv-run kernelspec
	@echo "==> examples/tour.ipynb"
	@cd examples && $(CLEAN_HOME) $(VENV)/bin/python run_notebook.py tour.ipynb
	@if [ -t 0 ] && [ -t 1 ]; then \
	    echo "==> opening JupyterLab; Ctrl-C ends it"; \
	    cd examples && $(CLEAN_HOME) PATH=$(VENV)/bin:$$PATH $(VENV)/bin/python -m jupyterlab \
	        $$([ $$(id -u) -eq 0 ] && echo --allow-root) --LabApp.extension_manager=readonly tour.ipynb; \
	fi

test: packages-test rooms build venv-test kernelspec c-tests sanitize fuzz suites

# Their environment is its own: they are many, and not needed for anything else.
frameworks: build home
	@.ci/venv $(BUILD)/frameworks $(PYTHON) tests/requirements-frameworks.txt
	@$(CLEAN_HOME) $(BUILD)/frameworks/bin/python -m pytest tests/frameworks

# Other people's assistant servers over this kernel, each in an environment of its own.
assistants: build venv-test kernelspec home
	@.ci/venv $(BUILD)/jupyter-mcp-server $(PYTHON) tests/assistants/requirements-jupyter-mcp-server.txt
	@.ci/venv $(BUILD)/jupyter-ai $(PYTHON) tests/assistants/requirements-jupyter-ai.txt
	@$(CLEAN_HOME) SAFEPYRUN_JUPYTER_MCP_SERVER=$(BUILD)/jupyter-mcp-server/bin/python SAFEPYRUN_JUPYTER_AI=$(BUILD)/jupyter-ai/bin/python \
	    $(VENV)/bin/python -m pytest tests/assistants/test_servers.py

install: build
	@cmake --install $(BUILD) --prefix $(abspath $(PREFIX))

bench: build venv-bench kernelspec
	@$(CLEAN_HOME) $(VENV)/bin/python bench/run.py --build $(BUILD)

# The Python package beside others (theirs in an environment of their own: one has our import name, and needs Python 3.12,
# so it is of the newest Python that there is a worker for).
bench-package: build venv-bench
	@.ci/venv $(BUILD)/others $(shell sed -n '$$s/^[^ ]* //p' $(BUILD)/pythons) bench/requirements-package.txt
	@$(CLEAN_HOME) $(VENV)/bin/python bench/package.py --others $(BUILD)/others/bin/python

# What a cell costs over `safepyrun mcp`, beside the same cell over the wire: at most 3 ms more.
bench-assistants: build venv-test kernelspec home
	@$(CLEAN_HOME) $(VENV)/bin/python bench/assistants.py --notebook
	@$(CLEAN_HOME) $(VENV)/bin/python bench/assistants.py

soak: build venv-test kernelspec home
	@$(CLEAN_HOME) SAFEPYRUN_SOAK=100000 SAFEPYRUN_FAULTS=50 $(VENV)/bin/python -m pytest tests/soak
	@echo "==> each fault fifty times with the front under AddressSanitizer and UndefinedBehaviorSanitizer"
	@$(SANITIZED) > /dev/null && cmake --build $(BUILD)/sanitize -j $(JOBS) --target safepyrun-kernel
	@mkdir -p $(BUILD)/sanitized && cp -r $(BUILD)/safepyrun-worker-* $(BUILD)/pythons $(BUILD)/sanitize/safepyrun-kernel $(BUILD)/sanitized/
	@$(CLEAN_HOME) SAFEPYRUN_BUILD=$(BUILD)/sanitized SAFEPYRUN_FAULTS=50 ASAN_OPTIONS=detect_leaks=0 \
	    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 $(VENV)/bin/python -m pytest tests/soak/test_soak_faults.py
	@.ci/venv $(BUILD)/frameworks $(PYTHON) tests/requirements-frameworks.txt
	@$(CLEAN_HOME) SAFEPYRUN_DASK_RUNS=10000 $(BUILD)/frameworks/bin/python -m pytest --timeout 3000 tests/frameworks/test_dask.py

# An ordinary use each of the packs' libraries, in an environment with their oldest supported versions and in one with the newest.
libraries: build venv-test kernelspec home
	@for which in oldest newest; do \
	  python3 -m venv $(BUILD)/libraries-$$which && \
	  $(BUILD)/libraries-$$which/bin/python -m pip install -q -r tests/libraries/requirements-$$which.txt && \
	  $(CLEAN_HOME) SAFEPYRUN_LIBRARIES=$(BUILD)/libraries-$$which/bin/python $(VENV)/bin/python -m pytest tests/libraries || exit 1; \
	done

# The pictures of the README, taken anew.
screenshots: build venv-test kernelspec home
	@$(CLEAN_HOME) SAFEPYRUN_SCREENSHOTS=$(CURDIR)/docs/img $(VENV)/bin/python -m pytest tests/browser -k picture --basetemp=/tmp/ada

# A Debian of its own for the targets of IN_ROOT, from the last commit: tests/README.md.
root:
	@.ci/root $(SUITE) $(ROOT) $(IN_ROOT)

# The suites that tell most, on the newest Python that Debian has, in a root made from nothing: tests/README.md.
newest:
	@.ci/newest $(BUILD)/roots/sid

arm64:
	@.ci/arm64 $(BUILD)/arm64

# tests/sandbox and tests/ordinary try each Python that there is a worker for, tests/protocol the first. What fails is run once more, and both
# runs are shown: a distribution that changes daily, beside whatever else the machine does.
CORE = tests/sandbox tests/protocol tests/ordinary
core: build venv-test kernelspec home
	@echo "==> $$(cut -d' ' -f1 $(BUILD)/pythons | tr '\n' ' '): $(CORE)"
	@$(CLEAN_HOME) $(VENV)/bin/python -m pytest -q --tb=short $(CORE) || { echo "==> what failed, once more"; \
	    $(CLEAN_HOME) $(VENV)/bin/python -m pytest -q --tb=short --last-failed $(CORE); }

clean:
	rm -rf $(BUILD) $(VENV)

# Wheels for the Pythons that are there, and an sdist, in dist/.
.PHONY: dist
dist: packages-dist
	@packaging/dist $(BUILD)

# Warnings end the build of those who test it, not a user's.
WARNINGS = -DSAFEPYRUN_WERROR=$(if $(filter test tidy,$(MAKECMDGOALS)),ON,OFF)

# ---- the steps ---------------------------------------------------------------------------------

packages-run:
	@.ci/packages run

packages-test:
	@.ci/packages test

packages-dist:
	@.ci/packages dist

# On Debian: the newest Python beside its default one as well.
packages-newest: packages-run
	@.ci/packages newest

home:
	@mkdir -p $(HOME_DIR)

venv-run: build
	@.ci/venv $(VENV) $(PYTHON) $(NEEDS_RUN)

venv-test: build
	@.ci/venv $(VENV) $(PYTHON) $(NEEDS_TEST)

venv-bench: build
	@.ci/venv $(VENV) $(PYTHON) $(NEEDS_BENCH)

# The kernel of the build tree, in the virtual environment's share/jupyter.
kernelspec: build home
	@$(CLEAN_HOME) $(BUILD)/safepyrun-kernel install --sys-prefix --python $(VENV)/bin/python

rooms: packages-run
	@echo "==> rooms"
	@.ci/rooms

# For developers, and for continuous integration: the build of every file without a warning, clang-tidy.
lint: packages-test rooms
	@cmake --preset dev -B $(BUILD)/lint $(CMAKE_FLAGS) > /dev/null
	@cmake --build $(BUILD)/lint -j $(JOBS)
	@echo "==> clang-tidy"
	@.ci/tidy $(BUILD)/lint

c-tests: build
	@echo "==> tests in C"
	@cd $(BUILD) && $(CLEAN_HOME) ctest --no-tests=error --output-on-failure -j $(JOBS)

SANITIZED = cmake -S . -B $(BUILD)/sanitize -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSAFEPYRUN_PYTHONS=$(PYTHON) \
	    -DSAFEPYRUN_SANITIZE=address,undefined -DSAFEPYRUN_EXTENSION=OFF

sanitize: packages-test home
	@echo "==> tests in C under AddressSanitizer and UndefinedBehaviorSanitizer"
	@$(SANITIZED) > /dev/null
	@cmake --build $(BUILD)/sanitize -j $(JOBS) --target c-tests
	@cd $(BUILD)/sanitize && $(CLEAN_HOME) PYTHONMALLOC=malloc UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	    LSAN_OPTIONS=suppressions=$(CURDIR)/tests/c/lsan.supp:print_suppressions=0 \
	    ctest --no-tests=error --output-on-failure -j $(JOBS)

fuzz: packages-test home
	@echo "==> fuzzing, $(FUZZ_SECONDS) s each"
	@cmake -S . -B $(BUILD)/fuzz -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	    -DSAFEPYRUN_PYTHONS=$(PYTHON) -DSAFEPYRUN_FUZZ=ON -DSAFEPYRUN_TESTS=OFF -DSAFEPYRUN_EXTENSION=OFF \
	    -DSAFEPYRUN_SANITIZE=address,undefined > /dev/null
	@cmake --build $(BUILD)/fuzz -j $(JOBS) --target fuzzers
	@cd $(BUILD)/fuzz && for fuzzer in fuzzers/fuzz_*; do \
	    [ -x $$fuzzer ] || continue; \
	    name=$$(basename $$fuzzer); seeds=$(CURDIR)/tests/fuzz/seeds/$$name; \
	    echo "$$name"; mkdir -p corpus/$$name; [ -d $$seeds ] || seeds=; \
	    $$fuzzer -max_total_time=$(FUZZ_SECONDS) -verbosity=0 -rss_limit_mb=2048 -artifact_prefix=$$PWD/ \
	        $$PWD/corpus/$$name $$seeds || exit 1; \
	done

suites: build venv-test kernelspec home
	@echo "==> $(SUITES)"
	@$(CLEAN_HOME) $(VENV)/bin/python -m pytest --continue-on-collection-errors $(SUITES)
