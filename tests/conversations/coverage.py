"""What the conversations reach of all that Backchat can do and say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment
from rasa.shared.core.trackers import DialogueStateTracker

from backchat.knowledge import Knowledge
from tests.conversations.runner import Turn
from tests.stories.ways import load_ways, ways_of, went

Item = tuple[str, str]
"""A kind of thing that can be reached, and the name of one of that kind."""

FILLED_IN = re.compile(r"{{.*?}}")
SPOKEN_BY_GUARD = ("safety_net_message", "empty_message", "too_long_message", "no_command")
SAID_BY_CHANNELS = (
    *("done", "pick_one", "pick_first", "you_answered", "no_longer_open", "only_text"),
    *("cant_see_changes", "late_message", "too_many_messages", "talk_in_private", "talk_here"),
    "begun_anew",
)
"""What only channels say, which their tests reach."""
LETTER = re.compile(r"[^\W\d_]")


class Coverage:
    """Collects what conversations reach.

    Attributes:
        played: The names of the conversations.
        reached: What they have reached.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.played: set[str] = set()
        self.reached: set[Item] = set()
        self._ways = {("rule or story", name): way for name, way in load_ways("data").items()}
        self._texts = dict(_texts(knowledge))
        self._wording = {
            name: _fixed_words(text)
            for name, text in knowledge.wording.items()
            if name not in SPOKEN_BY_GUARD and name not in SAID_BY_CHANNELS
        }
        self._decisions = list(_decisions(knowledge))

    @property
    def items(self) -> list[Item]:
        """Everything that can be reached."""
        wording = [_worded(name, words) for name, parts in self._wording.items() for words in parts]
        return [*self._ways, *self._texts, *wording, *self._decisions]

    @property
    def gaps(self) -> list[Item]:
        """What no conversation reaches."""
        return [item for item in self.items if item not in self.reached]

    def table(self) -> str:
        """Counts by kind what there is and what is reached."""
        there, left = (Counter(kind for kind, _ in items) for items in (self.items, self.gaps))
        return "\n".join(f"{kind:<30}{n - left[kind]:>6} of {n}" for kind, n in there.items())

    def note(self, turns: Iterable[Turn], tracker: DialogueStateTracker) -> None:
        """Takes in a conversation: what was said and decided, and which way it went."""
        for turn in turns:
            said = _plain("\n".join([turn.text, *turn.labels]))
            self.reached.update(item for item, text in self._texts.items() if text.search(said))
            self.reached.update(self._worded_in(said, turn.filled))
            self.reached.update(_decided(turn.custom("assessment")))
        for way in ways_of(tracker.events):
            self.reached.update(item for item, wanted in self._ways.items() if went(way, wanted))

    def _worded_in(self, said: str, filled: Sequence[tuple[str, str]]) -> Iterator[Item]:
        for name, text in filled:
            words = _plain(text)
            if words in said and name in self._wording:
                yield from (_worded(name, part) for part in self._wording[name] if part in words)


def _texts(knowledge: Knowledge) -> Iterator[tuple[Item, re.Pattern[str]]]:
    responses = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]
    for name, variants in responses.items():
        for number, variant in enumerate(variants, start=1):
            yield ("response", f"{name}, wording {number}"), _pattern(variant["text"])
    for name in SPOKEN_BY_GUARD:
        yield ("wording", name), _pattern(knowledge.wording[name])
    for question in (*knowledge.questions, *knowledge.steering):
        yield ("question", question.id), _pattern(question.text)
        yield ("question in other words", question.id), _pattern(question.plainer)
    for topic in knowledge.topics.values():
        yield ("answer", topic.id), _pattern(topic.answer)
    for exercise in knowledge.exercises:
        yield ("how to exercise", exercise.id), _pattern(" ".join(exercise.steps))
    for name, language in knowledge.languages.entries.items():
        yield ("answer in a language", name), _pattern(language.answer)
    for country in knowledge.countries.values():
        for use in ("emergency", "advice", "crisis"):
            yield (f"number for {use}", country.id), _pattern(getattr(country, use))
    for urgency, advice in knowledge.advice.items():
        yield ("advice", urgency.value), _pattern(f"{advice.title}. {advice.action}")
        yield ("follow-up", urgency.value), _pattern(advice.follow_up)


def _decisions(knowledge: Knowledge) -> Iterator[Item]:
    yield from (("triage rule", rule.id) for rule in knowledge.rules)
    yield from (("pattern", pattern.id) for pattern in knowledge.patterns)
    yield from (("care", care.id) for care in knowledge.care)
    yield from (("exercise", exercise.id) for exercise in knowledge.exercises)


def _decided(assessment: Mapping[str, Any] | None) -> Iterator[Item]:
    if assessment is None:
        return
    yield from (("triage rule", rule) for rule in assessment["rules"])
    yield "pattern", assessment["pattern"]["id"]
    yield from (("care", care["id"]) for care in assessment["care"])
    yield from (("exercise", exercise) for exercise in assessment["exercises"])


def _worded(name: str, words: str) -> Item:
    return "wording", f"{name}: {words}"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*?".join(re.escape(_plain(part)) for part in FILLED_IN.split(text)))


def _fixed_words(template: str) -> list[str]:
    """The parts of a template that are words as they stand, those of each branch among them."""
    parts = [_plain(part) for _, kind, part in Environment().lex(template) if kind == "data"]
    return [part for part in parts if LETTER.search(part)]


def _plain(text: str) -> str:
    return " ".join(text.split())
