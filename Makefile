# Two commands are all a newcomer needs: `make run` and `make test`.
#   make run                    set up, start, harvest; Ctrl-C stops        PORT=5000 HOST=127.0.0.1 FEEDS=<folder or URLs>
#   make test                   set up and run every check and test         ARGS="tests/tables -k jatim"
#   make thorough               the same, and tests that go a long way round
#   make bench                  our speed beside stock CKAN's               ONLY=first-datajson BENCH_DATA=<folder>
#   make stop | make clean      stop everything | remove every trace
#   make servers                servers for tests alone, for developers     STACK=test
#   make verify-national        a stock CKAN harvests a portal of real data    NATIONAL_SIZE=2000 BENCH_DATA=<folder>
#   make soak                   harvest while servers and partners fail      SEED=7 MOMENTS=200
#   make constraints            pin the dependencies anew
#   make translations           collect the texts and compile the translations

PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
LOCAL = PYTHONPATH=config PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m satudata_local
ARGS ?=
ONLY ?=
FEEDS ?=
SEED ?=
MOMENTS ?=
NATIONAL_SIZE ?=

.PHONY: run test thorough bench stop clean servers soak verify-national constraints translations

run:
	@$(LOCAL) run $(FEEDS)

test:
	@$(LOCAL) test $(ARGS)

thorough:
	@SATUDATA_THOROUGH=1 $(LOCAL) test

bench:
	@$(LOCAL) bench $(ONLY)

stop:
	@$(LOCAL) stop

clean:
	@$(LOCAL) clean

servers:
	@$(LOCAL) servers

soak:
	@SATUDATA_SEED=$(SEED) SATUDATA_MOMENTS=$(MOMENTS) $(LOCAL) soak

verify-national:
	@NATIONAL_SIZE=$(NATIONAL_SIZE) $(LOCAL) verify-national

constraints:
	var/venv/bin/uv pip compile --quiet --python-version 3.11 --upgrade --annotation-style line --no-header \
		config/requirements-dev.in --output-file config/constraints.txt
	var/venv/bin/uv pip compile --quiet --python-version 3.11 --upgrade --annotation-style line --no-header \
		config/csw/requirements.in --output-file config/csw/constraints.txt

translations:
	@config/bin/translations
