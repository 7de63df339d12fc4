"""The network: all-MiniLM-L6-v2 (Apache-2.0, published weights), and a last layer for its answers."""

from __future__ import annotations

from collections.abc import Sequence
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
from backchat.understanding.learned.paraphrases import INPUTS, NETWORK
from backchat.understanding.learned.sentences import weights_folder

FAR_BELOW = 1e4
"""Takes what only fills up out of the attention."""
OTHERS = 2
"""Beside the aspects, the intents and whether a question is answered look for their words."""
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
    """What the network tells, in the order of its answers."""

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


def make_network(often: Any, labels: Labels, dropout: float) -> Any:
    """Makes a network that has the published weights and knows nothing yet.

    Args:
        often: How often each of `ASSERTIONS` is said of each aspect, as logarithms: this need not be learned.
        labels: What it shall tell.
        dropout: The share of the last layer's inputs that is left out at random while it learns.
    """

    class Network(tf.keras.Model):
        """Reads word pieces; tells how likely each of `ASSERTIONS` is for every aspect, and each intent.

        Each aspect looks for its own words in the text (label-wise attention, Mullenbach 2018), so that one
        part of a long message does not drown another. So do all intents together, and whether a reply
        answers its question. What it says of each option is told at the sign that ends the option.
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
            self.wants = self._weights("wants", (width, len(labels.intents)))
            self.options = self._weights("option", (width, len(ASSERTIONS)))
            self.answers = self._weights("answers", (width, 2))
            self.numbers = self._weights("numbers", (width, len(labels.numbers)))

        def _weights(self, name: str, shape: tuple[int, ...]) -> Any:
            return self.add_weight(name, shape, initializer=tf.keras.initializers.RandomNormal(stddev=SPREAD))

        def call(self, pieces: Any, parts: Any, real: Any, training: bool = False) -> Any:
            encoded = self.encoder(
                input_ids=pieces, token_type_ids=parts, attention_mask=real, training=training
            )
            states = self.dropout(encoded.last_hidden_state, training=training)
            filling = (1 - tf.cast(real, states.dtype))[:, :, None] * FAR_BELOW
            attention = tf.nn.softmax(states @ self.looks_for - filling, axis=1)
            seen = tf.einsum("btf,btw->bfw", attention, states)
            told = tf.einsum("bfw,fwa->bfa", seen[:, :-OTHERS], self.tells) + self.often
            return Answers(
                told=tf.nn.log_softmax(told),
                wants=seen[:, -2] @ self.wants,
                options=states @ self.options,
                answers=seen[:, -1] @ self.answers,
                numbers=states @ self.numbers,
                attention=attention,
            )

    network = Network()
    network(*(tf.ones((1, 2), tf.int32) for _ in INPUTS))
    return network


class Answers(NamedTuple):
    """What the network makes of a batch.

    Attributes:
        told: The logarithms of the probabilities of `ASSERTIONS`, for every aspect.
        wants: For every intent.
        options: For each of `ASSERTIONS`, whether a reply says it of the option that ends at a word piece.
        answers: Whether what was asked is left open or answered.
        numbers: How much each word piece looks like a part of the number that each finding asks for.
        attention: Where each aspect, the intents and the answers look.
    """

    told: Any
    wants: Any
    options: Any
    answers: Any
    numbers: Any
    attention: Any


def write_network(network: Any, folder: Path) -> None:
    """Writes the network for ONNX Runtime, in eight bits: a quarter of the size, and four times as fast.

    The weights are unsigned, since sums of signed ones overflow on processors without VNNI.
    """
    specs = [tf.TensorSpec([None, None], tf.int32, name=name) for name in INPUTS]

    @tf.function(input_signature=specs)
    def read(pieces: Any, parts: Any, real: Any) -> Any:
        made = network(pieces, parts, real)
        # Words only: neither the sign before the first piece nor that after the last.
        words = made.attention[:, 1:-1, :-OTHERS]
        return {
            "told": tf.exp(made.told),
            "wants": tf.nn.softmax(made.wants),
            "options": tf.nn.softmax(made.options),
            "answers": tf.nn.softmax(made.answers)[:, 1],
            "numbers": tf.nn.sigmoid(made.numbers),
            "where": tf.argmax(words, axis=1) + 1,
        }

    model, _ = tf2onnx.convert.from_function(read, input_signature=specs, opset=OPSET)
    matrices = {weight.name for weight in model.graph.initializer if len(weight.dims) == TWO_SIDED}
    quantize_dynamic(
        model,
        folder / NETWORK,
        op_types_to_quantize=["MatMul", "Gather"],
        nodes_to_exclude=[node.name for node in model.graph.node if not matrices.intersection(node.input)],
        per_channel=True,
        weight_type=QuantType.QUInt8,
    )
