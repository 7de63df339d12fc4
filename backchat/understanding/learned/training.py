"""Teaches the networks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import tensorflow as tf

from backchat.understanding.learned.answers import ASSERTIONS
from backchat.understanding.learned.examples import Example
from backchat.understanding.learned.lessons import Answer, Lessons, Settings, compose
from backchat.understanding.learned.network import (
    NOT_KNOWN,
    Answered,
    Labels,
    Told,
    message_network,
    reply_network,
    write_message_network,
    write_reply_network,
)
from backchat.understanding.learned.sentences import (
    ABOUT,
    MESSAGES,
    REPLIES,
    VOCABULARY,
    Input,
    Pieces,
    filled,
    weights_folder,
)

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
Row = TypeVar("Row", bound="_MessageRow | _ReplyRow")
Losses = Callable[[Any, Any], Sequence[Any]]
"""What a network makes of a batch, and the batch: how far it is from what is known, thing by thing."""


class _MessageRow(NamedTuple):
    """A message as it is read, and what is known of it.

    Attributes:
        read: The word pieces.
        starts: Where in the text the pieces between its first and last begin.
        example: What the text says.
    """

    read: Input
    starts: Sequence[int]
    example: Example


class _ReplyRow(NamedTuple):
    """A reply as it is read beside an option of its question, and what it answers."""

    read: Input
    answer: Answer


class _Messages(NamedTuple):
    """Messages, one a row.

    Attributes:
        pieces: The word pieces.
        parts: All 0.
        real: Which of them do not just fill up.
        told: The place in `ASSERTIONS` of what is said of each aspect.
        intent: The place of the intent.
        numbers: Whether each word piece is a part of the number that each finding asks for.
    """

    pieces: Any
    parts: Any
    real: Any
    told: Any
    intent: Any
    numbers: Any


class _Replies(NamedTuple):
    """Replies, one a row, each beside an option.

    Attributes:
        pieces: The word pieces.
        parts: Whether each belongs to the reply or to the option.
        real: Which of them do not just fill up.
        option: The place in `ASSERTIONS` of what is said of the option.
        answered: Whether what was asked is answered.
    """

    pieces: Any
    parts: Any
    real: Any
    option: Any
    answered: Any


def train(lessons: Lessons, folder: Path, settings: Settings, progress: Progress) -> None:
    """Teaches the networks and writes them.

    Args:
        lessons: What to learn from.
        folder: Where `backchat.understanding.learned.paraphrases` will find them.
        settings: How.
        progress: Told after every round, in one line.
    """
    tf.random.set_seed(settings.seed)
    tf.config.experimental.enable_op_determinism()
    chance = random.Random(settings.seed)  # noqa: S311 (an order of examples, no secret)
    labels = Labels.of(lessons.texts)
    vocabulary = (weights_folder() / VOCABULARY).read_text(encoding="utf-8")
    pieces = Pieces(vocabulary)
    folder.mkdir(parents=True, exist_ok=True)

    teacher = _Teacher(settings, chance, progress)

    network = message_network(_how_often(lessons.texts, labels), labels, settings.dropout)
    teacher.teach(
        network,
        name="messages",
        rounds=settings.epochs,
        rows_of_round=partial(_message_rows, lessons, settings, pieces, chance),
        batch_of=partial(_message_batch, labels=labels),
        losses=_message_losses,
    )
    write_message_network(network, folder / MESSAGES)

    network = reply_network(network.encoder, settings.dropout)
    teacher.teach(
        network,
        name="replies",
        rounds=settings.reply_epochs,
        rows_of_round=partial(_reply_rows, lessons, settings, pieces, chance),
        batch_of=_reply_batch,
        losses=_reply_losses,
    )
    write_reply_network(network, folder / REPLIES)

    (folder / ABOUT).write_text(json.dumps(asdict(labels)), encoding="utf-8")
    (folder / VOCABULARY).write_text(vocabulary, encoding="utf-8")


@dataclass(frozen=True)
class _Teacher:
    """Teaches networks."""

    settings: Settings
    chance: random.Random
    progress: Progress

    def teach(
        self,
        network: Any,
        *,
        name: str,
        rounds: int,
        rows_of_round: Callable[[], Iterable[Row]],
        batch_of: Callable[[Sequence[Row]], Any],
        losses: Losses,
    ) -> None:
        """Teaches one network; in the end it has the mean of all its weights (see `Settings`).

        Args:
            network: It learns.
            name: What it reads.
            rounds: How many rounds it learns.
            rows_of_round: Gives what it sees in one, of nearly the same number in each.
            batch_of: Puts some rows together.
            losses: How far it is from what is known.
        """
        mean = tf.train.ExponentialMovingAverage(self.settings.memory)
        step = None
        for number in range(1, rounds + 1):
            rows = list(rows_of_round())  # of one round at a time: those of all would fill the memory
            if step is None:
                rates = _Rates(self.settings.learning_rate, rounds * -(-len(rows) // BATCH))
                step = _step(network, mean, losses, rates, like=batch_of(rows[:1]))
            lost = [float(step(batch_of(some))) for some in _batches(rows, self.chance)]
            self.progress(f"Learned {name}, round {number} of {rounds}: loss {np.mean(lost):.2f}.")
        for weight in _learning(network):
            weight.assign(mean.average(weight))


class _Rates(NamedTuple):
    """The highest step size, and after how many steps it has fallen to almost nothing."""

    highest: float
    steps: int


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


def _step(network: Any, mean: Any, losses: Losses, rates: _Rates, like: Any) -> Any:
    def optimizer(highest: float) -> Any:
        rate = tf.keras.optimizers.schedules.PolynomialDecay(highest, rates.steps, highest * LAST_RATE)
        return tf.keras.optimizers.legacy.Adam(rate)

    encoder, last = optimizer(rates.highest), optimizer(rates.highest * NEW_FASTER)
    learning, new = _learning(network), _new(network)
    known = learning[: -len(new)]
    mean.apply(learning)
    shapes = type(like)(*(tf.TensorSpec([None] * array.ndim, array.dtype) for array in like))

    @tf.function(input_signature=[shapes])
    def step(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            made = network(batch.pieces, batch.parts, batch.real, training=True)
            lost = sum(map(tf.reduce_sum, losses(made, batch)))
            loss = lost / tf.cast(tf.shape(batch.pieces)[0], tf.float32)
        gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, learning), 1.0)
        encoder.apply_gradients(zip(gradients[: len(known)], known))  # noqa: B905 (TensorFlow rewrites this)
        last.apply_gradients(zip(gradients[len(known) :], new))  # noqa: B905
        mean.apply(learning)
        return loss

    return step


def _message_losses(made: Told, batch: _Messages) -> Sequence[Any]:
    weights = tf.where(batch.told > 0, SAID_WEIGHT, _known(batch.told))
    numbers = tf.nn.sigmoid_cross_entropy_with_logits(tf.maximum(batch.numbers, 0.0), made.numbers)
    return [
        _losses(batch.told, made.aspects) * weights,
        _losses(batch.intent, made.wants) * _known(batch.intent),
        numbers * _known(batch.numbers),
    ]


def _reply_losses(made: Answered, batch: _Replies) -> Sequence[Any]:
    return [
        _losses(batch.option, made.option) * _known(batch.option),
        _losses(batch.answered, made.answers) * _known(batch.answered),
    ]


def _known(classes: Any) -> Any:
    return tf.cast(classes != NOT_KNOWN, tf.float32)


def _losses(classes: Any, told: Any) -> Any:
    return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(classes, 0), told)


def _message_rows(
    lessons: Lessons, settings: Settings, pieces: Pieces, chance: random.Random
) -> Iterator[_MessageRow]:
    """The texts of one round; what is too long to be read at once is left out."""
    for example in compose(lessons.texts, settings.composed, chance):
        stretches = pieces.of(example.text)
        if len(stretches) == 1:
            yield _MessageRow(Input.of(stretches[0].pieces), stretches[0].starts[1:-1], example)


def _reply_rows(
    lessons: Lessons, settings: Settings, pieces: Pieces, chance: random.Random
) -> Iterator[_ReplyRow]:
    """The replies of one round, each beside some of the options of its question, one after the other."""
    for answer in lessons.answers(settings.lines, chance):
        yield _ReplyRow(pieces.beside(answer.text, chance.choice(answer.option.wordings)), answer)


def _batches(rows: Sequence[Row], chance: random.Random) -> Iterator[Sequence[Row]]:
    """Rows of like length together, in a random order."""
    by_length = sorted(rows, key=lambda row: len(row.read.pieces))
    starts = list(range(0, len(by_length), BATCH))
    chance.shuffle(starts)
    return (by_length[start : start + BATCH] for start in starts)


def _message_batch(rows: Sequence[_MessageRow], labels: Labels) -> _Messages:
    length = max(len(row.read.pieces) for row in rows)
    intents = [row.example.intent for row in rows]
    return _Messages(
        *filled([row.read for row in rows]),
        told=np.stack([labels.classes(row.example) for row in rows]),
        intent=np.array([labels.intents.index(i) if i else NOT_KNOWN for i in intents], np.int64),
        numbers=np.stack([_numbers_in(row, length, labels.numbers) for row in rows]),
    )


def _reply_batch(rows: Sequence[_ReplyRow]) -> _Replies:
    options = [row.answer.option for row in rows]
    answered = [row.answer.answered for row in rows]
    return _Replies(
        *filled([row.read for row in rows]),
        option=np.array([ASSERTIONS.index(o.told) if o.known else NOT_KNOWN for o in options], np.int64),
        answered=np.array([NOT_KNOWN if a is None else a for a in answered], np.int64),
    )


def _numbers_in(row: _MessageRow, length: int, names: Sequence[str]) -> Any:
    """Says of each word piece whether it is a part of the number that each finding asks for, if known."""
    known = np.full((length, len(names)), NOT_KNOWN, np.float32)
    starts = np.array(row.starts)
    for number in sorted(row.example.numbers, key=lambda number: number.told):
        inside = (number.start <= starts) & (starts < number.end)
        known[1 : 1 + len(starts), names.index(number.finding)][inside] = number.told
    return known
