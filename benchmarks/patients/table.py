"""Which figures are shown of the conversations, and which of them went wrong."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from benchmarks.patients.talks import MOST_TURNS, Decision, Talk
from benchmarks.understanding.figures import Aim, Amount, Row, Table, share, share_of

ALL, EQUAL = Aim(1.0), Aim(0.99)


def talk_table(talks: Sequence[Talk]) -> Table:
    """Shows how the conversations ended.

    Args:
        talks: All conversations of a run.
    """
    told = sum(talk.compared for talk in talks)
    heard = share(told - sum(len(talk.misheard) for talk in talks), told)
    return Table(
        "patients",
        ("Backchat",),
        [
            _row(
                "ended in an assessment or an emergency", talks, lambda talk: talk.decision is not None, ALL
            ),
            _row("  of them an emergency", talks, _is_emergency),
            _row(f"in no more than {MOST_TURNS} turns", talks, lambda talk: talk.turns <= MOST_TURNS, ALL),
            _row("without an exception", talks, lambda talk: not talk.faults, ALL),
            _row("urgency equal, by what was told", talks, has_told_urgency, EQUAL),
            _row(
                "  deciding rule equal",
                talks,
                lambda talk: _first_rule(talk.decision) == _first_rule(talk.told),
            ),
            _row("  pattern equal", talks, has_told_pattern),
            _row("  stage equal", talks, lambda talk: _part(talk, "stage") == talk.told.stage),
            _row("  all of the assessment equal", talks, lambda talk: talk.decision == talk.told),
            _row("urgency equal, by all that was drawn", talks, lambda talk: _above(talk) == 0, EQUAL),
            _row("  an emergency in the place of an ambulance", talks, _is_told_earlier),
            _row("  less urgent otherwise", talks, is_less_urgent),
            _row("  more urgent", talks, lambda talk: _above(talk) > 0),
            _row("  pattern equal", talks, lambda talk: _part(talk, "pattern") == talk.drawn.pattern),
            Row("findings heard as they were told", [heard]),
            *_amounts("turns", [talk.turns for talk in talks]),
            *_amounts("questions put", [len(set(talk.questions)) for talk in talks]),
        ],
    )


def question_table(talks: Sequence[Talk]) -> Table:
    """Shows in which share of the conversations each question was put, the most frequent first."""
    counts = Counter(question for talk in talks for question in set(talk.questions))
    rows = [Row(question, [share(count, len(talks))]) for question, count in counts.most_common()]
    return Table("questions", ("Backchat",), rows)


def failures(talks: Sequence[Talk]) -> Iterator[str]:
    """Tells what was misheard in all conversations, and of each that went wrong all that was said."""
    misheard = Counter(misheard for talk in talks for misheard in talk.misheard)
    yield from (f"{count:4} times misheard  {what}" for what, count in misheard.most_common())
    for talk in talks:
        wrong = _wrong(talk)
        if wrong:
            yield f"\n=== patient {talk.number}: {', '.join(wrong)}"
            yield f"by what was told  {_written(talk.told)}"
            yield f"by what was drawn {_written(talk.drawn)}"
            yield f"decided           {_written(talk.decision) if talk.decision else 'nothing'}"
            yield from (f"fault     {fault}" for fault in talk.faults)
            yield from (f"misheard  {misheard}" for misheard in talk.misheard)
            yield from (f"besides   {besides}" for besides in talk.besides)
            yield from talk.lines


def _wrong(talk: Talk) -> list[str]:
    """Names what went wrong with a conversation."""
    checks = {
        "no end": talk.decision is None,
        "too long": talk.turns > MOST_TURNS,
        "exception": bool(talk.faults),
        "urgency": not has_told_urgency(talk),
        "pattern": not has_told_pattern(talk),
        "less urgent than drawn": is_less_urgent(talk),
    }
    return [name for name, holds in checks.items() if holds]


def has_told_urgency(talk: Talk) -> bool:
    """Tells whether it is as urgent as by what was told."""
    return _part(talk, "urgency") == talk.told.urgency


def has_told_pattern(talk: Talk) -> bool:
    """Tells whether the picture is the one by what was told."""
    return _part(talk, "pattern") == talk.told.pattern


def is_less_urgent(talk: Talk) -> bool:
    """Tells whether it is less urgent than by all that was drawn, but for an emergency that is told early."""
    return _above(talk) < 0 and not _is_told_earlier(talk)


def _is_told_earlier(talk: Talk) -> bool:
    return _above(talk) < 0 and _is_emergency(talk)


def _is_emergency(talk: Talk) -> bool:
    return talk.decision is not None and talk.decision.is_emergency


def _above(talk: Talk) -> int:
    """Counts the tiers from what was drawn up to the result; without a result all the way down."""
    return (talk.decision.rank if talk.decision else -1) - talk.drawn.rank


def _part(talk: Talk, name: str) -> str | None:
    return getattr(talk.decision, name, None)


def _first_rule(decision: Decision | None) -> str | None:
    return next(iter(decision.rules), "") if decision else None


def _row(name: str, talks: Sequence[Talk], holds: Callable[[Talk], bool], aim: Aim | None = None) -> Row:
    return Row(name, [share_of(holds(talk) for talk in talks)], aim)


def _amounts(name: str, counts: Sequence[int]) -> Iterator[Row]:
    ordered = sorted(counts)
    yield Row(f"{name}: median", [Amount(statistics.median(ordered), 1)])
    yield Row("  p95", [Amount(ordered[int(0.95 * (len(ordered) - 1))], 1)])
    yield Row("  maximum", [Amount(ordered[-1], 1)])


def _written(decision: Decision) -> str:
    rules = " ".join(decision.rules) or "no rule"
    return f"{decision.urgency} / {decision.pattern} / {decision.stage} / {rules}"
