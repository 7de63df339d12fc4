"""What Backchat says in a turn, as messengers show it: texts, what can be picked, what stands out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Message = Mapping[str, Any]

SEVERAL_KINDS = ("checklist", "body_map")
"""The kinds of question to which several options can be right."""
EXCLUSIVE_OPTIONS = ("none", "unsure")
"""Options that rule out every other."""
SEVERITIES = range(11)
LIST_MARKS = ("• ", "1. ")
"""How the first line of a list begins; the line before it is its heading."""
BOUNDARIES = ("\n\n", "\n", ". ", " ")
"""Where a long text is best split, the best first."""


@dataclass(frozen=True)
class Option:
    """Something to pick.

    Attributes:
        label: The words on it.
        payload: What a person would type for it.
        exclusive: Whether it rules out every other option.
    """

    label: str
    payload: str
    exclusive: bool = False


@dataclass(frozen=True)
class Prompt:
    """What a question offers to pick from.

    Attributes:
        options: The options, in order.
        several: Whether several can be picked at once.
    """

    options: tuple[Option, ...]
    several: bool = False

    def payload(self, picked: Iterable[int]) -> str:
        """Gives what a person would type for several options, in their order."""
        return "; ".join(self.options[position].payload for position in sorted(picked))

    def label(self, picked: Iterable[int]) -> str:
        """Gives the words on several options, in their order."""
        return "; ".join(self.options[position].label for position in sorted(picked))


@dataclass(frozen=True)
class Part:
    """A text, with what belongs to it.

    Attributes:
        text: The words.
        prompt: What can be picked in answer to them.
        heading: Words of the text that say how urgent a result is.
    """

    text: str
    prompt: Prompt | None = None
    heading: str | None = None


def read_turn(messages: Iterable[Message], titles: Mapping[str, str]) -> list[Part]:
    """Reads what the bot said in a turn.

    Args:
        messages: The messages of the turn, as the REST channel gives them.
        titles: What is said for each urgency.

    Returns:
        The texts in order, the question's with its options, and after a result how to do the exercises.
    """
    parts: list[Part] = []
    for message in messages:
        if message.get("text"):
            parts.append(Part(message["text"].strip()))
        custom = message.get("custom") or {}
        if "question" in custom:
            parts[-1:] = [replace(parts[-1] if parts else Part(""), prompt=_prompt(custom["question"]))]
        if "assessment" in custom:
            parts = _stress(parts, titles.get(custom["assessment"]["urgency"], ""))
        if custom.get("exercises"):
            parts.append(Part("\n\n".join(map(_exercise, custom["exercises"]))))
    return [part for part in parts if part.text]


def _prompt(question: Mapping[str, Any]) -> Prompt | None:
    if question["kind"] == "number" and question["findings"] == ["severity"]:
        return Prompt(tuple(Option(str(number), str(number)) for number in SEVERITIES))
    options = tuple(
        Option(option["label"], option["payload"], option["id"] in EXCLUSIVE_OPTIONS)
        for option in question["options"]
    )
    return Prompt(options, question["kind"] in SEVERAL_KINDS) if options else None


def _stress(parts: Sequence[Part], title: str) -> list[Part]:
    """Makes the first words that say how urgent it is stand out."""
    found = next((part for part in parts if title and title in part.text), None)
    return [replace(part, heading=title) if part is found else part for part in parts]


def _exercise(exercise: Mapping[str, Any]) -> str:
    steps = (f"{number}. {step}" for number, step in enumerate(exercise["steps"], start=1))
    return "\n".join([exercise["title"], *steps, f"{exercise['repetitions']} {exercise['stop_if']}"])


def headings(text: str) -> list[tuple[int, int]]:
    """Finds the lines that head a list.

    Args:
        text: The text.

    Returns:
        Where each begins and ends.
    """
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    return [
        (start, start + len(line))
        for start, line, following in zip(starts, lines, lines[1:], strict=False)
        if line and following.startswith(LIST_MARKS) and not line.startswith(LIST_MARKS)
    ]


def split_text(text: str, most: int, length: Callable[[str], int] = len) -> list[str]:
    """Splits a text into pieces that are short enough, at the end of a paragraph where that can be.

    Args:
        text: The text.
        most: How long a piece may be.
        length: How the length of a text is counted.

    Returns:
        The pieces, in order.
    """
    pieces = []
    rest = text.strip()
    while length(rest) > most:
        end = _best_end(rest, _fitting(rest, most, length))
        pieces.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*pieces, rest] if rest else pieces


def _best_end(text: str, fitting: int) -> int:
    for boundary in BOUNDARIES:
        found = text.rfind(boundary, 0, fitting)
        if found > 0:
            return found + len(boundary)
    return fitting


def _fitting(text: str, most: int, length: Callable[[str], int]) -> int:
    """Counts how many characters fit."""
    used = 0
    for position, character in enumerate(text):
        used += length(character)
        if used > most:
            return position
    return len(text)


def shorten(text: str, most: int) -> str:
    """Leaves the beginning of a text that is too long, which an ellipsis shows."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
