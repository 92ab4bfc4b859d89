"""A hundred random changes of a byte behind the journal's back: each is found and named."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from tests.journal.populated import populate
from wufei.journal import Record
from wufei.journal.verify import Verified, verify

Make = Callable[..., Record]
CHANGES, TOGETHER = 100, 5
# Every table that says something about the past, with the columns of its key.
TABLES = {
    "record": ("seq",),
    "entry": ("seq", "ordinal"),
    "step": ("case_id", "no"),
    "observation": ("seq", "ordinal"),
    "receipt": ("n",),
    "account": ("n",),
    "stream": ("n",),
    "leaf": ("position",),
    "tree_head": ("size",),
    "tree_node": ("level", "index"),
    "signing_key": ("key_id",),
    "unsealed": ("receipt_n",),
    "transit": ("account_n", "stream_n"),
    "turnover": ("account_n", "stream_n", "month"),
    "cube": ("period", "from_n", "to_n", "stream_n", "to_stream_n", "basis"),
    "summary": ("block", "period", "from_role", "to_role", "stream_n", "to_stream_n", "basis"),
    "summary_block": ("n",),
    "desk": ("case_id",),
    "series": ("metric", "place", "stream", "period"),
    "closed_period": ("period",),
    "case_party": ("party", "case_id"),
}
# Not part of what is sealed or folded: what the catalogue says about a stream.
LEFT_OUT = {("stream", "hazardous")}


@dataclass(frozen=True)
class Change:
    """One value changed: where, from what, to what."""

    table: str
    column: str
    row: dict[str, Any]
    new: Any

    def named_by(self, outcome: Verified, journal: Connection[Any]) -> bool:
        """Whether a finding names the row, or the record that the row belongs to."""
        places = [finding.place or "" for finding in outcome.findings]
        return any(name in place for name in self.names(journal) for place in places)

    def names(self, journal: Connection[Any]) -> Iterator[str]:
        key = TABLES[self.table]
        values = {**self.row, self.column: self.new}
        for row in (self.row, values):
            if "seq" in row:
                yield f"(seq {row['seq']})"
            if self.table == "record":
                yield f"record {row['id']} "
            if "ordinal" in row:
                yield f"{self.table} {row['seq']}/{row['ordinal']}"
            yield f"{self.table} " + "/".join(str(row[each]) for each in key)
            yield f"{self.table} " + " ".join(str(row[each]) for each in key if row[each] != "")
            yield f"{self.table} " + ", ".join(f"{each}={row[each]}" for each in key)
        if self.table in {"account", "stream"}:
            sides = ("from_n", "to_n") if self.table == "account" else ("stream_n", "to_stream_n")
            query = f"SELECT seq FROM journal.entry WHERE %s IN ({', '.join(sides)})"
            yield from (f"(seq {seq})" for (seq,) in journal.execute(query, (self.row["n"],)))


def other(value: Any, kind: str, rng: random.Random) -> Any:
    """The value with one byte, digit or unit changed."""
    if kind in {"smallint", "integer", "bigint"}:
        return value ^ (1 << rng.randrange({"smallint": 8, "integer": 24, "bigint": 48}[kind]))
    if kind == "bytea":
        at = rng.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << rng.randrange(8))]) + value[at + 1 :]
    text = str(value)
    if kind == "date" or kind.startswith("timestamp"):
        return None
    digits = [n for n, c in enumerate(text) if c.isalnum()] if kind in {"uuid", "numeric"} else range(len(text))
    at = rng.choice(list(digits))
    letters = {"uuid": "0123456789abcdef", "numeric": "0123456789"}.get(kind, "abcxyz0189:/-_ \"'")
    return text[:at] + rng.choice([c for c in letters if c != text[at]]) + text[at + 1 :]


def columns(journal: Connection[Any]) -> list[tuple[str, str, str]]:
    rows = journal.execute(
        "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c "
        "JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE c.table_schema = 'journal' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2"
    ).fetchall()
    return [row for row in rows if row[0] in TABLES and row[:2] not in LEFT_OUT]


def tamper(journal: Connection[Any], table: str, column: str, kind: str, rng: random.Random) -> Change | None:
    """Change one random value of the column; None when there is none or the database itself will not have it."""
    with journal.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        # a stream that no entry names belongs to the catalogue, which brings it in again at every start
        named = "EXISTS (SELECT FROM journal.entry e WHERE t.n IN (e.stream_n, e.to_stream_n))"
        rows = cursor.execute(
            f'SELECT * FROM journal.{table} t WHERE "{column}" IS NOT NULL AND "{column}"::text <> \'\''
            f"AND {named if table == 'stream' else 'true'}"
        )
        found = sorted(rows.fetchall(), key=str)
    if not found:
        return None
    row = rng.choice(found)
    new: Any = other(row[column], kind, rng)
    value: sql.Composable = sql.Placeholder()
    if kind == "date" or kind.startswith("timestamp"):
        step = f"{rng.randrange(1, 60)} days" if kind == "date" else f"{rng.randrange(1, 10**6)} microseconds"
        value, new = sql.SQL("{} + {}::interval").format(sql.Identifier(column), sql.Placeholder()), step
    elif kind == "USER-DEFINED":
        labels = journal.execute(
            "SELECT enumlabel FROM pg_enum WHERE enumtypid = (SELECT atttypid FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attname = %s)",
            (f"journal.{table}", column),
        ).fetchall()
        new = rng.choice(sorted({label for (label,) in labels} - {row[column]}))
    try:
        with journal.transaction():
            where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(key)) for key in TABLES[table])
            query = sql.SQL("UPDATE {} SET {} = {} WHERE {} RETURNING {}").format(
                sql.Identifier("journal", table), sql.Identifier(column), value, where, sql.Identifier(column)
            )
            (stored,) = journal.execute(query, (new, *(row[key] for key in TABLES[table]))).fetchone() or (None,)
    except psycopg.Error:
        return None
    return Change(table, column, row, stored) if stored != row[column] else None


def unlock(journal: Connection[Any]) -> None:
    """What somebody with the owner's password could do."""
    journal.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        journal.execute(f"ALTER TABLE journal.{table} DISABLE TRIGGER USER")
        journal.execute(f"ALTER TABLE journal.{table} ALTER COLUMN n DROP IDENTITY") if table in {
            "receipt",
            "account",
            "stream",
        } else None


@pytest.mark.parametrize("seed", range(2))
def test_each_of_a_hundred_changes_is_found_and_named(journal: Connection[Any], make: Make, seed: int) -> None:
    rng = random.Random(20251124 + seed)  # noqa: S311  (the same changes every time)
    _, signer = populate(journal, make)
    before = verify(journal, {signer.key_id})
    assert before.holds, before.as_dict()
    unlock(journal)
    todo = columns(journal)
    done = 0
    while done < CHANGES // 2:
        with journal.transaction() as savepoint:
            tables = rng.sample(sorted(TABLES), TOGETHER)
            changes = []
            for table in tables:
                change = tamper(journal, *rng.choice([each for each in todo if each[0] == table]), rng)
                changes += [change] if change else []
            outcome = verify(journal, {signer.key_id})
            for change in changes:
                assert change.named_by(outcome, journal), (change, [f.render("en") for f in outcome.findings])
            done += len(changes)
            raise psycopg.Rollback(savepoint)
    assert verify(journal, {signer.key_id}).holds


def test_every_column_is_watched(journal: Connection[Any], make: Make) -> None:
    """A change in each column that the tables have, so that a column added later cannot be forgotten."""
    rng = random.Random(7)  # noqa: S311  (the same changes every time)
    _, signer = populate(journal, make, algorithm="sm3")
    unlock(journal)
    every = columns(journal)
    by_table = [[each for each in every if each[0] == table] for table in TABLES]
    rounds = [[each for each in row if each] for row in itertools.zip_longest(*by_table)]
    missed = []
    for group in (row[n : n + TOGETHER] for row in rounds for n in range(0, len(row), TOGETHER)):
        with journal.transaction() as savepoint:
            tried = {each: next(filter(None, (tamper(journal, *each, rng) for _ in range(20))), None) for each in group}
            missed += [each for each, change in tried.items() if change is None]
            outcome = verify(journal, {signer.key_id})
            for change in filter(None, tried.values()):
                assert change.named_by(outcome, journal), (change, [f.render("en") for f in outcome.findings])
            raise psycopg.Rollback(savepoint)
    assert not missed, f"never changed: {missed}"
