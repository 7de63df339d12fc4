"""Findings and decisions in words. The words are the knowledge's; this only chooses and fills them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count, takewhile
from typing import Any

from backchat.knowledge.models import (
    OF_COUNTRY,
    UNKNOWN_COUNTRY,
    YOUNGEST_IN_YEARS,
    Assertion,
    Country,
    FindingKind,
    Knowledge,
    Question,
    QuestionKind,
    Source,
    Topic,
    Urgency,
)
from backchat.knowledge.texts import fill
from backchat.screening.answers import Answer
from backchat.screening.assessment import Assessment, sources_behind
from backchat.screening.guidance import action_for, as_room_allows, worth_an_ambulance
from backchat.screening.persons import ThirdPerson
from backchat.screening.record import SETTLED, Known, Record, unsaid, values_of

SOMEBODY_ELSE = "other"
DAYS_IN = {"years": 365, "months": 30, "weeks": 7}
MOST_QUOTED = 200
"""So many characters of the person's words are quoted in a question."""
MOST_REMINDED = 5
"""So much of what is known is named after a break."""
NOT_THERE = (Assertion.ABSENT.value, Assertion.UNSURE.value)
ABOUT_WHOM = ("subject", "sex")
"""What is known of the person and nobody needs to hear again."""
MOST_SAID = 3
"""So many of the person's own words are repeated with a result."""
MOST_TOLD = {"do": 4, "avoid": 2, "ask": 2}
"""With so much care of a kind in the text of a result, what is optional is left to the assessment itself."""

GROWN_UP = 18
"""From this age on somebody is no child."""


class Speaker:
    """Says things in the words of the knowledge.

    Args:
        knowledge: The clinical content.
        country: The country whose numbers are given to a person who has not named one.
    """

    def __init__(self, knowledge: Knowledge, country: str = UNKNOWN_COUNTRY) -> None:
        self.knowledge = knowledge
        self.operator_country = country
        self._third_persons = {sex: ThirdPerson(knowledge.persons, sex) for sex in knowledge.persons.pronouns}

    def told(self, text: str, record: Record) -> str:
        """Turns a text to the person into one about whom they write about, where that is somebody else."""
        person = self._third_person(record)
        return person.text(text) if person else text

    def option(self, label: str, record: Record) -> str:
        """Turns the words on an option into those about somebody else, likewise."""
        person = self._third_person(record)
        return person.label(label) if person else label

    def is_about_another(self, record: Record) -> bool:
        """Tells whether a person writes about somebody else."""
        return "subject" in record and record["subject"].value == SOMEBODY_ELSE

    def _third_person(self, record: Record) -> ThirdPerson | None:
        if not self.is_about_another(record):
            return None
        sex = str(record["sex"].value) if "sex" in record else "other"
        return self._third_persons.get(sex, self._third_persons["other"])

    def say(self, template: str, /, **values: Any) -> str:
        """Fills one template of `wording.yml`."""
        return fill(self.knowledge.wording[template], **values)

    def vary(self, template: str, turn: int, /, **values: Any) -> str:
        """Fills one of the wordings of a template: those after the first end in `_2`, `_3` and so on.

        Args:
            template: The name of the first.
            turn: The number of the person's message, by which they take turns.
            values: What they are filled with.
        """
        more = (f"{template}_{number}" for number in count(2))
        wordings = [template, *takewhile(self.knowledge.wording.__contains__, more)]
        return self.say(wordings[turn % len(wordings)], **values)

    def name(self, finding: str, known: Known) -> str:
        """Names a finding as it is repeated to the person, such as "for about 3 weeks"."""
        spec = self.knowledge.findings[finding]
        if spec.kind is FindingKind.TRI:
            return spec.words
        template = f"item_{finding}"
        if isinstance(known.value, (int, float)):
            if _is_young(finding, known.value):
                return self.say("item_young", duration=self._duration(known.value * DAYS_IN["years"]))
            if finding != "duration_days":
                return self.say(template, number=_shown(finding, known.value))
            if known.value < 1:
                return self.say("since_today")
            return self.say(template, duration=self._duration(known.value))
        values = known.value if isinstance(known.value, tuple) else (known.value,)
        labels = [spec.labels.get(value, value) for value in values]
        return self.say(template, values=labels) if template in self.knowledge.wording else ", ".join(labels)

    def value(self, finding: str, known: Known) -> str:
        """Says what is known of a finding without naming it, such as "3 weeks" or "no"."""
        spec = self.knowledge.findings[finding]
        if spec.kind is FindingKind.TRI:
            return self.say(f"value_{known.value}")
        if isinstance(known.value, (int, float)):
            if _is_young(finding, known.value):
                return self._duration(known.value * DAYS_IN["years"])
            is_duration = finding == "duration_days" and known.value >= 1
            return self._duration(known.value) if is_duration else _shown(finding, known.value)
        values = known.value if isinstance(known.value, tuple) else (known.value,)
        return ", ".join(spec.labels.get(value, value) for value in values)

    def answered(self, answer: Answer, record: Record) -> str:
        """Says what was answered to a question, as an entry of a list."""
        known = {finding: record[finding] for finding in answer.findings}
        if answer.question.kind is not QuestionKind.CHECKLIST:
            finding, told = next(iter(known.items()))
            return self.say("answer", name=self._topic(answer.question), values=[self.value(finding, told)])
        if (
            len(known) == 1
            and answer.question.name.lower() == self.knowledge.findings[answer.findings[0]].words
        ):
            # Its name says what it is about, and need not be said twice.
            values = [self.value(*next(iter(known.items())))]
            return self.say("answer", name=self._topic(answer.question), values=values)
        values = [self.knowledge.findings[f].words for f, k in known.items() if k.value in SETTLED]
        if any(k.value == Assertion.UNSURE.value for k in known.values()):
            values.append(self.say("value_unsure"))
        none = [self.say("none_of_these").lower()]
        return self.say("answer", name=self._topic(answer.question), values=values or none)

    def _topic(self, question: Question) -> str:
        words = question.name or self.knowledge.findings[question.findings[0]].words
        return words[:1].upper() + words[1:]

    def changed(self, finding: str, known: Known) -> str:
        """Says what was changed, from what, to what."""
        words = self.knowledge.findings[finding].words
        old, new = (self.value(finding, k) for k in (known.before[-1], known))
        return self.say("changed", words=words, old=old, new=new)

    def summary(self, record: Record) -> str:
        """Repeats what is known in a sentence, or says nothing where nothing is known."""
        parts: dict[str, list[str]] = {assertion.value: [] for assertion in Assertion}
        unspoken = unsaid(record, self.knowledge.findings).union(ABOUT_WHOM)
        for finding, known in record.items():
            if finding in unspoken:
                continue
            value = known.value if known.value in parts else Assertion.PRESENT.value
            parts[str(value)].append(self.name(finding, known))
        if not any(parts.values()):
            return ""
        known_parts = parts[Assertion.PRESENT.value]
        lists = self._lists_denied(record) if known_parts else []
        in_lists = {self.knowledge.findings[finding].words for one in lists for finding in one.findings}
        if not known_parts:
            return self.say(
                "noted",
                items=[self.say("denied", words=words) for words in parts["absent"]] or parts["unsure"],
            )
        return self.say(
            "understood",
            known=known_parts,
            denied=[words for words in parts[Assertion.ABSENT.value] if words not in in_lists],
            lists=[_in_the_middle(question.name) for question in lists],
            unsure=parts[Assertion.UNSURE.value],
            longstanding=parts[Assertion.LONGSTANDING.value],
        )

    def _lists_denied(self, record: Record) -> list[Question]:
        """The lists of signs of which all are denied, so that they need not be named one by one."""
        checklists = [q for q in self.knowledge.questions if q.kind is QuestionKind.CHECKLIST and q.name]
        absent = {finding for finding, known in record.items() if known.value == Assertion.ABSENT.value}
        named: list[Question] = []
        for question in sorted(checklists, key=lambda question: not question.always):
            covered = {finding for one in named for finding in one.findings}
            if absent.issuperset(question.findings) and not covered.issuperset(question.findings):
                named.append(question)
        return named

    def gist(self, record: Record) -> list[str]:
        """Names the first things that are there, for a line that reminds the person of them."""
        unspoken = unsaid(record, self.knowledge.findings).union(ABOUT_WHOM)
        told = [f for f, known in record.items() if known.value not in NOT_THERE and f not in unspoken]
        return [self.name(finding, record[finding]) for finding in told[:MOST_REMINDED]] or [
            self.say("little")
        ]

    def result(self, assessment: Assessment) -> tuple[str, ...]:
        """Tells an assessment in three messages: how urgent and why; what helps; when to seek help."""
        messages = (self._urgency(assessment), self._help(assessment), self._safety_net(assessment))
        return tuple(self.told(message, assessment.record) for message in messages if message)

    def unchanged(self, assessment: Assessment, turn: int) -> str:
        """Tells that the result stays what it was."""
        advice = self._advice(assessment.urgency, assessment.record)
        return self.told(self.vary("unchanged", turn, **advice), assessment.record)

    def unmoved(self, assessment: Assessment, turn: int) -> str:
        """Tells that the result stays what it was, where nothing was told that could change it."""
        advice = self._advice(assessment.urgency, assessment.record)
        return self.told(self.vary("unmoved", turn, **advice), assessment.record)

    def eased(self, assessment: Assessment) -> str:
        """Meets the news that the pain gets better; what has to be checked stays so."""
        is_urgent = assessment.urgency.rank >= Urgency.CONSULTATION_24.rank
        advice = self._advice(assessment.urgency, assessment.record)
        return self.told(self.say("eased_urgent" if is_urgent else "eased", **advice), assessment.record)

    def sources(self, assessment: Assessment) -> str:
        """Names what an assessment rests on, as its last message does."""
        return self._sources(assessment.sources)

    def comfort(self, assessment: Assessment) -> str:
        """Meets worry about a result with its reason and what would change it, after urgent advice."""
        is_urgent = assessment.urgency.rank >= Urgency.CONSULTATION_24.rank
        advice = self._advice(assessment.urgency, assessment.record)
        words = self.say(
            "comfort_urgent" if is_urgent else "comfort", reasons=self.reasons(assessment), **advice
        )
        return self.told(words, assessment.record)

    def leaving(self, urgency: Urgency, record: Record) -> str:
        """Wishes well who leaves after urgent advice, and repeats that it can't wait."""
        return self.told(self.say("leaving_urgent", **self._advice(urgency, record)), record)

    def still_advised(self, urgency: Urgency, record: Record) -> str:
        """Repeats what was advised to one person where another one is spoken of now."""
        return self.say("still_advised", **self._advice(urgency, record))

    def not_followed(self, assessment: Assessment, questions: Sequence[str]) -> str:
        """Says after a result that a message was not understood, and what can be told or asked now."""
        advice = self._advice(assessment.urgency, assessment.record)
        is_urgent = assessment.urgency.rank >= Urgency.CONSULTATION_24.rank
        words = self.say("not_followed", is_urgent=is_urgent, questions=questions, **advice)
        return self.told(words, assessment.record)

    def reminder(self, urgency: Urgency, record: Record, turn: int) -> str:
        """Repeats urgent advice, to come before anything else that is said."""
        return self.told(self.vary("reminder", turn, **self._advice(urgency, record)), record)

    def _advice(self, urgency: Urgency, record: Record) -> dict[str, str]:
        """Gives what templates that repeat advice are filled with."""
        advice = self.knowledge.advice[urgency]
        suiting = action_for(advice, values_of(record, self.knowledge.findings))
        return {"title": advice.title, "action": self.for_country(suiting, record)}

    def why(self, question: Question, record: Record) -> str:
        """Says why something is asked, with the sources of the most urgent rules that rest on it."""
        sources = sources_behind(self.knowledge, question.findings)
        return "\n".join([self.told(question.why, record), *([self._sources(sources)] if sources else [])])

    def advised(self, urgency: Urgency, record: Record) -> str:
        """Repeats the advice that was given."""
        return self.told(self.say("advised", **self._advice(urgency, record)), record)

    def in_country(self, template: str, record: Record) -> str:
        """Fills a template that names whom to call."""
        return self.say(template, **self._numbers_for(record))

    def no_human(self, record: Record, turn: int) -> str:
        """Says that no person answers here, and who can be reached instead."""
        return self.vary("human_handoff", turn, **self._numbers_for(record))

    def _numbers_for(self, record: Record) -> dict[str, str]:
        country = self.country(record)
        numbers = _numbers(country)
        if _is_of_a_child(record):
            numbers["violence_line"] = f"{country.child} {country.violence}"
        return numbers

    def in_messages(self, template: str, record: Record) -> list[str]:
        """Fills a template that names whom to call, each of whose lines is a message of its own."""
        return self.in_country(template, record).split("\n")

    def reasons(self, assessment: Assessment) -> list[str]:
        """Lists why it is as urgent as it is, in plain words."""
        deciding = [rule.why for rule in assessment.rules if rule.urgency is assessment.urgency]
        return list(dict.fromkeys(deciding)) or [self.say("reason_self_care")]

    def answer(self, topic: Topic, record: Record, further: str = "") -> str:
        """Answers a question, with its sources. What is about Backchat is told to the writer.

        Args:
            topic: What was asked about.
            record: What is known.
            further: What is said besides to this person.
        """
        words = "\n".join(filter(None, [topic.answer, further]))
        words = words if topic.about_backchat else self.told(words, record)
        return "\n".join([words, *self._sources_of(topic)])

    def how_to(self, exercise: Topic, record: Record, further: str = "") -> str:
        """Explains an exercise. Its steps speak to whoever does it, so others can read them out.

        Args:
            exercise: One of `exercises`.
            record: What is known.
            further: What is said besides.
        """
        read_out = [self.say("read_out")] if self.is_about_another(record) else []
        return "\n".join([*read_out, exercise.answer, *filter(None, [further]), *self._sources_of(exercise)])

    def signs_told(self, signs: Iterable[str], record: Record) -> str:
        """Repeats what the person told of some signs; says nothing where they told nothing."""
        known = {sign: record[sign].value for sign in signs if sign in record}
        words = {sign: self.knowledge.findings[sign].words for sign in known}
        there = [words[sign] for sign, value in known.items() if value in SETTLED]
        denied = [words[sign] for sign, value in known.items() if value == Assertion.ABSENT.value]
        return self.say("signs_told", there=there, denied=denied).strip()

    def _sources_of(self, topic: Topic) -> list[str]:
        sources = [self.knowledge.sources[source] for source in topic.sources]
        return [self._sources(sources)] if sources else []

    def exercises(self) -> dict[str, Topic]:
        """Gives each exercise as something that can be asked about."""
        return {
            exercise.id: Topic(
                id=exercise.id,
                question=exercise.title,
                answer=self.say("exercise", **exercise.dict()),
                phrases=(exercise.title, exercise.id.replace("_", " "), *exercise.phrases),
                sources=exercise.sources,
            )
            for exercise in self.knowledge.exercises
        }

    def glossary(self) -> dict[str, Topic]:
        """Gives each hard word as something that can be asked about."""
        return {
            term.id: Topic(
                id=term.id,
                question=term.word,
                answer=term.meaning,
                phrases=(term.word, *term.phrases),
                sources=term.sources,
            )
            for term in self.knowledge.glossary
        }

    def _sources(self, sources: Iterable[Source]) -> str:
        return self.say("sources", items=list(dict.fromkeys(self.say("source", **s.dict()) for s in sources)))

    def _urgency(self, assessment: Assessment) -> str:
        known = (assessment.record[finding] for finding, _ in assessment.red_flags)
        # "Dunno" is nothing that anybody goes by.
        said = dict.fromkeys(one.said for one in known if one.value != Assertion.UNSURE.value)
        told = self.say(
            "result",
            **self._advice(assessment.urgency, assessment.record),
            reasons=self.reasons(assessment),
            said=[f"“{words}”" for words in list(said)[:MOST_SAID] if words],
        )
        return self.told(told, assessment.record)

    def _help(self, assessment: Assessment) -> str:
        parts = []
        if not assessment.urgency.is_emergency:
            match = assessment.match
            parts.append(
                self.say(f"pattern_{match.strength}", name=match.pattern.name, meaning=match.pattern.meaning)
            )
        for kind, most in MOST_TOLD.items():
            of_kind = [care for care in assessment.care if care.kind == kind]
            items = [self.for_country(care.text, assessment.record) for care in as_room_allows(of_kind, most)]
            if items:
                parts.append(self.say(kind, items=items))
        if assessment.exercises:
            parts.append(self.say("exercises", items=[exercise.title for exercise in assessment.exercises]))
        if not assessment.urgency.is_emergency:
            parts.append(self.say("course", course=assessment.match.pattern.course_at(assessment.stage)))
        return "\n".join(parts)

    def _safety_net(self, assessment: Assessment) -> str:
        advice = self.knowledge.advice[assessment.urgency]
        parts = [
            self.for_country(advice.follow_up, assessment.record),
            self._signs_to_get_help_for(assessment),
            self._sources(assessment.sources),
        ]
        return "\n".join(part for part in parts if part)

    def _signs_to_get_help_for(self, assessment: Assessment) -> str:
        """Lists what to get help at once for: in an emergency, what an ambulance is called for."""
        if not assessment.urgency.is_emergency:
            return self.say("seek_help", items=list(assessment.safety_net))
        items = worth_an_ambulance(self.knowledge, assessment.safety_net, assessment.record)
        if not items:
            return ""
        number = self.country(assessment.record).emergency
        again = assessment.urgency is Urgency.EMERGENCY_AMBULANCE
        return self.say("seek_ambulance", items=items, emergency_number=number, again=again)

    def for_country(self, text: str, record: Record) -> str:
        """Fills in whom to call in the person's country."""
        return fill(text, **_numbers(self.country(record)))

    def country(self, record: Mapping[str, Known]) -> Country:
        """Gives the numbers of the person's country, or those of several where it is not known."""
        known = record.get("country")
        countries = self.knowledge.countries
        return (
            countries.get(str(known.value) if known else self.operator_country) or countries[UNKNOWN_COUNTRY]
        )

    def only_english(self, language: str, record: Mapping[str, Known]) -> str:
        """Says to a person, in their language, that only English is understood, and whom to call when.

        Args:
            language: A key of `Languages.entries`.
            record: What is known.
        """
        spoken = self.knowledge.languages.entries[language]
        country = self.country(record)
        number = spoken.emergency.get(country.id, country.emergency)
        return fill(spoken.answer, emergency_number=number)

    def _duration(self, days: float) -> str:
        for unit, length in DAYS_IN.items():
            if days >= 2 * length or (days >= length and days % length == 0):
                return self.say(unit, n=round(days / length))
        return self.say("days", n=round(days))

    def confirm(self, template: str, finding: str, said: str) -> str:
        """Fills the text of a question that confirms a finding."""
        words = self.knowledge.findings[finding].words
        return fill(template, words=words, said=said[:MOST_QUOTED].strip())

    def both_told(self, finding: str, told: str, denied: str) -> str:
        """Asks which is right where a person has both told and denied a finding."""
        words = self.knowledge.findings[finding].words
        told, denied = (said[:MOST_QUOTED].strip() for said in (told, denied))
        return self.say("both_told", words=words, told=told, denied=denied)

    def refuse(self, finding: str, said: str) -> str:
        """Says that a number can't be, and which can."""
        spec = self.knowledge.findings[finding]
        possible = self.say(f"possible_{finding}", low=f"{spec.minimum:g}", high=f"{spec.maximum:g}")
        return self.say("impossible", said=said[:MOST_QUOTED].strip(), words=spec.words, possible=possible)

    def example(self, question: Question) -> str:
        """Shows how a question of its kind can be answered; says nothing where that needs no example."""
        template = f"example_{question.kind.value}"
        if template not in self.knowledge.wording:
            return ""
        return self.say(template, option=next(iter(question.options.values()), ""))

    def names(self, findings: Iterable[str], record: Record) -> list[str]:
        """Names several findings, those denied with "no"."""
        named = []
        unspoken = unsaid(record, self.knowledge.findings).union(ABOUT_WHOM)
        for finding in findings:
            if finding in unspoken:
                continue
            words = self.name(finding, record[finding])
            absent = record[finding].value == Assertion.ABSENT.value
            named.append(self.say("denied", words=words) if absent else words)
        return named


def _numbers(country: Country) -> dict[str, str]:
    """Gives whom to call in a country, by the names in `OF_COUNTRY`."""
    lines = (country.emergency, country.advice, country.crisis, country.poison, country.violence)
    return dict(zip(OF_COUNTRY, lines, strict=True))


def _shown(finding: str, number: float) -> str:
    """Writes a number as people say it: weeks of a pregnancy that was told in months are whole."""
    return f"{round(number) if finding == 'weeks_pregnant' else number:g}"


def _in_the_middle(name: str) -> str:
    """Writes a name as it stands within a sentence."""
    return name[:1].lower() + name[1:]


def _is_of_a_child(record: Record) -> bool:
    """Tells whether the one who is screened is known to be no grown-up."""
    age = record["age"].value if "age" in record else None
    return isinstance(age, float) and age < GROWN_UP


def _is_young(finding: str, number: float) -> bool:
    return finding == "age" and number < YOUNGEST_IN_YEARS
