"""The balance of one account at a moment: whole months from the turnover, the rest entry by entry."""

from __future__ import annotations

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
    query = sql.SQL(_HELD).format(before=sql.SQL(before), later=known.later("e"), **account.streams())
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
