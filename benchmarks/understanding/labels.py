"""What is measured on: labelled messages and replies, and data that others wrote."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backchat.knowledge import Knowledge, KnowledgeError
from backchat.knowledge.reading import read_content
from backchat.understanding.learned.labels import Entry, Message, labels_of, load_messages

OUT_OF_SCOPE_ROWS = 500
SECONDS_A_DAY = 86_400


class LabelError(Exception):
    """What is measured on can't be used; the message says where and why, and quotes no message."""


@dataclass(frozen=True)
class Reply(Message):
    """A reply to a question.

    Attributes:
        question: Its id; where the interview puts it no longer, the first finding asked about.
        asked: The findings that it is about.
        options: The words of its options.
        answered: Whether it settles at least part of what was asked.
    """

    question: str
    asked: tuple[str, ...]
    options: Mapping[str, str]
    answered: bool


@dataclass(frozen=True)
class LabelledSet:
    """The messages of one set.

    Attributes:
        messages: With findings.
        replies: Answers to questions.
        intents: With an intent: the messages, and those that have nothing else.
    """

    messages: tuple[Message, ...]
    replies: tuple[Reply, ...]
    intents: tuple[Message, ...]

    @property
    def texts(self) -> list[str]:
        """Every text once, the messages first."""
        return list(dict.fromkeys(case.text for case in (*self.messages, *self.intents, *self.replies)))


@dataclass(frozen=True)
class Foreign:
    """Data that others wrote.

    Attributes:
        out_of_scope: Messages about anything else.
        questions: Questions about back pain.
        durations: Expressions of time, with the days that each means.
        no_durations: Texts without one.
    """

    out_of_scope: tuple[str, ...]
    questions: tuple[str, ...]
    durations: tuple[tuple[str, float], ...]
    no_durations: tuple[str, ...]


class _ReplyEntry(Entry):
    question: str | None = None
    asked: tuple[str, ...] = ()
    answered: bool


def load_set(folder: Path, name: str, knowledge: Knowledge) -> LabelledSet:
    """Reads a labelled set.

    Args:
        folder: Where it is.
        name: The beginning of its files' names.
        knowledge: The vocabulary and the questions that it is labelled with.

    Returns:
        The set; without replies or intents where it has no such file.

    Raises:
        LabelError: It has no messages, or a file does not keep to LABELLING.md.
    """
    messages, replies, intents = (
        folder / f"{name}_{part}.yml" for part in ("messages", "replies", "intents")
    )
    if not messages.exists():
        raise LabelError(f"there is no {messages}")
    labelled = tuple(_messages(messages, knowledge))
    return LabelledSet(
        labelled,
        tuple(_replies(replies, knowledge)) if replies.exists() else (),
        tuple(
            message
            for message in (*labelled, *(_messages(intents, knowledge) if intents.exists() else ()))
            if message.intent
        ),
    )


def load_foreign(folder: Path) -> Foreign | None:
    """Reads the data that others wrote.

    Args:
        folder: Where it is.

    Returns:
        The data, or nothing where there is no such folder.
    """
    if not folder.is_dir():
        return None
    strange = _texts(_rows(folder / "out_of_scope_clinc150.jsonl"))
    sample = random.Random(0).sample(strange, min(OUT_OF_SCOPE_ROWS, len(strange)))
    return Foreign(
        tuple(sample),
        tuple(_texts(_rows(folder / "medquad_back_pain_questions.jsonl"))),
        tuple(
            (row["text"], row["expected_seconds"] / SECONDS_A_DAY)
            for row in _rows(folder / "durations.jsonl")
            if row["expected_seconds"] is not None
        ),
        tuple(_texts(_rows(folder / "no_duration.jsonl"))),
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _texts(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["text"] for row in rows))


def _messages(path: Path, knowledge: Knowledge) -> list[Message]:
    try:
        return load_messages(path, knowledge.findings)
    except KnowledgeError as error:
        raise LabelError(str(error)) from error


def _replies(path: Path, knowledge: Knowledge) -> list[Reply]:
    replies = []
    try:
        for number, entry in enumerate(read_content(path, list[_ReplyEntry]), start=1):
            where = f"{path.name}, entry {number}"
            labels = labels_of(entry, knowledge.findings, where)
            question, asked, options = _asked(entry, knowledge, where)
            replies.append(Reply(entry.text, *labels, question, asked, options, entry.answered))
    except KnowledgeError as error:
        raise LabelError(str(error)) from error
    return replies


def _asked(
    entry: _ReplyEntry, knowledge: Knowledge, where: str
) -> tuple[str, tuple[str, ...], Mapping[str, str]]:
    """Gives the question of a reply, what it asks about, and the words of its options."""
    if entry.question is None:
        if not entry.asked or not knowledge.findings.keys() >= set(entry.asked):
            raise LabelError(f"{where}: it has to be a reply about findings")
        worded = {
            finding: words
            for question in reversed(knowledge.questions)
            for finding, words in question.options.items()
            if finding in question.findings
        }
        words = {name: worded.get(name, knowledge.findings[name].words) for name in entry.asked}
        return entry.asked[0], entry.asked, words
    question = next((q for q in knowledge.questions if q.id == entry.question), None)
    if question is None:
        raise LabelError(f"{where}: there is no question {entry.question}")
    return question.id, tuple(question.findings), question.options_about(question.findings)
