"""Balances of the Book by account, place, role or stream, and what is still in transit; also as known on an instant."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.cube_sql import by_role
from wufei.journal.moments import month_of
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering

Axis = Literal["account", "place", "role", "stream"]
Order = Literal["name", "mass"]
_COLUMNS: dict[str, str] = {"account": "a.key", "place": "a.place", "role": "a.role::text", "stream": "s.id"}

# What stands now, and with the opposite sign what became known only later, by the numbers of accounts and streams.
_TURNOVER = """
SELECT account_n, stream_n, in_g - out_g AS mass_g FROM journal.turnover WHERE {account} AND {stream} AND {month}"""
_TRANSIT = "SELECT account_n, stream_n, mass_g FROM journal.transit WHERE {account} AND {stream}"
_LATER = """
SELECT to_n, to_stream_n, -mass_g FROM journal.entry e WHERE {later} AND {to_account} AND {to_stream} AND {month}
UNION ALL
SELECT from_n, stream_n, mass_g FROM journal.entry e WHERE {later} AND {from_account} AND {stream} AND {month}"""
_BALANCES = """
SELECT {columns}, sum(b.mass_g)::bigint AS mass_g
FROM (SELECT account_n, stream_n, sum(mass_g) AS mass_g FROM ({book}) AS lines
      GROUP BY 1, 2 HAVING sum(mass_g) <> 0) AS b
JOIN journal.account a ON a.n = b.account_n JOIN journal.stream s ON s.n = b.stream_n
WHERE {where} AND {beyond} GROUP BY {columns} HAVING sum(b.mass_g) <> 0"""
_BY_ROLE = """
SELECT {columns}, sum(b.mass_g)::bigint AS mass_g
FROM (SELECT ends.role, ends.stream_n, sum(ends.mass_g) AS mass_g
      FROM ({flows}) AS c CROSS JOIN LATERAL (VALUES
          (c.to_role, c.to_stream_n, c.mass_g), (c.from_role, c.stream_n, - c.mass_g)) AS ends (role, stream_n, mass_g)
      GROUP BY 1, 2) AS a JOIN journal.stream s ON s.n = a.stream_n CROSS JOIN LATERAL (SELECT a.mass_g) AS b
WHERE {where} AND {beyond} GROUP BY {columns} HAVING sum(b.mass_g) <> 0"""
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
    order: Order = "name",
    as_known_on: datetime | None = None,
    cursor: str | None = None,
    size: int = 100,
) -> Page[Balance]:
    """Balances that are not zero, summed ``by`` one or more axes, by their names or the largest first, in pages.

    Raises CursorUnreadable and what ``asknown.known_on`` raises.
    """
    kinds = (*((int,) if order == "mass" else ()), *(str for _ in by))
    size, position = limited(size), Position.read(cursor, *kinds)
    known = known_on(connection, as_known_on)
    read = _by_mass if order == "mass" else _by_name
    streams, flows = _stream_numbers(connection, wanted.streams), _flows_enough_for(connection, wanted, by, known)
    rows = read(connection, _Question(wanted, by, known, streams, flows), position, size)
    kept, following, preceding = make_page(
        rows, size, position, lambda row: (row[-1], *row[:-1]) if order == "mass" else row[:-1]
    )
    items = tuple(Balance(row[-1], **dict(zip(by, row[:-1], strict=True))) for row in kept)
    return Page(items, following, preceding)


def _flows_enough_for(
    connection: Connection[Any], wanted: Held, by: tuple[Axis, ...], known: Known
) -> sql.Composable | None:
    """Flows by role, when neither an account nor a place is asked for and they are at hand."""
    if wanted.account is not None or wanted.place is not None or not set(by) <= {"role", "stream"}:
        return None
    return by_role(connection, known)


@dataclass(frozen=True, slots=True)
class _Question:
    """Which balances, by which axes, as known when, of which streams by number, and the flows by role if they do."""

    wanted: Held
    by: tuple[Axis, ...]
    known: Known
    streams: list[int] | None
    flows: sql.Composable | None

    @property
    def columns(self) -> list[str]:
        return [_COLUMNS[axis] for axis in self.by]

    def select(self, accounts: Accounts | None, beyond_: sql.Composable) -> sql.Composed:
        """The sums over some accounts, or all, in no order."""
        columns, where = sql.SQL(", ").join(map(sql.SQL, self.columns)), _where(self.wanted)
        if self.flows is not None:
            return sql.SQL(_BY_ROLE).format(columns=columns, flows=self.flows, where=where, beyond=beyond_)
        book = _book(self.known, accounts, self.streams)
        return sql.SQL(_BALANCES).format(columns=columns, book=book, where=where, beyond=beyond_)


Rows = list[tuple[Any, ...]]


def _by_name(connection: Connection[Any], asked: _Question, position: Position | None, size: int) -> Rows:
    """Up to one more than ``size``, account after account as far as needed."""
    rows: Rows = []
    for accounts in _accounts(connection, asked, position):
        query = sql.SQL("{select} {order} LIMIT {limit}").format(
            select=asked.select(accounts, beyond(asked.columns, position)),
            order=ordering(asked.columns, position),
            limit=size + 1 - len(rows),
        )
        rows += ask(connection, query, _values(asked.wanted) | key_values(position)).fetchall()
        if len(rows) > size:
            break
    return rows


def _by_mass(connection: Connection[Any], asked: _Question, position: Position | None, size: int) -> Rows:
    """Up to one more than ``size``, the largest first; all have to be summed to know which."""
    names = [f"c{n}" for n in range(len(asked.by))]
    keys = ("mass_g", *names)
    query = sql.SQL("SELECT * FROM ({select}) AS b ({names}, mass_g) WHERE {beyond} {order} LIMIT {limit}").format(
        select=asked.select(_accounts_named(connection, asked.wanted), sql.SQL("true")),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        beyond=beyond(keys, position, newest_first=True),
        order=ordering(keys, position, newest_first=True),
        limit=size + 1,
    )
    return ask(connection, query, _values(asked.wanted) | key_values(position)).fetchall()


def _accounts_named(connection: Connection[Any], wanted: Held) -> Accounts | None:
    """The accounts that an account or a place names; None when neither is asked for."""
    if wanted.account is None and wanted.place is None:
        return None
    query = sql.SQL("SELECT a.n, a.node_n IS NOT NULL FROM journal.account a WHERE {}")
    return ask(connection, query.format(_where(wanted, streams=False)), _values(wanted)).fetchall()


def _accounts(connection: Connection[Any], asked: _Question, position: Position | None) -> Iterator[Accounts | None]:
    """The accounts to look at, chunk by chunk when they come in order of their keys; None is all."""
    wanted = asked.wanted
    if asked.by[0] != "account":
        yield _accounts_named(connection, wanted)
        return
    back = position is not None and position.back
    query = sql.SQL(
        "SELECT a.n, a.node_n IS NOT NULL, a.key FROM journal.account a "
        "WHERE {where} AND {from_here} {order} LIMIT {chunk}"
    )
    values, at, chunk = _values(wanted), position and position.keys[0], _CHUNK
    from_here = sql.SQL("true" if at is None else "a.key <= %(at)s" if back else "a.key >= %(at)s")
    while True:
        chosen = query.format(
            where=_where(wanted, streams=False), from_here=from_here, chunk=chunk, order=_by_key(back=back)
        )
        found = ask(connection, chosen, values | {"at": at}).fetchall()
        yield [(n, in_transit) for n, in_transit, _ in found]
        if len(found) < chunk:
            return
        at, chunk = found[-1][2], min(chunk * 4, 64_000)
        from_here = sql.SQL("a.key < %(at)s" if back else "a.key > %(at)s")


def _by_key(*, back: bool) -> sql.Composable:
    return sql.SQL("ORDER BY a.key DESC" if back else "ORDER BY a.key")


def _stream_numbers(connection: Connection[Any], streams: Collection[str] | None) -> list[int] | None:
    if streams is None:
        return None
    return [n for (n,) in ask(connection, "SELECT n FROM journal.stream WHERE id = ANY (%s)", (list(streams),))]


Accounts = list[tuple[int, bool]]  # numbers, and whether it is a manifest in transit


def _book(known: Known, accounts: Accounts | None, streams: list[int] | None) -> sql.Composable:
    """Balances by account and stream, in parts that have to be added up."""
    if accounts is None:
        parts = [_folded(_TURNOVER, None, streams), _folded(_TRANSIT, None, streams)]
        parts += [] if known.at is None else [_later(known, None, streams)]
        return sql.SQL(" UNION ALL ").join(parts)
    plain, transit = ([n for n, in_transit in accounts if in_transit is road] for road in (False, True))
    parts = [_folded(_TURNOVER, plain, streams, known.horizon)]
    parts += [_folded(_TRANSIT, transit, streams)] if transit else []
    if known.at is not None:
        parts += [_later(known, plain, streams, known.horizon)]
        parts += [_later(known, transit, streams)] if transit else []
    return sql.SQL(" UNION ALL ").join(parts)


def _folded(
    table: str, accounts: list[int] | None, streams: list[int] | None, before: datetime | None = None
) -> sql.Composable:
    month = sql.SQL("true") if before is None else sql.SQL("month < {}").format(month_of(before))
    return sql.SQL(table).format(account=_among("account_n", accounts), stream=_among("stream_n", streams), month=month)


def _later(
    known: Known, accounts: list[int] | None, streams: list[int] | None, before: datetime | None = None
) -> sql.Composable:
    return sql.SQL(_LATER).format(
        later=known.later("e"),
        to_account=_among("to_n", accounts),
        from_account=_among("from_n", accounts),
        to_stream=_among("to_stream_n", streams),
        stream=_among("stream_n", streams),
        month=sql.SQL("true") if before is None else sql.SQL("happened_at < {}").format(before),
    )


def _among(column: str, numbers: list[int] | None) -> sql.Composable:
    return sql.SQL("true") if numbers is None else sql.SQL(f"{column} = ANY ({{}}::int[])").format(numbers)


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
    now = sql.SQL("SELECT account_n, stream_n, mass_g FROM journal.transit WHERE mass_g <> 0")
    if known.at is None:
        return now
    return sql.SQL(
        "{now} UNION ALL SELECT l.* FROM ({later}) AS l (account_n, stream_n, mass_g) "
        "JOIN journal.account road ON road.n = l.account_n AND road.role = 'transit'"
    ).format(now=now, later=_later(known, None, None))
