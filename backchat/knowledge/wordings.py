"""Which wordings of wording.yml something says, and what each is filled with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from backchat.knowledge.models import OF_COUNTRY, Assertion, FindingKind, FindingSpec, QuestionKind
from backchat.knowledge.reading import Problem
from backchat.knowledge.texts import wrong_gaps

FILE = "wording.yml"

VARIATION = re.compile(r"_[2-9]$")
"""How the names of further wordings end, where several take turns."""

TAKE_TURNS = frozenset(
    {
        "noted",
        "frightened",
        "refused",
        "welcome_back",
        "asked_before",
        "others",
        "unknown",
        "unchanged",
        "unmoved",
        "reminder",
        "human_handoff",
    }
)
"""The wordings that can have such."""


class Gaps(NamedTuple):
    """What a wording is filled with.

    Attributes:
        needed: What it has to say.
        optional: What it can say as well.
    """

    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


PLAIN = Gaps()
LIST = Gaps(("items",))
NUMBER = Gaps(("n",))
ADVICE = Gaps(("title", "action"))
PICTURE = Gaps(("name", "meaning"))

ALWAYS: Mapping[str, Gaps] = {
    "introduction": PLAIN,
    "consent": Gaps(("days", "url")),
    "understood": Gaps(("known", "lists", "denied", "unsure", "longstanding")),
    "noted": LIST,
    "changed": Gaps(("words", "old", "new")),
    "refused": PLAIN,
    "unknown": LIST,
    "left_open": PLAIN,
    "welcome_back": Gaps(("known",)),
    "earlier": Gaps(("known", "question")),
    "little": PLAIN,
    "screened_anew": PLAIN,
    "which": PLAIN,
    "asked_before": Gaps(("question", "example")),
    "asked_with_options": Gaps(("question",)),
    "others": PLAIN,
    "both_told": Gaps(("words", "told", "denied")),
    "impossible": Gaps(("said", "words", "possible")),
    "none_of_these": PLAIN,
    "not_sure": PLAIN,
    "in_other_words": Gaps(("plainer", "why", "meanings")),
    "progress": Gaps(("asked", "left")),
    "progress_done": Gaps(("at_most",)),
    "my_data": Gaps(("days", "conversation", "url")),
    "deleted": PLAIN,
    "not_deleted": PLAIN,
    "glad": PLAIN,
    "eased": ADVICE,
    "eased_urgent": ADVICE,
    "nothing_known": PLAIN,
    "advised": ADVICE,
    "numbers": Gaps(("advice_line", "emergency_number"), OF_COUNTRY),
    "numbers_until_decided": PLAIN,
    "option_meant": Gaps(("option", "meaning")),
    "screened_again": PLAIN,
    "human_handoff": Gaps(("advice_line", "emergency_number"), OF_COUNTRY),
    "give_up": Gaps(("advice_line", "emergency_number"), OF_COUNTRY),
    "crisis": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "crisis_of_another": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "overdose": Gaps(("crisis_line", "poison_line", "emergency_number"), OF_COUNTRY),
    "overdose_of_another": Gaps(("poison_line", "emergency_number"), OF_COUNTRY),
    "plan_of_another": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "crisis_numbers": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "overdose_numbers": Gaps(("poison_line", "emergency_number"), OF_COUNTRY),
    "violence_numbers": Gaps(("violence_line", "emergency_number"), OF_COUNTRY),
    "bereaved": PLAIN,
    "bereaved_by_suicide": Gaps(("crisis_line",), OF_COUNTRY),
    "frightened": PLAIN,
    "going": Gaps(("emergency_number",), OF_COUNTRY),
    "help_called": Gaps(("emergency_number",), OF_COUNTRY),
    "check_deadly": Gaps(("poison_line", "crisis_line", "emergency_number"), OF_COUNTRY),
    "hurt_by_somebody": Gaps(("violence_line", "emergency_number"), OF_COUNTRY),
    "check_violence": Gaps(("violence_line", "emergency_number"), OF_COUNTRY),
    "check_overdose": Gaps(("poison_line", "emergency_number"), OF_COUNTRY),
    "check_despair": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "crisis_stays": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "check_safety": Gaps(("crisis_line", "emergency_number"), OF_COUNTRY),
    "denied": Gaps(("words",)),
    "days": NUMBER,
    "weeks": NUMBER,
    "months": NUMBER,
    "years": NUMBER,
    "since_today": PLAIN,
    "item_young": Gaps(("duration",)),
    "answer": Gaps(("name", "values")),
    "result": Gaps(("title", "action", "reasons", "said")),
    "reason_self_care": PLAIN,
    "pattern_likely": PICTURE,
    "pattern_possible": PICTURE,
    "pattern_unclear": Gaps(("meaning",), ("name",)),
    "course": Gaps(("course",)),
    "do": LIST,
    "avoid": LIST,
    "ask": LIST,
    "exercises": LIST,
    "seek_help": LIST,
    "seek_ambulance": Gaps(("items", "emergency_number", "again")),
    "sources": LIST,
    "source": Gaps(("publisher", "year"), ("title",)),
    "reminder": ADVICE,
    "unmoved": ADVICE,
    "comfort": Gaps(("title", "action", "reasons")),
    "comfort_urgent": Gaps(("title", "action", "reasons")),
    "leaving_urgent": ADVICE,
    "still_advised": ADVICE,
    "about_another": PLAIN,
    "been_seen": Gaps((), OF_COUNTRY),
    **dict.fromkeys(
        (
            "when_undecided",
            "when_emergency_ambulance",
            "when_emergency",
            "when_consultation_24",
            "when_consultation",
            "when_self_care",
        ),
        Gaps((), OF_COUNTRY),
    ),
    "unchanged": ADVICE,
    "not_followed": Gaps(("is_urgent", "title", "action", "questions")),
    "until_help": LIST,
    "read_out": PLAIN,
    "exercise": Gaps(("title", "steps", "repetitions", "stop_if")),
    "exercises_wait": Gaps(("reasons",)),
    "exercises_later": PLAIN,
    "exercise_later": PLAIN,
    "no_exercise_suits": PLAIN,
    "exercise_withheld": Gaps(("title", "others")),
    "topic_unknown": Gaps(("questions",)),
    "asked_more": Gaps(("questions",)),
    "signs_told": Gaps(("there", "denied")),
    "why_decided": Gaps(("reasons",)),
    "safety_net_message": PLAIN,
    "begun_anew": PLAIN,
    "empty_message": PLAIN,
    "too_many_messages": PLAIN,
    "no_command": PLAIN,
    "too_long_message": Gaps(("limit",)),
    "done": PLAIN,
    "pick_one": PLAIN,
    "you_answered": PLAIN,
    "pick_first": PLAIN,
    "no_longer_open": PLAIN,
    "only_text": PLAIN,
    "cant_see_changes": PLAIN,
    "late_message": Gaps(("said",)),
    "talk_in_private": PLAIN,
    "talk_here": PLAIN,
    **{f"value_{assertion.value}": PLAIN for assertion in Assertion},
}
"""The wordings that the code says, whatever the vocabulary is."""

EXAMPLES = {f"example_{kind.value}": Gaps((), ("option",)) for kind in QuestionKind}
"""How a question of each kind can be answered; one that has none is asked without."""

DURATION = "duration_days"


def wrong_wordings(wording: Mapping[str, str], findings: Mapping[str, FindingSpec]) -> Iterator[Problem]:
    """Finds wordings that are missing, that nothing says, or that say what nothing fills in.

    Args:
        wording: Checked templates, by name.
        findings: The vocabulary.

    Yields:
        Each mistake.
    """
    needed = needed_wordings(findings)
    known = {**needed, **EXAMPLES, **_of_values(findings)}
    missing = [name for name in needed if name not in wording]
    if missing:
        yield Problem(FILE, (), f"it has no {', '.join(missing)}")
    for name, text in wording.items():
        first = VARIATION.sub("", name)
        gaps = known.get(first if first in TAKE_TURNS else name)
        wrong = wrong_gaps(text, *gaps) if gaps else "nothing says it"
        if wrong:
            yield Problem(FILE, (name,), wrong)


def needed_wordings(findings: Mapping[str, FindingSpec]) -> dict[str, Gaps]:
    """Names the wordings that there have to be, with what each is filled with.

    Beside those of the code there are two for each number: how it is repeated, and which are possible.
    """
    numbers = [name for name, spec in findings.items() if spec.kind is FindingKind.NUMBER]
    items = {f"item_{name}": Gaps(("duration" if name == DURATION else "number",)) for name in numbers}
    possible = {f"possible_{name}": Gaps((), ("low", "high")) for name in numbers}
    return {**ALWAYS, **items, **possible}


def _of_values(findings: Mapping[str, FindingSpec]) -> dict[str, Gaps]:
    """Names how a choice or set can be repeated; without that its values are named alone."""
    valued = (FindingKind.CHOICE, FindingKind.SET)
    return {f"item_{name}": Gaps(("values",)) for name, spec in findings.items() if spec.kind in valued}
