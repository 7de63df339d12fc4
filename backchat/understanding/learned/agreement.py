"""What the two layers say together: the phrases are precise, and the network sees what no phrase holds.

Where both say the same, it counts. Where they differ about a red flag, the person is asked; about anything
else, what is in doubt is left out, so that it can still be asked. The network alone clears a red flag only
where it leaves next to no doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from backchat.knowledge import Assertion, Finding, FindingKind, FindingSpec, FindingValue
from backchat.knowledge.models import EXCLUSIVE_VALUES
from backchat.understanding.learned.examples import NO_ANSWERS, aspect
from backchat.understanding.learned.paraphrases import Reading, Readings, sentence_at

BY_NAME = frozenset({"country"})
"""What only names of places tell, and never the network: the number to call in an emergency rests on it."""
OUTRIGHT: Mapping[tuple[str, str], frozenset[str]] = {
    ("subject", "self"): frozenset({"me", "myself", "typing", "writing"})
}
"""What a phrase with one of these words says for certain, whatever else a message is about."""
PRESENT, ABSENT = Assertion.PRESENT.value, Assertion.ABSENT.value
UNSURE, LONGSTANDING = Assertion.UNSURE.value, Assertion.LONGSTANDING.value
IN_PASSING = 0.9
"""From this probability on a message wants something else than to tell how its writer is."""


@dataclass(frozen=True)
class Thresholds:
    """From which probability on the network counts.

    Attributes:
        ask: It sees a red flag that no phrase holds.
        ask_in_passing: The same in a message that wants something else: "how do I do the pelvic tilt?".
        clear: It says that a red flag that no phrase holds is not there.
        tell: It sees something else that no phrase holds.
        support: Where it is less likely that a red flag which a phrase names is there, the person is asked.
        contradict: It says the contrary of a phrase.
        soften: It hears a doubt, or something long known, in what a phrase takes for new.
        dismiss: It takes words that a phrase holds for something that is not said of the person.
        add: It sees a value that no phrase holds.
        keep: It sees a value that a phrase holds.
        number: It takes a number for what a finding asks for.
        not_number: Up to it, it takes the number that the rules chose for something else.
    """

    ask: float = 0.7
    ask_in_passing: float = 0.95
    clear: float = 0.99
    tell: float = 0.7
    support: float = 0.2
    contradict: float = 0.9
    soften: float = 0.6
    dismiss: float = 0.98
    add: float = 0.9
    keep: float = 0.01
    number: float = 0.5
    not_number: float = 0.3


class Settling:
    """Joins what the phrases found with what the network reads.

    Args:
        specs: The vocabulary.
        red_flags: The findings that can make care urgent.
        thresholds: From which probability on the network counts.
        tells_outright: Tells of what a phrase names whether its words leave the network no say.
    """

    def __init__(
        self,
        specs: Mapping[str, FindingSpec],
        red_flags: Collection[str],
        thresholds: Thresholds,
        tells_outright: Callable[[Finding], bool] = lambda _: False,
    ) -> None:
        self._specs = specs
        self._tells_outright = tells_outright
        self._red_flags = red_flags
        self._thresholds = thresholds

    def settle(
        self, text: str, found: Sequence[Finding], readings: Readings, numbers: Sequence[Finding] = ()
    ) -> tuple[Finding, ...]:
        """Says what a message tells.

        Args:
            text: The message.
            found: What the phrases found in it.
            readings: What the network reads in it.
            numbers: The numbers that it names, as each finding that they might be.

        Returns:
            The findings; those that only the network saw have a sentence as the person's words.
        """
        by_id = {finding.id: finding for finding in found}
        settled = []
        for name, spec in self._specs.items():
            if spec.kind is FindingKind.NUMBER:
                told = self._number(by_id.get(name), readings, [n for n in numbers if n.id == name])
            elif spec.kind is FindingKind.TRI:
                told = self._yes_or_no(text, name, by_id.get(name), readings)
            else:
                told = self._values(text, spec, name, by_id.get(name), readings)
            if told is not None:
                settled.append(told)
        return tuple(sorted(settled, key=lambda finding: (finding.start, finding.id)))

    def _number(
        self, found: Finding | None, readings: Readings, numbers: Sequence[Finding]
    ) -> Finding | None:
        """What a number is: of those that are named, the likeliest."""
        best = max(numbers, key=lambda number: _likely(number, readings), default=None)
        if best is not None and _likely(best, readings) >= self._thresholds.number:
            return best
        weighed = found is not None and any(number.start == found.start for number in numbers)
        doubted = weighed and found is not None and _likely(found, readings) <= self._thresholds.not_number
        return None if doubted else found

    def _yes_or_no(self, text: str, name: str, found: Finding | None, readings: Readings) -> Finding | None:
        reading = readings.told.get(name)
        if reading is None:
            return found
        red_flag = name in self._red_flags
        if found is not None and self._tells_outright(found):
            return found
        if found is None:
            value = self._alone(reading, red_flag, readings.wants)
            if value is None:
                return None
            return _quoted(text, name, value, readings.places[name], confirm=red_flag and value != ABSENT)
        joined = self._joined(found.value, reading, red_flag)
        if joined is not None:
            return replace(found, value=joined)
        # What is neither there nor denied is left to the question about it.
        nothing_said = found.value == ABSENT and reading.present < self._thresholds.contradict
        return replace(found, value=PRESENT, confirm=True) if red_flag and not nothing_said else None

    def _joined(self, value: FindingValue, reading: Reading, red_flag: bool) -> FindingValue | None:
        """What a phrase and the network say together; None where they differ."""
        contraries = {PRESENT: reading.absent, ABSENT: reading.present, LONGSTANDING: reading.present}
        limits = self._thresholds
        if contraries.get(str(value), 0.0) >= limits.contradict or reading.nothing >= limits.dismiss:
            return None
        if red_flag and value == PRESENT and reading.nothing + reading.absent > 1 - limits.support:
            return None
        if value in (PRESENT, ABSENT) and reading.unsure >= limits.soften:
            return UNSURE
        # What is old is no emergency, so a red flag is taken for old only where there is next to no doubt.
        if value == PRESENT and reading.longstanding >= (limits.clear if red_flag else limits.soften):
            return LONGSTANDING
        return value

    def _alone(self, reading: Reading, red_flag: bool, wants: Mapping[str, float]) -> str | None:
        """What the network says where no phrase holds anything; None where it is not likely enough."""
        in_passing = sum(wants.get(intent, 0.0) for intent in NO_ANSWERS) > IN_PASSING
        ask = self._thresholds.ask_in_passing if in_passing else self._thresholds.ask
        if red_flag and reading.present + reading.unsure >= ask:
            return PRESENT
        likely = {PRESENT: reading.present, ABSENT: reading.absent, UNSURE: reading.unsure}
        likely[LONGSTANDING] = reading.longstanding
        value = max(likely, key=lambda assertion: likely[assertion])
        if red_flag:
            return ABSENT if value == ABSENT and reading.absent >= self._thresholds.clear else None
        return value if likely[value] >= self._thresholds.tell else None

    def _values(
        self, text: str, spec: FindingSpec, name: str, found: Finding | None, readings: Readings
    ) -> Finding | None:
        """The values of a choice or set that are told."""
        if name in BY_NAME:
            return found
        likely = {
            value: 1 - readings.told[aspect(name, value)].nothing
            for value in spec.values
            if aspect(name, value) in readings.told
        }
        named = values_of(found)
        kept = [
            value
            for value in named
            if (found and OUTRIGHT.get((name, value), frozenset()).intersection(found.said.lower().split()))
            or likely.get(value, 1.0) >= self._thresholds.keep
        ]
        seen = sorted((v for v in likely if likely[v] >= self._thresholds.add), key=lambda v: -likely[v])
        if spec.kind is FindingKind.CHOICE or EXCLUSIVE_VALUES.intersection(kept):
            values = kept or seen
        else:
            values = [*kept, *(value for value in spec.values if value in seen and value not in kept)]
        if not values:
            return None
        value = values[0] if spec.kind is FindingKind.CHOICE else tuple(values)
        if found is not None and kept:
            return replace(found, value=value)
        return _quoted(text, name, value, readings.places[aspect(name, values[0])])


def _likely(number: Finding, readings: Readings) -> float:
    """How likely a number is what its finding asks for."""
    pieces = readings.numbers.get(number.id, {})
    shares = [share for at, share in pieces.items() if number.start <= at < number.end]
    return sum(shares) / len(shares) if shares else 0.0


def values_of(found: Finding | None) -> tuple[str, ...]:
    """Lists the values of what was found, if anything was."""
    if found is None:
        return ()
    return found.value if isinstance(found.value, tuple) else (str(found.value),)


def _quoted(text: str, name: str, value: FindingValue, place: int, confirm: bool = False) -> Finding:
    """A finding that only the network saw, with the sentence that it saw it in."""
    start, end = sentence_at(text, place)
    return Finding(name, value, text[start:end], start, end, confirm=confirm)
