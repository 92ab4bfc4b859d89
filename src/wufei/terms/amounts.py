"""The one way to write an amount: grouped digits, units in the reader's language, Unknown never 0."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from wufei.terms.units import convert, same_dimension
from wufei.terms.unknown import is_unknown

UNKNOWN = {"zh": "未知", "en": "Unknown"}

_UNITS_EN = {
    "吨": "t", "千克": "kg", "万吨": "10⁴ t", "亿吨": "10⁸ t", "千吨": "kt", "克": "g",
    "元": "CNY", "万元": "10⁴ CNY", "亿元": "10⁸ CNY",
    "平方米": "m²", "万平方米": "10⁴ m²", "平方公里": "km²", "亩": "mu", "万亩": "10⁴ mu", "公顷": "ha",
    "立方米": "m³", "万立方米": "10⁴ m³", "亿立方米": "10⁸ m³", "立方": "m³", "万立方": "10⁴ m³",
    "米": "m", "千米": "km", "公里": "km", "升": "L",
    "日": "d", "天": "d", "年": "a", "月": "month", "小时": "h",
    "千瓦": "kW", "兆瓦": "MW", "吉瓦": "GW", "千瓦时": "kWh", "克标准煤": "gce", "吨标准煤": "tce",
    "个": "", "家": "", "项": "", "台": "", "套": "sets", "座": "", "条": "lines", "人": "people", "处": "sites",
    "辆": "vehicles", "件": "", "户": "households", "头": "head", "只": "head", "份": "", "批": "batches",
    "次": "times", "级": "stages", "村": "villages", "所": "", "起": "cases", "盏": "lamps", "台套": "sets",
    "万件": "10⁴ items", "万台": "10⁴ units", "万人": "10⁴ people",
}  # fmt: skip


def plain(value: Any) -> str:
    """``value`` with grouped thousands and no invented digits: 1969581.7 → ``1,969,581.7``."""
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        value = value.normalize()
        return f"{value:,f}"
    return f"{value:,}"


def unit_text(symbol: str | None, lang: str) -> str:
    """A unit symbol as a reader of ``lang`` knows it; symbols without an English form stay as they are."""
    if not symbol or lang == "zh":
        return symbol or ""
    parts = [_UNITS_EN.get(part, part) for part in symbol.split("/")]
    return "/".join(parts) if all(parts) else parts[0]


def unknown_text(lang: str) -> str:
    """The word for a value that nobody knows."""
    return UNKNOWN[lang]


def quantity(value: Any, symbol: str | None, lang: str) -> str:
    """A value with its unit, or the word Unknown; never a bare number when a unit is declared."""
    if value is None or is_unknown(value):
        return unknown_text(lang)
    unit = unit_text(symbol, lang)
    joint = "" if unit == "%" else " ×" if unit.startswith("10") else " "
    return f"{plain(value)}{joint}{unit}" if unit else plain(value)


_LARGE = ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million"))


def amount_en(value: Decimal, symbol: str) -> str:
    """An amount in an English sentence: money as ``CNY 19.695817 billion``, anything else as ``quantity`` writes it."""
    if symbol == "%" or not same_dimension(symbol, "元"):
        return quantity(value, symbol, "en")
    yuan = convert(value, symbol, "元")
    for step, word in _LARGE:
        if abs(yuan) >= step:
            return f"CNY {plain(yuan / step)} {word}"
    return f"CNY {plain(yuan)}"
