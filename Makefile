# The two commands: `make run` starts the app, `make test` runs the whole test suite.
PYTHONS := python3.14 python3.13 python3.12 python3.11 python3
PYTHON ?= $(shell scripts/newest_python.sh $(PYTHONS))
VENV := .venv
BIN := $(VENV)/bin
LIGHT := $(VENV)/.light
FULL := $(VENV)/.full
LOCALE := chatbot/locale
ifdef MIND
export TRIO_MIND := $(MIND)
endif

.DEFAULT_GOAL := help
.PHONY: help run test lint format messages bench doctor smoke models allmodels screenshots clean

help:  ## Show the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@scripts/make_venv.sh "$(PYTHON)" $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24.1'

$(LIGHT): requirements-light.txt | $(BIN)/python
	scripts/debian_packages.sh 'espeak-ng?'
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet -r requirements-light.txt
	@touch $@

$(FULL): requirements.txt requirements-apart.txt $(LIGHT)
	scripts/debian_packages.sh 'chromium?' 'fonts-noto-cjk?' 'gcc?' 'g++?' 'nginx-light?' 'openssl?' 'curl?'
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --quiet -r requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps -r requirements-apart.txt
	@touch $@

models: $(LIGHT)  ## Get and verify the models that the settings use
	$(BIN)/python -m chatbot models pull

allmodels: $(LIGHT)  ## Get and verify every model, as the tests need
	$(BIN)/python -m chatbot models pull --all

run: models  ## Start the app on http://127.0.0.1:7860; MIND=small: with the smaller model
	exec $(BIN)/python app.py

doctor: $(LIGHT)  ## Say what each stage uses and what is missing
	$(BIN)/python -m chatbot doctor

smoke: models  ## One real turn with text, picture and voice
	$(BIN)/python scripts/smoke.py

test: $(FULL) allmodels  ## Run the whole test suite; PYTEST="tests/unit -n 2" in two processes, or -m "not browser"
	$(BIN)/python -m pytest $(PYTEST)

lint: $(FULL)  ## Style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(FULL)  ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(FULL)  ## Bring the catalogues of the languages up to date with the texts in the code
	$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --keywords said --omit-header --sort-by-file --add-location file \
		--width 110 --output-file $(LOCALE)/trio.pot chatbot pipelines
	$(BIN)/pybabel --quiet update --domain trio --input-file $(LOCALE)/trio.pot --output-dir $(LOCALE) \
		--ignore-pot-creation-date --ignore-obsolete --no-fuzzy-matching --width 110
	$(BIN)/pybabel --quiet compile --domain trio --directory $(LOCALE)

bench: $(FULL) allmodels  ## Measure the turn, the first reply, the call, the models, many clients, the usual wiring, a cluster
	$(BIN)/python -m benchmarks.turn
	$(BIN)/python -m benchmarks.first_reply
	$(BIN)/python -m benchmarks.asr
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.call
	$(BIN)/python -m benchmarks.clients
	$(BIN)/python -m benchmarks.long_history
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.cluster

screenshots: $(FULL) allmodels  ## Make the pictures of docs/images anew
	TRIO_MIND=auto TRIO_TALKS=all TRIO_SCREENSHOTS=build/screenshots $(BIN)/python -m pytest tests/browser
	cd docs/images && for picture in *.png; do cp ../../build/screenshots/$$picture .; done

clean:  ## Remove what was built
	rm -rf $(VENV) build runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
