# make demo    the ten steps on this machine, with the commands a user would type
# make test    everything that has to hold; the real cluster is built and started where none is given
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE :=
export UV_COMPILE_BYTECODE := 1

.PHONY: setup demo test lint unit integration e2e soak bench cluster cluster-stop requirements clean

setup: .venv/ready

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("trainferry needs python 3.11 or newer: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==0.13.9
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	$(BIN)/python -m compileall -q runner trainer
	touch $@

demo: setup
	@tests/demo.sh

test: setup
	@tests/stages.sh lint unit integration cluster e2e

lint unit integration e2e: setup
	@tests/stages.sh $@

soak: setup
	@tests/stages.sh soak

bench: setup
	@tests/stages.sh bench

cluster: setup
	@tests/cluster/cluster.sh up

cluster-stop:
	@tests/cluster/cluster.sh stop

requirements: ## after a change of the dependencies in pyproject.toml
	$(BIN)/uv pip compile --quiet pyproject.toml --extra test --extra trainer --extra tensorboard --extra agent --extra demo --extra notebook \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file requirements.txt
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["agent"], sep="\n")' \
	  | $(BIN)/uv pip compile --quiet - --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file images/ferry/requirements.txt
	$(BIN)/uv pip compile --quiet pyproject.toml images/notebook/requirements.in --extra notebook --extra demo --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --output-file images/notebook/requirements.txt

clean:
	rm -rf .venv demo ferry-store
