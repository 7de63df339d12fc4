"""The clinical content as one page (Markdown) that a clinician can read, question and sign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from backchat.knowledge.models import (
    DESIGN_CHOICE,
    Advice,
    Care,
    Condition,
    Exercise,
    FindingKind,
    FindingSpec,
    Knowledge,
    Pattern,
    Question,
    Rule,
    Term,
    Topic,
    Urgency,
    WarningSign,
    leaves_of,
)
from backchat.report.words import cite, in_words

CHOICE = "**Design choice**"
ABOUT_BACKCHAT = "About this program; needs no source"

INTRODUCTION = """\
# The clinical content, for review

Version {version}. `backchat knowledge page` makes this from the files in `backchat/knowledge`: change those,
not this. No clinician has signed it yet.

How to read it:

* A finding in quotes, such as “{words}”, has to be there and new. What nobody knows of counts
  as not there.
* AND, OR and NOT join conditions; brackets say what belongs together.
* “{{{{ ... }}}}” stands for what is filled in when it is said.
* {choice} marks what rests on no guideline, or where guidelines disagree and we had to choose; all of it is
  listed under [Design choices](#design-choices)."""

WEIGHTS = f"""\
Never a diagnosis: “this fits best with ...”. A weight of 8 decides alone, 4 is typical, 2 is common, 1 is a
hint; below zero speaks against. {CHOICE}: all the weights, made from the sources named."""

SIGNATURE = """\
I have read this page in the version named at its top. What I disagree with is listed under “Objections”.

| Name | Profession and registration | Date | Signature | Objections |
|---|---|---|---|---|
| | | | | |"""


def page_of(knowledge: Knowledge) -> str:
    """Writes the clinical content as a page.

    Args:
        knowledge: The content.

    Returns:
        The page, as Markdown.
    """
    page = _Page(knowledge)
    fever = knowledge.findings["fever"].words
    sections = [
        INTRODUCTION.format(version=knowledge.version, words=fever, choice=CHOICE),
        _section("Urgencies", page.urgencies()),
        *(_section(f"Rules: {knowledge.advice[urgency].title}", page.rules(urgency)) for urgency in Urgency),
        _section("Questions", page.questions()),
        _section("Pictures", page.patterns()),
        _section("Care", page.care()),
        _section("What can add to it", page.contributors()),
        _section("Exercises", page.exercises()),
        _section("Answers to questions", page.topics()),
        _section("Hard words", page.glossary()),
        _section("Emergency numbers", page.countries()),
        _section("All else that is said", page.wording()),
        _section("What is never said", page.forbidden()),
        _section("The vocabulary", page.findings()),
        _section("Design choices", page.choices()),
        _section("Sources", page.sources()),
        _section("Signature", [SIGNATURE]),
    ]
    return "\n\n".join(sections) + "\n"


class _Page:
    """Writes each section of the page as blocks of Markdown."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def urgencies(self) -> Iterator[str]:
        yield "The most urgent rule that holds decides; without any it is the last of these."
        rows = [
            (f"`{urgency.value}`", advice.title, self._action(advice), advice.follow_up)
            for urgency in Urgency
            for advice in (self._knowledge.advice[urgency],)
        ]
        yield _table(("Urgency", "Told", "What to do", "And then"), rows)
        yield (
            "With every result: “Get help at once, day or night, if any of these begins”; in an emergency "
            "only those that an ambulance is called for:"
        )
        signs = [
            (sign.text, self._when(sign.when) or "everybody", self._sources(sign))
            for sign in self._knowledge.safety_net
        ]
        yield _table(("Sign", "Told to", "Sources"), signs)

    def _action(self, advice: Advice) -> str:
        others = [f"{other.action} (where {self._when(other.when)})" for other in advice.for_some]
        return "; ".join([advice.action, *others])

    def rules(self, urgency: Urgency) -> Iterator[str]:
        rules = [rule for rule in self._knowledge.rules if rule.urgency is urgency]
        if not rules:
            yield "Everything for which no rule holds."
            return
        yield f"Urgency `{urgency.value}`. Of several that hold, the first decides what is told."
        rows = [
            (rule.id, self._when(rule.when), rule.condition, rule.why, self._sources(rule), rule.note)
            for rule in rules
        ]
        yield _table(("Rule", "When", "Points to", "Told: “because ...”", "Sources", "Note"), rows)

    def questions(self) -> Iterator[str]:
        yield "In the order of asking. A question is skipped when all it asks about is known."
        for number, question in enumerate(self._knowledge.questions, start=1):
            yield f"### {number}. `{question.id}`"
            rows = [
                ("Asked", self._asked(question)),
                ("Words", question.text),
                ("Asked again as", question.plainer),
                ("Why, as told", question.why),
                ("Kind", f"`{question.kind.value}`"),
                *([("Note", question.note)] if question.note else []),
            ]
            yield _table(("", ""), rows)
            if question.options:
                yield _table(("Option", "Stands for", "Shown when"), self._options(question))

    def _asked(self, question: Question) -> str:
        if question.confirms:
            return "for each sign that a message may have told"
        if question.again:
            return "once more, about what is not sure, or a number that may be on either side of a boundary"
        asked = f"while an answer can change {self._changed_by(question)}"
        if question.always:
            asked = "in every screening"
        asked = f"{asked}, when {self._when(question.when)}" if question.when else asked
        return f"{asked}; again when the pain has got worse after the result" if question.anew else asked

    def _changed_by(self, question: Question) -> str:
        """Says what hangs on a question: the decision, or some care that asks first, or both."""
        changed = [_names([care.id]) for care in self._knowledge.care if care.asks in question.findings]
        care = [f"whether the care {' and '.join(changed)} is told"] if changed else []
        decides = not self._decides.isdisjoint(question.findings) or not care
        return ", or ".join([*(["the urgency or the picture"] if decides else []), *care])

    @cached_property
    def _decides(self) -> frozenset[str]:
        """The findings that rules and pictures look at."""
        evidence = (entry.when for pattern in self._knowledge.patterns for entry in pattern.evidence)
        conditions = [*(rule.when for rule in self._knowledge.rules), *evidence]
        return frozenset(leaf.key for condition in conditions for leaf in leaves_of(condition))

    def _options(self, question: Question) -> Iterator[tuple[str, str, str]]:
        for option, words in question.options.items():
            shown = question.shown_when.get(option)
            yield words, f"`{option}`", self._when(shown) if shown else ""

    def patterns(self) -> Iterator[str]:
        yield WEIGHTS
        for pattern in self._knowledge.patterns:
            yield f"### {pattern.name[0].upper()}{pattern.name[1:]} (`{pattern.id}`)"
            yield _table(("", ""), self._pattern(pattern))
            if pattern.evidence:
                rows = [(f"{evidence.weight:+d}", self._when(evidence.when)) for evidence in pattern.evidence]
                yield _table(("Weight", "When"), rows)

    def _pattern(self, pattern: Pattern) -> Iterator[tuple[str, str]]:
        yield "Meaning", pattern.meaning
        if pattern.evidence:
            yield "Likely from", str(pattern.likely)
            yield "Possible from", str(pattern.possible)
        else:
            yield "Told", "when no other picture is possible"
        if pattern.rules:
            yield "Likely by itself with", ", ".join(pattern.rules)
        yield "Usual course", pattern.course
        yield from ((f"The same when {stage}", course) for stage, course in pattern.later_course.items())
        yield "Sources", self._sources(pattern)

    def care(self) -> Iterator[str]:
        yield "The most important first; what is optional is told only while there is room."
        rows = [
            (
                f"`{care.id}`",
                KINDS[care.kind],
                care.text,
                _names(care.urgencies),
                self._for(care),
                "optional" if care.optional else "",
                self._sources(care),
            )
            for care in self._knowledge.care
        ]
        yield _table(("Care", "Kind", "Told", "Urgencies", "For", "", "Sources"), rows)

    def contributors(self) -> Iterator[str]:
        yield "Habits that a person may tell of, never as a fault, and the care that is told for each."
        labels = self._knowledge.findings["lifestyle"].labels
        rows = [(label, _names(self._care_for(habit))) for habit, label in labels.items()]
        yield _table(("Habit", "Care"), rows)

    def _care_for(self, habit: str) -> list[str]:
        return [
            care.id
            for care in self._knowledge.care
            for leaf in leaves_of(care.when or {})
            if leaf.key == "lifestyle" and habit in leaf.values and not leaf.excuse
        ]

    def exercises(self) -> Iterator[str]:
        yield "Offered for `consultation` and `self_care` only."
        for exercise in self._knowledge.exercises:
            yield f"### {exercise.title}"
            yield "\n".join(f"{number}. {step}" for number, step in enumerate(exercise.steps, start=1))
            rows = [
                ("How often", exercise.repetitions),
                ("Stop", exercise.stop_if),
                ("For", self._for(exercise)),
                ("Not when", self._when(exercise.unless)),
                ("Sources", self._sources(exercise)),
            ]
            yield _table(("", ""), rows)

    def _for(self, entry: Care | Exercise) -> str:
        pictures = f"picture {_names(entry.patterns, ' or ')}" if entry.patterns else ""
        others = entry.instead_of if isinstance(entry, Care) else ()
        instead = f"where none is told of {_names(others)}" if others else ""
        return "; ".join(part for part in (pictures, self._when(entry.when), instead) if part) or "everybody"

    def topics(self) -> Iterator[str]:
        rows = [
            (topic.question, topic.answer, self._sources(topic) or ABOUT_BACKCHAT)
            for topic in self._knowledge.topics.values()
        ]
        yield _table(("Question", "Answer", "Sources"), rows)

    def glossary(self) -> Iterator[str]:
        yield "Told to who asks what a word means, or what a question does in which it stands."
        rows = [
            (", ".join((term.word, *term.phrases)), term.meaning, self._sources(term))
            for term in self._knowledge.glossary
        ]
        yield _table(("Word", "Meaning, as told", "Sources"), rows)

    def countries(self) -> Iterator[str]:
        rows = [
            (
                country.name,
                country.emergency,
                country.advice,
                country.crisis,
                country.poison,
                country.violence,
                country.child,
            )
            for country in self._knowledge.countries.values()
        ]
        yield _table(("Country", "Emergency", "Advice", "Crisis", "Poison", "Violence", "A child"), rows)

    def wording(self) -> Iterator[str]:
        yield "About the conversation, in a crisis, and around results."
        rows = [(f"`{name}`", words) for name, words in self._knowledge.wording.items()]
        yield _table(("Name", "Words"), rows)
        yield "Asked about the conversation itself:"
        asked = [(f"`{q.id}`", q.text, q.plainer, q.why) for q in self._knowledge.steering]
        yield _table(("Question", "Words", "Asked again as", "Why, as told"), asked)

    def forbidden(self) -> Iterator[str]:
        yield "A text with one of these stops the start. A dose is a number before one of the units."
        forbidden = self._knowledge.forbidden
        rows = [("a dose", ", ".join(forbidden.units))]
        rows += [(reason, ", ".join(words)) for reason, words in forbidden.words.items()]
        yield _table(("What", "Words"), rows)

    def findings(self) -> Iterator[str]:
        yield "All that can be known. “Not sure” about a critical finding never counts as not there."
        rows = [
            (f"`{finding}`", spec.words, _values(spec), "critical" if spec.critical else "", _implied(spec))
            for finding, spec in self._knowledge.findings.items()
        ]
        yield _table(("Finding", "Words", "Values", "", "Where told, this is so too"), rows)

    def choices(self) -> Iterator[str]:
        yield "What rests on a choice of ours alone, or in part, where guidelines are silent or disagree."
        rows = [
            (kind, _names(alone) or "none", _names(partly) or "none")
            for kind, entries in self._sourced().items()
            for alone, partly in (_choices_among(entries),)
        ]
        yield _table(("What", "Alone", "In part"), rows)

    def sources(self) -> Iterator[str]:
        yield "A web page that bears no date has the year in which it was read."
        rows = [
            (f"`{source.id}`", source.title, source.publisher, str(source.year), self._cited_by(source.id))
            for source in self._knowledge.sources.values()
        ]
        yield _table(("Source", "Title", "Publisher", "Year", "Cited by"), rows)

    def _cited_by(self, source: str) -> str:
        cited = {
            kind: [entry.id for entry in entries if source in entry.sources]
            for kind, entries in self._sourced().items()
        }
        return "; ".join(f"{kind.lower()}: {', '.join(ids)}" for kind, ids in cited.items() if ids)

    def _sourced(self) -> Mapping[str, Sequence[Rule | Pattern | Care | Exercise | Topic | Term]]:
        return {
            "Rules": self._knowledge.rules,
            "Pictures": self._knowledge.patterns,
            "Care": self._knowledge.care,
            "Exercises": self._knowledge.exercises,
            "Answers": tuple(self._knowledge.topics.values()),
            "Hard words": self._knowledge.glossary,
        }

    def _sources(self, entry: Rule | Pattern | Care | Exercise | Topic | Term | WarningSign) -> str:
        cited = [cite(self._knowledge.sources[source]) for source in entry.sources if source != DESIGN_CHOICE]
        return "; ".join([*cited, CHOICE] if DESIGN_CHOICE in entry.sources else cited)

    def _when(self, condition: Condition | None) -> str:
        return in_words(self._knowledge.findings, condition) if condition else ""


KINDS = {"do": "do", "avoid": "avoid", "ask": "ask for"}


def _choices_among(entries: Iterable[Any]) -> tuple[list[str], list[str]]:
    """Gives the ids of the entries that rest on a design choice alone, and in part."""
    chosen = [entry for entry in entries if DESIGN_CHOICE in entry.sources]
    alone = [entry.id for entry in chosen if len(entry.sources) == 1]
    return alone, [entry.id for entry in chosen if len(entry.sources) > 1]


def _values(spec: FindingSpec) -> str:
    if spec.kind is FindingKind.NUMBER:
        return f"{spec.minimum:g} to {spec.maximum:g} ({spec.unit})"
    if spec.kind is FindingKind.TRI:
        return "there, not there, not sure, long-standing"
    several = "any of" if spec.kind is FindingKind.SET else "one of"
    return f"{several}: {', '.join(spec.labels.values())}"


def _implied(spec: FindingSpec) -> str:
    """Says what of other findings goes without saying."""
    told = [f"`{other}`: {value}" for other, value in spec.implies.items()]
    for value, implied in spec.values_imply.items():
        told += [f"“{spec.labels[value]}”: `{other}`: {being}" for other, being in implied.items()]
    return "; ".join(told)


def _names(ids: Iterable[str], between: str = ", ") -> str:
    return between.join(f"`{getattr(entry, 'value', entry)}`" for entry in ids)


def _section(title: str, blocks: Iterable[str]) -> str:
    return "\n\n".join((f"## {title}", *blocks))


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Writes a table; a column that is empty in every row is left out."""
    rows = list(rows)
    kept = [column for column in range(len(headings)) if any(row[column] for row in rows)]
    lines = [[headings[column] for column in kept], ["---"] * len(kept)]
    lines += [[_cell(row[column]) for column in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
