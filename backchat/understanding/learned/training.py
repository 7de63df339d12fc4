"""Teaches the network: all-MiniLM-L6-v2 (Apache-2.0, published weights) and a last layer for the findings."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from backchat.understanding.learned.examples import Example, compose, findings_of
from backchat.understanding.learned.paraphrases import ABOUT, ASSERTIONS, NETWORK, VOCABULARY
from backchat.understanding.learned.sentences import LENGTHS, Pieces, filled, weights_folder

BATCH = 32
SAID_WEIGHT = 2.0
"""How much more a finding that is said counts than one that is not: most texts leave most findings out."""
LAST_RATE = 0.05
"""The share of the learning rate that is left at the end."""
FAR_BELOW = 1e4
"""Takes what only fills up out of the attention."""
MEMORY = 0.995
"""How much of the mean of all earlier weights each step keeps: what is used in the end is that mean, which
errs less than the last weights (Polyak averaging)."""
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
    learning_rate: float = 2e-4
    composed: float = 0.5
    dropout: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class _Batch:
    ids: Any
    real: Any
    said: Any


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
    findings = findings_of(examples)
    vocabulary = (weights_folder() / VOCABULARY).read_text(encoding="utf-8")
    pieces = Pieces(vocabulary)
    network = _network(len(findings), settings.dropout)
    steps = settings.epochs * (len(examples) // BATCH + 1)
    mean = tf.train.ExponentialMovingAverage(MEMORY)
    step = _step(network, mean, settings, steps)
    for epoch in range(1, settings.epochs + 1):
        texts = list(compose(examples, settings.composed, chance))
        losses = [float(step(b.ids, b.real, b.said)) for b in _batches(texts, findings, pieces, chance)]
        progress(f"Learned paraphrases, round {epoch} of {settings.epochs}: loss {np.mean(losses):.2f}.")
    for weight in _learning(network):
        weight.assign(mean.average(weight))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NETWORK).write_bytes(_compact(network))
    (folder / ABOUT).write_text(json.dumps(findings), encoding="utf-8")
    (folder / VOCABULARY).write_text(vocabulary, encoding="utf-8")


def _network(findings: int, dropout: float) -> Any:
    from transformers import TFBertModel  # noqa: PLC0415 (takes seconds, and only the training needs it)

    class Network(tf.keras.Model):
        """Reads word pieces; of every finding it tells how likely each of `ASSERTIONS` is.

        Each finding looks for its own words in the text (label-wise attention, Mullenbach 2018), so that one
        part of a long message does not drown another.
        """

        def __init__(self) -> None:
            super().__init__()
            self.encoder = TFBertModel.from_pretrained(str(weights_folder()))
            width = self.encoder.config.hidden_size
            self.dropout = tf.keras.layers.Dropout(dropout)
            self.looks_for = self._weights("looks_for", (width, findings))
            self.tells = self._weights("tells", (findings, width, len(ASSERTIONS)))
            self.often = self.add_weight("often", (findings, len(ASSERTIONS)), initializer="zeros")

        def _weights(self, name: str, shape: tuple[int, ...]) -> Any:
            return self.add_weight(name, shape, initializer=tf.keras.initializers.RandomNormal(stddev=SPREAD))

        def call(self, ids: Any, real: Any, training: bool = False) -> Any:
            encoded = self.encoder(input_ids=ids, attention_mask=real, training=training)
            states = self.dropout(encoded.last_hidden_state, training=training)
            filling = (1 - tf.cast(real, states.dtype))[:, :, None] * FAR_BELOW
            attention = tf.nn.softmax(states @ self.looks_for - filling, axis=1)
            seen = tf.einsum("btf,btw->bfw", attention, states)
            return tf.einsum("bfw,fwa->bfa", seen, self.tells) + self.often

    network = Network()
    network(tf.constant([[0, 0]]), tf.constant([[1, 1]]))
    return network


def _learning(network: Any) -> list[Any]:
    """The weights that change: the table of word pieces stays as it was published."""
    known = [v for v in network.encoder.trainable_variables if "/encoder/" in v.name]
    return [*known, *_new(network)]


def _new(network: Any) -> list[Any]:
    return [network.looks_for, network.tells, network.often]


def _step(network: Any, mean: Any, settings: Settings, steps: int) -> Any:
    def optimizer(highest: float) -> Any:
        rate = tf.keras.optimizers.schedules.PolynomialDecay(highest, steps, highest * LAST_RATE)
        return tf.keras.optimizers.legacy.Adam(rate)

    encoder, last = optimizer(settings.learning_rate), optimizer(settings.learning_rate * NEW_FASTER)
    learning, new = _learning(network), _new(network)
    known = learning[: -len(new)]
    mean.apply(learning)
    numbers, classes = tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int64)

    @tf.function(input_signature=[numbers, numbers, classes])
    def step(ids: Any, real: Any, said: Any) -> Any:
        with tf.GradientTape() as tape:
            told = network(ids, real, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(said, told)
            weighted = losses * tf.where(said > 0, SAID_WEIGHT, 1.0)
            loss = tf.reduce_sum(weighted) / tf.cast(tf.shape(ids)[0], tf.float32)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, learning), 1.0)
        encoder.apply_gradients(zip(gradients[: len(known)], known))  # noqa: B905 (TensorFlow rewrites this)
        last.apply_gradients(zip(gradients[len(known) :], new))  # noqa: B905
        mean.apply(learning)
        return loss

    return step


def _batches(
    texts: Sequence[Example], findings: Sequence[str], pieces: Pieces, chance: random.Random
) -> Iterator[_Batch]:
    """Batches of texts of like length, in a random order."""
    split = [(pieces.of(example.text)[0], example) for example in texts]
    split.sort(key=lambda entry: len(entry[0]))
    starts = list(range(0, len(split), BATCH))
    chance.shuffle(starts)
    for start in starts:
        batch = split[start : start + BATCH]
        length = max(len(ids) for ids, _ in batch)
        rows = [filled(ids, length) for ids, _ in batch]
        said = [[ASSERTIONS.index(example.findings.get(f)) for f in findings] for _, example in batch]
        yield _Batch(
            np.array([ids for ids, _ in rows], np.int32),
            np.array([real for _, real in rows], np.int32),
            np.array(said, np.int64),
        )


def _compact(network: Any) -> bytes:
    """The network as TensorFlow Lite runs it, with half-precision weights and one entry for each length."""
    module = tf.Module()
    module.network = network

    def entry(length: int) -> Any:
        spec = tf.TensorSpec([1, length], tf.int32)

        @tf.function(input_signature=[spec, spec])
        def read(ids: Any, real: Any) -> Any:
            return {"told": tf.nn.softmax(network(ids, real))}

        return read.get_concrete_function()

    with tempfile.TemporaryDirectory(prefix="backchat-network-") as folder:
        entries = {f"read_{length}": entry(length) for length in LENGTHS}
        tf.saved_model.save(module, folder, signatures=entries)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=list(entries))
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())
