"""Deadlines: days, hours and working days over the country's calendar of holidays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from wufei.catalog.workflows import Limit
from wufei.terms import NamedError

CITY_TIME = timezone(timedelta(hours=8))
SATURDAY = 5


class HolidaysUnknown(NamedError):
    """No calendar of holidays is declared for a year that a deadline reaches into."""

    code = "holidays_unknown"
    zh = "目录中没有 {year} 年的放假安排，无法推算工作日。"
    en = "The catalogue holds no calendar of holidays for {year}; working days cannot be counted."
    remedy_zh = "请在 data/national/holidays 中补上国务院办公厅公布的安排。"
    remedy_en = "Add the State Council's notice to data/national/holidays."


@dataclass(frozen=True)
class WorkCalendar:
    """Days off and working weekend days, and the years for which they are known."""

    off: frozenset[date]
    working: frozenset[date]
    years: frozenset[int]

    @classmethod
    def of(cls, years: Iterable[tuple[int, Iterable[date], Iterable[date]]]) -> WorkCalendar:
        """From (year, days off, working weekend days)."""
        rows = [(year, frozenset(off), frozenset(working)) for year, off, working in years]
        return cls(
            frozenset().union(*(off for _, off, _ in rows)),
            frozenset().union(*(working for _, _, working in rows)),
            frozenset(year for year, _, _ in rows),
        )

    def works(self, day: date) -> bool:
        """Whether offices work on ``day``. Raises HolidaysUnknown."""
        if day.year not in self.years:
            raise HolidaysUnknown(year=day.year)
        return day in self.working or (day not in self.off and day.weekday() < SATURDAY)

    def due(self, start: datetime, limit: Limit) -> datetime:
        """When a clock that starts at ``start`` is up; in days it is up at the end of the last day, in UTC+8.

        The day of the start does not count. Raises HolidaysUnknown.
        """
        if limit.unit == "hours":
            return start + timedelta(hours=limit.value)
        day, left = start.astimezone(CITY_TIME).date(), limit.value
        while left:
            day += timedelta(days=1)
            left -= limit.unit == "days" or self.works(day)
        return datetime(day.year, day.month, day.day, tzinfo=CITY_TIME) + timedelta(days=1)
