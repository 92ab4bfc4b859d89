"""One formula worked through: inputs in their units in, the exact and the rounded value out, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from wufei.catalog import formula
from wufei.catalog.indicator_parts import Input
from wufei.terms import Unknown, unit

DECIMALS = 2
NO_DIVISOR = Unknown("除数为零", "division by zero")


@dataclass(frozen=True, slots=True)
class Worked:
    """``exact`` in the indicator's unit, or Unknown; ``slopes`` are its derivatives by each input, in their units."""

    exact: Fraction | Unknown
    slopes: Mapping[str, Fraction] = field(default_factory=dict)

    def rounded(self, decimals: int | None) -> Decimal | Unknown:
        """The value as it is printed: rounded half up."""
        return self.exact if isinstance(self.exact, Unknown) else round_half_up(self.exact, decimals)


def round_half_up(exact: Fraction, decimals: int | None) -> Decimal:
    """An exact number with so many decimals (two when not said), halves away from zero."""
    places = DECIMALS if decimals is None else decimals
    scaled = abs(exact) * 10**places
    whole = (scaled.numerator * 2 + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if exact < 0 else whole).scaleb(-places)


def factor(symbol: str | None) -> Fraction:
    """How many base units one of ``symbol`` is; 1 where there is no unit."""
    return Fraction(1) if symbol is None else unit(symbol).factor


def work(
    text: str, inputs: Mapping[str, Input], given: Mapping[str, Fraction | Decimal | Unknown | None], symbol: str | None
) -> Worked:
    """The value of the formula ``text`` in the unit ``symbol``; the first input that is not known makes it Unknown."""
    node = formula.parse(text)
    base: dict[str, Fraction] = {}
    for name in dict.fromkeys(node.names()):
        amount = given.get(name)
        if amount is None or isinstance(amount, Unknown):
            return Worked(missing(inputs[name], amount))
        base[name] = Fraction(amount) * factor(inputs[name].unit)
    try:
        found = formula.value(node, base)
    except ZeroDivisionError:
        return Worked(NO_DIVISOR)
    goal = factor(symbol)
    slopes = {name: slope * factor(inputs[name].unit) / goal for name, slope in found.by.items()}
    return Worked(found.value / goal, slopes)


def missing(part: Input, why: Unknown | None) -> Unknown:
    """Unknown because an input is, with its name and its reason."""
    zh, en = (why.zh, why.en) if why is not None else ("没有数值", "no value")
    return Unknown(f"{part.zh}未知：{zh}", f"{part.en} is unknown: {en}")
