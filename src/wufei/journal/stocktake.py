"""Stocktakes: what was counted on an account at a moment is asserted, and a difference is accepted or refused.

A count is an observation (metric ``stocktake``, grams, with the account as its place). When the book says otherwise by
more than the tolerance, the count is refused until a person accepts the difference, which is then an entry to or from
the place's adjustment account in the same record. A count goes on asserting: what is recorded later about earlier days
may make it untrue, and ``asserted`` shows that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.account import balance_at, balances_at
from wufei.journal.append import append
from wufei.journal.asking import ask
from wufei.journal.asknown import known_on
from wufei.journal.records import Entry, Observation, Outcome, Record
from wufei.terms import NamedError

COUNTED, TOLERANCE, UNIT = "stocktake", "stocktake_tolerance", "克"
ROLES = ("storage", "process", "product", "sink")  # what can be counted: there is a heap, a tank or a pile
_INSTANT = timedelta(microseconds=1)


class StocktakeDiffers(NamedError):
    """Counted and booked masses differ by more than the tolerance, and nobody has accepted the difference."""

    code = "stocktake_differs"
    zh = (
        "盘点 {account}（{stream}）：实盘 {counted_g} 克，账面 {book_g} 克，"
        "差 {difference_g} 克，超过允许误差 {tolerance_g} 克。"
    )
    en = (
        "Stocktake of {account} ({stream}): {counted_g} g counted, {book_g} g in the book, a difference of "
        "{difference_g} g, beyond the tolerance of {tolerance_g} g."
    )
    remedy_zh = "请先查找漏记、错记的记录；确属盘盈盘亏的，确认接受差异并写明原因。"
    remedy_en = "Look for records that are missing or wrong first; if it is a true gain or loss, accept it and say why."


class StocktakeOfNoStock(NamedError):
    """An account on which nothing lies that could be counted."""

    code = "stocktake_of_no_stock"
    zh = "账户 {account} 没有可盘点的存量。"
    en = "Nothing lies on the account {account} that could be counted."
    remedy_zh = "只能盘点 storage、process、product、sink 四类账户。"
    remedy_en = "Count accounts of the roles storage, process, product and sink."


class StocktakeNegative(NamedError):
    """Less than nothing was counted, or tolerated."""

    code = "stocktake_negative"
    zh = "实盘数和允许误差不能小于零：{mass_g} 克。"
    en = "What was counted and what is tolerated cannot be below zero: {mass_g} g."
    remedy_zh = "请填写实际盘点的数量；没有存量请填 0。"
    remedy_en = "State what was counted; 0 when there was nothing."


@dataclass(frozen=True, slots=True)
class Count:
    """``counted_g`` grams of ``stream`` on ``account``; a difference of up to ``tolerance_g`` is of no account.

    A difference that is accepted belongs to ``lot`` where the account's stock is kept by lots.
    """

    account: str
    stream: str
    counted_g: int
    tolerance_g: int = 0
    lot: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asserted:
    """A standing count: what was counted at ``at``, and what the book says of that moment, difference included."""

    record: UUID
    account: str
    stream: str
    at: datetime
    counted_g: int
    tolerance_g: int
    book_g: int

    @property
    def difference_g(self) -> int:
        """Counted less booked, grams."""
        return self.counted_g - self.book_g

    @property
    def holds(self) -> bool:
        """Whether the book agrees within the tolerance."""
        return abs(self.difference_g) <= self.tolerance_g


def booked(connection: Connection[Any], account: str, stream: str, at: datetime, known: datetime | None = None) -> int:
    """Grams of ``stream`` on the account with all that happened up to ``at``, that instant included."""
    return balance_at(connection, account, stream, at + _INSTANT, known)


def take_stock(connection: Connection[Any], count: Count, said: Record, *, accept: bool = False) -> Outcome:
    """Append what was counted at ``said.happened_at``; ``said`` tells by whom, by which rule, on what evidence.

    With ``accept`` any difference is booked to the adjustment account. Sent again under its id it changes nothing.
    Raises StocktakeDiffers (unless accepted), StocktakeOfNoStock and StocktakeNegative; what the journal refuses is in
    the outcome.
    """
    _check(count)
    with connection.transaction():
        # Two counts of one stock at once would both book the same difference.
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (f"{COUNTED} {count.account} {count.stream}",)
        )
        seen = _observations(count)
        entries = _sent_before(connection, said.id)
        if entries is None:
            entries = _difference(connection, count, said.happened_at, accept=accept)
        return append(connection, [replace(said, entries=entries, observations=seen, steps=())])[0]


def _check(count: Count) -> None:
    for mass_g in (count.counted_g, count.tolerance_g):
        if mass_g < 0:
            raise StocktakeNegative(mass_g=mass_g)
    if count.account.partition(":")[0] not in ROLES:
        raise StocktakeOfNoStock(account=count.account)


def _observations(count: Count) -> tuple[Observation, ...]:
    told = {COUNTED: count.counted_g, TOLERANCE: count.tolerance_g}
    return tuple(
        Observation(metric, count.account, Decimal(mass_g), UNIT, count.stream) for metric, mass_g in told.items()
    )


def _sent_before(connection: Connection[Any], id_: UUID) -> tuple[Entry, ...] | None:
    """The entries of the record with this id: the difference of a count that is sent again is as it was."""
    rows = connection.execute(
        "SELECT f.key, t.key, s.id, e.mass_g, e.from_lot, e.to_lot FROM journal.record r "
        "LEFT JOIN journal.entry e USING (seq) LEFT JOIN journal.account f ON f.n = e.from_n "
        "LEFT JOIN journal.account t ON t.n = e.to_n LEFT JOIN journal.stream s ON s.n = e.stream_n "
        "WHERE r.id = %s ORDER BY e.ordinal",
        (id_,),
    ).fetchall()
    return tuple(Entry(*row) for row in rows if row[0] is not None) if rows else None


def _difference(connection: Connection[Any], count: Count, at: datetime, *, accept: bool) -> tuple[Entry, ...]:
    book_g = booked(connection, count.account, count.stream, at)
    difference_g = count.counted_g - book_g
    if not accept and abs(difference_g) > count.tolerance_g:
        raise StocktakeDiffers(
            account=count.account, stream=count.stream, counted_g=count.counted_g, book_g=book_g,
            difference_g=difference_g, tolerance_g=count.tolerance_g,
        )  # fmt: skip
    if not accept or not difference_g:
        return ()
    beside = f"adjustment:{count.account.partition(':')[2]}"
    if difference_g > 0:
        return (Entry(beside, count.account, count.stream, difference_g, None, count.lot),)
    return (Entry(count.account, beside, count.stream, -difference_g, count.lot, None),)


_COUNTS = """
SELECT r.id, o.place, o.stream, r.happened_at, o.value::bigint, coalesce(t.value, 0)::bigint
FROM journal.observation o JOIN journal.record r ON r.seq = o.seq
LEFT JOIN journal.observation t ON t.seq = o.seq AND t.metric = %(tolerance)s AND t.place = o.place
    AND t.stream = o.stream
WHERE o.metric = %(counted)s AND (%(account)s::text IS NULL OR o.place = %(account)s) AND {known}
  AND NOT EXISTS (SELECT FROM journal.record back WHERE back.reverses = r.id AND {known_back})
ORDER BY r.happened_at DESC, r.seq DESC LIMIT %(most)s"""


def asserted(
    connection: Connection[Any], account: str | None = None, *, as_known_on: datetime | None = None, most: int = 100
) -> list[Asserted]:
    """The counts that stand, latest first, beside what the book says of their moment (or did, on ``as_known_on``)."""
    known = known_on(connection, as_known_on)
    query = sql.SQL(_COUNTS).format(known=known.known("o"), known_back=known.known("back"))
    values = {"counted": COUNTED, "tolerance": TOLERANCE, "account": account, "most": most}
    rows = ask(connection, query, values).fetchall()
    moments = [(account, stream, at + _INSTANT) for _, account, stream, at, *_ in rows]
    books = balances_at(connection, moments, as_known_on)
    return [Asserted(*(*row, book_g)) for row, book_g in zip(rows, books, strict=True)]
