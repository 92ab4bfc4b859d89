"""A site whose hazardous waste was generated, stored, treated, sent away, taken back and corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from wufei import catalog
from wufei.journal import Entry, Record, append
from wufei.journal.moments import CITY_TIME

SITE, OTHER = "site-works", "site-plant"
OIL, ASH = "900-214-08", "772-002-18"
TRIP = "transit:0199a000-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def installed(catalogue: catalog.Catalog) -> catalog.Catalog:
    """Every report reads the shipped catalogue."""
    catalog.install(catalogue)
    return catalogue


@pytest.fixture
def connection(db: None) -> Connection[Any]:
    """The journal, which knows two sites and three streams; the third is not hazardous."""
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    raw.execute("INSERT INTO journal.place VALUES (%s), (%s) ON CONFLICT DO NOTHING", (SITE, OTHER))
    for stream, hazardous in ((OIL, True), (ASH, True), ("coal_fly_ash", False)):
        raw.execute("INSERT INTO journal.stream (id, hazardous) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    (stream, hazardous))  # fmt: skip
    return raw


def moved(
    source: str, target: str, mass_g: int, *, stream: str = OIL, month: int = 3, day: int = 5, **more: Any
) -> Record:
    """A record of 2025 with one entry."""
    fields = {"to_stream": more.pop("to_stream", None), "from_lot": more.pop("from_lot", None)}
    at = datetime(2025, month, day, 10, tzinfo=CITY_TIME)
    base = {"basis": "measured", "actor": "person-1", "acting_for": "org-works", "rule": "hj_1259_2022 6.2"}
    entry = Entry(source, target, stream, mass_g, to_lot=more.pop("to_lot", None), **fields)
    return Record(at, f"2025-{month:02}", entries=(entry,), **(base | more))


def post(connection: Connection[Any], *records: Record) -> list[UUID]:
    """Append them all."""
    outcomes = append(connection, list(records))
    assert all(outcome.stands for outcome in outcomes), [outcome.error for outcome in outcomes]
    return [record.id for record in records]


@pytest.fixture
def year(connection: Connection[Any]) -> Connection[Any]:
    """What happened at the works in 2025."""
    origin, shed = f"origin:{SITE}", f"storage:{SITE}/shed-1"
    wrong = moved(origin, shed, 700, day=6)
    post(
        connection,
        moved(origin, shed, 5_000, month=1, day=9),
        moved(origin, shed, 9_000, stream=ASH),
        moved(origin, shed, 99, stream="coal_fly_ash"),
        moved(origin, shed, 3_000),
        wrong,
        moved(shed, f"process:{SITE}/kiln", 1_500, day=7),
        moved(shed, TRIP, 4_000, day=8, basis="manifested"),
        moved(TRIP, f"storage:{OTHER}", 3_900, day=9, basis="manifested"),
        moved(TRIP, f"storage:{SITE}/shed-1", 100, day=10, basis="manifested"),
    )
    back = moved(shed, origin, 700, day=6, reverses=wrong.id)
    post(connection, back)
    return connection
