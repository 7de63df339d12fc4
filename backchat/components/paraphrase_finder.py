"""Adds what the learned layer reads in a message to what the phrases and the linear classifier made of it."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_INTENT,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from backchat.components.language_finder import LANGUAGE
from backchat.components.told import NUMBERS, OF_ANOTHER, TOPIC, heed_findings, name_intent, tell, told_in
from backchat.knowledge import Finding, load_knowledge
from backchat.screening.triage import red_flags_of
from backchat.understanding import load_own_understanding
from backchat.understanding.learned import examples, labels, lessons
from backchat.understanding.learned.agreement import Settling, Thresholds
from backchat.understanding.learned.examples import CRISIS
from backchat.understanding.learned.paraphrases import FOLDER, ParaphraseReader, Readings, Trained, topic_of
from backchat.understanding.learned.sentences import REPLIES as REPLY_NETWORK
from backchat.understanding.normalise import is_payload
from backchat.understanding.requests import RequestReader

LOGGER = logging.getLogger(__name__)

TRAINING = "training"
FINDINGS = "findings"
MESSAGES = "messages"
REPLIES = "replies"
NETWORK = "network"
SUMMED_UP = frozenset({".yml", ".onnx"})
TAUGHT_FROM = "taught_from.txt"
"""Beside the network: the sum of all that it was taught from."""
OVERDOSE = "overdose"
NO_TOPIC = "none"
"""What questions are sorted under that have no answer yet."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ParaphraseFinder(GraphComponent, EntityExtractorMixin):
    """Finds what people say in words that no phrase holds. It comes after `FindingsExtractor`."""

    def __init__(
        self,
        config: dict[str, Any],
        reader: ParaphraseReader | None = None,
        storage: ModelStorage | None = None,
        resource: Resource | None = None,
    ) -> None:
        self._config = config
        self._reader = reader
        self._storage = storage
        self._resource = resource
        self._knowledge = load_knowledge()
        self._red_flags = red_flags_of(self._knowledge.rules)
        self._asked_about = self._red_flags - examples.CRISIS_FINDINGS
        self._remarks = load_own_understanding().remarks
        self._settling = Settling(
            self._knowledge.findings,
            self._red_flags,
            Thresholds(),
            self._remarks.tells_outright,
        )
        self._requests = RequestReader(self._knowledge.requests)
        self._labels = sorted(map(str.lower, self._knowledge.labels), key=len, reverse=True)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Says where the examples and the network are, and how it is taught: as `Settings` has it."""
        folders = {name: f"examples/{name}" for name in (FINDINGS, MESSAGES, REPLIES)}
        return {**folders, NETWORK: str(FOLDER), TRAINING: {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ParaphraseFinder:
        """Creates the component for its training; see Rasa's `GraphComponent`."""
        return cls(config, storage=model_storage, resource=resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ParaphraseFinder:
        """Loads what was trained; see Rasa's `GraphComponent`. Rasa removes the files afterwards."""
        with model_storage.read_from(resource) as folder:
            return cls(config, reader=ParaphraseReader(Trained.read(folder)))

    @staticmethod
    def required_packages() -> list[str]:
        """Names the packages that it needs; TensorFlow goes by several names."""
        return ["tokenizers", "transformers"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Sums up what Rasa does not see: the examples, and the network that is kept."""
        config = {**cls.get_default_config(), **config}
        return _sum_of(config, FINDINGS, MESSAGES, REPLIES, NETWORK)

    def train(self, training_data: TrainingData) -> Resource:
        """Takes the network that is kept, or teaches it where its examples have changed since.

        The network is kept with the project, so that all use the one that was measured. See also Rasa's
        `GraphComponent`.
        """
        if self._storage is None or self._resource is None:
            raise RuntimeError("only a component that was created for its training can be trained")
        kept, key = Path(self._config[NETWORK]), self._key(training_data)
        taught_from = kept / TAUGHT_FROM
        if not taught_from.exists() or taught_from.read_text(encoding="utf-8").strip() != key:
            self._teach(training_data, kept, key)
        with self._storage.write_to(self._resource) as folder:
            # Replies are read by the actions, with the network where it is kept.
            shutil.copytree(kept, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(REPLY_NETWORK))
        return self._resource

    def _key(self, training_data: TrainingData) -> str:
        """Sums up all that the network learns from."""
        lines = [(line.get(TEXT), line.get(INTENT), _topic(line)) for line in training_data.intent_examples]
        settings = lessons.Settings(**self._config[TRAINING])
        known = f"{_sum_of(self._config, FINDINGS, MESSAGES, REPLIES)} {settings} {sorted(map(str, lines))}"
        return hashlib.sha256(known.encode()).hexdigest()

    def _teach(self, training_data: TrainingData, folder: Path, key: str) -> None:
        from backchat.understanding.learned import training

        specs = self._knowledge.findings
        findings, messages, replies = (Path(self._config[name]) for name in (FINDINGS, MESSAGES, REPLIES))
        numbers_in = partial(load_own_understanding().numbers, today=labels.DAY_OF_WRITING)
        told, answered = lessons.reply_examples(replies, specs, self._knowledge.questions)
        texts = [
            *examples.load_examples(findings, messages, specs, numbers_in),
            *told,
            *(
                examples.intent_example(line.get(TEXT), line.get(INTENT), specs, _topic(line))
                for line in training_data.intent_examples
            ),
        ]
        learned = lessons.Lessons(texts, answered, lessons.wordings_of(specs, self._knowledge.questions))
        unfinished = folder.with_suffix(".unfinished")
        training.train(learned, unfinished, lessons.Settings(**self._config[TRAINING]), LOGGER.info)
        (unfinished / TAUGHT_FROM).write_text(f"{key}\n", encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Settles what each message tells, and what its writer wants."""
        for message in messages:
            if message.get(LANGUAGE) is not None:
                continue
            text = message.get(TEXT) or ""
            if not is_payload(text) and self._says_more_than_labels(text):
                meant = text if self._requests.is_idiom(text) else self._requests.without_idioms(text)
                readings = self._readings(meant)
                name_intent(message, self._wanted(message, text, readings.wants))
                found, numbers = told_in(message), message.get(NUMBERS) or ()
                settled = self._settling.settle(text, found, readings, numbers)
                if _is_about_another(settled) and not _is_about_another(found):
                    found = message.get(OF_ANOTHER) or found
                    settled = self._settling.settle(text, found, readings, numbers)
                told = [f for f in settled if not self._is_ordinary_dose(text, f)]
                if self._requests.is_idiom(text):
                    told = [f for f in told if not (f.confirm and f.id in examples.CRISIS_FINDINGS)]
                tell(message, self._with_asked_after(text, told), self)
                message.set(TOPIC, topic_of(readings), add_to_output=True)
            heed_findings(message, self._red_flags)
        return messages

    def _with_asked_after(self, text: str, found: Sequence[Finding]) -> list[Finding]:
        """Adds the red flags of which a message asks what to make of them, so that each is asked about."""
        asked = self._remarks.asked_after(text, datetime.now().date(), self._asked_about)
        by_id = {finding.id: finding for finding in (*found, *asked)}
        return sorted(by_id.values(), key=lambda finding: (finding.start, finding.id))

    def _wanted(self, message: Message, text: str, wants: Mapping[str, float]) -> Mapping[str, float]:
        """How likely each intent is. The linear classifier takes an idiom for a crisis, so it has no say."""
        if self._requests.has_idiom(text):
            return wants
        together = _together(message, wants)
        is_ordinary = self._remarks.tells_of_ordinary_dose(text)
        return {intent: share for intent, share in together.items() if not (is_ordinary and intent == CRISIS)}

    def _is_ordinary_dose(self, text: str, finding: Finding) -> bool:
        """Whether only the network takes for too much what people take: "30 mg of codeine"."""
        is_likely = finding.id == OVERDOSE and finding.confirm
        return is_likely and self._remarks.tells_of_ordinary_dose(text)

    def _readings(self, text: str) -> Readings:
        if self._reader is None:
            raise RuntimeError("the network has not been trained")
        return self._reader.read(text)

    def _says_more_than_labels(self, text: str) -> bool:
        """Whether a text is more than the options that a person picked: those say what they say."""
        rest = text.lower()
        for label in self._labels:
            rest = rest.replace(label, "")
        return any(letter.isalpha() for letter in rest)


def _is_about_another(findings: Sequence[Finding]) -> bool:
    return any((finding.id, finding.value) == ("subject", "other") for finding in findings)


def _sum_of(config: Mapping[str, Any], *names: str) -> str:
    """Sums up the files of some folders."""
    digest = hashlib.sha256()
    for name in names:
        for path in sorted(Path(config[name]).iterdir() if Path(config[name]).is_dir() else ()):
            if path.suffix in SUMMED_UP:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _topic(line: Message) -> str | None:
    """The topic that a line of the training data is sorted under."""
    topic = (line.get(METADATA) or {}).get(METADATA_INTENT, {}).get("topic")
    return None if topic in (None, NO_TOPIC) else str(topic)


def _together(message: Message, wants: Mapping[str, float]) -> Mapping[str, float]:
    """How likely each intent is, the linear classifier and the network having the same say."""
    guessed = {
        entry[INTENT_NAME_KEY]: entry[PREDICTED_CONFIDENCE_KEY]
        for entry in message.get(INTENT_RANKING_KEY) or ()
    }
    return {intent: (share + guessed.get(intent, share)) / 2 for intent, share in wants.items()}
