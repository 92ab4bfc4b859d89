"""A journal that knows the shipped catalogue, and a city whose figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from psycopg import Connection

from wufei.catalog import Catalog
from wufei.indicators import Board, board
from wufei.intake.opening import post_opening
from wufei.journal import Entry, Observation, Record, append
from wufei.journal.mirror import mirror
from wufei.terms import Period

CITY_TIME = timezone(timedelta(hours=8))


@pytest.fixture
def journal(db: None, catalogue: Catalog) -> Connection[Any]:
    """The open connection, inside the test's transaction, with the catalogue's names mirrored."""
    from django.db import connection

    connection.ensure_connection()
    raw: Connection[Any] = connection.connection
    mirror(raw, catalogue)
    return raw


@pytest.fixture
def opened(journal: Connection[Any], catalogue: Catalog) -> Connection[Any]:
    """The same with the city's published figures, as every start of ``wufei run`` enters them."""
    post_opening(journal, catalogue, "hohhot")
    return journal


@pytest.fixture
def say(journal: Connection[Any], catalogue: Catalog) -> Callable[..., Record]:
    """Record that a metric had a value: ``say("green_mines", 16, "2024", place="wuchuan")``."""

    def observe(
        metric: str, value: object, period: str, *, place: str = "hohhot", stream: str | None = None, **fields: Any
    ) -> Record:
        found = catalogue.national.find("metrics", metric) or catalogue.city("hohhot").find("indicators", metric)
        sd = fields.pop("sd", None)
        seen = Observation(metric, place, Decimal(str(value)), fields.pop("unit", found.unit), stream, sd)
        return post(journal, period, observations=(seen,), **fields)

    return observe


@pytest.fixture
def move(journal: Connection[Any]) -> Callable[..., Record]:
    """Record that so many tonnes moved: ``move("origin:hohhot", "storage:hohhot", "coal_fly_ash", 12, "2024-01")``."""

    def flow(from_: str, to: str, stream: str, amount_t: int, period: str, **fields: Any) -> Record:
        return post(journal, period, entries=(Entry(from_, to, stream, amount_t * 1_000_000),), **fields)

    return flow


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first word of every statement that is put to the database from here on, whoever puts it."""
    found: list[str] = []
    execute = Connection.execute

    def noted(self: Connection[Any], query: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(type(query).__name__)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(Connection, "execute", noted)
    return found


def post(connection: Connection[Any], period: str, **fields: Any) -> Record:
    """Append one record at the end of its period."""
    last = Period.parse(period).last
    base = {
        "happened_at": datetime(last.year, last.month, last.day, 12, tzinfo=CITY_TIME),
        "period": period,
        "basis": "measured",
        "actor": "person-1",
        "acting_for": "org-1",
        "rule": "statistical_practice 通用口径",
    }
    record = Record(**(base | fields))
    (outcome,) = append(connection, [record])
    assert outcome.stands, outcome
    return record


@pytest.fixture
def look(journal: Connection[Any], catalogue: Catalog) -> Callable[..., Board]:
    """The board of the city as it stands now, or as known on an instant."""

    def read(as_known_on: datetime | None = None, years: tuple[int, int] = (2020, 2025)) -> Board:
        return board(journal, catalogue, "hohhot", years, as_known_on)

    return read
