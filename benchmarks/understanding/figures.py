"""Figures with how sure they are, and the tables that show them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.96
"""Standard deviations of a 95 % interval."""
NAME_WIDTH, CELL_WIDTH = 46, 18


@dataclass(frozen=True)
class Share:
    """A share between 0 and 1.

    Attributes:
        low: The lower end of its 95 % interval.
        high: The upper end.
        of: How many cases it was counted on.
    """

    value: float
    low: float
    high: float
    of: int

    def __str__(self) -> str:
        """Writes it as `.953 [.93-.97]`."""
        return f"{_short(self.value, 3)} [{_short(self.low, 2)}-{_short(self.high, 2)}]"


@dataclass(frozen=True)
class Amount:
    """A figure without an interval.

    Attributes:
        decimals: How many of them are shown.
    """

    value: float
    decimals: int = 3

    def __str__(self) -> str:
        """Writes it, a share without its leading zero."""
        return _short(self.value, self.decimals)


Figure = Share | Amount


@dataclass(frozen=True)
class Aim:
    """What Backchat wants to reach.

    Attributes:
        limit: The figure to reach.
        at_least: Whether the figure must be as high as the limit; else it must be as low.
    """

    limit: float
    at_least: bool = True

    def judge(self, figure: Figure | None) -> str:
        """Says what is wanted and whether it is reached."""
        aim = f"{'>=' if self.at_least else '<='} {_short(self.limit, 3).rstrip('0').rstrip('.')}"
        if figure is None:
            return f"{aim}: not measured"
        met = figure.value >= self.limit if self.at_least else figure.value <= self.limit
        return f"{aim}: {'met' if met else 'NOT MET'}"


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        figures: For each contender; nothing where it can't have this figure.
        aim: What the first contender wants to reach.
    """

    name: str
    figures: Sequence[Figure | None] = ()
    aim: Aim | None = None

    def __str__(self) -> str:
        """Writes the line, with the number of cases that the first figure was counted on."""
        first = self.figures[0] if self.figures else None
        cases = str(first.of) if isinstance(first, Share) else ""
        cells = "".join(f"{'-' if figure is None else figure!s:>{CELL_WIDTH}}" for figure in self.figures)
        judged = f"   {self.aim.judge(first)}" if self.aim else ""
        return f"{self.name:{NAME_WIDTH}}{cases:>6}{cells}{judged}".rstrip()


@dataclass(frozen=True)
class Table:
    """Rows under the names of the contenders."""

    title: str
    contenders: Sequence[str]
    rows: Sequence[Row]

    def __str__(self) -> str:
        """Writes the table."""
        names = "".join(f"{name:>{CELL_WIDTH}}" for name in self.contenders)
        return "\n".join([f"{self.title.upper():{NAME_WIDTH}}{'n':>6}{names}", *map(str, self.rows)])


def share(count: float, of: int) -> Share | None:
    """Counts a share, with its interval after Wilson.

    Args:
        count: How many cases are such.
        of: How many cases there are.

    Returns:
        The share; nothing where there is no case.
    """
    if not of:
        return None
    value = count / of
    spread = Z * math.sqrt(value * (1 - value) / of + Z**2 / (4 * of**2))
    middle, width = value + Z**2 / (2 * of), 1 + Z**2 / of
    return Share(value, max(0.0, (middle - spread) / width), min(1.0, (middle + spread) / width), of)


def share_of(cases: Iterable[bool]) -> Share | None:
    """Counts the share of cases that hold; see `share`."""
    held = list(cases)
    return share(sum(held), len(held))


def f1(precision: Share | None, recall: Share | None) -> Share | None:
    """Joins precision and recall; both ends of the interval are those of the two joined in the same way.

    Args:
        precision: Nothing where nothing was found.
        recall: Nothing where there was nothing to find.

    Returns:
        The harmonic mean, on the cases of recall.
    """
    if recall is None:
        return None
    if precision is None:
        return Share(0.0, 0.0, 0.0, recall.of)
    joined = (
        _harmonic(precision.value, recall.value),
        _harmonic(precision.low, recall.low),
        _harmonic(precision.high, recall.high),
    )
    return Share(*joined, recall.of)


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def _short(value: float, decimals: int) -> str:
    """Writes a number without a leading zero."""
    written = f"{value:.{decimals}f}"
    return written[1:] if written.startswith("0.") else written
