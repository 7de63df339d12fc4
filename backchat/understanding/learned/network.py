"""The networks: all-MiniLM-L6-v2 (Apache-2.0, published weights), each with a last layer for its answers."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
import tf2onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import TFBertModel

from backchat.understanding.learned.answers import ASSERTIONS
from backchat.understanding.learned.examples import Example, finding_of, told_in
from backchat.understanding.learned.sentences import INPUTS, weights_folder

FAR_BELOW = 1e4
"""Takes what only fills up out of the attention."""
SPREAD = 0.05
"""The standard deviation of the new weights before the training."""
OPSET = 15
"""The version of ONNX's operators that is written."""
TWO_SIDED = 2
"""How many sides the weights have that are written in eight bits."""
NOT_KNOWN = -1
"""Stands for what an example leaves open."""


@dataclass(frozen=True)
class Labels:
    """What the network tells of messages, in the order of its answers."""

    aspects: tuple[str, ...]
    intents: tuple[str, ...]
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Labels:
        """Lists all that the examples tell."""
        intents = {example.intent for example in examples if example.intent}
        numbers = {number.finding for example in examples for number in example.numbers}
        return cls(told_in(examples), tuple(sorted(intents)), tuple(sorted(numbers)))

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

    def classes(self, example: Example | None) -> Any:
        """Says of each aspect which place in `ASSERTIONS` an example tells, or that it is not known."""
        if example is None:
            return np.full(len(self.aspects), NOT_KNOWN, np.int64)
        row = np.zeros(len(self.aspects), np.int64)
        for finding in example.unknown:
            row[self.of_finding.get(finding, [])] = NOT_KNOWN
        for aspect, told in example.told.items():
            row[self.places[aspect]] = ASSERTIONS.index(told)
        return row


def message_network(often: Any, labels: Labels, dropout: float) -> Any:
    """Makes the network that reads messages; it has the published weights and knows nothing yet.

    Args:
        often: How often each of `ASSERTIONS` is said of each aspect, as logarithms: this need not be learned.
        labels: What it shall tell.
        dropout: The share of the last layer's inputs that is left out at random while it learns.
    """

    class Network(tf.keras.Model):
        """Reads word pieces; tells how likely each of `ASSERTIONS` is for every aspect, and each intent.

        Each aspect looks for its own words in the text (label-wise attention, Mullenbach 2018), so that one
        part of a long message does not drown another. So do all intents together.
        """

        def __init__(self) -> None:
            super().__init__()
            self.encoder = _encoder()
            width, aspects = self.encoder.config.hidden_size, len(often)
            self.dropout = tf.keras.layers.Dropout(dropout)
            self.looks_for = _weights(self, "looks_for", (width, aspects + 1))
            self.tells = _weights(self, "tells", (aspects, width, len(ASSERTIONS)))
            self.often = self.add_weight(
                "often", often.shape, initializer=tf.keras.initializers.Constant(often)
            )
            self.wants = _weights(self, "wants", (width, len(labels.intents)))
            self.numbers = _weights(self, "numbers", (width, len(labels.numbers)))

        def call(self, pieces: Any, parts: Any, real: Any, training: bool = False) -> Any:
            states = self.dropout(_read(self.encoder, pieces, parts, real, training), training=training)
            filling = (1 - tf.cast(real, states.dtype))[:, :, None] * FAR_BELOW
            attention = tf.nn.softmax(states @ self.looks_for - filling, axis=1)
            seen = tf.einsum("btf,btw->bfw", attention, states)
            told = tf.einsum("bfw,fwa->bfa", seen[:, :-1], self.tells) + self.often
            return Told(
                tf.nn.log_softmax(told), seen[:, -1] @ self.wants, states @ self.numbers, attention[:, :, :-1]
            )

    return _made(Network())


def reply_network(encoder: Any, dropout: float) -> Any:
    """Makes the network that reads a reply beside one option of its question.

    Args:
        encoder: That of a network which has learned from messages: what is said in a reply to one question
            is said in messages too. It goes on learning.
        dropout: See `message_network`.
    """

    class Network(tf.keras.Model):
        """Reads word pieces; tells how likely the reply says each of `ASSERTIONS` of the option."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            width = self.encoder.config.hidden_size
            self.dropout = tf.keras.layers.Dropout(dropout)
            self.tells = _weights(self, "tells", (width, len(ASSERTIONS)))
            self.answers = _weights(self, "answers", (width, 2))

        def call(self, pieces: Any, parts: Any, real: Any, training: bool = False) -> Any:
            states = _read(self.encoder, pieces, parts, real, training)
            first = self.dropout(states[:, 0], training=training)
            return Answered(first @ self.tells, first @ self.answers)

    return _made(Network())


class Told(NamedTuple):
    """What the network makes of messages.

    Attributes:
        aspects: The logarithms of the probabilities of `ASSERTIONS`, for every aspect.
        wants: For every intent.
        numbers: How much each word piece looks like a part of the number that each finding asks for.
        attention: Where each aspect looks.
    """

    aspects: Any
    wants: Any
    numbers: Any
    attention: Any


class Answered(NamedTuple):
    """What the network makes of replies, each beside an option.

    Attributes:
        option: For each of `ASSERTIONS`, whether the reply says it of the option.
        answers: Whether what was asked is left open or answered.
    """

    option: Any
    answers: Any


def _encoder() -> Any:
    return TFBertModel.from_pretrained(str(weights_folder()))


def _read(encoder: Any, pieces: Any, parts: Any, real: Any, training: bool) -> Any:
    read = encoder(input_ids=pieces, token_type_ids=parts, attention_mask=real, training=training)
    return read.last_hidden_state


def _weights(network: Any, name: str, shape: tuple[int, ...]) -> Any:
    return network.add_weight(name, shape, initializer=tf.keras.initializers.RandomNormal(stddev=SPREAD))


def _made(network: Any) -> Any:
    """Calls a network once, so that its weights exist."""
    network(*(tf.ones((1, 2), tf.int32) for _ in INPUTS))
    return network


def write_message_network(network: Any, path: Path) -> None:
    """Writes the network that reads messages; see `_write`."""

    def read(pieces: Any, parts: Any, real: Any) -> Any:
        told = network(pieces, parts, real)
        return {
            "told": tf.exp(told.aspects),
            "wants": tf.nn.softmax(told.wants),
            "numbers": tf.nn.sigmoid(told.numbers),
            # Words only: neither the sign before the first piece nor that after the last.
            "where": tf.argmax(told.attention[:, 1:-1], axis=1) + 1,
        }

    _write(read, path)


def write_reply_network(network: Any, path: Path) -> None:
    """Writes the network that reads replies; see `_write`."""

    def read(pieces: Any, parts: Any, real: Any) -> Any:
        answered = network(pieces, parts, real)
        return {
            "option": tf.nn.softmax(answered.option),
            "answers": tf.nn.softmax(answered.answers)[:, 1],
        }

    _write(read, path)


def _write(read: Callable[[Any, Any, Any], Any], path: Path) -> None:
    """Writes a network for ONNX Runtime, in eight bits: a quarter of the size, and four times as fast.

    The weights are unsigned, since sums of signed ones overflow on processors without VNNI.
    """
    specs = [tf.TensorSpec([None, None], tf.int32, name=name) for name in INPUTS]
    function = tf.function(read, input_signature=specs)
    with _collecting_often():
        model, _ = tf2onnx.convert.from_function(function, input_signature=specs, opset=OPSET)
    matrices = {weight.name for weight in model.graph.initializer if len(weight.dims) == TWO_SIDED}
    quantize_dynamic(
        model,
        path,
        op_types_to_quantize=["MatMul", "Gather"],
        nodes_to_exclude=[node.name for node in model.graph.node if not matrices.intersection(node.input)],
        per_channel=True,
        weight_type=QuantType.QUInt8,
    )


@contextmanager
def _collecting_often() -> Iterator[None]:
    """Lets Python look for garbage as often as if nothing else were alive.

    tf2onnx copies all weights before each of its steps, in few but large objects that refer to each other.
    Python looks for such garbage the more rarely the more is alive: over ten gigabytes of it pile up.
    """
    gc.collect()
    gc.freeze()
    gc.collect()
    try:
        yield
    finally:
        gc.unfreeze()
