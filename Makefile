# Four words, each complete on a fresh Debian 12: run, test, bench, tidy.
PYTHON ?= python3
ARGS ?=
NAME ?= all

.DEFAULT_GOAL := help
.PHONY: help run test bench tidy lint

help:
	@echo 'make run    启动无废（ARGS="--demo --port 9000"） · start Wufei'
	@echo 'make test   全部检查和测试（ARGS="-n 0 -k 词"）    · every check and test'
	@echo 'make bench  重新测量性能（NAME=catalogue）      · measure the performance figures again'
	@echo 'make tidy   代码规范检查                        · the house rules only'

run:
	@$(PYTHON) scripts/setup.py run
	@exec .venv/bin/wufei run $(ARGS)

test: lint
	@.venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

bench:
	@$(PYTHON) scripts/setup.py run
	@.venv/bin/wufei bench $(NAME) $(ARGS)

tidy: lint
	@.venv/bin/python -m pytest --quiet tests/house

lint:
	@$(PYTHON) scripts/setup.py dev
	@.venv/bin/python -m ruff check --quiet
	@.venv/bin/python -m ruff format --check --quiet
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports --no-logo
