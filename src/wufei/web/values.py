"""How the values of an indicator read: number with unit, words as printed, or Unknown."""

from __future__ import annotations

from typing import Any

from wufei.reports.numbers import plain, quantity, unit_text, unknown_text
from wufei.reports.table import Cell

SIGNS = {"more_than": ">", "less_than": "<"}


def target_kind(indicator: Any) -> str:
    """``number``, ``hold`` or ``words``."""
    if indicator.target.value is None:
        return "words"
    return "hold" if indicator.target.op == "hold" else "number"


def baseline_cell(indicator: Any, lang: str) -> Cell:
    """The baseline as one table cell."""
    return _cell(indicator.baseline, "", indicator.unit, lang)


def target_cell(indicator: Any, lang: str) -> Cell:
    """The target as one table cell, with its comparison sign where the plan prints one."""
    return _cell(indicator.target, SIGNS.get(indicator.target.op, ""), indicator.unit, lang)


def _cell(point: Any, sign: str, unit: str | None, lang: str) -> Cell:
    if point.value is not None:
        return Cell(sign + quantity(point.value, unit, lang), value=point.value)
    if point.text:
        return Cell(point.text, lang="zh" if lang == "en" else "", mark="words")
    return Cell(unknown_text(lang), mark="nil")


def point(value: Any, text: str | None, sign: str, unit: str | None, lang: str) -> dict[str, str]:
    """A value taken apart for large print: ``number`` and ``unit``, or ``words``, or ``unknown``."""
    if value is not None:
        return {"number": sign + plain(value), "unit": unit_text(unit, lang)}
    return {"words": text} if text else {"unknown": unknown_text(lang)}
