"""The entries that are linked to a lot, from the database, in a bounded number of steps."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from operator import attrgetter
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.lots import Move, Sharing
from wufei.terms import NamedError

Direction = Literal["origins", "fates", "both"]
MOST_ENTRIES = 200_000


class LotTooLinked(NamedError):
    """A lot linked to more entries than one answer takes."""

    code = "lot_too_linked"
    zh = "与批次 {lot} 相连的分录超过 {most} 条。"
    en = "More than {most} entries are linked to the lot {lot}."
    remedy_zh = "请只查来源或只查去向；或给进出处理装置的物料也编批次，使其不再全部相连。"
    remedy_en = "Ask for origins or for fates alone, or give what enters and leaves the plant lots of its own."


# The lots that can be reached, one index look-up per lot and side.
_REACH = """
WITH RECURSIVE reach (lot) AS (
    SELECT unnest(%(lots)s::uuid[])
    UNION
    SELECT next.lot FROM reach, LATERAL ({steps}) AS next (lot) WHERE next.lot IS NOT NULL)
SELECT lot FROM reach LIMIT %(most)s"""
_STEPS = {
    "fates": "SELECT e.to_lot FROM journal.entry e WHERE e.from_lot = reach.lot AND {known}",
    "origins": "SELECT e.from_lot FROM journal.entry e WHERE e.to_lot = reach.lot AND {known}",
}
# Numbers and texts rather than names and ids: of thousands of entries most name the same few. An entry that two of the
# conditions find comes twice, one after the other.
_ENTRIES = """
SELECT e.seq, e.ordinal, e.from_n, e.to_n, e.stream_n, e.mass_g, e.from_lot::text, e.to_lot::text, e.to_stream_n
FROM (
    SELECT * FROM journal.entry e WHERE e.from_lot = ANY (%(lots)s) AND {known}
    UNION ALL SELECT * FROM journal.entry e WHERE e.to_lot = ANY (%(lots)s)
        AND (e.from_lot IS NULL OR e.from_lot <> ALL (%(lots)s)) AND {known}
    UNION ALL SELECT * FROM journal.entry e WHERE e.from_n = ANY (%(accounts)s) AND e.from_lot IS NULL AND {known}
    UNION ALL SELECT * FROM journal.entry e WHERE e.to_n = ANY (%(accounts)s) AND e.to_lot IS NULL AND {known}
    LIMIT %(most)s) AS e
ORDER BY e.happened_at, e.seq, e.ordinal"""
_NAMES = "SELECT n, {name} FROM journal.{table} WHERE n = ANY (%s)"
_REVERSALS = """
SELECT r.seq, r.id, r.reverses, o.seq FROM journal.record r LEFT JOIN journal.record o ON o.id = r.reverses
WHERE r.seq = ANY (%s) AND r.reverses IS NOT NULL"""
_ACCOUNTS = "SELECT n FROM journal.account WHERE key = ANY (%s)"


def linked(
    connection: Connection[Any],
    lot: UUID,
    *,
    direction: Direction = "both",
    sharing: Sharing | None = None,
    as_known_on: datetime | None = None,
    most: int = MOST_ENTRIES,
) -> list[Move]:
    """The entries that an attribution of ``lot`` needs, in the order in which they happened.

    Follows lots, and what has no lot on the accounts that ``sharing`` pools. Raises LotTooLinked past ``most`` entries.
    """
    known, sharing = known_on(connection, as_known_on), sharing or Sharing()
    lots, plants = {lot}, set[str]()
    while True:
        lots |= _reach(connection, lots, direction, known, most)
        rows = _entries(connection, lots, plants, known, most)
        if len(lots) > most or len(rows) > most:
            raise LotTooLinked(lot=lot, most=most)
        further = _plants(rows, direction, sharing) - plants
        if not further:
            return _moves(connection, rows)
        plants |= further
        rows = _entries(connection, (), plants, known, most)
        lots |= {lot for row in rows for lot in _beside(row, plants, direction)}


def _reach(
    connection: Connection[Any], lots: Collection[UUID], direction: Direction, known: Known, most: int
) -> set[UUID]:
    steps = [
        sql.SQL(step).format(known=known.known("e")) for name, step in _STEPS.items() if direction in {name, "both"}
    ]
    query = sql.SQL(_REACH).format(steps=sql.SQL(" UNION ALL ").join(steps))
    return {lot for (lot,) in ask(connection, query, {"lots": list(lots), "most": most + 1})}


class _Row(NamedTuple):
    """An entry with its accounts by name and its lots."""

    seq: int
    ordinal: int
    from_account: str
    to_account: str
    stream_n: int
    mass_g: int
    from_lot: UUID | None
    to_lot: UUID | None
    to_stream_n: int


def _entries(
    connection: Connection[Any], lots: Collection[UUID], plants: Collection[str], known: Known, most: int
) -> list[_Row]:
    accounts = [n for (n,) in ask(connection, _ACCOUNTS, (list(plants),))] if plants else []
    query = sql.SQL(_ENTRIES).format(known=known.known("e"))
    found = ask(connection, query, {"lots": list(lots), "accounts": accounts, "most": 2 * most + 1}).fetchall()
    keys = _names(connection, "account", "key", {n for row in found for n in row[2:4]})
    ids: dict[str | None, UUID | None] = {text: UUID(text) for row in found for text in row[6:8] if text}
    ids[None] = None
    rows, last = [], None
    for seq, ordinal, from_n, to_n, stream_n, mass_g, from_lot, to_lot, to_stream_n in found:
        if (seq, ordinal) != last:
            last = (seq, ordinal)
            lots_of = ids[from_lot], ids[to_lot]
            rows.append(_Row(seq, ordinal, keys[from_n], keys[to_n], stream_n, mass_g, *lots_of, to_stream_n))
    return rows


def _names(connection: Connection[Any], table: str, name: str, numbers: Collection[int]) -> dict[int, str]:
    query = sql.SQL(_NAMES).format(name=sql.Identifier(name), table=sql.Identifier(table))
    return dict(ask(connection, query, (list(numbers),)).fetchall())


def _moves(connection: Connection[Any], rows: list[_Row]) -> list[Move]:
    """The entries as lots see them; only reversals and what they reverse need the ids of their records."""
    streams = _names(connection, "stream", "id", {n for row in rows for n in (row.stream_n, row.to_stream_n)})
    reversals = ask(connection, _REVERSALS, (list({row.seq for row in rows}),)).fetchall()
    records = {seq: (id_, reverses) for seq, id_, reverses, _old in reversals}
    records |= {old: (reverses, None) for _seq, _id, reverses, old in reversals if old is not None}
    return [
        Move(
            row.from_account, row.to_account, streams[row.stream_n], row.mass_g, row.from_lot, row.to_lot,
            streams[row.to_stream_n], *records.get(row.seq, (None, None)),
        )
        for row in rows
    ]  # fmt: skip


_Side = tuple[Callable[[_Row], str], Callable[[_Row], "UUID | None"]]
_FROM: _Side = (attrgetter("from_account"), attrgetter("from_lot"))
_TO: _Side = (attrgetter("to_account"), attrgetter("to_lot"))


def _sides(direction: Direction) -> tuple[_Side, ...]:
    """The sides from which the search goes on."""
    return {"fates": (_TO,), "origins": (_FROM,), "both": (_FROM, _TO)}[direction]


def _plants(rows: Collection[_Row], direction: Direction, sharing: Sharing) -> set[str]:
    """Accounts whose stock without a lot is a pool that the search reaches."""
    bare = {account(row) for account, lot in _sides(direction) for row in rows if lot(row) is None}
    return {account for account in bare if sharing.holds(account, None)}


def _beside(row: _Row, plants: Collection[str], direction: Direction) -> set[UUID]:
    """Lots that a pool without a lot leads on to."""
    found = set()
    for side, (_, other) in ((_FROM, _TO), (_TO, _FROM)):
        account, lot = side
        onward = direction == "both" or (direction == "fates") == (side is _FROM)
        beyond = other(row)
        if onward and lot(row) is None and account(row) in plants and beyond is not None:
            found.add(beyond)
    return found
