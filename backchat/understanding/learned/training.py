"""Teaches the network."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from backchat.understanding.learned.answers import ASSERTIONS
from backchat.understanding.learned.examples import Example
from backchat.understanding.learned.lessons import Answer, Lessons, Settings, compose
from backchat.understanding.learned.network import NOT_KNOWN, Labels, make_network, write_network
from backchat.understanding.learned.paraphrases import ABOUT, VOCABULARY
from backchat.understanding.learned.sentences import Input, Pieces, filled, weights_folder

BATCH = 32
SAID_WEIGHT = 2.0
"""How much more a finding that is said counts than one that is not: most texts leave most findings out."""
LAST_RATE = 0.05
"""The share of the learning rate that is left at the end."""
FROZEN_LAYERS = 2
"""How many of the six layers do not learn: that saves a quarter of the time."""
NEW_FASTER = 10
"""How much faster the new weights learn than those that were published."""

Progress = Callable[[str], None]


class _Row(NamedTuple):
    """A text as it is read, and what is known of it.

    Attributes:
        read: The word pieces.
        starts: Where in the text the pieces between its first and last begin.
        example: What the text says; None for a reply beside the options of its question.
        answer: What a reply says of the options.
        ends: Where the options end.
    """

    read: Input
    starts: Sequence[int] = ()
    example: Example | None = None
    answer: Answer | None = None
    ends: Sequence[int] = ()


class _Batch(NamedTuple):
    """Texts, one a row.

    Attributes:
        pieces: The word pieces.
        parts: Whether each belongs to the text or to the options that it stands beside.
        real: Which of them do not just fill up.
        told: The place in `ASSERTIONS` of what is said of each aspect.
        intent: The place of the intent.
        options: The place in `ASSERTIONS` of what is said of the option that ends at each word piece.
        answered: Whether what was asked is answered.
        numbers: Whether each word piece is a part of the number that each finding asks for.
    """

    pieces: Any
    parts: Any
    real: Any
    told: Any
    intent: Any
    options: Any
    answered: Any
    numbers: Any


def train(lessons: Lessons, folder: Path, settings: Settings, progress: Progress) -> None:
    """Teaches the network and writes it.

    Args:
        lessons: What to learn from.
        folder: Where `ParaphraseReader` will find it.
        settings: How.
        progress: Told after every epoch, in one line.
    """
    tf.random.set_seed(settings.seed)
    tf.config.experimental.enable_op_determinism()
    chance = random.Random(settings.seed)  # noqa: S311 (an order of examples, no secret)
    labels = Labels.of(lessons.texts)
    vocabulary = (weights_folder() / VOCABULARY).read_text(encoding="utf-8")
    pieces = Pieces(vocabulary)
    network = make_network(_how_often(lessons.texts, labels), labels, settings.dropout)
    mean = tf.train.ExponentialMovingAverage(settings.memory)
    rounds = [list(_rows(lessons, settings, pieces, chance)) for _ in range(settings.epochs)]
    step = _step(network, mean, settings, sum(len(rows) // BATCH + 1 for rows in rounds))
    for epoch, rows in enumerate(rounds, start=1):
        losses = [float(step(batch)) for batch in _batches(rows, labels, chance)]
        progress(f"Learned paraphrases, round {epoch} of {settings.epochs}: loss {np.mean(losses):.2f}.")
    for weight in _learning(network):
        weight.assign(mean.average(weight))
    folder.mkdir(parents=True, exist_ok=True)
    write_network(network, folder)
    (folder / ABOUT).write_text(json.dumps(asdict(labels)), encoding="utf-8")
    (folder / VOCABULARY).write_text(vocabulary, encoding="utf-8")


def _how_often(examples: Sequence[Example], labels: Labels) -> Any:
    """How often each of `ASSERTIONS` is said of each aspect, as logarithms: this need not be learned."""
    counts = np.ones((len(labels.aspects), len(ASSERTIONS)), np.float32)
    for example in examples:
        classes = labels.classes(example)
        known = np.flatnonzero(classes != NOT_KNOWN)
        counts[known, classes[known]] += 1
    return np.log(counts / counts.sum(axis=1, keepdims=True))


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
        pieces=spec(2, tf.int32),
        parts=spec(2, tf.int32),
        real=spec(2, tf.int32),
        told=spec(2, tf.int64),
        intent=spec(1, tf.int64),
        options=spec(2, tf.int64),
        answered=spec(1, tf.int64),
        numbers=spec(3, tf.float32),
    )

    @tf.function(input_signature=[batches])
    def step(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            made = network(batch.pieces, batch.parts, batch.real, training=True)
            weights = tf.where(batch.told > 0, SAID_WEIGHT, _known(batch.told))
            losses = [
                _losses(batch.told, made.told) * weights,
                _losses(batch.options, made.options) * _known(batch.options),
                _losses(batch.intent, made.wants) * _known(batch.intent),
                _losses(batch.answered, made.answers) * _known(batch.answered),
                tf.nn.sigmoid_cross_entropy_with_logits(tf.maximum(batch.numbers, 0.0), made.numbers)
                * _known(batch.numbers),
            ]
            loss = sum(map(tf.reduce_sum, losses)) / tf.cast(tf.shape(batch.pieces)[0], tf.float32)
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


def _rows(lessons: Lessons, settings: Settings, pieces: Pieces, chance: random.Random) -> Iterator[_Row]:
    """The texts of one round; what is too long to be read at once is left out."""
    for example in compose(lessons.texts, settings.composed, chance):
        stretches = pieces.of(example.text)
        if len(stretches) == 1:
            yield _Row(Input.of(stretches[0].pieces), stretches[0].starts[1:-1], example)
    for answer in lessons.answers(settings.lines, chance):
        read, ends = pieces.beside(answer.text, [chance.choice(option.wordings) for option in answer.options])
        yield _Row(read, answer=answer, ends=ends)


def _batches(rows: Sequence[_Row], labels: Labels, chance: random.Random) -> Iterator[_Batch]:
    """Batches of texts of like length, in a random order."""
    by_length = sorted(rows, key=lambda row: len(row.read.pieces))
    starts = list(range(0, len(by_length), BATCH))
    chance.shuffle(starts)
    for start in starts:
        batch = by_length[start : start + BATCH]
        length = len(batch[-1].read.pieces)
        intents = [row.example.intent if row.example else None for row in batch]
        answered = [row.answer.answered if row.answer else None for row in batch]
        yield _Batch(
            *filled([row.read for row in batch]),
            told=np.stack([labels.classes(row.example) for row in batch]),
            intent=np.array([labels.intents.index(i) if i else NOT_KNOWN for i in intents], np.int64),
            options=np.stack([_options_in(row, length) for row in batch]),
            answered=np.array([NOT_KNOWN if a is None else a for a in answered], np.int64),
            numbers=np.stack([_numbers_in(row, length, labels.numbers) for row in batch]),
        )


def _options_in(row: _Row, length: int) -> Any:
    """Says of each word piece what is told of the option that ends there, if one does and that is known."""
    known = np.full(length, NOT_KNOWN, np.int64)
    for option, end in zip(row.answer.options if row.answer else (), row.ends, strict=True):
        if option.known:
            known[end] = ASSERTIONS.index(option.told)
    return known


def _numbers_in(row: _Row, length: int, names: Sequence[str]) -> Any:
    """Says of each word piece whether it is a part of the number that each finding asks for, if known."""
    known = np.full((length, len(names)), NOT_KNOWN, np.float32)
    starts = np.array(row.starts)
    numbers = row.example.numbers if row.example else ()
    for number in sorted(numbers, key=lambda number: number.told):
        inside = (number.start <= starts) & (starts < number.end)
        known[1 : 1 + len(starts), names.index(number.finding)][inside] = number.told
    return known
