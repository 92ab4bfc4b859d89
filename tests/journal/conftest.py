"""A journal with a handful of streams, places and metrics, in the run's database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from tests.journal.scratch import Scratch, scratch_journal
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP
from wufei.journal import Entry, Record, append, reverse

WHEN = datetime(2025, 3, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def journal(db: None) -> Connection[Any]:
    """The open connection, inside the test's transaction; streams oil (hazardous) and ash, places a, b and c."""
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    raw.execute("INSERT INTO journal.stream (id, hazardous) VALUES ('oil', true), ('ash', false), ('brick', false)")
    raw.execute("INSERT INTO journal.place VALUES ('a'), ('b'), ('c')")
    raw.execute("INSERT INTO journal.metric VALUES ('value_added', '万元'), ('mines', '个')")
    return raw


@pytest.fixture
def make() -> Callable[..., Record]:
    """A sound record; keyword arguments replace its fields, ``moves`` gives entries as tuples."""

    def build(*moves: tuple[Any, ...], **fields: Any) -> Record:
        base = {
            "happened_at": WHEN,
            "period": "2025-03",
            "basis": "measured",
            "actor": "person-1",
            "acting_for": "org-1",
            "rule": "hj_1259_2022 6.2",
            "entries": tuple(Entry(*move) for move in moves),
        }
        return Record(**(base | fields))

    return build


def balance(connection: Connection[Any], key: str, stream: str) -> int:
    """Grams of ``stream`` on the account, as folded; 0 for an account never named."""
    row = connection.execute(
        "SELECT coalesce(sum(mass_g), 0)::bigint FROM journal.book b JOIN journal.account a ON a.n = b.account_n "
        "JOIN journal.stream s ON s.n = b.stream_n WHERE a.key = %s AND s.id = %s",
        (key, stream),
    ).fetchone()
    return row[0] if row else 0


@pytest.fixture
def filled(journal: Connection[Any], make: Callable[..., Record]) -> tuple[Connection[Any], list[Record]]:
    """120 records in appends of 10, a fifth of them reversed."""
    from tests.journal.readers import some_records

    records = some_records(make, 100)
    for n in range(0, 100, 10):
        append(journal, records[n : n + 10])
    backs = [
        reverse(journal, r, actor="person-9", acting_for="org-9", happened_at=WHEN + timedelta(days=81), note="错")
        for r in records[::5]
    ]
    assert all(o.stands for o in append(journal, backs))
    return journal, records + backs


@pytest.fixture(scope="module")
def place(postgres: Postgres) -> Iterator[Scratch]:
    """A journal of its own, where the application's role may make temporary tables."""
    with scratch_journal(postgres, temporary_tables=True) as made:
        yield made


@pytest.fixture
def app(place: Scratch) -> Iterator[Connection[Any]]:
    """A fresh session of the application's role."""
    with place.connect(APP) as connection:
        yield connection


@pytest.fixture
def crash_seed() -> int:
    """What decides a crash test's random choices, printed with a failure; ``WUFEI_CRASH_SEED`` repeats a run."""
    number = int(os.environ.get("WUFEI_CRASH_SEED") or secrets.randbelow(10**6))
    print(f"WUFEI_CRASH_SEED={number}")  # noqa: T201
    return number
