"""Records for the tests of reading, and a walk over pages in both directions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from tests.journal.conftest import WHEN
from wufei.journal import Evidence, Record

Make = Callable[..., Record]
STREAMS, PLACES = ("oil", "ash", "brick"), ("a", "b", "c")
FEWER = {("origin", "b"), ("origin", "c"), ("storage", "c"), ("process", "a"), ("process", "c"), ("sink", "b")}


def walk(read: Callable[[str | None], Any], items: str = "items") -> list[Any]:
    """Every page forward from the first, then back again: both ways must give the same."""
    pages, cursor = [], None
    while True:
        page = read(cursor)
        pages.append(list(getattr(page, items)))
        if page.next is None:
            break
        cursor = page.next
    last = page
    back = [pages[-1]]
    while last.previous is not None:
        last = read(last.previous)
        back.insert(0, list(getattr(last, items)))
    assert [i for p in back for i in p] == [i for p in pages for i in p]
    return [i for p in pages for i in p]


def some_records(make: Make, count: int, seed: int = 1) -> list[Record]:
    """Movements between accounts of every kind over three months, some at the same moment."""
    chance = Random(seed)  # noqa: S311
    accounts = [
        f"{role}:{p}" for role in ("origin", "storage", "process", "sink") for p in PLACES if (role, p) not in FEWER
    ]
    accounts += [f"transit:m-{n}" for n in range(3)]
    found = []
    for n in range(count):
        moves = []
        for _ in range(chance.randint(1, 3)):
            left, right = chance.sample(accounts, 2)
            stream = chance.choice(STREAMS)
            becomes = chance.choice(STREAMS) if "process" in left + right else stream
            moves.append(
                (left, right, stream, chance.randint(1, 9), None, None, becomes if becomes != stream else None)
            )
        happened = WHEN + timedelta(days=chance.randint(0, 80), hours=chance.choice([0, 0, 7]))
        month = (happened + timedelta(hours=8)).strftime("%Y-%m")
        fields = {
            "happened_at": happened,
            "period": chance.choice([month, month, "2025Q1", "2025H1", "2025"]),
            "basis": chance.choice(["measured", "declared", "estimated"]),
            "actor": f"person-{n % 3}",
            "acting_for": f"org-{n % 2}",
            "rule": chance.choice(["hj_1259_2022 6.2", "hj_1259_2022 6.3", "law 36"]),
            "sd_ppm": chance.choice([None, 10_000]),
            "evidence": (Evidence("ticket", f"t-{n}", "ab" * 32),) if n % 4 == 0 else (),
        }
        found.append(make(*moves, **fields))
    return found
