"""Periods of time that the city reports by: day, month, quarter, half-year, year and plan period."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wufei.terms.errors import NamedError


class PeriodUnreadable(NamedError):
    """A text that names no period."""

    code = "period_unreadable"
    zh = "“{text}”不是可识别的时段。"
    en = "“{text}” is not a period."
    remedy_zh = "请写成 2025、2025-03、2025Q1、2025H1、2025-03-31 或 2021..2025。"
    remedy_en = "Write 2025, 2025-03, 2025Q1, 2025H1, 2025-03-31 or 2021..2025."


_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FORMS = (
    ("plan", re.compile(r"(\d{4})\.\.(\d{4})")),
    ("day", re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
    ("month", re.compile(r"(\d{4})-(\d{2})")),
    ("quarter", re.compile(r"(\d{4})Q([1-4])")),
    ("half", re.compile(r"(\d{4})H([12])")),
    ("year", re.compile(r"(\d{4})")),
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A closed run of days, ``first`` to ``last``, of one ``kind``: day, month, quarter, half, year or plan."""

    first: date
    last: date
    kind: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2025``, ``2025-03``, ``2025Q1``, ``2025H1``, ``2025-03-31`` or ``2021..2025``.

        Raises PeriodUnreadable.
        """
        for kind, form in _FORMS:
            if match := form.fullmatch(text.strip()):
                try:
                    return cls._build(kind, [int(group) for group in match.groups()])
                except ValueError:
                    break
        raise PeriodUnreadable(text=text)

    @classmethod
    def _build(cls, kind: str, parts: list[int]) -> Period:
        if kind == "plan":
            return cls.plan(parts[0], parts[1])
        if kind == "day":
            day = date(*parts)
            return cls(day, day, kind)
        span = _MONTHS[kind]
        ordinal = parts[1] if len(parts) > 1 else 1
        return cls._months(kind, parts[0], (ordinal - 1) * span + 1, span)

    @classmethod
    def _months(cls, kind: str, year: int, month: int, span: int) -> Period:
        end = month + span - 1
        return cls(date(year, month, 1), date(year, end, calendar.monthrange(year, end)[1]), kind)

    @classmethod
    def year(cls, year: int) -> Period:
        """The calendar year."""
        return cls._months("year", year, 1, 12)

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """The calendar month."""
        return cls._months("month", year, month, 1)

    @classmethod
    def plan(cls, first_year: int, last_year: int) -> Period:
        """A plan period of whole years, such as 2021..2025. Raises ValueError when it runs backwards."""
        if last_year < first_year:
            raise ValueError("a plan period runs forwards")
        return cls(date(first_year, 1, 1), date(last_year, 12, 31), "plan")

    def __contains__(self, day: date) -> bool:
        """True when ``day`` falls inside."""
        return self.first <= day <= self.last

    def covers(self, other: Period) -> bool:
        """True when every day of ``other`` falls inside."""
        return self.first <= other.first and other.last <= self.last

    @property
    def days(self) -> int:
        """How many days, both ends counted."""
        return (self.last - self.first).days + 1

    def split(self, kind: str) -> Iterator[Period]:
        """The whole periods of ``kind`` (day, month, quarter, half, year) that make up this one, in order."""
        day = self.first
        while day <= self.last:
            part = Period.containing(day, kind)
            yield part
            if part.last == date.max:  # no day comes after it
                return
            day = part.last + timedelta(days=1)

    @classmethod
    def containing(cls, day: date, kind: str) -> Period:
        """The period of ``kind`` that holds ``day``."""
        if kind == "day":
            return cls(day, day, "day")
        span = _MONTHS[kind]
        return cls._months(kind, day.year, (day.month - 1) // span * span + 1, span)

    def __str__(self) -> str:
        """The text that ``parse`` reads back."""
        year, month = self.first.year, self.first.month
        forms = {
            "day": self.first.isoformat(),
            "month": f"{year:04d}-{month:02d}",
            "quarter": f"{year:04d}Q{(month + 2) // 3}",
            "half": f"{year:04d}H{(month + 5) // 6}",
            "year": f"{year:04d}",
            "plan": f"{year:04d}..{self.last.year:04d}",
        }
        return forms[self.kind]

    def label(self, lang: str = "zh") -> str:
        """The period as people write it: 2025年3月, 2025年第一季度, 2021—2025年; March 2025, 2025 Q1, 2021–2025."""
        return _english(self) if lang.startswith("en") else _chinese(self)


def _chinese(period: Period) -> str:
    year, month, day = period.first.year, period.first.month, period.first.day
    return {
        "day": f"{year}年{month}月{day}日",
        "month": f"{year}年{month}月",
        "quarter": f"{year}年第{'一二三四'[(month - 1) // 3]}季度",
        "half": f"{year}年{'上下'[(month - 1) // 6]}半年",
        "year": f"{year}年",
        "plan": f"{year}—{period.last.year}年",
    }[period.kind]


def _english(period: Period) -> str:
    year, month, day = period.first.year, period.first.month, period.first.day
    return {
        "day": f"{day} {calendar.month_name[month]} {year}",
        "month": f"{calendar.month_name[month]} {year}",
        "quarter": f"{year} Q{(month - 1) // 3 + 1}",
        "half": f"{year} H{(month - 1) // 6 + 1}",
        "year": f"{year}",
        "plan": f"{year}–{period.last.year}",
    }[period.kind]
