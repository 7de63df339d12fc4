"""Keeps out of a server what Rasa loads for training and tests alone, most of all TensorFlow.

TensorFlow takes half of the time of a start and a quarter of the memory. Rasa imports it in two places: in
its helpers for training, which each extractor names whether it uses them or not; and with the list of the
components that took part in the training, which every model brings along. A third of what is left went to
skops, which reads the classifier from the model: it imports all of scikit-learn to list what may be read, and
looks for each function of NumPy and SciPy in all modules.
All are private parts; `tests/server/test_without_training.py` fails when they change.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

HELPERS: Final = ("rasa.utils.train_utils", "rasa.utils.plotting")
"""What trains with TensorFlow, and what draws with Matplotlib how tests went."""
TRAINING_GRAPH: Final = "train_schema"


class _LoadedWhenUsed(ModuleType):
    """Stands in the place of a module until something of that is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what imports and inspections look for
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _import_skops() -> None:
    """Imports skops with the one class that it has to read in the list of what may be read."""
    classifier = importlib.import_module("sklearn.linear_model").LogisticRegression
    with (
        _in_place_of("sklearn.utils", "all_estimators", lambda: [(classifier.__name__, classifier)]),
        _in_place_of("scipy.special", "__dir__", list),
        _in_place_of("numpy", "__dir__", list),
    ):
        importlib.import_module("skops.io")


@contextmanager
def _in_place_of(module: str, name: str, stand_in: Any) -> Iterator[None]:
    """Puts something else in the place of a part of a module for a while."""
    parts = vars(importlib.import_module(module))
    before = dict(parts)
    parts[name] = stand_in
    try:
        yield
    finally:
        del parts[name]
        if name in before:
            parts[name] = before[name]


def leave_training_out() -> None:
    """Makes Rasa load what it needs for training when something uses it, and of models only what serves.

    It is called before anything of Rasa is imported; what was imported already stays.
    """
    _import_skops()
    for helpers in HELPERS:
        if helpers not in sys.modules:
            package, _, name = helpers.rpartition(".")
            stand_in = _LoadedWhenUsed(helpers)
            setattr(importlib.import_module(package), name, stand_in)
            sys.modules[helpers] = stand_in

    from rasa.engine.storage.storage import ModelMetadata

    read = ModelMetadata.from_dict.__func__

    def read_what_serves(cls: type[ModelMetadata], serialized: dict[str, Any]) -> Any:
        return read(cls, {**serialized, TRAINING_GRAPH: {"nodes": {}}})

    ModelMetadata.from_dict = classmethod(read_what_serves)
