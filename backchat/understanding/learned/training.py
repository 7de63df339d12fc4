"""Teaches the network: all-MiniLM-L6-v2 (Apache-2.0, published weights), and a last layer for its answers."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from backchat.understanding.learned.answers import ASKED, ASSERTIONS, SURE
from backchat.understanding.learned.examples import Example, compose, finding_of, told_in
from backchat.understanding.learned.paraphrases import ABOUT, NETWORK, VOCABULARY
from backchat.understanding.learned.sentences import LENGTHS, Pieces, Stretch, filled, weights_folder

BATCH = 32
SAID_WEIGHT = 2.0
"""How much more a finding that is said counts than one that is not: most texts leave most findings out."""
LAST_RATE = 0.05
"""The share of the learning rate that is left at the end."""
FAR_BELOW = 1e4
"""Takes what only fills up out of the attention."""
OTHERS = 2
"""Beside the aspects, the intents and the answers look for their words."""
NOT_KNOWN = -1
"""Stands for what an example leaves open."""
MEMORY = 0.995
"""How much of the mean of all earlier weights each step keeps: what is used in the end is that mean, which
errs less than the last weights (Polyak averaging)."""
FROZEN_LAYERS = 2
"""How many of the six layers do not learn: that saves a quarter of the time."""
NEW_FASTER = 10
"""How much faster the new weights learn than those that were published."""
SPREAD = 0.05
"""The standard deviation of the new weights before the training."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """How the network is taught.

    Attributes:
        epochs: How often it sees every example.
        learning_rate: The highest step size (Adam), falling to almost nothing.
        composed: The share of the examples that are joined to longer messages, from 0 to 1.
        dropout: The share of the last layer's inputs that is left out at random while it learns.
        seed: Makes the training repeatable on the same machine.
    """

    epochs: int = 4
    learning_rate: float = 3e-4
    composed: float = 0.5
    dropout: float = 0.1
    seed: int = 0


class _Batch(NamedTuple):
    """Examples, one a row.

    Attributes:
        ids: The word pieces.
        real: Which of them do not just fill up.
        asked: Which aspects the text is a reply about.
        alone: Whether there is just one such.
        told: The place in `ASSERTIONS` of what is said of each aspect.
        intent: The place of the intent.
        answered: Whether what was asked is answered.
        times: Whether each word piece is a part of how long the pain has lasted.
    """

    ids: Any
    real: Any
    asked: Any
    alone: Any
    told: Any
    intent: Any
    answered: Any
    times: Any


@dataclass(frozen=True)
class _Labels:
    """What the network tells, in the order of its answers."""

    aspects: tuple[str, ...]
    intents: tuple[str, ...]

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each aspect stands."""
        return {aspect: place for place, aspect in enumerate(self.aspects)}

    @cached_property
    def of_finding(self) -> dict[str, list[int]]:
        """Where the aspects of each finding stand."""
        places: dict[str, list[int]] = {}
        for place, aspect in enumerate(self.aspects):
            places.setdefault(finding_of(aspect), []).append(place)
        return places

    def classes(self, example: Example) -> Any:
        """Says of each aspect which place in `ASSERTIONS` an example tells, or that it is not known."""
        row = np.zeros(len(self.aspects), np.int64)
        for finding in example.unknown:
            row[self.of_finding.get(finding, [])] = NOT_KNOWN
        for aspect, told in example.told.items():
            row[self.places[aspect]] = ASSERTIONS.index(told)
        return row

    def asked(self, example: Example) -> Any:
        """Says of each aspect whether the example is a reply about it."""
        row = np.zeros(len(self.aspects), np.bool_)
        row[[self.places[finding] for finding in example.asked if finding in self.places]] = True
        return row


def train(examples: Sequence[Example], folder: Path, settings: Settings, progress: Progress) -> None:
    """Teaches the network and writes it.

    Args:
        examples: What to learn from.
        folder: Where `ParaphraseReader` will find it.
        settings: How.
        progress: Told after every epoch, in one line.
    """
    tf.random.set_seed(settings.seed)
    chance = random.Random(settings.seed)  # noqa: S311 (an order of examples, no secret)
    labels = _Labels(told_in(examples), tuple(sorted({e.intent for e in examples if e.intent})))
    vocabulary = (weights_folder() / VOCABULARY).read_text(encoding="utf-8")
    pieces = Pieces(vocabulary)
    network = _network(_how_often(examples, labels), len(labels.intents), settings.dropout)
    texts = list(compose(examples, settings.composed, random.Random(settings.seed)))  # noqa: S311
    steps = settings.epochs * (len(texts) // BATCH + 1)
    mean = tf.train.ExponentialMovingAverage(MEMORY)
    step = _step(network, mean, settings, steps)
    for epoch in range(1, settings.epochs + 1):
        texts = list(compose(examples, settings.composed, chance))
        losses = [float(step(batch)) for batch in _batches(texts, labels, pieces, chance)]
        progress(f"Learned paraphrases, round {epoch} of {settings.epochs}: loss {np.mean(losses):.2f}.")
    for weight in _learning(network):
        weight.assign(mean.average(weight))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NETWORK).write_bytes(_compact(network))
    (folder / ABOUT).write_text(json.dumps(asdict(labels)), encoding="utf-8")
    (folder / VOCABULARY).write_text(vocabulary, encoding="utf-8")


def _how_often(examples: Sequence[Example], labels: _Labels) -> Any:
    """How often each of `ASSERTIONS` is said of each aspect, as logarithms: this need not be learned."""
    counts = np.ones((len(labels.aspects), len(ASSERTIONS)), np.float32)
    for example in examples:
        classes = labels.classes(example)
        known = np.flatnonzero(classes != NOT_KNOWN)
        counts[known, classes[known]] += 1
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def _network(often: Any, intents: int, dropout: float) -> Any:
    from transformers import TFBertModel  # noqa: PLC0415 (takes seconds, and only the training needs it)

    class Network(tf.keras.Model):
        """Reads word pieces; tells how likely each of `ASSERTIONS` is for every aspect, and each intent.

        Each aspect looks for its own words in the text (label-wise attention, Mullenbach 2018), so that one
        part of a long message does not drown another. So do all intents together, and what a reply says of
        those findings asked about that it does not name, where one was asked about alone or in a list.
        """

        def __init__(self) -> None:
            super().__init__()
            self.encoder = TFBertModel.from_pretrained(str(weights_folder()))
            width, aspects = self.encoder.config.hidden_size, len(often)
            self.dropout = tf.keras.layers.Dropout(dropout)
            self.looks_for = self._weights("looks_for", (width, aspects + OTHERS))
            self.tells = self._weights("tells", (aspects, width, len(ASSERTIONS)))
            self.often = self.add_weight(
                "often", often.shape, initializer=tf.keras.initializers.Constant(often)
            )
            self.wants = self._weights("wants", (width, intents))
            self.rest = self._weights("rest", (width, len(ASKED) * len(ASSERTIONS)))
            self.answers = self._weights("answers", (width, 2))
            self.lasts = self._weights("lasts", (width, 1))

        def _weights(self, name: str, shape: tuple[int, ...]) -> Any:
            return self.add_weight(name, shape, initializer=tf.keras.initializers.RandomNormal(stddev=SPREAD))

        def call(self, ids: Any, real: Any, training: bool = False) -> Any:
            encoded = self.encoder(input_ids=ids, attention_mask=real, training=training)
            states = self.dropout(encoded.last_hidden_state, training=training)
            filling = (1 - tf.cast(real, states.dtype))[:, :, None] * FAR_BELOW
            attention = tf.nn.softmax(states @ self.looks_for - filling, axis=1)
            seen = tf.einsum("btf,btw->bfw", attention, states)
            told = tf.einsum("bfw,fwa->bfa", seen[:, :-OTHERS], self.tells) + self.often
            rest = tf.reshape(seen[:, -1] @ self.rest, [-1, len(ASKED), len(ASSERTIONS)])
            return _Answers(
                told=tf.nn.log_softmax(told),
                wants=seen[:, -2] @ self.wants,
                rest=rest,
                answers=seen[:, -1] @ self.answers,
                times=(states @ self.lasts)[:, :, 0],
                attention=attention,
            )

    network = Network()
    network(tf.constant([[0, 0]]), tf.constant([[1, 1]]))
    return network


class _Answers(NamedTuple):
    """What the network makes of a batch.

    Attributes:
        told: The logarithms of the probabilities of `ASSERTIONS`, for every aspect.
        wants: For every intent.
        rest: What is said of those that are asked about and not named, for each of `ASKED`.
        answers: Whether what was asked is left open or answered.
        times: How much each word piece looks like a part of how long the pain has lasted.
        attention: Where each aspect, the intents and the rest look.
    """

    told: Any
    wants: Any
    rest: Any
    answers: Any
    times: Any
    attention: Any


def _learning(network: Any) -> list[Any]:
    """The weights that change: the word pieces and the lowest layers stay as they were published."""
    layers = network.encoder.bert.encoder.layer[FROZEN_LAYERS:]
    return [*(v for layer in layers for v in layer.trainable_variables), *_new(network)]


def _new(network: Any) -> list[Any]:
    known = {id(variable) for variable in network.encoder.trainable_variables}
    return [variable for variable in network.trainable_variables if id(variable) not in known]


def _step(network: Any, mean: Any, settings: Settings, steps: int) -> Any:
    def optimizer(highest: float) -> Any:
        rate = tf.keras.optimizers.schedules.PolynomialDecay(highest, steps, highest * LAST_RATE)
        return tf.keras.optimizers.legacy.Adam(rate)

    encoder, last = optimizer(settings.learning_rate), optimizer(settings.learning_rate * NEW_FASTER)
    learning, new = _learning(network), _new(network)
    known = learning[: -len(new)]
    mean.apply(learning)

    def spec(rank: int, kind: Any) -> Any:
        return tf.TensorSpec([None] * rank, kind)

    batches = _Batch(
        ids=spec(2, tf.int32),
        real=spec(2, tf.int32),
        asked=spec(2, tf.bool),
        alone=spec(1, tf.bool),
        told=spec(2, tf.int64),
        intent=spec(1, tf.int64),
        answered=spec(1, tf.int64),
        times=spec(2, tf.float32),
    )

    @tf.function(input_signature=[batches])
    def step(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            made = network(batch.ids, batch.real, training=True)
            rests = {name: made.rest[:, place] for place, name in enumerate(ASKED)}
            rest = tf.where(batch.alone[:, None], rests["alone"], rests["list"])
            in_context = tf.maximum(made.told, SURE) + rest[:, None, :]
            tells = tf.where(batch.asked[:, :, None], in_context, made.told)
            weights = tf.where(batch.told > 0, SAID_WEIGHT, _known(batch.told))
            losses = [
                _losses(batch.told, tells) * weights,
                _losses(batch.intent, made.wants) * _known(batch.intent),
                _losses(batch.answered, made.answers) * _known(batch.answered),
                tf.nn.sigmoid_cross_entropy_with_logits(tf.maximum(batch.times, 0.0), made.times)
                * _known(batch.times),
            ]
            loss = sum(map(tf.reduce_sum, losses)) / tf.cast(tf.shape(batch.ids)[0], tf.float32)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, learning), 1.0)
        encoder.apply_gradients(zip(gradients[: len(known)], known))  # noqa: B905 (TensorFlow rewrites this)
        last.apply_gradients(zip(gradients[len(known) :], new))  # noqa: B905
        mean.apply(learning)
        return loss

    return step


def _known(classes: Any) -> Any:
    return tf.cast(classes != NOT_KNOWN, tf.float32)


def _losses(classes: Any, told: Any) -> Any:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(classes, 0), told)


def _batches(
    texts: Sequence[Example], labels: _Labels, pieces: Pieces, chance: random.Random
) -> Iterator[_Batch]:
    """Batches of texts of like length, in a random order; what is too long to be read at once is left out."""
    stretches = [(pieces.of(example.text), example) for example in texts]
    split = [(parts[0], example) for parts, example in stretches if len(parts) == 1]
    split.sort(key=lambda entry: len(entry[0].pieces))
    starts = list(range(0, len(split), BATCH))
    chance.shuffle(starts)
    for start in starts:
        batch = split[start : start + BATCH]
        length = max(len(stretch.pieces) for stretch, _ in batch)
        rows = [filled(stretch.pieces, length) for stretch, _ in batch]
        yield _Batch(
            np.array([ids for ids, _ in rows], np.int32),
            np.array([real for _, real in rows], np.int32),
            np.stack([labels.asked(example) for _, example in batch]),
            np.array([len(e.asked) == 1 for _, e in batch], np.bool_),
            np.stack([labels.classes(example) for _, example in batch]),
            np.array([labels.intents.index(e.intent) if e.intent else NOT_KNOWN for _, e in batch], np.int64),
            np.array([NOT_KNOWN if e.answered is None else e.answered for _, e in batch], np.int64),
            np.stack([_times(stretch, example, length) for stretch, example in batch]),
        )


def _times(stretch: Stretch, example: Example, length: int) -> Any:
    """What is known of each word piece: whether it is a part of how long the pain has lasted."""
    known = np.full(length, NOT_KNOWN, np.float32)
    starts = np.array(stretch.starts[1:-1])
    for start, end, lasts in example.times:
        known[1 : 1 + len(starts)][(start <= starts) & (starts < end)] = lasts
    return known


def _compact(network: Any) -> bytes:
    """The network as TensorFlow Lite runs it, with half-precision weights and one entry for each length."""
    module = tf.Module()
    module.network = network

    def entry(length: int) -> Any:
        spec = tf.TensorSpec([1, length], tf.int32)

        @tf.function(input_signature=[spec, spec])
        def read(ids: Any, real: Any) -> Any:
            made = network(ids, real)
            # Words only: neither the sign before the first piece nor that after the last.
            words = tf.pad(real[:, 2:], [[0, 0], [1, 1]])
            seen = made.attention[:, :, :-OTHERS] * tf.cast(words, made.attention.dtype)[:, :, None]
            return {
                "told": tf.exp(made.told),
                "wants": tf.nn.softmax(made.wants),
                "rest": made.rest,
                "answers": tf.nn.softmax(made.answers)[:, 1],
                "times": tf.nn.sigmoid(made.times),
                "where": tf.argmax(seen, axis=1),
            }

        return read.get_concrete_function()

    with tempfile.TemporaryDirectory(prefix="backchat-network-") as folder:
        entries = {f"read_{length}": entry(length) for length in LENGTHS}
        tf.saved_model.save(module, folder, signatures=entries)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(entries))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
