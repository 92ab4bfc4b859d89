"""A journal with something in every table and column, sealed twice under two keys, with one append left to seal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from psycopg import Connection

from tests.journal.conftest import WHEN
from wufei.journal import Evidence, Observation, Record, Step, append, reverse
from wufei.journal.sealing import seal
from wufei.journal.signing import KeySigner, new_signer, register

Make = Callable[..., Record]


def put(journal: Connection[Any], *records: Record) -> None:
    """Append, and see that all stand."""
    outcomes = append(journal, records)
    assert all(outcome.stands for outcome in outcomes), outcomes


def many(make: Make, count: int) -> list[Record]:
    """Small records, enough to complete a tile of the tree."""
    return [make(("origin:a", "storage:a", "ash", n + 1), sd_ppm=20_000) for n in range(count)]


def full(make: Make) -> list[Record]:
    """Records that together use every field."""
    lot, other = uuid4(), uuid4()
    return [
        make(
            ("storage:a", "process:a", "oil", 500, lot, other, "ash"),
            ("origin:b", "storage:b/罐-1", "ash", 7_000_000_000),
            note='引号"、反斜杠\\、换行\n、制表\t',
            evidence=(Evidence("weigh_ticket", "磅单“1”.pdf", "ab" * 32),),
            sd_ppm=1200,
            happened_at=datetime(2025, 1, 31, 16, 30, 0, 120, tzinfo=UTC),
        ),
        make(("storage:b", "transit:m-1", "oil", 400), ("storage:b", "transit:m-2", "oil", 100)),
        make(("transit:m-1", "storage:c", "oil", 399), basis="declared", sd_ppm=None),
        make(
            steps=(Step("c/1", 1, "inspection", "open", "opened", "无废办", WHEN, {"b": "“", "a": [1, None]}),),
            observations=(Observation("mines", "storage:a", Decimal("7.500"), "个", "ash", Decimal("0.10")),),
        ),
        make(steps=(Step("c/1", 2, "inspection", "close", "closed"),)),
        make(steps=(Step("c/2", 1, "inspection", "open", "opened", "org-2", WHEN),)),
        make(observations=(Observation("value_added", "a", Decimal("-12.5"), "万元"),), period="2024"),
    ]


def closing(make: Make, no: int, transition: str, state: str, actor: str) -> list[Record]:
    """The same step of three cases: the closing of a year, a quarter and a day."""
    steps = [Step(f"period:{p}", no, "period_closing", transition, state) for p in ("2020", "2021Q2", "2022-03-31")]
    return [make(steps=(step,), actor=actor) for step in steps]


def populate(
    journal: Connection[Any], make: Make, small: int = 300, algorithm: str = "sha256"
) -> tuple[KeySigner, KeySigner]:
    """Fill the journal; returns the first signer and its endorsed successor."""
    first, second = new_signer(), new_signer()
    records = full(make)
    put(journal, *many(make, small), *records)
    assert seal(journal, first, algorithm=algorithm)
    register(journal, second, predecessor=first)
    for undone in (records[1], records[-1]):
        put(journal, reverse(journal, undone, actor="p", acting_for="o", happened_at=WHEN, note="录错"))
    put(journal, make(("storage:b", "transit:m-3", "oil", 55), replaces=records[1].id))
    put(journal, *closing(make, 1, "propose_close", "closing_proposed", "wang"))
    put(journal, *closing(make, 2, "close", "closed", "li"))
    assert seal(journal, second)
    put(journal, make(("origin:c", "storage:c", "brick", 3)))
    journal.execute("UPDATE journal.setting SET value = '4' WHERE name = 'summary_block_entries'")
    assert journal.execute("SELECT journal.summarize((SELECT max(n) FROM journal.receipt)) > 2").fetchone() == (True,)
    return first, second
