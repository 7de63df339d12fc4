"""Keeps out of a server what Rasa loads for training and tests alone, most of all TensorFlow.

TensorFlow takes half of the time of a start and a quarter of the memory. Rasa imports it in two places: in
its helpers for training, which each extractor names whether it uses them or not; and with the list of the
components that took part in the training, which every model brings along. A third of what is left went to
skops, which reads the classifier from the model: it imports all of scikit-learn to list what may be read.
All are private parts; `tests/server/test_without_training.py` fails when they change.
"""

from __future__ import annotations

import importlib
import sys
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
    utils: Any = importlib.import_module("sklearn.utils")
    classifier = importlib.import_module("sklearn.linear_model").LogisticRegression
    list_all = utils.all_estimators
    utils.all_estimators = lambda: [(classifier.__name__, classifier)]
    try:
        importlib.import_module("skops.io")
    finally:
        utils.all_estimators = list_all


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
