# `make run` starts Backchat, `make test` checks it. Both set up what they need in .venv.
# PYTHON names an interpreter, HOST and PORT where to listen.

BIN := .venv/bin
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: run train test clean

run:
	@sh bin/set-up requirements.lock
	@exec $(BIN)/backchat run

train:
	@sh bin/set-up requirements.lock
	@exec $(BIN)/backchat train

test:
	@sh bin/set-up requirements-dev.lock
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@sh bin/quietly widget-types bin/npm run check
	@sh bin/quietly widget-tests bin/npm test
	@sh bin/quietly import-walls $(BIN)/lint-imports
	@sh bin/quietly data-validation $(BIN)/rasa data validate --fail-on-warnings
	@$(BIN)/backchat train
	@sh bin/quietly story-tests $(BIN)/rasa test core --model models/backchat.tar.gz --stories tests/stories \
		--out .cache/story-tests --fail-on-prediction-errors
	@$(BIN)/pytest

# Conversations, in var, are kept.
clean:
	rm -rf web/dist web/node_modules .venv .cache .rasa models results .mypy_cache .pytest_cache .ruff_cache .hypothesis
