"""The country's calendar of holidays, year by year: days off and weekend days that are worked instead."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from wufei.catalog.items import Item


class Holidays(Item):
    """The State Council's notice for one year; ``days_off`` may name weekend days too."""

    kind: ClassVar[str] = "holidays"

    year: int
    days_off: tuple[date, ...]
    days_worked: tuple[date, ...]
    confidence: Literal["high", "medium", "low"]
