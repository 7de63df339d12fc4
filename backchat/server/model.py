"""Trains the model, and makes sure that the one which is loaded is the one which was trained here."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TextIO

import backchat

MODEL = Path("models/backchat.tar.gz")
RECORD = Path("models/backchat.json")
TRAINING_LOG = Path(".cache/train.log")

PROJECT_PARTS = ("config.yml", "domain.yml", "domain", "data", "examples", "network")
PACKAGE_PARTS = ("components", "understanding", "knowledge/phrases")

STEPS = ("Starting", "Restored", "Learned")
"""How the lines begin that are worth showing while the model is trained."""

Progress = Callable[[str], None]


class ModelError(Exception):
    """There is no model that can be used; the message says why in one line."""


def ensure_model(progress: Progress, force: bool = False) -> Path:
    """Gives the model for the current data, after training it where there is none.

    Args:
        progress: Told what is being done, a line at a time.
        force: Trains even if there is a model for the current data, and replaces a foreign one.

    Returns:
        The model's file.

    Raises:
        ModelError: The model is not the one that was trained here, or the training failed.
    """
    current = fingerprint()
    if not force and _known(current):
        return MODEL
    _train(current, progress, force)
    return check_model()


def current_model() -> Path | None:
    """Gives the model for the current data, if there is one.

    Raises:
        ModelError: The model is not the one that was trained here.
    """
    return MODEL if _known(fingerprint()) else None


def check_model() -> Path:
    """Makes sure that the model is whole and the one that was trained here.

    Rasa itself would load the newest other file of the folder if this one were missing.

    Returns:
        The model's file.

    Raises:
        ModelError: It is missing, damaged or another one.
    """
    if not MODEL.is_file():
        raise ModelError(f"There is no model at {MODEL}: run `backchat train`.")
    try:
        recorded = json.loads(RECORD.read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, LookupError, TypeError):
        raise ModelError(f"{MODEL} was not trained here: run `backchat train --force`.") from None
    if recorded != _hash(MODEL):
        raise ModelError(f"{MODEL} is damaged or was not trained here: run `backchat train --force`.")
    return MODEL


def fingerprint() -> str:
    """Sums up everything that a model depends on: data, configuration, code that it runs, and Rasa."""
    package = Path(backchat.__file__).parent
    digest = hashlib.sha256(metadata.version("rasa").encode())
    for folder, parts in ((Path(), PROJECT_PARTS), (package, PACKAGE_PARTS)):
        for part in parts:
            for path in _files(folder / part):
                digest.update(f"\n{path.relative_to(folder)} {_hash(path)}".encode())
    return digest.hexdigest()


def _known(current: str) -> bool:
    """Whether there is a model, and it is the one for the current data."""
    if not MODEL.is_file():
        return False
    check_model()
    return bool(json.loads(RECORD.read_text(encoding="utf-8"))["data"] == current)


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.suffix in {".py", ".yml", ".onnx"})


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _train(current: str, progress: Progress, force: bool) -> None:
    began = time.monotonic()
    try:
        for place in (TRAINING_LOG, MODEL):
            place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=MODEL.parent, prefix=".training-") as folder:
            trained = _run_rasa(Path(folder), progress, force)
            # The old model goes first: at no moment does a record stand beside a model that it is not about.
            MODEL.unlink(missing_ok=True)
            RECORD.write_text(json.dumps({"data": current, "sha256": _hash(trained)}), encoding="utf-8")
            trained.replace(MODEL)
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or type(error).__name__
        raise ModelError(f"The training failed: {reason}.") from error
    progress(f"Trained {MODEL} in {time.monotonic() - began:.0f} s.")


def _run_rasa(folder: Path, progress: Progress, force: bool) -> Path:
    """Trains into a folder; what Rasa prints goes to the log."""
    progress("Training the model: this takes a moment. Loading Rasa.")
    with TRAINING_LOG.open("w", encoding="utf-8") as log, _logged_to(log, progress):
        from rasa.model_training import train

        progress("Reading the configuration, the domain and the training data.")
        try:
            domain = "domain.yml" if Path("domain.yml").exists() else "domain"
            result = train(
                domain=domain,
                config="config.yml",
                training_files="data",
                output=str(folder),
                force_training=force,
            )
        except OSError:
            raise
        except SystemExit:
            raise ModelError(f"The training failed: see {TRAINING_LOG}.") from None
        except Exception as error:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise ModelError(f"The training failed: {reason} (see {TRAINING_LOG})") from error
    if result.code or not result.model:
        raise ModelError(f"The training failed: see {TRAINING_LOG}.")
    return Path(result.model)


class _StepHandler(logging.Handler):
    """Passes on which component is trained."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(logging.INFO)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith(STEPS):
            self._progress(message)


@contextlib.contextmanager
def _logged_to(log: TextIO, progress: Progress) -> Iterator[None]:
    """Sends what is printed and logged to a file, and the steps of the training to the progress as well."""
    file_handler, step_handler = logging.StreamHandler(log), _StepHandler(progress)
    everything, steps = logging.getLogger("rasa"), logging.getLogger("rasa.engine.training.hooks")
    own_steps = logging.getLogger("backchat.components")
    python_warnings = logging.getLogger("py.warnings")
    level = everything.level
    python_warnings.addHandler(file_handler)
    everything.addHandler(file_handler)
    everything.setLevel(logging.INFO)
    for logger in (steps, own_steps):
        logger.addHandler(step_handler)
    own_steps.setLevel(logging.INFO)
    try:
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            yield
    finally:
        for logger in (steps, own_steps):
            logger.removeHandler(step_handler)
        everything.removeHandler(file_handler)
        python_warnings.removeHandler(file_handler)
        everything.setLevel(level)
