# What people and CI run. `make` alone says what there is.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
PEERS := chromium fonts-noto-cjk fonts-noto-core redis-server dovecot-imapd dovecot-lmtpd postfix openssl

# The tests start the program some hundred times: what is compiled once is kept, apart from the source.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/compiled
# Many tests wait for processes that were killed or frozen: one more at a time than there are cores.
AT_ONCE = $(shell expr $$(nproc 2>/dev/null || sysctl -n hw.ncpu || echo 2) + 1)

# What `make check` runs, `make test` does not.
CHECKS := tests/test_architecture.py tests/test_contract.py tests/test_lines.py \
	tests/test_new.py tests/test_situations.py
HOSTILE := tests/hostile

.PHONY: help demo test peers check bench lock clean
help:
	@echo 'make demo    Parley on this machine, with a sample shop and sample buyers'
	@echo 'make test    the tests that need nothing but Python, without those of make check'
	@echo 'make peers   the tests against Chromium, a Debian Redis, Dovecot and Postfix, stand-ins for Slack and Teams'
	@echo 'make check   style, types, catalogues, contract; playbooks, their cases and situations, and that a case'
	@echo '             proves every rule; what parley new writes; every attack of a hostile model'
	@echo 'make bench   measure it (a part: make bench ONLY=events)'
	@echo 'make lock    pin the newest libraries anew'
	@echo 'make clean   remove what all this made (not .parley, your data)'

demo: $(VENV)/run.stamp
	@$(BIN)/python app.py demo

test: $(VENV)/dev.stamp
	$(PYTEST) -n $(AT_ONCE) --dist worksteal -m 'not peers' --ignore tests/peers \
		$(addprefix --ignore ,$(CHECKS) $(HOSTILE))

peers: $(VENV)/peers.stamp peers-installed
	$(PYTEST) -n 2 --dist loadfile -m peers

check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.catalogue --check
	$(BIN)/python app.py playbook check
	$(BIN)/python app.py playbook mutate
	HOSTILE=all $(PYTEST) -n auto $(CHECKS) $(HOSTILE)

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench $(ONLY)

# Every library with its hashes, for every platform; no registry is named.
LOCK := $(VENV)/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
lock: python-found
	@test -x $(VENV)/lock/bin/uv || { $(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install uv; }
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --upgrade --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --upgrade --extra peers --constraint requirements-dev.lock --output-file requirements-peers.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

.PHONY: python-found peers-installed
python-found:
	@test -n '$(PYTHON)' || { echo 'Parley needs Python 3.11 or newer with its venv module. Install it,'; \
	echo 'or say where it is: make PYTHON=/path/to/python3.12 ...'; exit 1; }

peers-installed:
	@missing=''; PATH="$$PATH:/usr/sbin"; for one in chromium redis-server dovecot postfix openssl node npm; do \
	  command -v $$one >/dev/null || missing="$$missing $$one"; done; \
	packages='$(PEERS)'; case "$$missing" in *n[op]*) packages="$$packages nodejs npm";; esac; \
	test -z "$$missing" && exit 0; \
	if [ "$$(id -u)" = 0 ]; then \
	  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$packages; \
	else echo "Missing:$$missing. Run: sudo apt-get install -y $$packages"; exit 1; fi
	@$(BIN)/python -m tests.peers.installed
	@$(BIN)/python -m tests.peers.vendure_shop
	@$(BIN)/python -m tests.peers.llm

$(BIN)/python: | python-found
	@echo 'Making $(VENV) with $(PYTHON) ...'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(BIN)/python
	@echo 'Installing what Parley needs (once, under a minute) ...'
	$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(BIN)/python
	@echo 'Installing what Parley and its tests need (once, about a minute) ...'
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/run.stamp

$(VENV)/peers.stamp: requirements-peers.lock | $(BIN)/python
	@echo 'Installing what drives the peers (once, about a minute) ...'
	$(PIP) install --require-hashes -r requirements-peers.lock
	@touch $@ $(VENV)/dev.stamp $(VENV)/run.stamp
