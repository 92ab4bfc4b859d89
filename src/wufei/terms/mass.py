"""Mass is a whole number of grams; tonnes exist only at the edge, and only exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from wufei.terms.errors import NamedError

GRAMS = {
    "g": 1,
    "克": 1,
    "kg": 1_000,
    "千克": 1_000,
    "公斤": 1_000,
    "t": 1_000_000,
    "吨": 1_000_000,
    "kt": 1_000_000_000,
    "万吨": 10_000_000_000,
    "Mt": 1_000_000_000_000,
    "亿吨": 100_000_000_000_000,
}
LARGEST_G = 2**63 - 1
_FORM = re.compile(r"\s*([+-]?[\d,，]*\.?\d+(?:[eE][+-]?\d{1,3})?)\s*(\S+)\s*")


class MassUnreadable(NamedError):
    """A text that is not a mass, not exact in grams, or too large."""

    code = "mass_unreadable"
    zh = "“{text}”不是可精确到克的质量：{why_zh}。"
    en = "“{text}” is not a mass in whole grams: {why_en}."
    remedy_zh = "请写数字和单位（吨、千克、万吨、克、t、kg、g），小数不要细于 1 克。"
    remedy_en = "Write a number and a unit (t, kg, g, 吨, 千克, 万吨, 克), no finer than one gram."


@dataclass(frozen=True, slots=True, order=True)
class Mass:
    """A mass in whole grams, exact; adds, subtracts and compares only with another Mass."""

    g: int

    def __post_init__(self) -> None:
        """Refuse what is not an int64 number of grams (bool and float included)."""
        if type(self.g) is not int or abs(self.g) > LARGEST_G:
            raise MassUnreadable(text=self.g, why_zh="不是64位整数克", why_en="not a 64-bit whole number of grams")

    @classmethod
    def parse(cls, text: str, default_unit: str | None = None) -> Mass:
        """Read ``1.5 吨``, ``951万吨``, ``1,240 kg``. A bare number needs ``default_unit``.

        Raises MassUnreadable when the text is no mass, names an unknown unit or is finer than a gram.
        """
        number, symbol = _split(text, default_unit)
        if symbol not in GRAMS:
            raise MassUnreadable(text=text, why_zh=f"不认识单位“{symbol}”", why_en=f"unknown unit “{symbol}”")
        return cls.of(number, symbol, text=text)

    @classmethod
    def of(cls, number: Decimal | int | str, symbol: str, *, text: str | None = None) -> Mass:
        """Build from an exact number and a unit of mass. Raises MassUnreadable when not whole grams."""
        grams = Decimal(number) * GRAMS[symbol]
        shown = text if text is not None else f"{number} {symbol}"
        if not grams.is_finite() or abs(grams) > LARGEST_G:
            raise MassUnreadable(text=shown, why_zh="数值过大", why_en="too large")
        if grams != int(grams):
            raise MassUnreadable(text=shown, why_zh="比 1 克还细", why_en="finer than one gram")
        return cls(int(grams))

    def to(self, symbol: str) -> Decimal:
        """The exact number of ``symbol`` units."""
        return Decimal(self.g) / GRAMS[symbol]

    def format(self, symbol: str = "吨", digits: int | None = None) -> str:
        """Write with thousands separators; ``digits`` rounds half up for show, None shows every digit."""
        number = self.to(symbol)
        if digits is not None:
            number = number.quantize(Decimal(1).scaleb(-digits), rounding="ROUND_HALF_UP")
        plain = f"{number:,f}"
        if digits is None and "." in plain:
            plain = plain.rstrip("0").rstrip(".")
        return f"{plain} {symbol}"

    def __str__(self) -> str:
        """Tonnes, every digit."""
        return self.format()

    def __add__(self, other: Mass) -> Mass:
        return Mass(self.g + other.g) if isinstance(other, Mass) else NotImplemented

    def __sub__(self, other: Mass) -> Mass:
        return Mass(self.g - other.g) if isinstance(other, Mass) else NotImplemented

    def __neg__(self) -> Mass:
        return Mass(-self.g)

    def __bool__(self) -> bool:
        return self.g != 0


def _split(text: str, default_unit: str | None) -> tuple[Decimal, str]:
    match = _FORM.fullmatch(text if default_unit is None else f"{text} {default_unit}")
    if match is None and default_unit is not None:
        match = _FORM.fullmatch(text)
    if match is None:
        raise MassUnreadable(text=text, why_zh="没有“数字＋单位”", why_en="no number with a unit")
    try:
        return Decimal(match[1].replace(",", "").replace("，", "")), match[2]
    except InvalidOperation:
        raise MassUnreadable(text=text, why_zh="数字无法识别", why_en="the number cannot be read") from None
