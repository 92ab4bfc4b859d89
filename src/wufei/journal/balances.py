"""Balances of the Book by account, place, role or stream, and what is still in transit; also as known on an instant."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.moments import CITY_TIME, month_of, start_of
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering

Axis = Literal["account", "place", "role", "stream"]
_COLUMNS: dict[str, str] = {"account": "a.key", "place": "a.place", "role": "a.role::text", "stream": "s.id"}

# What stands now, and with the opposite sign what became known only later, by the numbers of accounts and streams.
_NOW = """
SELECT account_n, stream_n, in_g - out_g AS mass_g FROM journal.turnover WHERE {account} AND {stream}
UNION ALL SELECT account_n, stream_n, mass_g FROM journal.transit WHERE {account} AND {stream}"""
_LATER = """
UNION ALL SELECT to_n, to_stream_n, -mass_g FROM journal.entry e WHERE {later} AND {to_account} AND {to_stream}
UNION ALL SELECT from_n, stream_n, mass_g FROM journal.entry e WHERE {later} AND {from_account} AND {stream}"""
_BALANCES = """
SELECT {columns}, sum(b.mass_g)::bigint
FROM (SELECT account_n, stream_n, sum(mass_g) AS mass_g FROM ({book}) AS lines
      GROUP BY 1, 2 HAVING sum(mass_g) <> 0) AS b
JOIN journal.account a ON a.n = b.account_n JOIN journal.stream s ON s.n = b.stream_n
WHERE {where} AND {beyond} GROUP BY {columns} HAVING sum(b.mass_g) <> 0 {order} LIMIT {limit}"""
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Balance:
    """Grams on the accounts that share what is not None; below zero where more left than came."""

    mass_g: int
    account: str | None = None
    place: str | None = None
    role: str | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class Transit:
    """A manifest whose transit account is not at zero: grams of a stream, and when it was dispatched."""

    account: str
    stream: str
    mass_g: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """Which balances: of an account, a place, a role, any of several streams; None is all."""

    account: str | None = None
    place: str | None = None
    role: str | None = None
    streams: Collection[str] | None = None


def balances(
    connection: Connection[Any],
    wanted: Held = Held(),
    *,
    by: tuple[Axis, ...] = ("account", "stream"),
    as_known_on: datetime | None = None,
    cursor: str | None = None,
    size: int = 100,
) -> Page[Balance]:
    """Balances that are not zero, summed ``by`` one or more axes, in the order of their names, in pages.

    Raises CursorUnreadable and what ``asknown.known_on`` raises.
    """
    size, position = limited(size), Position.read(cursor, *(str for _ in by))
    known = known_on(connection, as_known_on)
    streams = _stream_numbers(connection, wanted.streams)
    columns = [_COLUMNS[axis] for axis in by]
    rows: list[tuple[Any, ...]] = []
    for accounts in _accounts(connection, wanted, by, position):
        query = sql.SQL(_BALANCES).format(
            columns=sql.SQL(", ").join(map(sql.SQL, columns)),
            book=_book(known, accounts, streams),
            where=_where(wanted),
            beyond=beyond(columns, position),
            order=ordering(columns, position),
            limit=size + 1 - len(rows),
        )
        rows += ask(connection, query, _values(wanted) | key_values(position)).fetchall()
        if len(rows) > size:
            break
    kept, following, preceding = make_page(rows, size, position, lambda row: row[:-1])
    items = tuple(Balance(row[-1], **dict(zip(by, row[:-1], strict=True))) for row in kept)
    return Page(items, following, preceding)


def _accounts(
    connection: Connection[Any], wanted: Held, by: tuple[Axis, ...], position: Position | None
) -> Iterator[list[int] | None]:
    """The numbers of the accounts to look at, chunk by chunk when they come in order of their keys; None is all."""
    keyed = by[0] == "account"
    if not keyed and wanted.account is None and wanted.place is None:
        yield None
        return
    back = position is not None and position.back
    query = sql.SQL("SELECT a.n, a.key FROM journal.account a WHERE {where} AND {from_here} {order} LIMIT {chunk}")
    values, at = _values(wanted), position.keys[0] if keyed and position else None
    chunk = _CHUNK if keyed else None
    from_here = sql.SQL("true" if at is None else "a.key <= %(at)s" if back else "a.key >= %(at)s")
    while True:
        found = ask(
            connection,
            query.format(
                where=_where(wanted, streams=False), from_here=from_here, chunk=chunk, order=_by_key(back=back)
            ),
            values | {"at": at},
        ).fetchall()
        yield [n for n, _ in found]
        if chunk is None or len(found) < chunk:
            return
        at, chunk = found[-1][1], min(chunk * 4, 64_000)
        from_here = sql.SQL("a.key < %(at)s" if back else "a.key > %(at)s")


def _by_key(*, back: bool) -> sql.Composable:
    return sql.SQL("ORDER BY a.key DESC" if back else "ORDER BY a.key")


def _stream_numbers(connection: Connection[Any], streams: Collection[str] | None) -> list[int] | None:
    if streams is None:
        return None
    return [n for (n,) in ask(connection, "SELECT n FROM journal.stream WHERE id = ANY (%s)", (list(streams),))]


def _book(known: Known, accounts: list[int] | None, streams: list[int] | None) -> sql.Composable:
    def among(column: str, numbers: list[int] | None) -> sql.Composable:
        return sql.SQL("true") if numbers is None else sql.SQL(f"{column} = ANY ({{}}::int[])").format(numbers)

    account, stream = among("account_n", accounts), among("stream_n", streams)
    book = sql.SQL(_NOW).format(account=account, stream=stream)
    if known.at is None:
        return book
    return book + sql.SQL(_LATER).format(
        later=known.later("e"),
        to_account=among("to_n", accounts),
        from_account=among("from_n", accounts),
        to_stream=among("to_stream_n", streams),
        stream=stream,
    )


_TESTS = {
    "account": "a.key = %(account)s",
    "place": "a.place = %(place)s",
    "role": "a.role = %(role)s::journal.role",
    "streams": "s.id = ANY (%(streams)s)",
}


def _where(wanted: Held, *, streams: bool = True) -> sql.Composable:
    names = [name for name in _TESTS if getattr(wanted, name) is not None and (streams or name != "streams")]
    return sql.SQL(" AND ").join(map(sql.SQL, [_TESTS[name] for name in names] or ["true"]))


def _values(wanted: Held) -> dict[str, Any]:
    return {
        "account": wanted.account,
        "place": wanted.place,
        "role": wanted.role,
        "streams": list(wanted.streams or ()),
    }


def open_transit(
    connection: Connection[Any],
    wanted: Held = Held(),
    *,
    as_known_on: datetime | None = None,
    cursor: str | None = None,
    size: int = 100,
) -> Page[Transit]:
    """Manifests in transit that are not at zero (on the road, short, over or lost), those first named first."""
    size, position = limited(size), Position.read(cursor, int, str)
    known = known_on(connection, as_known_on)
    columns = ("a.n", "s.id")
    query = sql.SQL(
        "SELECT a.n, s.id, a.key, b.mass_g, "
        "(SELECT min(e.happened_at) FROM journal.entry e WHERE e.to_n = a.n AND {known}) "
        "FROM (SELECT account_n, stream_n, sum(mass_g)::bigint AS mass_g FROM ({road}) AS road GROUP BY 1, 2 "
        "HAVING sum(mass_g) <> 0) AS b JOIN journal.account a ON a.n = b.account_n "
        "JOIN journal.stream s ON s.n = b.stream_n WHERE {where} AND {beyond} {order} LIMIT {limit}"
    ).format(
        known=known.known("e"),
        road=_road(known),
        where=_where(wanted),
        beyond=beyond(columns, position),
        order=ordering(columns, position),
        limit=size + 1,
    )
    rows = ask(connection, query, _values(wanted) | key_values(position)).fetchall()
    kept, following, preceding = make_page(rows, size, position, lambda row: row[:2])
    items = (Transit(key, stream, mass_g, since) for _, stream, key, mass_g, since in kept)
    return Page(tuple(items), following, preceding)


def _road(known: Known) -> sql.Composable:
    now = "SELECT account_n, stream_n, mass_g FROM journal.transit WHERE mass_g <> 0"
    if known.at is None:
        return sql.SQL(now)
    every = sql.SQL("true")
    later = sql.SQL(_LATER).format(
        later=known.later("e"), to_account=every, from_account=every, to_stream=every, stream=every
    )
    return sql.SQL(
        "{now} UNION ALL SELECT l.* FROM (SELECT NULL::int, NULL::int, NULL::bigint WHERE false {later}) AS l "
        "(account_n, stream_n, mass_g) JOIN journal.account road ON road.n = l.account_n AND road.role = 'transit'"
    ).format(now=sql.SQL(now), later=later)


# Whole months from the turnover; the rest of the month, and manifests in transit, entry by entry.
_HELD = """
SELECT coalesce(sum(g), 0)::bigint FROM (
    SELECT t.in_g - t.out_g AS g FROM journal.turnover t
    WHERE t.account_n = %(n)s AND t.month < %(month)s AND {stream_of_t}
    UNION ALL SELECT e.mass_g FROM journal.entry e
    WHERE e.to_n = %(n)s AND e.happened_at >= %(begin)s AND {before} AND {stream_in}
    UNION ALL SELECT -e.mass_g FROM journal.entry e
    WHERE e.from_n = %(n)s AND e.happened_at >= %(begin)s AND {before} AND {stream_out}
    UNION ALL SELECT -e.mass_g FROM journal.entry e WHERE e.to_n = %(n)s AND {before} AND {later} AND {stream_in}
    UNION ALL SELECT e.mass_g FROM journal.entry e WHERE e.from_n = %(n)s AND {before} AND {later} AND {stream_out}
) AS held"""
_SINCE_EVER = datetime(1900, 1, 1, tzinfo=CITY_TIME)


@dataclass(frozen=True, slots=True)
class Account:
    """An account's number, whether it is a manifest in transit, and the stream looked at (None: all together)."""

    n: int
    in_transit: bool
    stream_n: int | None

    def streams(self) -> dict[str, sql.Composable]:
        """Conditions on the stream of a turnover ``t``, of what enters and of what leaves by an entry ``e``."""
        columns = {"stream_of_t": "t.stream_n", "stream_in": "e.to_stream_n", "stream_out": "e.stream_n"}
        if self.stream_n is None:
            return dict.fromkeys(columns, sql.SQL("true"))
        return {name: sql.SQL(f"{column} = {{}}").format(self.stream_n) for name, column in columns.items()}


def find_account(connection: Connection[Any], key: str, stream: str | None) -> Account | None:
    """The account, or None when no record has named the account or the stream yet."""
    row = ask(
        connection,
        "SELECT a.n, a.node_n IS NOT NULL, (SELECT n FROM journal.stream WHERE id = %s) "
        "FROM journal.account a WHERE key = %s",
        (stream, key),
    ).fetchone()
    return None if row is None or (stream is not None and row[2] is None) else Account(*row)


def held_before(
    connection: Connection[Any], account: Account, moment: datetime, known: Known, line: tuple[int, int] | None = None
) -> int:
    """Grams on the account just before ``moment``, or just before the entry ``line`` (seq, ordinal) of that moment."""
    month = month_of(moment)
    values = {
        "n": account.n,
        "month": month,
        "begin": _SINCE_EVER if account.in_transit else start_of(month),
        "moment": moment,
        "line": list(line or ()),
    }
    before = "e.happened_at < %(moment)s"
    if line is not None:
        values |= {"seq": line[0], "ordinal": line[1]}
        before = (
            "e.happened_at <= %(moment)s AND (e.happened_at, e.seq, e.ordinal) < (%(moment)s, %(seq)s, %(ordinal)s)"
        )
    query = sql.SQL(_HELD).format(before=sql.SQL(before), later=known.later("e"), **account.streams())
    return (ask(connection, query, values).fetchone() or (0,))[0]


def balance_at(
    connection: Connection[Any], account: str, stream: str | None, moment: datetime, as_known_on: datetime | None = None
) -> int:
    """Grams of ``stream`` (None: of all together) on the account just before ``moment``; 0 for one never named."""
    found = find_account(connection, account, stream)
    return 0 if found is None else held_before(connection, found, moment, known_on(connection, as_known_on))
