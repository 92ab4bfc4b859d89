"""Where an indicator goes if it goes on as it did: a straight line through the years known, with its uncertainty.

Ordinary least squares on (year, value). The predictive distribution at the target year is Student's t with n − 2
degrees of freedom, variance ``s² (1 + 1/n + (x − x̄)² / Sxx)`` (any textbook of regression, e.g. Draper and Smith 1998,
1.4). With fewer than three years nothing is projected: Unknown, never a guess. ``back_test`` projects each known year
from the years before it and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import atan, cos, pi, sin, sqrt

from wufei.terms import Unknown

FEWEST = 3
TOO_SHORT = Unknown("有数的年份不足三年，不作推算", "fewer than three years are known, so nothing is projected")
CERTAIN = 0.9  # the interval shown


@dataclass(frozen=True, slots=True)
class Projection:
    """The mean of ``year``, and the interval that holds it with nine tenths probability; ``years`` it rests on."""

    year: int
    mean: float
    low: float
    high: float
    scale: float
    freedom: int
    years: tuple[int, ...]

    def probability(self, goal: float, *, at_most: bool) -> float:
        """The probability (0–1) that the value ends on the right side of ``goal``."""
        if self.scale == 0:
            return float(self.mean <= goal if at_most else self.mean >= goal)
        below = student_cdf((goal - self.mean) / self.scale, self.freedom)
        return below if at_most else 1 - below


def project(known: Mapping[int, float], year: int) -> Projection | Unknown:
    """The straight line through the known years, read at ``year``."""
    if len(known) < FEWEST:
        return TOO_SHORT
    years, n = sorted(known), len(known)
    centre, level = sum(years) / n, sum(known.values()) / n
    spread = sum((x - centre) ** 2 for x in years)
    slope = sum((x - centre) * (known[x] - level) for x in years) / spread
    rest = sum((known[x] - level - slope * (x - centre)) ** 2 for x in years)
    freedom = n - 2
    scale = sqrt(max(rest, 0.0) / freedom * (1 + 1 / n + (year - centre) ** 2 / spread))
    mean = level + slope * (year - centre)
    reach = student_quantile((1 + CERTAIN) / 2, freedom) * scale
    return Projection(year, mean, mean - reach, mean + reach, scale, freedom, tuple(years))


@dataclass(frozen=True, slots=True)
class Tried:
    """One year projected from the years before it, beside what it was, and whether the interval held it."""

    year: int
    projected: float
    actual: float
    held: bool


def back_test(known: Mapping[int, float]) -> tuple[Tried, ...]:
    """Every year that has three known years before it, projected from those."""
    tried = []
    for year in sorted(known):
        found = project({x: value for x, value in known.items() if x < year}, year)
        if not isinstance(found, Unknown):
            tried.append(Tried(year, found.mean, known[year], found.low <= known[year] <= found.high))
    return tuple(tried)


def student_cdf(t: float, freedom: int) -> float:
    """The distribution function of Student's t for whole degrees of freedom (Abramowitz and Stegun 26.7.3–4)."""
    angle = atan(t / sqrt(freedom))
    term, total = (cos(angle) if freedom % 2 else 1.0), 0.0
    for k in range(1 if freedom % 2 else 0, freedom - 1, 2):
        total += term
        term *= cos(angle) ** 2 * (k + 1) / (k + 2)
    if freedom % 2:
        return 0.5 + (angle + sin(angle) * total) / pi
    return 0.5 + sin(angle) * total / 2


def student_quantile(share: float, freedom: int) -> float:
    """The value below which ``share`` (above a half) of Student's t lies, by bisection."""
    low, high = 0.0, 1.0
    while student_cdf(high, freedom) < share:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if student_cdf(middle, freedom) < share:
            low = middle
        else:
            high = middle
    return high
