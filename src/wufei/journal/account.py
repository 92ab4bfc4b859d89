"""The balance of one account at a moment: whole months from the turnover, the rest entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.moments import CITY_TIME, month_of, start_of

# Whole months from the turnover; the rest of the month, and manifests in transit, entry by entry.
_HELD = """
SELECT coalesce(sum(g), 0)::bigint FROM (
    SELECT t.in_g - t.out_g AS g FROM journal.turnover t
    WHERE t.account_n = {n} AND t.month < {month} AND {stream_of_t}
    UNION ALL SELECT e.mass_g FROM journal.entry e
    WHERE e.to_n = {n} AND e.happened_at >= {begin} AND {before} AND {stream_in}
    UNION ALL SELECT -e.mass_g FROM journal.entry e
    WHERE e.from_n = {n} AND e.happened_at >= {begin} AND {before} AND {stream_out}
    UNION ALL SELECT -e.mass_g FROM journal.entry e WHERE e.to_n = {n} AND {before} AND {later} AND {stream_in}
    UNION ALL SELECT e.mass_g FROM journal.entry e WHERE e.from_n = {n} AND {before} AND {later} AND {stream_out}
) AS held"""
_GIVEN = {name: sql.SQL(f"%({name})s") for name in ("n", "month", "begin")}
# The same for many accounts at once, each with its stream and its moment.
_OF_EACH = {"n": sql.SQL("w.n"), "month": sql.SQL("w.month"), "begin": sql.SQL("w.begin")}
_EACH = """
SELECT (SELECT held FROM ({held}) AS one (held))
FROM unnest(%(keys)s::text[], %(streams)s::text[], %(moments)s::timestamptz[], %(months)s::date[],
            %(begins)s::timestamptz[]) WITH ORDINALITY AS named (key, stream, moment, month, begin, place)
LEFT JOIN journal.account a ON a.key = named.key LEFT JOIN journal.stream s ON s.id = named.stream
CROSS JOIN LATERAL (SELECT a.n, s.n AS stream_n, named.moment, named.month, named.begin) AS w ORDER BY named.place"""
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
    moment = within(known, account, moment)
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
    query = sql.SQL(_HELD).format(before=sql.SQL(before), later=known.later("e"), **account.streams(), **_GIVEN)
    return (ask(connection, query, values).fetchone() or (0,))[0]


def within(known: Known, account: Account, moment: datetime) -> datetime:
    """The moment, or the earlier one after which nothing was known of the account yet; a manifest is told whole."""
    return moment if known.horizon is None or account.in_transit else min(moment, known.horizon)


def balance_at(
    connection: Connection[Any], account: str, stream: str | None, moment: datetime, as_known_on: datetime | None = None
) -> int:
    """Grams of ``stream`` (None: of all together) on the account just before ``moment``; 0 for one never named."""
    found = find_account(connection, account, stream)
    return 0 if found is None else held_before(connection, found, moment, known_on(connection, as_known_on))


def balances_at(
    connection: Connection[Any], asked: Sequence[tuple[str, str, datetime]], as_known_on: datetime | None = None
) -> list[int]:
    """The same for many: grams of each (account, stream) just before its moment; no manifests in transit."""
    known = known_on(connection, as_known_on)
    moments = [moment if known.horizon is None else min(moment, known.horizon) for _, _, moment in asked]
    months = [month_of(moment) for moment in moments]
    held = sql.SQL(_HELD).format(
        before=sql.SQL("e.happened_at < w.moment"),
        later=known.later("e"),
        stream_of_t=sql.SQL("t.stream_n = w.stream_n"),
        stream_in=sql.SQL("e.to_stream_n = w.stream_n"),
        stream_out=sql.SQL("e.stream_n = w.stream_n"),
        **_OF_EACH,
    )
    values = {
        "keys": [account for account, _, _ in asked],
        "streams": [stream for _, stream, _ in asked],
        "moments": moments,
        "months": months,
        "begins": [start_of(month) for month in months],
    }
    return [grams for (grams,) in ask(connection, sql.SQL(_EACH).format(held=held), values).fetchall()]
