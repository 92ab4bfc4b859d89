"""What evaluation returns: the amount of an input and the figure of an indicator, each with its way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from wufei.catalog.indicator_parts import Alternative
from wufei.terms import Basis, Lineage, Period, Result, Unknown

Shares = Mapping[Basis, Fraction]


@dataclass(frozen=True, slots=True)
class Amount:
    """What is known of one input at a place over a period, in the input's unit.

    ``period`` is the one it was taken for; ``coverage`` (0–1) the share of its parts (months, divisions) that were
    there, ``partial`` what those give where that is not all. ``sd2`` is the variance in unit². ``others`` are what
    other sources say of the same quantity.
    """

    value: Fraction | Unknown
    period: Period
    coverage: Fraction = Fraction(1)
    sd2: Fraction = Fraction(0)
    shares: Shares = field(default_factory=dict)
    lineage: Lineage | None = None
    others: tuple[Amount, ...] = ()
    partial: Fraction | None = None

    def enough(self, needed: Fraction) -> Amount:
        """The same with what is there as its value, where that covers at least ``needed``."""
        return replace(self, value=self.partial) if self.partial is not None and self.coverage >= needed else self

    @property
    def known(self) -> bool:
        """True when there is a value."""
        return not isinstance(self.value, Unknown)


@dataclass(frozen=True, slots=True)
class Other:
    """What another official formula gives."""

    alternative: Alternative
    value: Decimal | Unknown


@dataclass(frozen=True, slots=True)
class Figure:
    """An indicator at a place over a period.

    ``result`` holds the printed value; ``way`` says whether it was ``computed`` by the formula, ``reported`` as a
    whole, or neither (``none``). ``exact`` is the unrounded value. ``reported`` is what was published, beside a
    computed value too.
    """

    indicator: str
    place: str
    result: Result
    way: str
    exact: Fraction | None = None
    inputs: Mapping[str, Amount] = field(default_factory=dict)
    slopes: Mapping[str, Fraction] = field(default_factory=dict)
    alternatives: tuple[Other, ...] = ()
    reported: Amount | None = None
