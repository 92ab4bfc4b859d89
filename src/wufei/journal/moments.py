"""Days and months of the city as instants: the journal folds by months of UTC+8."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

CITY_TIME = timezone(timedelta(hours=8))


def start_of(day: date) -> datetime:
    """The instant at which the day begins in the city."""
    return datetime.combine(day, time(), CITY_TIME)


def month_of(moment: datetime) -> date:
    """The first day of the city's month in which the moment lies."""
    return moment.astimezone(CITY_TIME).date().replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month after ``month``."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
