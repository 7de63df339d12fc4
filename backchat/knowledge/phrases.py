"""How people say things: the phrases that understanding looks for, as data that a clinician can read.

A phrase is written in plain words, with five conventions:
    a/b     one word or the other
    word?   the word may be missing
    ..      up to three words of any kind
    $name   any phrase of the group `name` in words.yml
    $number a number in digits
Capitals, apostrophes and the word forms that words.yml lists as the same make no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from backchat.knowledge.models import _Data
from backchat.knowledge.texts import Text

ONLY_DENIED = "only_denied"
NOT_THIS = "not_this"
MAYBE = "maybe"

COUNTRY = "country"
"""The finding that places tell."""

RELATIVE = "relative"
"""The group that the code itself asks for: other people than the person."""
GROUPS_OF_CODE = ("unit", "number")
"""The groups that it adds: those of times.yml, and numbers in digits."""

Lexicon = Mapping[str, Mapping[str, tuple[Text, ...]]]
"""Phrases by finding and value.

A number has `low to high` as its value. Three more keys stand beside the values: `only_denied` for words that
name the finding just where they are denied or doubted ("no accident"), `maybe` for words that can mean the
finding or less than it, so that it is asked about ("it hurts at night"), and `not_this` for words that look
like the finding and are not ("hay fever").
"""


class Words(_Data):
    """What is done to single words before any phrase is looked for.

    Attributes:
        same: Word forms and synonyms that count as one word.
        expand: Words that stand for several, such as "dont" for "do not".
        variants: Wordings that can stand for another in any phrase.
        skip: Words that change nothing and are left out.
        not_typos: Real words that are not to be taken for a misspelt word of a phrase.
        groups: Named lists of phrases, written `$name` in other phrases.
    """

    same: Mapping[str, tuple[Text, ...]]
    expand: Mapping[str, str]
    variants: Mapping[str, tuple[Text, ...]]
    skip: tuple[Text, ...]
    not_typos: tuple[Text, ...]
    groups: Mapping[str, tuple[Text, ...]]


class Category(str, Enum):
    """What a modifier does to the findings in its scope."""

    ABSENT = "absent"
    UNSURE = "unsure"
    LONGSTANDING = "longstanding"
    PAST = "past"
    OTHER_PERSON = "other_person"
    HYPOTHETICAL = "hypothetical"
    QUESTION = "question"
    ON_PURPOSE = "on_purpose"
    PSEUDO = "pseudo"
    """Looks like a modifier and is none, such as "no improvement in"."""


class Modifier(_Data):
    """Words that change what is said of a finding near them (after ConText, Harkema 2009).

    Attributes:
        direction: Whether the findings come after the words, before them, or both.
        reach: How many words away a finding may be.
        opens: Only at the start of a sentence or after a comma, as in "is it ...".
        closes: Only at the end of a sentence or before a comma, as in "numbness? no".
        ends_at: Words, as they are spelt, at which its own scope ends, beside those of `Context.ends`.
        asks: Only in a sentence that ends with a question mark.
        only: The findings that it changes; all when empty.
    """

    category: Category
    direction: Literal["forward", "backward", "both"] = "forward"
    reach: int = 10
    opens: bool = False
    closes: bool = False
    ends_at: tuple[Text, ...] = ()
    asks: bool = False
    only: tuple[Text, ...] = ()
    phrases: tuple[Text, ...]


class Placeless(_Data):
    """A sign that the place makes a finding: numbness between the legs is another one than in a foot.

    Attributes:
        phrases: The words for it.
        findings: What it can be, depending on the place.
    """

    phrases: tuple[Text, ...]
    findings: tuple[Text, ...]


class Doses(_Data):
    """How people tell how much of a medicine they took.

    Attributes:
        least: From how many tablets on it is too much, whenever in the day ...
        least_together: ... or all at once.
        taking: Words for taking something.
        habitual: Forms of these that tell what somebody takes, and not what they took.
        medicines: What is counted.
        about: What may stand before the number.
        weights: What stands behind a number that counts no tablets.
        together: Words for taking it all at once.
        spread: Words for taking it over a longer time.
        ordinary: What is said of medicine that is taken as it should be.
    """

    least: int
    least_together: int
    taking: tuple[Text, ...]
    habitual: tuple[Text, ...]
    medicines: tuple[Text, ...]
    about: tuple[Text, ...]
    weights: tuple[Text, ...]
    together: tuple[Text, ...]
    spread: tuple[Text, ...]
    ordinary: tuple[Text, ...]


class AfterAccident(_Data):
    """What signs are where an accident is told, after which nobody may wait to be asked about them.

    Attributes:
        accident: The finding that tells the accident.
        sign: What `phrases` tell then, where one of the words in `plural` stands in them.
        plural: Words for both of what there are two of, or for all that is below them.
        phrases: How the sign is told in the plural.
        at_once: Signs that count then wherever a phrase tells them.
    """

    accident: Text
    sign: Text
    plural: tuple[Text, ...]
    phrases: tuple[Text, ...]
    at_once: tuple[Text, ...]


class Reading(_Data):
    """What a number that was measured says of a finding: a temperature of 37 is no fever.

    Attributes:
        words: Words for what was measured.
        scales: From where to where such a number can be, in each unit.
        normal: From where to where it is none, in each unit.
    """

    words: tuple[Text, ...]
    scales: tuple[tuple[float, float], ...]
    normal: tuple[tuple[float, float], ...]


class Context(_Data):
    """How what is said around a finding changes it.

    Attributes:
        modifiers: The words that do so.
        ends: Words at which the scope of every modifier ends.
        corrections: Words by which people take back what they just said.
        changes: Words by which they take back what they said in an earlier message.
        takes_back: Words that say so of what is named beside them, and not what is right.
        joking: Words that a joke or an exaggeration is told with.
        played_down: Words behind a "not" that deny how bad something is, and not that it is there.
        not_played_down: Words right behind those with which they say something else: "not that I know".
        only_plain: Findings that have to be asked about where no phrase tells them: a father, too, can say
            "my baby is 6 weeks old".
        speaks_against: Findings, by another one that has to be asked about where they are told beside it: who
            feels better once up has a position that eases the pain.
        mistaken: Values, by finding, that words are taken for which say another: "right in the middle" tells
            which side, and not how high.
        unknown: Words by which they say of a value that they don't know it, by finding.
        lessened: Words by which what they told of a sign may have been less than it sounded, by sign.
        judged: Words by which a question asks what to make of a sign: "is it normal to be numb there?"
        placeless: Signs that are another finding in each place where they can be.
        after_accident: What signs are where an accident is told.
        histories: Findings that stay true when they are past or long known.
        lasting: Findings that are as true when they have lasted long.
        about_others: Findings that are about other people by their nature.
        yields: Findings that give way to others that take in their words, and to which ("hurts when I *bend*"
            names no mechanism); to all when none is named.
        denied_as: The value that a set takes when every value named for it is denied.
        readings: By finding, which numbers say that it is not there.
        outright: Words, by finding, with which a phrase says for certain that it is there, whatever the
            network makes of it.
        doses: How much of a medicine is too much.
    """

    modifiers: tuple[Modifier, ...]
    ends: tuple[Text, ...]
    corrections: tuple[Text, ...]
    changes: tuple[Text, ...]
    takes_back: tuple[Text, ...]
    joking: tuple[Text, ...]
    played_down: tuple[Text, ...]
    not_played_down: tuple[Text, ...]
    only_plain: tuple[Text, ...]
    speaks_against: Mapping[str, tuple[Text, ...]]
    mistaken: Mapping[str, Mapping[str, Mapping[str, str]]]
    unknown: Mapping[str, tuple[Text, ...]]
    lessened: Mapping[str, tuple[Text, ...]]
    judged: tuple[Text, ...]
    placeless: Mapping[str, Placeless]
    after_accident: AfterAccident
    histories: tuple[Text, ...]
    lasting: tuple[Text, ...]
    about_others: tuple[Text, ...]
    yields: Mapping[str, tuple[Text, ...]]
    denied_as: Mapping[str, str]
    readings: Mapping[str, Reading]
    outright: Mapping[str, tuple[Text, ...]]
    doses: Doses


class Implied(_Data):
    """A finding that also says something else: with one of `words` in it, `adds` holds too."""

    finding: str
    words: tuple[Text, ...] = ()
    adds: Mapping[str, str]


class Measure(_Data):
    """A number that means something else than a duration.

    Attributes:
        before: Words right before the number that make it this finding.
        after: The same, right after it.
        not_before: Words right before it that speak against it.
        not_after: Words right after it that speak against it.
        soon: Words right before it that tell that it is one less, as in "turning 52".
        whole: Wordings that hold the number, as `$number`.
        spelt: Where given, one of these words has to stand before the number as it is: "he", and not "I".
        scale: What the number is multiplied by, as in months of pregnancy.
        near: Words of which one has to stand somewhere in the message for `whole` to count; none when empty.
    """

    finding: str
    before: tuple[Text, ...]
    after: tuple[Text, ...]
    not_before: tuple[Text, ...] = ()
    not_after: tuple[Text, ...] = ()
    soon: tuple[Text, ...] = ()
    whole: tuple[Text, ...] = ()
    near: tuple[Text, ...] = ()
    spelt: tuple[Text, ...] = ()
    scale: float = 1.0


class Holiday(_Data):
    """A day or time of the year, and how the calendar finds it.

    It is a day of a month, or the so-maniest weekday of one, or so many days from Easter Sunday.

    Attributes:
        month: The month, from 1.
        day: The day of the month; with `weekday`, the first day from which weekdays are counted.
        weekday: The weekday; 0 is Monday.
        which: Which of those weekdays it is; -1 is the last of the month.
        easter: How many days it is after Easter Sunday, in place of a month.
        year: The only year in which it was; every year when left out.
        lasts: How many further days belong to it.
        around: How many days before or after it may be meant.
    """

    month: int = 1
    day: int = 1
    weekday: int | None = None
    which: int = 1
    easter: int | None = None
    year: int | None = None
    lasts: int = 0
    around: int = 0


class Times(_Data):
    """The words of numbers and durations.

    Attributes:
        numbers: Number words.
        vague: Vague amounts, as lowest, likeliest and highest number.
        units: Days in each unit of time.
        ordinals: Number words that count places, as in "the third day".
        moments: Moments before today, as lowest, likeliest and highest number of days ago.
        hints: The same, in words that are too seldom about the pain to be read without asking more of them.
        months: Names of months, January first.
        weekdays: Names of weekdays, by number; 0 is Monday.
        holidays: Names of times of the year; of several, the latest that is over is meant.
        more: Words for more than the number that follows.
        less: Words for less than the number that follows.
        about: Words that stand before a number and leave it as it is.
        start: Words that tell that a moment is when the pain began.
        injury: Words for what hurt the person then.
        not_before: Words before a duration that make it something else than how long it has hurt.
        not_after: The same, after it.
        other_matters: Words for what else lasts, such as jobs and treatments.
        activities: What people do for minutes or hours until it hurts.
        pain: Words that tell that a duration is about the pain.
        this_time: Words for this episode, as against all the earlier ones.
        measures: The other numbers that people give.
        decades: Words such as "sixties" for an age.
        retelling: By finding, the words that may stand beside a number that is told once more, in a clause
            that is about nothing else.
        onset: Words of which one has to be there where a time without a number tells once more how long.
    """

    numbers: Mapping[str, float]
    vague: Mapping[str, tuple[float, float, float]]
    units: Mapping[str, float]
    ordinals: Mapping[str, int]
    moments: Mapping[str, tuple[float, float, float]]
    hints: Mapping[str, tuple[float, float, float]]
    months: tuple[Text, ...]
    weekdays: Mapping[str, int]
    holidays: Mapping[str, tuple[Holiday, ...]]
    more: tuple[Text, ...]
    less: tuple[Text, ...]
    about: tuple[Text, ...]
    start: tuple[Text, ...]
    injury: tuple[Text, ...]
    not_before: tuple[Text, ...]
    not_after: tuple[Text, ...]
    other_matters: tuple[Text, ...]
    activities: tuple[Text, ...]
    pain: tuple[Text, ...]
    this_time: tuple[Text, ...]
    measures: tuple[Measure, ...]
    decades: Mapping[str, int]
    retelling: Mapping[str, tuple[Text, ...]]
    onset: tuple[Text, ...]


class Elsewhere(_Data):
    """What says that a place is named for something else that is there, and not as one that pain goes to.

    Attributes:
        conditions: Words for what is there: "arthritis in my arm".
        going: Words by which the pain goes there all the same: "down the leg with the arthritis".
    """

    conditions: tuple[Text, ...]
    going: tuple[Text, ...]


class Replies(_Data):
    """How people answer a question.

    Attributes:
        yes: Present.
        no: Absent.
        fine: What is asked about is as it should be, and so absent.
        trouble: It is not, and so present; after "no" and the like it means nothing by itself.
        echo_yes: Present, in answers that repeat the verb; only at the end of a clause.
        echo_no: Absent, the same; before other words it denies what follows.
        echo_open: Neither, the same: "I can't".
        unsure: Neither.
        old: It has been so for years.
        old_with: Words by which a long time in the same clause tells the same.
        over: It has been so, and is no more.
        deny: Words before what is absent.
        deny_of: The same, and also before the part that nothing is wrong with.
        none: None of the options.
        all: All of the options.
        both: The same, where there are two.
        rest: All the options that are not named.
        rest_no: None of those.
        that_is_all: None of those, where some are named.
        only: Words before the one option that fits.
        but_for: Words before the options of which the opposite is true: "all except", "nothing apart from".
        all_but: The same for all others, told in one: "all but".
        question: Words at the start of a question back.
        refusal: Words by which people don't answer.
        correction: Words by which people take back what they just wrote.
        aside: Words that doubt or deny nothing, though others of their words do: "I don't know why".
        other_person: Words for somebody else, whose signs are not the person's.
        contrast: Words that begin another clause; a "no" before them is complete.
        whole: What a reply says that is nothing but this.
        ordinals: Words for places in the list, by number; -1 is the last.
        first_of: Words for the first so many, by number; for the last so many it is negative.
        before: Words that may come before a yes or no.
        after: Words that may come after a no; after others ("no control") it is no answer.
        glue: Words that may stand between options without meaning anything.
        signs: Short names of findings, among those asked about: "no sweats", "the numbness yes".
        parts: Short names of what findings are about: "pee fine". One that stands for several is only told
            to be fine or not, and never which of them is not.
        by_finding: Replies that mean something only when that finding is asked about, by its values.
        clear_by_finding: The same, clear enough beside the other options of a list: "I can breathe".
        besides: Findings that the words which answer a question, here by its finding, can tell as well:
            chemotherapy tells of a weak immune system and of a cancer.
        instead: Findings that they do not tell as well.
        only_with_part: Signs that have to be confirmed where one of many is named without a part of it.
        shared_places: By sign, findings that can be told of the same place: where they are, the place alone
            does not tell the sign for sure.
        passing: Findings that come and go: where they are over they are not there; others are asked again.
        opposites: The finding that the same words tell the contrary of.
        elsewhere: By finding, what says of a place that it is none of its values.
    """

    yes: tuple[Text, ...]
    no: tuple[Text, ...]
    fine: tuple[Text, ...]
    trouble: tuple[Text, ...]
    echo_yes: tuple[Text, ...]
    echo_no: tuple[Text, ...]
    echo_open: tuple[Text, ...]
    unsure: tuple[Text, ...]
    old: tuple[Text, ...]
    old_with: tuple[Text, ...]
    over: tuple[Text, ...]
    deny: tuple[Text, ...]
    deny_of: tuple[Text, ...]
    none: tuple[Text, ...]
    all: tuple[Text, ...]
    both: tuple[Text, ...]
    rest: tuple[Text, ...]
    rest_no: tuple[Text, ...]
    that_is_all: tuple[Text, ...]
    only: tuple[Text, ...]
    but_for: tuple[Text, ...]
    all_but: tuple[Text, ...]
    question: tuple[Text, ...]
    refusal: tuple[Text, ...]
    correction: tuple[Text, ...]
    aside: tuple[Text, ...]
    other_person: tuple[Text, ...]
    contrast: tuple[Text, ...]
    whole: Mapping[str, Literal["present", "absent", "unsure"]]
    ordinals: Mapping[str, int]
    first_of: Mapping[str, int]
    before: tuple[Text, ...]
    after: tuple[Text, ...]
    glue: tuple[Text, ...]
    signs: Mapping[str, tuple[Text, ...]]
    parts: Mapping[str, tuple[Text, ...]]
    by_finding: Lexicon
    clear_by_finding: Lexicon
    besides: Mapping[str, tuple[Text, ...]]
    instead: Mapping[str, tuple[Text, ...]]
    only_with_part: tuple[Text, ...]
    shared_places: Mapping[str, tuple[Text, ...]]
    passing: tuple[Text, ...]
    opposites: Mapping[str, str]
    elsewhere: Mapping[str, Elsewhere]


class Places(_Data):
    """Where people are. All words are in lower case and as they are spelt, without apostrophes.

    Attributes:
        wide: Countries and parts of them, by the country whose numbers count there.
        towns: Towns that are nearly always the one there, by country.
        doubtful: Names that places in several countries have, with these.
        letters: Letters for a part of a country, right behind a town, by country.
        words: Those of these letters that are words as well, and count in capitals alone.
        called_so: Names of places that people are called as well.
        own: Words that say that the person is where they say.
        staying: Words that say so of a stay, and so of now.
        now: Words that say so of this moment.
        here: Other words that do, with or without "in" behind.
        home: Words that say where the person lives or is from.
        arriving: Words that say where they have come to stay.
        moved: Words that do so with a "to": "moved from Sydney to Auckland".
        places: Prepositions that lead to a place.
        between: Words that may stand between those and the place.
        gone: Words that say that somebody was there once, or that something happened there.
        over: The same, behind a place.
        planned: Words for what is not so yet, or only thought of.
        others: Words for somebody else, beside the relatives.
        own_words: Words for the person.
        together: Words between the person and somebody else who is at the same place.
        together_with: Words that name the person together with somebody else.
        corrections: Words that take back the place named before.
        asked: Words of a question for a number to call.
        away: Words that say that somebody is not at home.
        ends: Words at which what is said of a place ends.
    """

    wide: Mapping[str, tuple[Text, ...]]
    towns: Mapping[str, tuple[Text, ...]]
    doubtful: Mapping[str, tuple[Text, ...]]
    letters: Mapping[str, tuple[Text, ...]]
    words: tuple[Text, ...]
    called_so: tuple[Text, ...]
    own: tuple[Text, ...]
    staying: tuple[Text, ...]
    now: tuple[Text, ...]
    here: tuple[Text, ...]
    home: tuple[Text, ...]
    arriving: tuple[Text, ...]
    moved: tuple[Text, ...]
    places: tuple[Text, ...]
    between: tuple[Text, ...]
    gone: tuple[Text, ...]
    over: tuple[Text, ...]
    planned: tuple[Text, ...]
    others: tuple[Text, ...]
    own_words: tuple[Text, ...]
    together: tuple[Text, ...]
    together_with: tuple[Text, ...]
    corrections: tuple[Text, ...]
    asked: tuple[Text, ...]
    away: tuple[Text, ...]
    ends: tuple[Text, ...]


class Phrases(_Data):
    """All phrases, by what they are for."""

    words: Words
    lexicon: Lexicon
    implied: tuple[Implied, ...]
    context: Context
    times: Times
    replies: Replies
    places: Places


FILES: Mapping[str, Any] = {
    "context.yml": Context,
    "implied.yml": tuple[Implied, ...],
    "places.yml": Places,
    "replies.yml": Replies,
    "times.yml": Times,
    "words.yml": Words,
}
"""The files of the phrases, each with the type of what it holds."""

FINDINGS_FILE = dict[str, dict[str, tuple[Text, ...]]]
"""The type of each file in the folder `findings`."""
