"""Adds what the learned layer reads in a message to what the phrases found in it."""

from __future__ import annotations

import hashlib
import logging
import shutil
from functools import cached_property
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backchat.components.language_finder import LANGUAGE
from backchat.components.told import red_flags_of, tell, told_in
from backchat.knowledge import load_knowledge
from backchat.understanding.learned import (
    ParaphraseReader,
    Thresholds,
    Trained,
    examples,
    sentences,
    settle,
    training,
)
from backchat.understanding.reader import is_payload

LOGGER = logging.getLogger(__name__)

TRAINING = "training"
EXAMPLES = "examples"
KEPT = Path(".cache/paraphrases")
"""Where trained networks are kept, by what they were trained from. Rasa's own cache would train a new one
whenever a line for the intents changes, of which the network sees nothing."""
NOTHING_PICKED = ("none_of_these", "not_sure")
"""The wordings of the options that every checklist has."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ParaphraseFinder(GraphComponent, EntityExtractorMixin):
    """Finds what people say in words that no phrase holds. It comes after `FindingsExtractor`."""

    def __init__(
        self,
        config: dict[str, Any],
        trained: Trained | None = None,
        storage: ModelStorage | None = None,
        resource: Resource | None = None,
    ) -> None:
        self._config = config
        self._trained = trained
        self._storage = storage
        self._resource = resource
        self._knowledge = load_knowledge()
        self._red_flags = red_flags_of(self._knowledge)
        self._thresholds = Thresholds()
        labels = {label.lower() for q in self._knowledge.questions for label in q.options.values()}
        labels |= {self._knowledge.wording[name].lower() for name in NOTHING_PICKED}
        self._labels = sorted(labels, key=len, reverse=True)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Says where the examples are, and how the network is taught: as `Settings` has it."""
        return {EXAMPLES: "data/findings", TRAINING: {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
    ) -> ParaphraseFinder:
        """Creates the component for its training; see Rasa's `GraphComponent`."""
        return cls(config, storage=model_storage, resource=resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,  # noqa: ARG003
        **kwargs: Any,  # noqa: ARG003
    ) -> ParaphraseFinder:
        """Loads what was trained; see Rasa's `GraphComponent`. Rasa removes the files afterwards."""
        with model_storage.read_from(resource) as folder:
            return cls(config, trained=Trained.read(folder))

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs; TensorFlow goes by several names."""
        return ["tokenizers", "transformers"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Sums up what Rasa does not see: the examples, and the code that learns from them."""
        config = {**cls.get_default_config(), **config}
        code = [Path(str(module.__file__)) for module in (examples, sentences, training)]
        digest = hashlib.sha256(repr(config[TRAINING]).encode())
        for path in (*sorted(Path(config[EXAMPLES]).glob("*.yml")), *code):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:  # noqa: ARG002 (the examples are in files of their own)
        """Teaches the network; see Rasa's `GraphComponent`."""
        if self._storage is None or self._resource is None:
            raise RuntimeError("only a component that was created for its training can be trained")
        lines = examples.load_examples(Path(self._config[EXAMPLES]), self._knowledge.findings)
        kept = KEPT / self.fingerprint_addon(self._config)
        if not kept.is_dir():
            taught = kept.with_suffix(".unfinished")
            training.train(lines, taught, training.Settings(**self._config[TRAINING]), LOGGER.info)
            taught.rename(kept)
        with self._storage.write_to(self._resource) as folder:
            shutil.copytree(kept, folder, dirs_exist_ok=True)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Settles what each message tells."""
        for message in messages:
            text = message.get(TEXT) or ""
            if message.get(LANGUAGE) is None and not is_payload(text) and self._says_more_than_labels(text):
                findings = settle(text, told_in(message), self._reader, self._red_flags, self._thresholds)
                tell(message, findings, self, self._red_flags)
        return messages

    def _says_more_than_labels(self, text: str) -> bool:
        """Whether a text is more than the options that a person picked: those say what they say."""
        rest = text.lower()
        for label in self._labels:
            rest = rest.replace(label, "")
        return any(letter.isalpha() for letter in rest)

    @cached_property
    def _reader(self) -> ParaphraseReader:
        """The network, made ready when the first message needs it."""
        if self._trained is None:
            raise RuntimeError("the network has not been trained")
        return ParaphraseReader(self._trained)
