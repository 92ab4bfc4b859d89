"""Duties that follow from a site's class, with their days: plans and declarations to come, records to keep."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from wufei.catalog import Catalog
from wufei.catalog.registry_kinds import Recurrence, Retention, SiteDuty
from wufei.terms import Period

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class DueDuty:
    """A duty that falls due: what, for which period, by which day (inclusive)."""

    duty: SiteDuty
    period: str
    due_on: date


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A duty to keep records, and for how long at least."""

    duty: SiteDuty
    keep: Retention


def duties(unit_class: str, start: date, end: date, catalog: Catalog) -> list[DueDuty]:
    """The duties of a class that fall due from ``start`` to ``end``, both inclusive, in order of their days.

    A duty is that of the version which is in force on the day that it falls due.
    """
    found = [due for duty in _every_version(catalog) if unit_class in duty.classes for due in _due(duty, start, end)]
    return sorted(found, key=lambda due: (due.due_on, due.duty.order, due.duty.id))


def to_keep(unit_class: str, day: date, catalog: Catalog) -> list[KeptRecord]:
    """Which records a site of the class keeps, and how long, by the rules in force on ``day``."""
    bound = (d for d in catalog.national.items("duties", day) if unit_class in d.classes)
    return [KeptRecord(duty, duty.keep) for duty in bound if duty.keep is not None]


def _every_version(catalog: Catalog) -> list[SiteDuty]:
    return [item for item in catalog.national.everything() if isinstance(item, SiteDuty)]


def _due(duty: SiteDuty, start: date, end: date) -> Iterator[DueDuty]:
    if duty.due is None:
        return
    length = _MONTHS[duty.due.every]
    behind = duty.due.after // length + 1
    month = _month_index(start) // length * length - behind * length
    while True:
        due_on = _due_on(duty.due, month)
        if due_on > end:
            return
        if due_on >= start and duty.valid_on(due_on):
            yield DueDuty(duty, _period(duty.due.every, month), due_on)
        month += length


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _due_on(rule: Recurrence, first_month: int) -> date:
    year, month = divmod(first_month + rule.after - 1, 12)
    return date(year, month + 1, min(rule.day, monthrange(year, month + 1)[1]))


def _period(every: str, first_month: int) -> str:
    """The period that begins with a month, as the journal writes it."""
    year, month = divmod(first_month, 12)
    told = {"month": f"{year}-{month + 1:02}", "quarter": f"{year}Q{month // 3 + 1}", "year": f"{year}"}[every]
    return str(Period.parse(told))
