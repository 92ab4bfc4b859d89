"""What must hold of a journal however it was treated: each acknowledged batch once and whole, folds as re-derived."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

FOLDS = ("transit", "turnover", "cube", "desk", "series", "closed_period", "case_party")
_BLOCKS = "SELECT s::text FROM journal.summary s WHERE block <= %s"

# Records whose note (batch, entries, grams) is not what is there; batches of which a part is missing.
_HALF = """
SELECT r.note FROM journal.record r
LEFT JOIN (SELECT seq, count(*) AS entries, sum(mass_g) AS grams FROM journal.entry GROUP BY seq) AS e USING (seq)
WHERE r.note <> concat_ws(' ', split_part(r.note, ' ', 1), coalesce(e.entries, 0), coalesce(e.grams, 0))"""
_BROKEN = """
SELECT split_part(note, ' ', 1), count(*) FROM journal.record GROUP BY 1
HAVING count(*) <> split_part(split_part(note, ' ', 1), '/', 3)::bigint"""
_STRAYS = """
SELECT e.seq FROM journal.entry e WHERE NOT EXISTS (SELECT FROM journal.record r WHERE r.seq = e.seq)"""


def folds(connection: Connection[Any], blocks: int) -> dict[str, list[str]]:
    """Every fold as it is kept, and the summary up to its ``blocks``-th block."""
    kept = {
        table: sorted(row for (row,) in connection.execute(f"SELECT t::text FROM journal.{table} t")) for table in FOLDS
    }
    return kept | {"summary": sorted(row for (row,) in connection.execute(_BLOCKS, (blocks,)))}


def folds_hold(connection: Connection[Any]) -> None:
    """Make every fold again, as `wufei journal rebuild` does, compare, and leave all as it was.

    ``connection`` is the owner's.
    """
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT journal.enter(true)")  # no append in between
        (blocks,) = connection.execute("SELECT coalesce(max(n), 0) FROM journal.summary_block").fetchone() or (0,)
        kept = folds(connection, blocks)
        connection.execute("SELECT journal.rebuild()")
        again = folds(connection, blocks)
    for table, rows in kept.items():
        assert len(rows) == len(again[table]), table
        assert not [pair for pair in zip(rows, again[table], strict=True) if pair[0] != pair[1]][:5], table


def batches_hold(connection: Connection[Any]) -> set[str]:
    """No record, no batch is there in part; returns the batches (``writer/turn/size``)."""
    assert connection.execute(_HALF).fetchall() == []
    assert connection.execute(_BROKEN).fetchall() == []
    assert connection.execute(_STRAYS).fetchall() == []
    return {name for (name,) in connection.execute("SELECT DISTINCT split_part(note, ' ', 1) FROM journal.record")}
