"""The waste register (管理台账) of a site, tables B.1 to B.5 of HJ 1259—2022: read from the journal, never typed.

Each table is a way that mass takes at the site: out of ``origin`` (B.1), into ``storage`` (B.2), out of it (B.3), into
an own ``process`` or ``sink`` (B.4), and away from the site (B.5). What a reversal takes back is a row of its own with
a mass below zero, so that the sums are the Book's. Only hazardous streams stand in it. Days are the city's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.moments import CITY_TIME, month_after, start_of
from wufei.journal.paging import CursorUnreadable, Page, Position, beyond, key_values, limited, make_page, ordering

Grain = Literal["day", "month", "period"]
BLOCK = 5_000


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its number in annex B, how its batch codes begin, the roles on the site's side and on the other.

    ``enters`` is true where the site's side is entered; ``others`` are roles of accounts elsewhere, else any account.
    """

    id: str
    number: str
    prefix: str
    roles: tuple[str, ...]
    enters: bool
    others: tuple[str, ...] = ()


_OWN = ("origin", "storage", "process", "product", "sink")
_AWAY = ("transit", "outside", "storage", "process", "sink")
TABLES: dict[str, Table] = {
    t.id: t
    for t in (
        Table("generated", "B.1", "HWCS", ("origin",), enters=False),
        Table("stored", "B.2", "HWRK", ("storage",), enters=True),
        Table("removed", "B.3", "HWCK", ("storage",), enters=False),
        Table("treated", "B.4", "HWZX", ("process", "sink"), enters=True),
        Table("handed_over", "B.5", "HWWW", _OWN, enters=False, others=_AWAY),
    )
}  # fmt: skip
# What came in from elsewhere: declarations and licence holders' reports tell it apart.
RECEIVED = Table(
    "received", "B.2", "HWRK", ("storage", "process", "sink"), enters=True, others=("transit", "outside", "storage")
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: ``account`` is the site's side and ``counter`` the other; ``mass_g`` is below zero for a reversal.

    ``batch`` is the batch code as HJ 1259 suggests it: prefix, day and a number that later records never change.
    """

    batch: str
    happened_at: datetime
    seq: int
    ordinal: int
    record: UUID
    stream: str
    mass_g: int
    account: str
    counter: str
    lot: UUID | None
    counter_lot: UUID | None
    basis: str
    actor: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Total:
    """Grams of a stream in a bucket of days (a day, a month, or the whole period: then ``since`` is its first day)."""

    stream: str
    since: date
    mass_g: int
    rows: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose register: the site, the days (both counted), the streams (None: every hazardous one)."""

    site: str
    days: tuple[date, date]
    streams: Collection[str] | None = None


_KEYS = ("n.happened_at", "n.seq", "n.ordinal")
_DAY = "(e.happened_at AT TIME ZONE 'UTC' + interval '8 hours')::date"
_SIDE = """
SELECT e.happened_at, e.seq, e.ordinal, e.{mine} AS mine_n, e.{other} AS other_n, s.id AS stream,
       {sign} e.mass_g AS mass_g, e.{lot} AS lot, e.{other_lot} AS other_lot, {day} AS day,
       r.id AS record, r.basis, r.actor, r.note
FROM journal.entry e JOIN journal.record r ON r.seq = e.seq AND r.reverses IS {reversed} NULL
JOIN journal.stream s ON s.n = e.{stream} AND s.hazardous
WHERE e.{mine} = ANY (%(accounts)s) AND e.happened_at >= %(low)s AND e.happened_at < %(high)s {there}"""
_THERE = """AND EXISTS (SELECT FROM journal.account o WHERE o.n = e.{other} AND o.place <> %(site)s
    AND o.role::text = ANY (%(others)s))"""
# Numbered by day before anything is left out; accounts are named last, for the rows of the page alone.
_ROWS = """
SELECT n.day, n.number, n.happened_at, n.seq, n.ordinal, n.record, n.stream, n.mass_g,
       (SELECT key FROM journal.account WHERE n = n.mine_n), (SELECT key FROM journal.account WHERE n = n.other_n),
       n.lot, n.other_lot, n.basis::text, n.actor, n.note
FROM (SELECT n.* FROM (
          SELECT e.*, row_number() OVER (PARTITION BY day ORDER BY seq, ordinal) AS number FROM ({sides}) AS e) AS n
      WHERE {of_stream} AND {beyond} {order} LIMIT {limit}) AS n {order}"""
_TOTALS = """
SELECT n.stream, {bucket} AS since, sum(n.mass_g)::bigint, count(*)
FROM ({sides}) AS n WHERE {of_stream} GROUP BY 1, 2 ORDER BY 2, 1"""
_BUCKETS = {
    "day": "n.day",
    "month": "date_trunc('month', n.day)::date",
    "period": "%(first)s::date",
}
_STREAMS = "(%(streams)s::text[] IS NULL OR n.stream = ANY (%(streams)s))"


def rows(
    connection: Connection[Any], table: Table, asked: Asked, *, cursor: str | None = None, size: int = 50
) -> Page[Row]:
    """A page of a table's rows, in the order in which they happened. Raises CursorUnreadable."""
    size, position = limited(size), _read(cursor)
    query = sql.SQL(_ROWS).format(
        sides=_sides(table),
        of_stream=sql.SQL(_STREAMS),
        beyond=beyond(_KEYS, position),
        order=ordering(_KEYS, position),
        limit=size + 1,
    )
    near = replace(asked, days=_days_from(asked.days, position))
    found = ask(connection, query, values_of(connection, table, near) | key_values(position)).fetchall()
    kept, following, preceding = make_page(found, size, position, lambda row: (row[2].isoformat(), row[3], row[4]))
    return Page(tuple(_row(table, row) for row in kept), following, preceding)


def _days_from(days: tuple[date, date], position: Position | None) -> tuple[date, date]:
    """The days that a page can lie in: whole ones, since rows are numbered by day."""
    if position is None:
        return days
    day = position.keys[0].astimezone(CITY_TIME).date()
    return (days[0], min(day, days[1])) if position.back else (max(day, days[0]), days[1])


def every_row(connection: Connection[Any], table: Table, asked: Asked) -> Iterator[Row]:
    """All rows of a table, month by month and in blocks, whatever the length of the period."""
    first, last = asked.days
    while first <= last:
        month = replace(asked, days=(first, min(last, month_after(first) - timedelta(days=1))))
        cursor: str | None = None
        while True:
            page = rows(connection, table, month, cursor=cursor, size=BLOCK)
            yield from page.items
            if (cursor := page.next) is None:
                break
        first = month_after(first)


def totals(connection: Connection[Any], table: Table, asked: Asked, grain: Grain = "period") -> list[Total]:
    """Grams and rows by stream and day, month or whole period."""
    query = sql.SQL(_TOTALS).format(
        bucket=sql.SQL(_BUCKETS[grain]), sides=_sides(table), of_stream=sql.SQL(_STREAMS)
    )  # fmt: skip
    return [Total(*row) for row in ask(connection, query, values_of(connection, table, asked))]


def _sides(table: Table) -> sql.Composed:
    """The entries as they were made, and those that reversals mirror, with the opposite sign."""
    entering = {"mine": "to_n", "other": "from_n", "stream": "to_stream_n", "lot": "to_lot", "other_lot": "from_lot"}
    leaving = {"mine": "from_n", "other": "to_n", "stream": "stream_n", "lot": "from_lot", "other_lot": "to_lot"}
    made, mirrored = (entering, leaving) if table.enters else (leaving, entering)
    if "process" in table.roles and table.enters:  # what was put in, not what it may have become
        made, mirrored = made | {"stream": "stream_n"}, mirrored | {"stream": "to_stream_n"}
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(_SIDE).format(
            **{name: sql.SQL(column) for name, column in columns.items()},
            sign=sql.SQL(sign),
            reversed=sql.SQL(reversed_),
            day=sql.SQL(_DAY),
            there=sql.SQL(_THERE if table.others else "").format(other=sql.SQL(columns["other"])),
        )
        for columns, sign, reversed_ in ((made, "", ""), (mirrored, "-", "NOT"))
    )


def values_of(connection: Connection[Any], table: Table, asked: Asked) -> dict[str, Any]:
    """What the queries of a table name: its accounts, the days, the streams."""
    return {
        "accounts": accounts_of(connection, asked.site, table.roles),
        "others": list(table.others),
        "site": asked.site,
        "streams": None if asked.streams is None else list(asked.streams),
        "first": asked.days[0],
        "low": start_of(asked.days[0]),
        "high": start_of(asked.days[1] + timedelta(days=1)),
    }


_ACCOUNTS = "SELECT n FROM journal.account WHERE place = %s AND role::text = ANY (%s) ORDER BY n"


def accounts_of(connection: Connection[Any], site: str, roles: Collection[str]) -> list[int]:
    """The numbers of a site's accounts in some roles, details included."""
    return [n for (n,) in ask(connection, _ACCOUNTS, (site, list(roles)))]


def _row(table: Table, row: tuple[Any, ...]) -> Row:
    day, number, *rest = row
    return Row(f"{table.prefix}{day:%Y%m%d}{number:03}", *rest)


def _read(cursor: str | None) -> Position | None:
    position = Position.read(cursor, str, int, int)
    try:
        return position and replace(position, keys=(datetime.fromisoformat(position.keys[0]), *position.keys[1:]))
    except ValueError as error:
        raise CursorUnreadable(text=cursor) from error
