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
SELECT lot::text FROM reach LIMIT %(most)s"""
_STEPS = {
    "fates": "SELECT e.to_lot FROM journal.entry e WHERE e.from_lot = reach.lot AND {known}",
    "origins": "SELECT e.from_lot FROM journal.entry e WHERE e.to_lot = reach.lot AND {known}",
}
# Numbers and texts rather than names and ids: of thousands of entries most name the same few. An entry that two of the
# conditions find comes once.
_ENTRIES = """
SELECT DISTINCT ON (e.happened_at, e.seq, e.ordinal)
       e.seq, e.from_n, e.to_n, e.stream_n, e.mass_g, e.from_lot::text, e.to_lot::text, e.to_stream_n
FROM (
    SELECT * FROM journal.entry e WHERE e.from_lot = ANY (%(lots)s::uuid[]) AND {known}
    UNION ALL SELECT * FROM journal.entry e WHERE e.to_lot = ANY (%(lots)s::uuid[])
        AND (e.from_lot IS NULL OR e.from_lot <> ALL (%(lots)s::uuid[])) AND {known}
    UNION ALL SELECT * FROM journal.entry e WHERE e.from_n = ANY (%(accounts)s) AND e.from_lot IS NULL AND {known}
    UNION ALL SELECT * FROM journal.entry e WHERE e.to_n = ANY (%(accounts)s) AND e.to_lot IS NULL AND {known}
    LIMIT %(most)s) AS e
ORDER BY e.happened_at, e.seq, e.ordinal"""
_NAMES = "SELECT n, {name} FROM journal.{table} WHERE n = ANY (%s)"
_REVERSALS = """
SELECT r.seq, r.id, r.reverses, o.seq FROM journal.record r LEFT JOIN journal.record o ON o.id = r.reverses
WHERE r.seq = ANY (%s) AND r.reverses IS NOT NULL"""


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
    lots, plants = {str(lot)}, set[int]()
    while True:
        lots |= _reach(connection, lots, direction, known, most)
        rows = _entries(connection, lots, plants, known, most)
        if len(lots) > most or len(rows) > most:
            raise LotTooLinked(lot=lot, most=most)
        accounts = _names(connection, "account", "key", {n for row in rows for n in row[1:3]})
        further = _plants(rows, accounts, direction, sharing) - plants
        if not further:
            return _moves(connection, rows, accounts)
        plants |= further
        rows = _entries(connection, (), plants, known, most)
        lots |= {lot for row in rows for lot in _beside(row, plants, direction)}


def _reach(
    connection: Connection[Any], lots: Collection[str], direction: Direction, known: Known, most: int
) -> set[str]:
    steps = [
        sql.SQL(step).format(known=known.known("e")) for name, step in _STEPS.items() if direction in {name, "both"}
    ]
    query = sql.SQL(_REACH).format(steps=sql.SQL(" UNION ALL ").join(steps))
    return {lot for (lot,) in ask(connection, query, {"lots": list(lots), "most": most + 1})}


class _Row(NamedTuple):
    """An entry: accounts and streams by number, lots as text."""

    seq: int
    from_n: int
    to_n: int
    stream_n: int
    mass_g: int
    from_lot: str | None
    to_lot: str | None
    to_stream_n: int


def _entries(
    connection: Connection[Any], lots: Collection[str], plants: Collection[int], known: Known, most: int
) -> list[_Row]:
    query = sql.SQL(_ENTRIES).format(known=known.known("e"))
    values = {"lots": list(lots), "accounts": list(plants), "most": 2 * most + 1}
    return [_Row._make(row) for row in ask(connection, query, values).fetchall()]


def _names(connection: Connection[Any], table: str, name: str, numbers: Collection[int]) -> dict[int, str]:
    query = sql.SQL(_NAMES).format(name=sql.Identifier(name), table=sql.Identifier(table))
    return dict(ask(connection, query, (list(numbers),)).fetchall())


def _moves(connection: Connection[Any], rows: list[_Row], accounts: dict[int, str]) -> list[Move]:
    """The entries as lots see them; only reversals and what they reverse need the ids of their records."""
    streams = _names(connection, "stream", "id", {n for row in rows for n in (row.stream_n, row.to_stream_n)})
    reversals = ask(connection, _REVERSALS, (list({row.seq for row in rows}),)).fetchall()
    records = {seq: (id_, reverses) for seq, id_, reverses, _old in reversals}
    records |= {old: (reverses, None) for _seq, _id, reverses, old in reversals if old is not None}
    lots: dict[str | None, UUID | None] = {
        text: UUID(text) for text in {lot for row in rows for lot in row[5:7]} - {None}
    }
    lots[None] = None
    return [
        Move(
            accounts[row.from_n], accounts[row.to_n], streams[row.stream_n], row.mass_g, lots[row.from_lot],
            lots[row.to_lot], streams[row.to_stream_n], *records.get(row.seq, (None, None)),
        )
        for row in rows
    ]  # fmt: skip


_Side = tuple[Callable[[_Row], int], Callable[[_Row], "str | None"]]
_FROM: _Side = (attrgetter("from_n"), attrgetter("from_lot"))
_TO: _Side = (attrgetter("to_n"), attrgetter("to_lot"))


def _sides(direction: Direction) -> tuple[_Side, ...]:
    """The sides from which the search goes on."""
    return {"fates": (_TO,), "origins": (_FROM,), "both": (_FROM, _TO)}[direction]


def _plants(rows: Collection[_Row], accounts: dict[int, str], direction: Direction, sharing: Sharing) -> set[int]:
    """Accounts whose stock without a lot is a pool that the search reaches."""
    bare = {account(row) for account, lot in _sides(direction) for row in rows if lot(row) is None}
    return {account for account in bare if sharing.holds(accounts[account], None)}


def _beside(row: _Row, plants: Collection[int], direction: Direction) -> set[str]:
    """Lots that a pool without a lot leads on to."""
    found = set()
    for side, (_, other) in ((_FROM, _TO), (_TO, _FROM)):
        account, lot = side
        onward = direction == "both" or (direction == "fates") == (side is _FROM)
        beyond = other(row)
        if onward and lot(row) is None and account(row) in plants and beyond is not None:
            found.add(beyond)
    return found
