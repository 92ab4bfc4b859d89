"""The entries that are linked to a lot, from the database, in a bounded number of steps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal
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
_ENTRIES = """
SELECT e.happened_at, e.seq, e.ordinal, f.key, t.key, s.id, e.mass_g, e.from_lot, e.to_lot, ts.id, r.id, r.reverses
FROM (
    SELECT * FROM journal.entry e WHERE e.from_lot = ANY (%(lots)s) AND {known}
    UNION SELECT * FROM journal.entry e WHERE e.to_lot = ANY (%(lots)s) AND {known}
    UNION SELECT * FROM journal.entry e WHERE e.from_n = ANY (%(accounts)s) AND e.from_lot IS NULL AND {known}
    UNION SELECT * FROM journal.entry e WHERE e.to_n = ANY (%(accounts)s) AND e.to_lot IS NULL AND {known}
    LIMIT %(most)s) AS e
JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
JOIN journal.stream s ON s.n = e.stream_n JOIN journal.stream ts ON ts.n = e.to_stream_n
JOIN journal.record r ON r.seq = e.seq
ORDER BY e.happened_at, e.seq, e.ordinal"""
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
            return [Move(*row[3:]) for row in rows]
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


def _entries(
    connection: Connection[Any], lots: Collection[UUID], plants: Collection[str], known: Known, most: int
) -> list[tuple[Any, ...]]:
    accounts = [n for (n,) in ask(connection, _ACCOUNTS, (list(plants),))] if plants else []
    query = sql.SQL(_ENTRIES).format(known=known.known("e"))
    return ask(connection, query, {"lots": list(lots), "accounts": accounts, "most": most + 1}).fetchall()


_FROM, _TO = (3, 7), (4, 8)  # account and lot of each side in a row


def _sides(direction: Direction) -> tuple[tuple[int, int], ...]:
    """The sides from which the search goes on."""
    return {"fates": (_TO,), "origins": (_FROM,), "both": (_FROM, _TO)}[direction]


def _plants(rows: Collection[tuple[Any, ...]], direction: Direction, sharing: Sharing) -> set[str]:
    """Accounts whose stock without a lot is a pool that the search reaches."""
    return {
        row[account]
        for row in rows
        for account, lot in _sides(direction)
        if row[lot] is None and sharing.holds(row[account], None)
    }


def _beside(row: tuple[Any, ...], plants: Collection[str], direction: Direction) -> set[UUID]:
    """Lots that a pool without a lot leads on to."""
    found = set()
    for (account, lot), (_, other) in ((_FROM, _TO), (_TO, _FROM)):
        onward = direction == "both" or (direction == "fates") == ((account, lot) == _FROM)
        if onward and row[lot] is None and row[account] in plants and row[other] is not None:
            found.add(row[other])
    return found
