"""The types of the clinical content: findings, questions, rules, patterns, care, sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, Extra, Field, root_validator, validator
from pydantic.fields import ModelField

from backchat.knowledge.texts import Id, Template, Text, wrong_gaps


class Assertion(str, Enum):
    """What a person says of a finding that can be there or not."""

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"
    LONGSTANDING = "longstanding"


class FindingKind(str, Enum):
    """Which values a finding takes."""

    TRI = "tri"
    CHOICE = "choice"
    SET = "set"
    NUMBER = "number"


class QuestionKind(str, Enum):
    """How a question is shown and answered."""

    YES_NO = "yes_no"
    CHECKLIST = "checklist"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    BODY_MAP = "body_map"


class Urgency(str, Enum):
    """How soon a person needs care, the most urgent first."""

    EMERGENCY_AMBULANCE = "emergency_ambulance"
    EMERGENCY = "emergency"
    CONSULTATION_24 = "consultation_24"
    CONSULTATION = "consultation"
    SELF_CARE = "self_care"

    @property
    def rank(self) -> int:
        """How urgent this is: 0 for self-care up to 4 for an ambulance."""
        return _RANKS[self]

    @property
    def is_emergency(self) -> bool:
        """Whether a person must be told at once, before any further question."""
        return self in (Urgency.EMERGENCY_AMBULANCE, Urgency.EMERGENCY)


_RANKS = {urgency: rank for rank, urgency in enumerate(reversed(Urgency))}

FindingValue: TypeAlias = str | float | tuple[str, ...]
"""An `Assertion` value or a choice (str), a number in the finding's unit (float), or a set (tuple)."""


@dataclass(frozen=True)
class Finding:
    """One fact about a person, and the words that it comes from.

    Attributes:
        id: A finding of `findings.yml`.
        value: For `tri` an `Assertion` value, for `choice` one of its values, for `set` some of its values,
            for `number` the best single estimate in the finding's unit.
        said: The person's own words.
        start: Where `said` begins in the message, in characters.
        end: Where `said` ends in the message, in characters.
        low: The lowest number that the words allow, where they gave a range.
        high: The highest number that the words allow, where they gave a range.
        confirm: Whether it is only likely, so that the person has to be asked before it counts.
    """

    id: str
    value: FindingValue
    said: str
    start: int
    end: int
    low: float | None = None
    high: float | None = None
    confirm: bool = False

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Finding:
        """Reads what `dataclasses.asdict` gave, also after it went through JSON, which knows no tuples."""
        value = entry["value"]
        return cls(**{**entry, "value": tuple(value) if isinstance(value, list) else value})


EXCLUSIVE_VALUES = frozenset({"none", "nothing"})
"""The values of a set that no other value of it goes with."""

DESIGN_CHOICE = "backchat_choice"
"""The source that marks a choice of ours where guidelines are silent or disagree."""


CAUDA_EQUINA = "cauda_equina"
"""The picture of pain whose signs every safety net names."""

FALLBACK_PATTERN = "non_specific"
"""The picture of pain that fits no other."""

NOTHING_PICKED = ("none_of_these", "not_sure")
"""The wordings of the options that every checklist has."""

UNKNOWN_COUNTRY = "unknown"
"""What stands in countries.yml for a country that nobody has named."""

WHO_ARE_YOU = "who_are_you"
"""The topic that tells what this program is."""

OF_COUNTRY = ("emergency_number", "advice_line", "crisis_line", "poison_line", "violence_line")
"""What a template is filled with that names whom to call."""


def _filled(template: Template, needed: Sequence[str] = (), optional: Sequence[str] = ()) -> Template:
    """Makes sure that something fills each gap of a template."""
    if wrong := wrong_gaps(template, needed, optional):
        raise ValueError(wrong)
    return template


class _Data(BaseModel):  # noqa: PLW1641 (pydantic makes the hash of what is frozen)
    """Checked content: unknown keys are errors, and nothing changes after loading."""

    class Config:
        extra = Extra.forbid
        frozen = True

    def __eq__(self, other: object) -> bool:
        """Tells whether it is the same content; pydantic would first make dictionaries of all of both."""
        return type(self) is type(other) and vars(self) == vars(other)

    @validator("*")
    def _as_many_as_needed(cls, value: Any, field: ModelField) -> Any:
        """Holds tuples to `minItems`, which pydantic does not."""
        least = field.field_info.extra.get("minItems", 0)
        if isinstance(value, tuple) and len(value) < least:
            raise ValueError(f"at least {least} is needed")
        return value


class _Sourced(_Data):
    """Content that rests on at least one source."""

    sources: tuple[str, ...] = Field(minItems=1)


class FindingSpec(_Data):
    """One entry of the vocabulary.

    Attributes:
        words: How the finding is named to the person, to follow "you told me about ...".
        labels: For a choice or set its values, each with the words for it.
        critical: A sign of damage to nerves or vessels: "not sure" about it is asked once more and never
            counts as absent.
        stable: Whether it is no sign of danger where it is old, unchanged and explained (`longstanding`). Of
            other findings `longstanding` counts as `present`: a cancer is one however long ago it was.
        implies: What is so of other findings where this one is there: a sign that is there too, or a value
            that a set has.
        values_imply: The same by a value, where it is a set.
        not_with: What hardly goes with it: told all the same, it is asked about before it counts.
        boundaries: Numbers at which something else follows: where what the person said allows numbers on both
            sides of one, it is asked once more.
    """

    kind: FindingKind
    words: Text
    unit: str = ""
    labels: Mapping[str, Text] = Field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    critical: bool = False
    stable: bool = False
    implies: Mapping[str, str] = Field(default_factory=dict)
    values_imply: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    not_with: Mapping[str, str] = Field(default_factory=dict)
    boundaries: tuple[float, ...] = ()

    @root_validator(skip_on_failure=True)
    def _parts_fit_the_kind(cls, fields: dict[str, Any]) -> dict[str, Any]:
        kind = fields["kind"]
        if (kind in (FindingKind.CHOICE, FindingKind.SET)) != bool(fields["labels"]):
            raise ValueError("a choice and a set have labels for their values, the other kinds have none")
        if (kind is FindingKind.NUMBER) != (None not in (fields["minimum"], fields["maximum"])):
            raise ValueError("a number has a minimum and a maximum, the other kinds have none")
        return fields

    @property
    def values(self) -> tuple[str, ...]:
        """The values that it can take, in the order of `labels`; those of `Assertion` for a tri."""
        if self.kind is FindingKind.TRI:
            return tuple(assertion.value for assertion in Assertion)
        return tuple(self.labels)


Condition = Mapping[str, Any]
"""A condition as written in YAML; `backchat.screening.conditions` gives its meaning."""

BEGAN_AT_AGE = "began_at_age"
"""What a condition calls the age at which the pain began, and the findings that it is reckoned from."""
BEGAN_FROM = ("age", "duration_days")
DAYS_IN_A_YEAR = 365
YOUNGEST_IN_YEARS = 2
"""An age below this is told in months or weeks."""

RANGE = re.compile(r"\d+ to \d+")
"""How a range of numbers is written, where words or an option stand for one."""

COMBINATIONS = ("all", "any", "none", "at_least")
COMPARISONS = ("at_least", "at_most", "above", "below")


class Leaf(NamedTuple):
    """A part of a condition that combines no others.

    Attributes:
        key: A finding, or `BEGAN_AT_AGE`.
        expected: What it is to be.
        excuse: Whether it stands in a `none`, and so holds the condition back where it holds.
    """

    key: str
    expected: Any
    excuse: bool

    @property
    def values(self) -> tuple[str, ...]:
        """The values of which it is to have one; none where a number is compared."""
        if isinstance(self.expected, Mapping):
            return ()
        return tuple(self.expected) if isinstance(self.expected, list) else (self.expected,)


def parts_of(key: str, expected: Any) -> Sequence[Condition]:
    """Gives the conditions that a combination holds."""
    parts: Sequence[Condition] = expected["of"] if key == "at_least" else expected
    return parts


def leaves_of(condition: Condition, excuse: bool = False) -> Iterator[Leaf]:
    """Yields the parts of a checked condition that combine no others, in the order of writing."""
    for key, expected in condition.items():
        if key in COMBINATIONS:
            for part in parts_of(key, expected):
                yield from leaves_of(part, excuse != (key == "none"))
        else:
            yield Leaf(key, expected, excuse)


class Question(_Data):
    """One question of the interview.

    Attributes:
        id: Stable id, also the form's `requested_slot`.
        findings: What the answer is about, one per option for a checklist.
        text: The question in plain words.
        plainer: The same in other words, for the second asking.
        why: One sentence: why this is asked.
        options: The words on each option: by finding for a checklist, else by value.
        when: The condition under which it is asked; it is skipped while that is known to be false.
        shown_when: For findings that do not fit everybody, the condition under which they are asked about;
            what is not known counts as not there.
        again: Asks once more, in plainer words, only about those of `findings` that are unsure, or numbers
            that may lie on either side of a boundary.
        always: Asked even when no rule depends on the answer any more.
        confirms: Asks about one finding that a message may have told, as often as there are such findings:
            `text` is a template (Jinja) of `said`, the person's own words, and `words`, what they may mean.
        anew: Put again when the person says, after the result, that the pain has got worse.
        name: What it is about, for a list of answers; without one, the words of its only finding.
        note: What a reviewer should know, such as that it is a choice of ours and not a guideline's.
    """

    id: Id
    kind: QuestionKind
    findings: tuple[str, ...]
    text: Template
    plainer: Template
    why: Text
    options: Mapping[str, Text] = Field(default_factory=dict)
    when: Condition | None = None
    shown_when: Mapping[str, Condition] = Field(default_factory=dict)
    again: bool = False
    always: bool = False
    confirms: bool = False
    anew: bool = False
    name: Text = ""
    note: Text = ""

    @root_validator(skip_on_failure=True)
    def _is_filled_where_it_confirms(cls, fields: dict[str, Any]) -> dict[str, Any]:
        needed, optional = (["words"], ["said"]) if fields["confirms"] else ([], [])
        for name in ("text", "plainer"):
            if wrong := wrong_gaps(fields[name], needed, optional):
                raise ValueError(f"{name}: {wrong}")
        return fields

    @root_validator(skip_on_failure=True)
    def _has_a_name(cls, fields: dict[str, Any]) -> dict[str, Any]:
        if len(fields["findings"]) > 1 and not fields["again"] and not fields["name"]:
            raise ValueError("a question about several findings needs a name")
        return fields

    def options_about(self, findings: Iterable[str]) -> dict[str, str]:
        """Gives the words on the options of a question that is only about some of its findings."""
        if self.kind is QuestionKind.CHECKLIST:
            return {finding: self.options[finding] for finding in findings}
        return dict(self.options)


NAME = "..."
"""What stands for a name in a phrase."""


class Requests(_Data):
    """How people say what they want of the conversation itself.

    Attributes:
        groups: Names for several phrases, each of which can stand in others.
        intents: By intent, phrases that make up most of a message, in the conventions of the other phrases.
        alone: By intent, phrases that are recognised only where they are the whole message.
        of_others: Words of who asks for somebody else, each with what it is where they ask for themself.
        about_words: Phrases that ask what a word means, with "..." in its place.
        about_answers: By intent, phrases that name an earlier question, with "..." for what it is about.
        naming: By finding, words that name the question about it.
        telling: Words that tell something, so that what holds one names more than a question.
        about_exercises: Phrases that ask how to do an exercise, with "..." in the place of its name.
        declining: Words that decline an answer, which is no wish to end.
        tired: Words of who is tired of questions, which is none either.
        ending: Words that are one all the same.
        denying: Words after which a phrase is no request.
        answering: Words that answer a question, so that what is asked after them is asked besides.
        moving_on: Phrases of `intents` that want nothing after such a word.
        correcting: Words that put something in the place of what was said before.
        adding: Words that add to what was said before.
        recalling: Words that speak of what was said before, to put something in its place.
        naming_whom: Words that say about whom all was that was told.
        between: Words between what was said before and what is right.
        violence: Words that tell that somebody hurts or threatens the person, in what sounds like a crisis.
        assaults: Those that do in any message.
        attackers: Who hurts somebody, where one of the words of `violence` comes soon after.
        likened: Words right before an attacker that only say what it is like.
        harmless: Words between the two that make it something else: "my wife says *it* hurts me".
        others: Words that are never the writer's own.
        weary: Words that may be despair, and are asked about.
        idioms: Words of death and killing that mean neither.
        no_idioms: Longer ones that may well mean it.
        lethal: Words that ask what a deadly dose is.
        how_much: Words that do so with one of `deadly` in the same message.
        deadly: See `how_much`.
        grave: Words without which a message is no crisis that is hardly taken for one.
        bereaved: Words of who has lost somebody.
        by_own_hand: Words for a death of somebody's own choice.
        frightened: Words of who is frightened.
        of_them: Words for somebody who was named before.
        of_me: The writer's words for themself.
        feels_the_same: Words that say of the writer what was said of somebody else.
        seen: Words for what was done for who has been seen.
        not_over: Words with which it isn't over all the same.
        no_plan: Words that deny that somebody would do it, and not that they think of it.
        besides: Words for what a "no" may be about that is not what was asked to be confirmed.
    """

    groups: Mapping[str, tuple[Text, ...]]
    intents: Mapping[str, tuple[Text, ...]]
    alone: Mapping[str, tuple[Text, ...]]
    of_others: Mapping[str, Text]
    about_words: tuple[Text, ...]
    about_answers: Mapping[str, tuple[Text, ...]]
    naming: Mapping[str, tuple[Text, ...]]
    telling: tuple[Text, ...]
    about_exercises: tuple[Text, ...]
    declining: tuple[Text, ...]
    tired: tuple[Text, ...]
    ending: tuple[Text, ...]
    denying: tuple[Text, ...]
    answering: tuple[Text, ...]
    moving_on: tuple[Text, ...]
    correcting: tuple[Text, ...]
    adding: tuple[Text, ...]
    recalling: tuple[Text, ...]
    naming_whom: tuple[Text, ...]
    between: tuple[Text, ...]
    violence: tuple[Text, ...]
    assaults: tuple[Text, ...]
    attackers: tuple[Text, ...]
    likened: tuple[Text, ...]
    harmless: tuple[Text, ...]
    others: tuple[Text, ...]
    weary: tuple[Text, ...]
    idioms: tuple[Text, ...]
    no_idioms: tuple[Text, ...]
    lethal: tuple[Text, ...]
    how_much: tuple[Text, ...]
    deadly: tuple[Text, ...]
    grave: tuple[Text, ...]
    bereaved: tuple[Text, ...]
    by_own_hand: tuple[Text, ...]
    frightened: tuple[Text, ...]
    of_them: tuple[Text, ...]
    of_me: tuple[Text, ...]
    feels_the_same: tuple[Text, ...]
    seen: tuple[Text, ...]
    not_over: tuple[Text, ...]
    no_plan: tuple[Text, ...]
    besides: tuple[Text, ...]


class Persons(_Data):
    """How texts change where a person writes about somebody else.

    Attributes:
        pronouns: By sex, what stands for "they", "them", "their", "theirs" and "themself".
        nouns: Words for somebody, by the sex that they tell.
        kept: Words with "you" that are about the writer all the same.
        auxiliaries: What stands before "you" in a question, with its form for he and she.
        verbs: What stands after "you" or "I", with its form for he and she.
        further: Other words with their form for he and she.
    """

    pronouns: Mapping[str, Mapping[str, Text]]
    nouns: Mapping[str, tuple[Text, ...]]
    kept: tuple[Text, ...]
    auxiliaries: Mapping[str, Text]
    verbs: Mapping[str, Text]
    further: Mapping[str, Text]


class Rule(_Sourced):
    """One triage rule: when `when` holds, the person needs care as soon as `urgency` says.

    Attributes:
        condition: What it points to, in a clinician's words.
        why: The reason in plain words, to follow "because".
        note: What a reviewer should know, such as that it is a choice of ours and not a guideline's.
    """

    id: Id
    urgency: Urgency
    when: Condition
    condition: Text
    why: Text
    note: Text = ""


class Evidence(_Data):
    """What speaks for (positive weight) or against (negative weight) a pattern when `when` holds."""

    when: Condition
    weight: int


Stage: TypeAlias = Literal["acute", "subacute", "chronic", "unknown"]
"""How long the pain has lasted: less than four weeks, less than twelve, longer."""


class Pattern(_Sourced):
    """A picture that pain can fit: never a diagnosis.

    Attributes:
        meaning: What the picture is, in plain words.
        likely: The weight from which the pain fits it well.
        possible: The weight from which the pain fits it somewhat.
        rules: Triage rules that by themselves make the picture likely.
        course: How long it usually takes, in plain words.
        later_course: The same where it has lasted so long that this is no longer so.
    """

    id: Id
    name: Text
    meaning: Text
    likely: int = Field(ge=0)
    possible: int = Field(ge=0)
    evidence: tuple[Evidence, ...]
    rules: tuple[str, ...] = ()
    course: Text
    later_course: Mapping[Stage, Text] = Field(default_factory=dict)

    @root_validator(skip_on_failure=True)
    def _possible_comes_first(cls, fields: dict[str, Any]) -> dict[str, Any]:
        if fields["likely"] < fields["possible"]:
            raise ValueError("likely is below possible")
        return fields

    def course_at(self, stage: Stage) -> str:
        """Says how long it usually takes, given how long it has lasted already."""
        return self.later_course.get(stage, self.course)


class Care(_Sourced):
    """Something to do, to avoid, or to ask for.

    Attributes:
        text: It may name whom to call (`OF_COUNTRY`).
        patterns: The patterns it is for; empty where it is for any.
        asks: A finding that is asked about, where it is not known, before this is told; not from
            `consultation_24` up, where nothing is asked for the sake of care.
        instead_of: Care that stands before it and in whose place it is: told only where none of it is.
        optional: Told only while there is room.
    """

    id: Id
    title: Text
    text: Template
    kind: Literal["do", "avoid", "ask"]
    urgencies: tuple[Urgency, ...] = Field(minItems=1)
    patterns: tuple[str, ...] = ()
    when: Condition | None = None
    asks: str = ""
    instead_of: tuple[str, ...] = ()
    optional: bool = False

    @validator("text")
    def _names_only_whom_to_call(cls, text: Template) -> Template:
        return _filled(text, optional=OF_COUNTRY)


class Exercise(_Sourced):
    """A movement, with its steps and when to stop.

    Attributes:
        patterns: The patterns it is for; empty where it is for any.
        unless: What speaks against it.
        phrases: How else people name it, beside the title and the id.
    """

    id: Id
    title: Text
    phrases: tuple[Text, ...] = ()
    steps: tuple[Text, ...] = Field(minItems=1)
    repetitions: Text
    stop_if: Text
    patterns: tuple[str, ...] = ()
    unless: Condition | None = None
    when: Condition | None = None


class Topic(_Data):
    """Something that people ask about, with its answer.

    Attributes:
        phrases: Words by which a question about it is recognised.
        about_backchat: The answer is about this program and not about health, so that no source is needed.
        broad: It answers only where nothing narrower is named.
        at_home: The answer is for pain that is looked after at home: in an emergency it could do harm.
        exertion: The answer is about exercise, which has to wait where something has to be checked first.
        judged: How urgent it is says more than the answer, and is told besides once it is known.
        reassuring: It says how usual something is, which nobody is told who names a sign that can't wait.
        signs: What speaks for it, so that what the person told of these is told besides.
    """

    id: Id
    question: Text
    answer: Text
    phrases: tuple[Text, ...] = ()
    about_backchat: bool = False
    broad: bool = False
    at_home: bool = False
    exertion: bool = False
    judged: bool = False
    reassuring: bool = False
    signs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @root_validator(skip_on_failure=True)
    def _rests_on_something(cls, fields: dict[str, Any]) -> dict[str, Any]:
        if bool(fields["sources"]) == fields["about_backchat"]:
            raise ValueError("either at least one source is needed, or `about_backchat`")
        return fields


class Term(_Sourced):
    """A hard word in what is asked, with what it means.

    Attributes:
        word: The word as it stands in questions.
        phrases: How else people write it.
    """

    id: str
    word: str = Field(min_length=1)
    phrases: tuple[str, ...] = ()
    meaning: str = Field(min_length=1)


class Source(_Data):
    """Where a rule or a text comes from."""

    id: Id
    title: Text
    publisher: Text
    year: int = Field(ge=1900, le=2100)


class Country(_Data):
    """Whom to call in a country.

    Attributes:
        child: A line for who is young and hurt by somebody, told before the one for grown-ups.
    """

    id: Id
    name: Text
    child: Text
    emergency: Text
    advice: Text
    crisis: Text
    poison: Text
    violence: Text


class Language(_Data):
    """A language that people write in and that is not understood.

    Attributes:
        phrases: What is in this language, where a whole message is made of nothing else.
        words: Common words of this language and not of English.
        answer: What is said to that, a template (Jinja) of `emergency_number`.
        emergency: Whom to call, by country, where the country's own words are more than a number.
    """

    phrases: tuple[Text, ...]
    words: tuple[Text, ...] = ()
    answer: Template
    emergency: Mapping[str, Text] = Field(default_factory=dict)

    @validator("answer")
    def _names_the_number(cls, answer: Template) -> Template:
        return _filled(answer, needed=["emergency_number"])


ANOTHER_LANGUAGE = "other"


class Languages(_Data):
    """The languages in which people are answered.

    Attributes:
        noise: What people say or type that is no word of any language.
        shared: Words of English and of another language, which tell neither from the other.
        spoken: By code (ISO 639-1), the languages with an answer of their own.
        other: Any other language; its answer is in English.
    """

    noise: tuple[Text, ...]
    shared: tuple[Text, ...]
    spoken: Mapping[str, Language]
    other: Language

    @property
    def entries(self) -> dict[str, Language]:
        """All of them, the other ones as `ANOTHER_LANGUAGE`."""
        return {**self.spoken, ANOTHER_LANGUAGE: self.other}


class Forbidden(_Data):
    """What no text may say.

    Attributes:
        numbers: Numbers in words.
        units: What makes a dose of a number before it.
        words: Words that are never said, by the reason.
    """

    numbers: tuple[Text, ...] = Field(minItems=1)
    units: tuple[Text, ...] = Field(minItems=1)
    words: Mapping[str, tuple[Text, ...]]


class PrivacySection(_Data):
    """A part of the privacy page; its text is a template (Jinja) of `days` and `operator`."""

    heading: Text
    text: Template

    @validator("text")
    def _names_only_how_long_and_who(cls, text: Template) -> Template:
        return _filled(text, optional=["days", "operator"])


class Privacy(_Data):
    """What people are told about what happens with what they write."""

    title: Text
    sections: tuple[PrivacySection, ...] = Field(minItems=1)


class AdviceForSome(_Data):
    """Another way to say what to do, for whom a condition fits; it may name whom to call (`OF_COUNTRY`)."""

    when: Condition
    action: Template

    @validator("action")
    def _names_only_whom_to_call(cls, text: Template) -> Template:
        return _filled(text, optional=OF_COUNTRY)


class Advice(_Data):
    """What an urgency means for the person; what to do may name whom to call (`OF_COUNTRY`).

    Attributes:
        for_some: Other ways to say what to do; the first that fits counts.
    """

    title: Text
    action: Template
    follow_up: Template
    for_some: tuple[AdviceForSome, ...] = ()

    @validator("action", "follow_up")
    def _names_only_whom_to_call(cls, text: Template) -> Template:
        return _filled(text, optional=OF_COUNTRY)


class WarningSign(_Sourced):
    """A line of the safety net, to follow "get help at once if".

    Attributes:
        signs: The findings that it tells of.
        when: Whom it is for; nothing where it is for everybody.
    """

    text: Text
    signs: tuple[str, ...]
    when: Condition | None = None


@dataclass(frozen=True)
class Knowledge:
    """All clinical content, checked.

    Attributes:
        version: Version of the content, shown with every assessment.
        questions: In the order in which they are asked.
        steering: Questions about the conversation and not about the pain.
        rules: The most urgent first.
        wording: Templates (Jinja) of everything said that is not a question, a rule or care, by name.
    """

    version: str
    findings: Mapping[str, FindingSpec]
    questions: tuple[Question, ...]
    steering: tuple[Question, ...]
    requests: Requests
    persons: Persons
    rules: tuple[Rule, ...]
    patterns: tuple[Pattern, ...]
    care: tuple[Care, ...]
    exercises: tuple[Exercise, ...]
    topics: Mapping[str, Topic]
    glossary: tuple[Term, ...]
    sources: Mapping[str, Source]
    countries: Mapping[str, Country]
    languages: Languages
    advice: Mapping[Urgency, Advice]
    safety_net: tuple[WarningSign, ...]
    wording: Mapping[str, str]
    privacy: Privacy
    forbidden: Forbidden

    @property
    def labels(self) -> frozenset[str]:
        """What the options of all questions say, by which buttons and boxes answer."""
        options = (label for question in self.questions for label in question.options.values())
        return frozenset({*options, *(self.wording[name] for name in NOTHING_PICKED)})
