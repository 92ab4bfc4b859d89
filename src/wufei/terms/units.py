"""Units of measurement with dimensions, exact conversion, and the check that 吨 and % never add.

The definitions are data (``units.txt``) in the language of the Pint library, which does the algebra.
A year is a dimension of its own: 吨/年 and 吨/日 are different rates and do not convert silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wufei.terms.errors import NamedError

if TYPE_CHECKING:
    from pint import UnitRegistry


class UnitUnknown(NamedError):
    """A unit symbol that no definition names."""

    code = "unit_unknown"
    zh = "不认识计量单位“{symbol}”。"
    en = "Unknown unit of measurement “{symbol}”."
    remedy_zh = "请改用 terms/units.txt 中已有的单位，或在那里补充定义。"
    remedy_en = "Use a unit of terms/units.txt, or define it there."


class UnitMismatch(NamedError):
    """Two units of different dimension where one dimension is needed."""

    code = "unit_mismatch"
    zh = "“{left}”与“{right}”量纲不同，不能换算或相加。"
    en = "“{left}” and “{right}” have different dimensions and neither convert nor add."
    remedy_zh = "请核对两处的计量单位。"
    remedy_en = "Check the unit on both sides."


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: printed ``symbol``, ``dimension`` (such as ``[mass] [money]^-1``), exact ``factor`` to base units."""

    symbol: str
    dimension: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number with its unit."""

    value: Decimal
    unit: Unit

    def to(self, symbol: str) -> Decimal:
        """The value in another unit of the same dimension; raises UnitMismatch."""
        return convert(self.value, self.unit.symbol, symbol)


@cache
def _registry() -> UnitRegistry[Any]:
    from pint import UnitRegistry  # noqa: PLC0415  # half a second that most commands need not spend

    registry: UnitRegistry[Any] = UnitRegistry(None, non_int_type=Fraction, cache_folder=None)
    text = files("wufei.terms").joinpath("units.txt").read_text(encoding="utf-8")
    registry.load_definitions(_definitions(text))
    return registry


def _definitions(text: str) -> list[str]:
    """Definition lines with the symbols that Pint's grammar cannot hold (%, ², ³, ‰) spelled out."""
    lines = (line.split("#", 1)[0].strip() for line in text.splitlines())
    return [_spell(line) for line in lines if line]


_SPELLING = {"%": "percent", "‰": "permille", "²": "_squared", "³": "_cubed"}
_SYMBOL = re.compile(r"[\w%‰²³/*·^()\- ]+")
_SPELLED = re.compile("|".join(map(re.escape, _SPELLING)))


def _spell(symbol: str) -> str:
    return _SPELLED.sub(lambda match: _SPELLING[match[0]], symbol)


@cache
def unit(symbol: str) -> Unit:
    """The unit that ``symbol`` names, such as ``吨/万元``; raises UnitUnknown."""
    registry = _registry()
    if not _SYMBOL.fullmatch(symbol) or not symbol.strip():
        raise UnitUnknown(symbol=symbol)
    try:
        base = registry.Quantity(Fraction(1), registry.parse_units(_spell(symbol))).to_base_units()
    except Exception as error:  # Pint raises tokenizer, attribute and its own errors for unreadable symbols
        raise UnitUnknown(symbol=symbol) from error
    return Unit(symbol, _dimension(base.dimensionality), Fraction(base.magnitude))


def _dimension(powers: Any) -> str:
    """A stable name such as ``[mass] [money]^-1``; ``1`` when there is no dimension."""
    named = sorted((name, Fraction(power)) for name, power in powers.items())
    return " ".join(name if power == 1 else f"{name}^{power}" for name, power in named) or "1"


def same_dimension(left: str, right: str) -> bool:
    """True when the two symbols measure the same thing; raises UnitUnknown."""
    return unit(left).dimension == unit(right).dimension


def convert(value: Decimal | int, source: str, target: str) -> Decimal:
    """``value`` of ``source`` units as a number of ``target`` units, exact where decimals can be.

    Raises UnitMismatch when the dimensions differ and UnitUnknown when a symbol is not defined.
    """
    left, right = unit(source), unit(target)
    if left.dimension != right.dimension:
        raise UnitMismatch(left=source, right=target)
    exact = Fraction(value) * left.factor / right.factor
    return Decimal(exact.numerator) / Decimal(exact.denominator)
