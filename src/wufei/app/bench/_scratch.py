"""A journal of its own on a server of its own, and postings like a city's, for measurements."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
from psycopg import Connection

from wufei.app.bench._running import fresh_folder
from wufei.app.data_folder import DataFolder
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP, OWNER
from wufei.app.postgres.roles import JOURNAL_GRANTS
from wufei.journal import Entry, Record
from wufei.journal.schema import install_sql

SITES = 4300  # enterprises and medical institutions of the city
PLANTS = 40
STREAMS = 180
DAY = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=8)))


@contextlib.contextmanager
def scratch_journal(tuning: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """A started server whose database holds an empty journal with the mix's places and streams."""
    with fresh_folder() as path, DataFolder(path) as folder, Postgres(folder.path, tuning=tuning) as server:
        with connect(server, OWNER) as owner:
            owner.execute(install_sql())
            owner.execute("INSERT INTO journal.place SELECT 'site-' || n FROM generate_series(1, %s) n", (SITES,))
            owner.execute(
                "INSERT INTO journal.stream (id, hazardous) SELECT 'stream-' || n, n %% 3 = 0 "
                "FROM generate_series(1, %s) n",
                (STREAMS,),
            )
            for statement in JOURNAL_GRANTS:
                owner.execute(statement.format(app=APP))
        yield server


def connect(server: Postgres, role: str = APP) -> Connection[Any]:
    """An autocommit connection as ``role``."""
    return psycopg.connect(**server.access.parameters(role), autocommit=True)


def entries(count: int, seed: int, share: tuple[int, int] = (0, 1)) -> Iterator[tuple[datetime, Entry]]:
    """Movements of one seventieth of a year: 40 % generated, 15 % treated, 5 % buried, 40 % by manifest.

    A manifest is dispatched and, later, accepted; each has a transit account of its own. ``share`` (i, n) keeps to
    every n-th site from the i-th: clients that write at once speak for different firms.
    """
    rng = random.Random(seed)  # noqa: S311  # reproducible, not secret
    begin, span = DAY + timedelta(days=5 * (seed % 70)), timedelta(days=5)
    first, step = share
    on_the_road: list[tuple[str, str]] = []
    for n in range(count):
        site = rng.randrange(first, SITES, step) + 1
        place, stream = f"site-{site}", f"stream-{site % 60 * 3 + rng.randint(1, 3)}"
        kind = rng.random()
        if kind < 0.4:
            move = (f"origin:{place}", f"storage:{place}")
        elif kind < 0.55:
            move = (f"storage:{place}", f"process:{place}")
        elif kind < 0.6:
            move = (f"process:{place}", f"sink:{place}")
        elif kind < 0.8 or not on_the_road:
            manifest = f"transit:m-{seed}-{n}"
            move = (f"storage:{place}", manifest)
            on_the_road.append((manifest, stream))
        else:
            manifest, stream = on_the_road.pop(0)
            move = (manifest, f"storage:site-{rng.randrange(first, PLANTS, step) + 1}")
        yield begin + span * (n / count), Entry(*move, stream, rng.randint(1_000, 30_000_000))


def records(count: int, seed: int, per_record: int, share: tuple[int, int] = (0, 1)) -> list[Record]:
    """``count`` entries as records of ``per_record`` entries each, such as a shift's sheet of weighings."""
    moves = list(entries(count, seed, share))
    return [
        Record(
            happened_at=moves[n][0],
            period=moves[n][0].strftime("%Y-%m"),
            basis="measured",
            actor=f"person-{n % 300}",
            acting_for=f"org-{n % 90}",
            rule="hj_1259_2022 6.2",
            entries=tuple(move for _, move in moves[n : n + per_record]),
            sd_ppm=20_000,
        )
        for n in range(0, count, per_record)
    ]
