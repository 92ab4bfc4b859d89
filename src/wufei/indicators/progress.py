"""Where an indicator stands between its base year and its target: progress, and one of five lights.

The design of regulations §9.4 (a proposal, no regulation): ``p = (A − B) / (T − B)`` in either direction; a level to
hold is met or is A/T (T/A where lower is better); without a base value it is A/T or T/A; a strict target is met beyond
its number only. Expected at year y: ``(y − base) / (target − base)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from wufei.catalog.kinds import Indicator, Target
from wufei.terms import Unknown

SERIOUS = Fraction(8, 10)


class Light(StrEnum):
    """How an indicator stands; shown by shape and word, never by colour alone."""

    MET = "met"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    SERIOUS = "serious"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Progress:
    """``raw`` progress (1 is the target), clamped ``score`` (0–1) and what was ``expected`` by the year."""

    light: Light
    raw: Fraction | None = None
    expected: Fraction | None = None

    @property
    def score(self) -> Fraction | None:
        """Progress clamped to 0–1, for scoring; None without data."""
        return None if self.raw is None else min(Fraction(1), max(Fraction(0), self.raw))


def progress(indicator: Indicator, actual: Any, year: int) -> Progress:
    """The progress of ``actual`` (the printed value, or Unknown) in ``year``; the base year itself is no progress."""
    if isinstance(actual, Unknown) or actual is None or year <= indicator.baseline.year:
        return Progress(Light.NO_DATA)
    base, target = indicator.baseline, indicator.target
    span = target.year - base.year
    expected = min(Fraction(1), max(Fraction(0), Fraction(year - base.year, span))) if span > 0 else Fraction(1)
    start = None if base.value is None else Fraction(base.value)
    raw = _raw(indicator, Fraction(actual), start)
    return Progress(light_of(met(indicator, Fraction(actual)), raw, expected), raw, expected)


def met(indicator: Indicator, actual: Fraction) -> bool:
    """Whether the target is reached; a text milestone is reached when all its evidence is there (1)."""
    goal = goal_of(indicator)
    if goal is None:
        return False
    return {
        "at_most": actual <= goal,
        "at_least": actual >= goal,
        "more_than": actual > goal,
        "less_than": actual < goal,
        "hold": actual <= goal if indicator.direction == "lower" else actual >= goal,
        "milestone": actual >= goal,
    }[indicator.target.op]


def goal_of(indicator: Indicator) -> Fraction | None:
    """The number to reach: the target's, all the evidence of a milestone, no change for a target told in words."""
    target: Target = indicator.target
    if target.value is not None:
        return Fraction(target.value)
    return Fraction(1) if target.op == "milestone" else Fraction(0) if target.op in {"more_than", "less_than"} else None


def _raw(indicator: Indicator, actual: Fraction, base: Fraction | None) -> Fraction:
    goal = goal_of(indicator)
    if goal is None:
        return Fraction(0)
    lower = indicator.direction == "lower"
    if indicator.target.value is None and indicator.target.op != "milestone":
        return Fraction(met(indicator, actual))  # a direction told in words is kept or not
    if base is not None and base != goal:
        return (actual - base) / (goal - base)
    if met(indicator, actual):
        return Fraction(1)
    return _ratio(goal, actual) if lower else _ratio(actual, goal)


def _ratio(part: Fraction, whole: Fraction) -> Fraction:
    return part / whole if whole else Fraction(0)


def light_of(reached: bool, raw: Fraction, expected: Fraction) -> Light:  # noqa: FBT001
    """Met when reached; on track from what was expected on, serious below four fifths of it."""
    if reached:
        return Light.MET
    if raw >= 1:
        return Light.BEHIND if expected >= 1 else Light.ON_TRACK  # on the number of a strict target, not beyond it
    if raw >= expected:
        return Light.ON_TRACK
    return Light.BEHIND if raw >= SERIOUS * expected else Light.SERIOUS


def path_value(indicator: Indicator, year: int) -> Fraction | None:
    """What a straight path from base to target would have in ``year``; None without both."""
    base, goal = indicator.baseline, goal_of(indicator)
    if base.value is None or indicator.target.value is None or goal is None or indicator.target.year <= base.year:
        return None
    start = Fraction(base.value)
    return start + (goal - start) * Fraction(year - base.year, indicator.target.year - base.year)
