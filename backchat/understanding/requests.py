"""What a person wants of the conversation itself: to skip, to pause, to change an answer, to pick one."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import dropwhile, pairwise
from typing import NamedTuple

from backchat.knowledge.models import NAME, Knowledge, Requests
from backchat.understanding.lexicon import spell_out

ASK_FAQ, ASK_MEANING, ASK_NUMBER, ASK_WHEN = "ask_faq", "ask_meaning", "ask_number", "ask_when"

REFUSE, ASK_PROGRESS = "refuse", "ask_progress"

QUESTION_WORDS = frozenset({"why", "what", "how", "which", "when", "where", "who"})
AUXILIARIES = frozenset({"do", "does", "did", "is", "are", "can", "could", "should", "would", "will"})
SHORTEST_QUESTION = 4
SUBJECTS = frozenset(
    {
        "a",
        "an",
        "the",
        "it",
        "this",
        "that",
        "there",
        "you",
        "i",
        "we",
        "he",
        "she",
        "they",
        "my",
        "your",
        "number",
    }
)
"""What follows an auxiliary in a question, and not in "could be 7" or "is about 3 weeks"."""
COMPARING = frozenset({"like", "the", "as", "a", "worse", "more", "meant", "supposed", "considered"})
"""What follows a number in a question without a question mark: "is 10 like childbirth"."""
LEADING = frozenset({"so", "and", "but", "or", "well", "ok", "um", "hmm", "wait", "sorry", "like", "also"})
"""Words that a question may begin with."""
IF, ITS = frozenset({"if", "whether"}), frozenset({"its", "it", "thats", "that", "this"})
CONTRACTED = frozenset(
    {"whats", "hows", "whys", "wheres", "whos", "whens", "isnt", "wouldnt", "shouldnt", "doesnt"}
)
ASKING = frozenset({"counts", "count", "makes", "means", "kind", "sort", "number", "exactly", "if"})
"""What follows a question word in a question without an auxiliary: "what counts as a 10"."""

_SENTENCE = re.compile(r"[^.?!;\n]+[.?!;\n]*")
_OPENERS = "|".join(sorted(QUESTION_WORDS | AUXILIARIES))
_NEXT_QUESTION = re.compile(
    rf"(?:,\s*|\b)(?:and|also|plus|,)\s+(?:also\s+)?(?=(?:{_OPENERS})\b)", re.IGNORECASE
)

_CLAUSE_ENDS = re.compile(r"[.,;:?!\n]+|\band\b", re.IGNORECASE)

POLITE = frozenset({"please", "then", "thanks", "again"})
"""Words that a request may end with."""
MOST_BEFORE, LONGEST_NAME = 6, 6
"""So many words may stand before the request for an earlier question, and name what that was about."""

LEAST_SHARE = 0.5
"""A phrase is a request where it makes up this much of a message's words."""
ATTACK_REACHES = 5
DESCRIBED_BY = 2
"""So many words may stand between "feels like" and somebody: "like some old man"."""
LIKENED_REACHES = 4
"""How many words before what is done to the person the one who does it stands."""
LEAST_LETTERS = 3
"""Fewer letters than this pick no option."""


class Asked(NamedTuple):
    """An earlier question that somebody asks for: the intent of that, and what the question was about."""

    intent: str
    about: str


def questions_of(knowledge: Knowledge) -> dict[str, list[str]]:
    """Gives, by intent, the questions that are known word by word.

    They are those of the topics, how to do an exercise, and what a hard word means that is no topic itself.

    Args:
        knowledge: The clinical content.
    """
    topics, requests = knowledge.topics.values(), knowledge.requests
    answered = {phrase for topic in topics for phrase in topic.phrases}
    words = [word for term in knowledge.glossary for word in (term.word, *term.phrases)]
    exercises = [
        name
        for exercise in knowledge.exercises
        for name in dict.fromkeys((exercise.title, exercise.id.replace("_", " "), *exercise.phrases))
    ]
    return {
        ASK_FAQ: [*(topic.question for topic in topics), *_named(requests.about_exercises, exercises)],
        ASK_MEANING: _named(requests.about_words, [word for word in words if word not in answered]),
    }


def _named(phrases: Iterable[str], names: Sequence[str]) -> list[str]:
    return [phrase.replace(NAME, name) for phrase in phrases for name in names]


class RequestReader:
    """Finds the request that a text makes.

    Args:
        requests: How people make them.
        questions: By intent, further phrases that make up most of a message, as `questions_of` gives them.
    """

    def __init__(self, requests: Requests, questions: Mapping[str, Iterable[str]] | None = None) -> None:
        self._phrases = {
            **{
                tuple(_words(phrase)): intent for intent, some in (questions or {}).items() for phrase in some
            },
            **{words: intent for intent, words in _spelt_out(requests.intents, requests.groups)},
        }
        asking = (phrase for some in (questions or {}).values() for phrase in some)
        self._beside_answers = {tuple(_words(phrase)) for phrase in (*asking, *requests.moving_on)}
        self._longest = max(map(len, self._phrases))
        self._alone = {words: intent for intent, words in _spelt_out(requests.alone, requests.groups)}
        self._about_answers = [
            (intent, tuple(_words(before)), tuple(_words(after)))
            for intent, phrases in requests.about_answers.items()
            for before, after in (phrase.split(NAME) for phrase in phrases)
        ]
        self._naming = {
            tuple(_words(phrase)): finding
            for finding, phrases in requests.naming.items()
            for phrase in phrases
        }
        self._telling = frozenset(word for telling in requests.telling for word in _words(telling))
        self._denying = frozenset(word for denial in requests.denying for word in _words(denial))
        self._answering = frozenset(requests.answering)
        self._recalling = [_words(phrase) for phrase in requests.recalling]
        self._correcting = [*map(_words, requests.correcting), *self._recalling]
        self._adding = [_words(phrase) for phrase in requests.adding]
        self._of_others = {
            tuple(_words(phrase)): tuple(_words(other)) for phrase, other in requests.of_others.items()
        }
        self._declining = [_words(phrase) for phrase in requests.declining]
        self._tired = [_words(phrase) for phrase in requests.tired]
        self._ending = [_words(phrase) for phrase in requests.ending]
        spelt = partial(_wordings, groups=requests.groups)
        self._violence = spelt(requests.violence)
        self._assaults = spelt(requests.assaults)
        self._attackers = frozenset(requests.attackers)
        self._known_people = self._attackers | {
            word for words in spelt(requests.groups["kin"]) for word in words
        }
        self._likened = [_words(phrase) for phrase in requests.likened]
        self._harmless = frozenset(requests.harmless)
        self._others = frozenset(requests.others)
        self._weary = spelt(requests.weary)
        self._lethal, self._how_much = spelt(requests.lethal), spelt(requests.how_much)
        self._deadly, self._grave = frozenset(requests.deadly), frozenset(requests.grave)
        self._bereaved, self._by_own_hand = spelt(requests.bereaved), spelt(requests.by_own_hand)
        self._frightened = spelt(requests.frightened)
        self._of_them, self._of_me = frozenset(requests.of_them), frozenset(requests.of_me)
        self._seen = [*spelt(requests.intents["been_seen"]), *spelt(requests.seen)]
        self._feels_the_same = spelt(requests.feels_the_same)
        self._not_over = spelt(requests.not_over)
        self._going, self._called = (spelt(requests.groups[name]) for name in ("going", "called"))
        self._no_plan = [_words(phrase) for phrase in requests.no_plan]
        self._besides = [_words(phrase) for phrase in requests.besides]
        idioms, no_idioms = spelt(requests.idioms), spelt(requests.no_idioms)
        self._idioms = _as_pattern((*idioms, *no_idioms))
        self._no_idioms = frozenset(map(" ".join, no_idioms))
        self._naming_whom = [_words(phrase) for phrase in requests.naming_whom]
        between = sorted({*requests.between, *requests.recalling}, key=len, reverse=True)
        self._between = re.compile(rf"[,;.?]|\b(?:{'|'.join(map(re.escape, between))})\b", re.IGNORECASE)

    def read(self, text: str) -> str | None:
        """Names the intent of the longest phrase that makes up enough of the text, if there is one.

        A question that stands beside an answer is none: "no. is heat or ice better?"; nor is "none, next".
        What is asked for somebody else is read as if it were for oneself: "does she need an ambulance".
        """
        words = _words(text)
        alone = self._alone.get(tuple(words))
        return alone or self._intent_of(words) or self._intent_of(self._of_oneself(words))

    def _of_oneself(self, words: Sequence[str]) -> list[str]:
        said: list[str] = []
        place = 0
        while place < len(words):
            length = next((n for n in (3, 2, 1) if tuple(words[place : place + n]) in self._of_others), 0)
            said += self._of_others[tuple(words[place : place + length])] if length else [words[place]]
            place += max(length, 1)
        return said

    def _intent_of(self, words: Sequence[str]) -> str | None:
        longest = min(self._longest, len(words))
        shortest = max(math.ceil(len(words) * LEAST_SHARE), 1)
        for length in range(longest, shortest - 1, -1):
            for start in range(len(words) - length + 1):
                phrase = tuple(words[start : start + length])
                besides = self._answering if phrase in self._beside_answers else self._denying
                intent = self._phrases.get(phrase)
                if intent is not None and not besides.intersection(words[:start]):
                    return intent
        return None

    def instead_of_ending(self, text: str) -> str | None:
        """Names what a text asks for that sounds like a wish to end, and is about questions alone."""
        words = _words(text)
        if _has_any(words, self._ending):
            return None
        if _has_any(words, self._declining):
            return REFUSE
        return ASK_PROGRESS if _has_any(words, self._tired) else None

    def names_question(self, text: str) -> Asked | None:
        """Reads which earlier question a text asks for, be it to answer it anew or to know why it was asked.

        A text that tells something besides asks for none: "change my answer about the fever, I have one".
        """
        words = _words(text)
        ends = [len(words), *([len(words) - 1] if words and words[-1] in POLITE else [])]
        named = (
            Asked(intent, " ".join(words[start + len(before) : end - len(after)]))
            for intent, before, after in self._about_answers
            for end in ends
            for start in range(min(len(words), MOST_BEFORE) + 1)
            if tuple(words[start : start + len(before)]) == before
            and self._denying.isdisjoint(words[:start])
            and tuple(words[max(end - len(after), 0) : end]) == after
            and 0 < end - len(after) - start - len(before) <= LONGEST_NAME
        )
        clear = (asked for asked in named if self._telling.isdisjoint(asked.about.split()))
        return min(clear, key=lambda asked: len(asked.about), default=None)

    def is_name(self, text: str) -> bool:
        """Tells whether a text may be the name of a question and nothing besides: "the strength"."""
        words = _words(text)
        return 0 < len(words) <= LONGEST_NAME and self._telling.isdisjoint(words)

    def value_named(self, about: str) -> str | None:
        """Names the value that the words for an earlier question are about, by the longest that name one."""
        words = _words(about)
        named = (phrase for phrase in self._naming if _has_any(words, [phrase]))
        longest = max(named, key=len, default=None)
        return None if longest is None else self._naming[longest]

    def restates(self, text: str) -> bool:
        """Tells whether a text puts something in the place of what was said before, and adds nothing."""
        words = _words(text)
        return _has_any(words, self._correcting) and not _has_any(words, self._adding)

    def adds(self, text: str) -> bool:
        """Tells whether a text adds something to what was said before: "my mum has it too"."""
        return _has_any(_words(text), self._adding)

    def names_whom(self, text: str) -> bool:
        """Tells whether a text says about whom everything was: "that was about my mum"."""
        return _has_any(_words(text), self._naming_whom)

    def recalls(self, text: str) -> bool:
        """Tells whether a text begins with speaking of what was said before."""
        return not any(c.isdigit() for c in self.parts(text)[0]) and _has_any(_words(text), self._recalling)

    def tells_of_violence(self, text: str) -> bool:
        """Tells whether a text has words for being hurt or threatened by somebody."""
        return _has_any(_words(text), self._violence)

    def tells_of_assault(self, text: str) -> bool:
        """Tells whether a text says that somebody hurts or threatens the person: "it hurts me" doesn't."""
        if _has_any(_words(text), self._assaults):
            return True
        sentences = (_words(sentence) for sentence in _SENTENCE.findall(text))
        return any(self._is_attacked(words) for words in sentences)

    def _is_attacked(self, words: Sequence[str]) -> bool:
        return any(
            self._attackers.intersection(before := words[max(start - ATTACK_REACHES, 0) : start])
            and not self._harmless.intersection(_after_last(before, self._attackers))
            and not self._is_likened(words[:start])
            for phrase in self._violence
            for start in range(len(words) - len(phrase) + 1)
            if words[start : start + len(phrase)] == phrase
        )

    def _is_likened(self, before: Sequence[str]) -> bool:
        """Whether words only say what it is like: "it feels like an old man kicked" and so on."""
        first = max(place for place, word in enumerate(before) if word in self._attackers)
        near = before[max(first - LIKENED_REACHES, 0) : first]
        return any(
            near[start : start + len(phrase)] == phrase and len(near) - start - len(phrase) <= DESCRIBED_BY
            for phrase in self._likened
            for start in range(len(near))
        )

    def names_another(self, text: str) -> bool:
        """Tells whether words are of somebody else: "kill himself"."""
        return not self._others.isdisjoint(_words(text))

    def is_weary(self, text: str) -> bool:
        """Tells whether a text has words that may be despair: "I can't do this anymore"."""
        return _has_any(_words(text), self._weary)

    def asks_what_kills(self, text: str) -> bool:
        """Tells whether a text asks what a deadly dose is: "what happens if I overdose"."""
        words = _words(text)
        asks_how_much = _has_any(words, self._how_much) and not self._deadly.isdisjoint(words)
        return asks_how_much or _has_any(words, self._lethal)

    def is_grave(self, text: str) -> bool:
        """Tells whether a text has any word that may tell of a crisis."""
        return not self._grave.isdisjoint(_words(text))

    def is_bereaved(self, text: str) -> bool:
        """Tells whether a text is of who has lost somebody."""
        return _has_any(_words(text), self._bereaved)

    def tells_of_a_suicide(self, text: str) -> bool:
        """Tells whether a text is of who has lost somebody by their own hand."""
        return self.is_bereaved(text) and _has_any(_words(text), self._by_own_hand)

    def is_frightened(self, text: str) -> bool:
        """Tells whether a text says that its writer is frightened, and not that they aren't."""
        words = _words(text)
        return _has_any(words, self._frightened) and self._denying.isdisjoint(words)

    def goes_on_about_another(self, text: str) -> bool:
        """Tells whether a text is about somebody of whom it says "she", and not about its writer."""
        words = _words(text)
        return not self._of_them.isdisjoint(words) and not self.speaks_of_oneself(text)

    def feels_the_same(self, text: str) -> bool:
        """Tells whether a text says of its writer what was said of somebody else before."""
        words = _words(text)
        return _has_any(words, self._feels_the_same) and self._denying.isdisjoint(words)

    def speaks_of_oneself(self, text: str) -> bool:
        """Tells whether a text says anything of its writer but whom they know: "my dad" doesn't."""
        words = _words(text)
        return any(
            word in self._of_me and (word != "my" or following not in self._known_people)
            for word, following in pairwise([*words, ""])
        )

    def has_been_seen(self, text: str) -> bool:
        """Tells whether a text says that somebody has been looked after since, and no more than that."""
        words = _words(text)
        return _has_any(words, self._seen) and not _has_any(words, self._not_over)

    def is_going(self, text: str) -> bool:
        """Tells whether a text says that its writer goes where they were sent."""
        return _words(text) in self._going

    def has_called(self, text: str) -> bool:
        """Tells whether a text says that help has been called."""
        return _words(text) in self._called

    def denies_plan(self, text: str) -> bool:
        """Tells whether a text denies that the person would do it, and not that they think of it."""
        return _has_any(_words(text), self._no_plan)

    def speaks_of_else(self, text: str) -> bool:
        """Tells whether a text names what a "no" in it may be about: "no, I don't want the police"."""
        return _has_any(_words(text), self._besides)

    def without_idioms(self, text: str) -> str:
        """Blanks the words of death that mean none, so that all others keep their places."""

        def blank(match: re.Match[str]) -> str:
            is_meant = " ".join(_words(match[0])) in self._no_idioms
            return match[0] if is_meant else " " * len(match[0])

        return self._idioms.sub(blank, text)

    def is_idiom(self, text: str) -> bool:
        """Tells whether such words are all that a text says: "shoot me now"."""
        return not _words(self.without_idioms(text))

    def has_idiom(self, text: str) -> bool:
        """Tells whether a text has words of death that mean none: "my boss will kill me"."""
        said = (" ".join(_words(match[0])) for match in self._idioms.finditer(text))
        return any(words not in self._no_idioms for words in said)

    def parts(self, text: str) -> list[str]:
        """Splits a text between what was said before and what is right."""
        return [part.strip() for part in self._between.split(text.replace("’", "'"))]


def _spelt_out(
    phrases: Mapping[str, Iterable[str]], groups: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields the wordings of each intent, as the words of messages are compared with them."""
    for intent, some in phrases.items():
        yield from ((intent, tuple(words)) for words in _wordings(some, groups))


def _wordings(phrases: Iterable[str], groups: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Gives every wording of some phrases as its words."""
    return [_words(" ".join(wording)) for phrase in phrases for wording in spell_out(phrase, groups)]


def questions_in(text: str) -> list[str]:
    """Splits off each question of a text: "is it a disc, and can I work? should I rest?" asks three."""
    sentences = _SENTENCE.findall(text)
    parts = (part for sentence in sentences for part in _NEXT_QUESTION.split(sentence))
    return [part.strip() for part in parts if is_question(part) or _opens_a_question(_words(part))]


def clauses_of(text: str) -> list[str]:
    """Splits a text at each sign and "and": "my back hurts, emergency number?"."""
    return [part.strip() for part in _CLAUSE_ENDS.split(text) if part.strip()]


def _opens_a_question(words: Sequence[str]) -> bool:
    return len(words) >= SHORTEST_QUESTION - 1 and words[0] in QUESTION_WORDS | AUXILIARIES | CONTRACTED


def may_ask(text: str) -> bool:
    """Tells whether a text can be a question, be it one in other words: "I wonder if it's normal"."""
    words = _words(text)
    wonders = any(one in IF and other in ITS for one, other in pairwise(words))
    return "?" in text or wonders or _opens_a_question(_without_leading(words))


def asks(text: str) -> bool:
    """Tells whether a text asks and gives no answer: "is a 7 bad?", and not "could be 7" or "7 maybe?"."""
    words = _without_leading(_words(text))
    if len(words) < SHORTEST_QUESTION - 1:
        return False
    first, second, third = words[:3]
    if "?" in text:
        return first in QUESTION_WORDS | AUXILIARIES | CONTRACTED
    by_word = first in CONTRACTED or (first in QUESTION_WORDS and second in AUXILIARIES | ASKING)
    compares = second.isdigit() and third in COMPARING
    return by_word or (first in AUXILIARIES - {"did"} and (second in SUBJECTS or compares))


def answers_in(text: str) -> str:
    """Gives a text with spaces in the place of each sentence that asks: "how bad now? 6" answers "6"."""
    return _SENTENCE.sub(lambda part: " " * len(part[0]) if asks(part[0]) else part[0], text)


def _without_leading(words: Sequence[str]) -> list[str]:
    return list(dropwhile(LEADING.__contains__, words))


def is_question(text: str) -> bool:
    """Tells whether a text asks: it begins as a question does, or it is of some words and a question mark.

    A word or two with a question mark rather answer one: "stress?".
    """
    words = _words(text)
    begins = len(words) > 1 and words[0] in QUESTION_WORDS and words[1] in AUXILIARIES
    return begins or ("?" in text and len(words) >= SHORTEST_QUESTION)


def picked(text: str, labels: Mapping[str, str]) -> str | None:
    """Finds which option of a list a reply names: by its words, by some of them, or by its number.

    Args:
        text: The reply.
        labels: The words on each option, in the order shown.
    """
    wanted = " ".join(_words(text))
    plain = {option: " ".join(_words(label)) for option, label in labels.items()}
    if wanted.isdigit() and 0 < int(wanted) <= len(plain):
        return list(plain)[int(wanted) - 1]
    same = [option for option, label in plain.items() if label == wanted]
    parts = [option for option, label in plain.items() if len(wanted) >= LEAST_LETTERS and wanted in label]
    return next(iter(same or (parts if len(parts) == 1 else ())), None)


def _words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation."""
    return "".join(c for c in text.lower() if c.isalnum() or c.isspace()).split()


def _as_pattern(phrases: Iterable[Sequence[str]]) -> re.Pattern[str]:
    """Finds phrases, the longest first, with or without apostrophes and whatever signs between words."""
    longest_first = sorted(phrases, key=len, reverse=True)
    wordings = (r"\W+".join(map(_with_apostrophes, words)) for words in longest_first)
    return re.compile(rf"\b(?:{'|'.join(wordings)})\b", re.IGNORECASE)


def _with_apostrophes(word: str) -> str:
    return "['’]?".join(map(re.escape, word))


def _after_last(words: Sequence[str], wanted: Container[str]) -> Sequence[str]:
    """What comes after the last of some words."""
    place = max(place for place, word in enumerate(words) if word in wanted)
    return words[place + 1 :]


def _has_any(words: Sequence[str], phrases: Iterable[Sequence[str]]) -> bool:
    said = f" {' '.join(words)} "
    return any(f" {' '.join(phrase)} " in said for phrase in phrases)
