"""The measurement of reading: it fills a journal by the append, and the folds answer as the entries alone do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from psycopg import Connection

from wufei.app import bench
from wufei.app.bench import fold
from wufei.app.bench._filling import fill
from wufei.app.bench._scratch import connect, scratch_journal
from wufei.app.postgres.access import OWNER
from wufei.journal.cube import summarize

SIZE = 12_000


@pytest.fixture(scope="module")
def filled() -> Iterator[Connection[Any]]:
    with scratch_journal({"fsync": "off"}) as server:
        fill(server, SIZE)
        with connect(server, OWNER) as owner:
            owner.execute("UPDATE journal.setting SET value = '1000' WHERE name = 'summary_block_entries'")
            assert summarize(owner) > 1
        with connect(server) as connection:
            yield connection


def test_it_fills_as_much_as_it_says(filled: Connection[Any]) -> None:
    assert filled.execute("SELECT count(*), count(DISTINCT seq) FROM journal.entry").fetchone() == (SIZE, SIZE // 4)
    assert filled.execute("SELECT sum(entries) > 1 FROM journal.receipt WHERE entries < 50").fetchone() == (True,)
    roads = (
        "SELECT count(*) FILTER (WHERE mass_g = 0) > 500, count(*) FILTER (WHERE mass_g <> 0) > 50 FROM journal.transit"
    )
    assert filled.execute(roads).fetchone() == (True, True)


MASSES: dict[str, tuple[Callable[[Any], list[int]], int]] = {
    "balance": (lambda found: sorted(each.mass_g for each in found.items), 1),
    "statement": (lambda found: [each.balance_g for each in found.lines], -1),
    "flows": (lambda found: sorted(each.mass_g for each in found.rows), 5),
}


@pytest.mark.parametrize("reading", fold.READINGS, ids=lambda each: each.en)
def test_folds_answer_as_the_entries_do(filled: Connection[Any], reading: fold.Reading) -> None:
    masses, column = next(each for name, each in MASSES.items() if name in reading.en)
    site = f"site-{reading.sites[0]}"
    bare = [int(row[column]) for row in fold._bare(filled, reading, site)]
    ((last,),) = filled.execute("SELECT max(known_at) FROM journal.receipt").fetchall()
    for instant in (None, last):
        found = masses(reading.ask(filled, site, instant))
        assert found == (bare if "statement" in reading.en else sorted(g for g in bare if g))
        assert found


def test_it_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "ROUNDS", 3)
    figures = bench.measure("fold", size=2_000)["figures"]
    assert figures[0]["value"] == 2_000
    assert all(figure["value"] > 0 for figure in figures)
