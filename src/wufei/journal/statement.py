"""The statement of an account, like a bank's: opening, each movement with its running balance, closing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.account import Account, find_account, held_before, within
from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.moments import month_after, month_of, start_of
from wufei.journal.paging import CursorUnreadable, Position, beyond, key_values, limited, make_page, ordering


@dataclass(frozen=True, slots=True)
class Line:
    """One movement: grams in (above zero) or out (below), the account on the other side, and the balance after it."""

    happened_at: datetime
    seq: int
    ordinal: int
    record: UUID
    period: str
    basis: str
    counter_account: str
    stream: str
    mass_g: int
    balance_g: int
    reversal: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """``opening_g`` + ``in_g`` − ``out_g`` = ``closing_g``; ``lines`` are one page of the movements between.

    ``stream`` None adds all streams together. Days are the city's, both counted.
    """

    account: str
    stream: str | None
    first_day: date
    last_day: date
    opening_g: int
    in_g: int
    out_g: int
    lines: tuple[Line, ...]
    next: str | None
    previous: str | None
    as_known_on: datetime | None

    @property
    def closing_g(self) -> int:
        """The balance at the end of the last day."""
        return self.opening_g + self.in_g - self.out_g


_ORDER = ("e.happened_at", "e.seq", "e.ordinal")
_SIDE = """
(SELECT e.happened_at, e.seq, e.ordinal, {mine} AS stream_n, {other} AS other_n, {sign} AS mass_g
 FROM journal.entry e WHERE {me} = %(n)s AND e.happened_at >= %(low)s AND e.happened_at < %(high)s
 AND {stream} AND {known} AND {beyond} {order} LIMIT {limit})"""
_LINES = """
SELECT e.happened_at, e.seq, e.ordinal, r.id, r.period, r.basis::text, a.key, s.id, e.mass_g,
       r.reverses IS NOT NULL, r.note
FROM (SELECT * FROM ({sides}) AS e {order} LIMIT {limit}) AS e
JOIN journal.record r ON r.seq = e.seq
JOIN journal.account a ON a.n = e.other_n JOIN journal.stream s ON s.n = e.stream_n {order}"""
_SUMS = """
SELECT coalesce(sum(i), 0)::bigint, coalesce(sum(o), 0)::bigint FROM (
    SELECT t.in_g AS i, t.out_g AS o FROM journal.turnover t
    WHERE t.account_n = %(n)s AND t.month >= %(first)s AND t.month < %(past)s AND {stream_of_t}
    UNION ALL SELECT e.mass_g, 0 FROM journal.entry e WHERE e.to_n = %(n)s AND ({edges}) AND {stream_in}
    UNION ALL SELECT 0, e.mass_g FROM journal.entry e WHERE e.from_n = %(n)s AND ({edges}) AND {stream_out}
    UNION ALL SELECT -e.mass_g, 0 FROM journal.entry e
    WHERE e.to_n = %(n)s AND e.happened_at >= %(low)s AND e.happened_at < %(high)s AND {later} AND {stream_in}
    UNION ALL SELECT 0, -e.mass_g FROM journal.entry e
    WHERE e.from_n = %(n)s AND e.happened_at >= %(low)s AND e.happened_at < %(high)s AND {later} AND {stream_out}
) AS moved"""
_EDGES = (
    "e.happened_at >= %(low)s AND e.happened_at < %(low_past)s "
    "OR e.happened_at >= %(high_from)s AND e.happened_at < %(high)s"
)


def statement(
    connection: Connection[Any],
    account: str,
    stream: str | None,
    days: tuple[date, date],
    *,
    cursor: str | None = None,
    size: int = 50,
    as_known_on: datetime | None = None,
) -> Statement:
    """The statement of ``account`` from the first to the last of ``days``; an account never named has an empty one.

    Each page is computed from the Book as it stands (or stood), so that running balances are right on every page.
    Raises CursorUnreadable and what ``asknown.known_on`` raises.
    """
    size, position = limited(size), _read(cursor)
    known = known_on(connection, as_known_on)
    found = find_account(connection, account, stream)
    if found is None:
        return Statement(account, stream, *days, 0, 0, 0, (), None, None, as_known_on)
    low, high = start_of(days[0]), start_of(days[1] + timedelta(days=1))
    opening = held_before(connection, found, low, known)
    in_g, out_g = _sums(connection, found, within(known, found, low), within(known, found, high), known)
    rows = _rows(connection, found, low, high, known, position, size)
    kept, following, preceding = make_page(rows, size, position, lambda row: (row[0].isoformat(), row[1], row[2]))
    lines = _running(connection, found, known, kept)
    return Statement(account, stream, *days, opening, in_g, out_g, lines, following, preceding, as_known_on)


def _read(cursor: str | None) -> Position | None:
    position = Position.read(cursor, str, int, int)
    try:
        return position and replace(position, keys=(datetime.fromisoformat(position.keys[0]), *position.keys[1:]))
    except ValueError as error:
        raise CursorUnreadable(text=cursor) from error


def _sums(
    connection: Connection[Any], account: Account, low: datetime, high: datetime, known: Known
) -> tuple[int, int]:
    """Grams in and out between two instants: whole months from the turnover, the edges entry by entry."""
    first = month_of(low) if low == start_of(month_of(low)) else month_after(month_of(low))
    past = max(first, month_of(high))
    inner = first < past and not account.in_transit
    values = {
        "n": account.n,
        "low": low,
        "high": high,
        "first": first,
        "past": past,
        "low_past": start_of(first) if inner else high,
        "high_from": start_of(past) if inner else high,
    }
    if not inner:
        values["past"] = first
    query = sql.SQL(_SUMS).format(edges=sql.SQL(_EDGES), later=known.later("e"), **account.streams())
    return ask(connection, query, values).fetchone() or (0, 0)


def _rows(
    connection: Connection[Any],
    account: Account,
    low: datetime,
    high: datetime,
    known: Known,
    position: Position | None,
    size: int,
) -> list[tuple[Any, ...]]:
    """The movements of one page, in the direction of travel, one to spare."""
    streams = account.streams()
    order, limit = ordering(_ORDER, position), sql.Literal(size + 1)
    common = {"known": known.known("e"), "beyond": beyond(_ORDER, position), "order": order, "limit": limit}
    enters = {"me": "e.to_n", "mine": "e.to_stream_n", "other": "e.from_n", "sign": "e.mass_g"}
    leaves = {"me": "e.from_n", "mine": "e.stream_n", "other": "e.to_n", "sign": "-e.mass_g"}
    sides = [
        sql.SQL(_SIDE).format(stream=streams[stream], **common, **{k: sql.SQL(v) for k, v in side.items()})
        for side, stream in ((enters, "stream_in"), (leaves, "stream_out"))
    ]
    query = sql.SQL(_LINES).format(sides=sql.SQL(" UNION ALL ").join(sides), order=order, limit=limit)
    values: dict[str, Any] = {"n": account.n, "low": low, "high": high}
    if position is not None:
        edge = "high" if position.back else "low"  # lets the index begin at the cursor
        values |= key_values(position) | {edge: _edge(position, low, high)}
    return ask(connection, query, values).fetchall()


def _edge(position: Position, low: datetime, high: datetime) -> datetime:
    moment: datetime = position.keys[0]
    return min(high, moment + timedelta(microseconds=1)) if position.back else max(low, moment)


def _running(
    connection: Connection[Any], account: Account, known: Known, rows: list[tuple[Any, ...]]
) -> tuple[Line, ...]:
    if not rows:
        return ()
    first = rows[0]
    balance = held_before(connection, account, first[0], known, (first[1], first[2]))
    lines = []
    for happened_at, seq, ordinal, id_, period, basis, counter, stream, mass_g, reversal, note in rows:
        balance += mass_g
        lines.append(
            Line(happened_at, seq, ordinal, id_, period, basis, counter, stream, mass_g, balance, reversal, note)
        )
    return tuple(lines)
