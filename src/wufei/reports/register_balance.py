"""The balance lines of a waste register: for each waste what stood, came, left and stands, as the Book has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from wufei.journal.asking import ask
from wufei.journal.moments import month_of, start_of
from wufei.reports.waste_register import TABLES, Asked, accounts_of, totals


@dataclass(frozen=True, slots=True)
class Line:
    """Grams of one stream: ``opening_g`` + ``stored_g`` − ``removed_g`` = ``closing_g``; the rest says where to.

    ``opening_g`` and ``closing_g`` are the Book's own, read apart from the rows; ``rows`` counts each table's rows.
    """

    stream: str
    opening_g: int
    generated_g: int
    stored_g: int
    removed_g: int
    treated_g: int
    handed_over_g: int
    closing_g: int
    rows: dict[str, int]

    @property
    def apart_g(self) -> int:
        """What the rows and the Book differ by: 0, or the journal is not whole to whoever looks."""
        return self.opening_g + self.stored_g - self.removed_g - self.closing_g


def balance_lines(connection: Connection[Any], asked: Asked) -> list[Line]:
    """A line for every stream that stood, came or left in the days asked for, by the id of the stream."""
    mass_g: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows: dict[str, dict[str, int]] = defaultdict(dict)
    for table in TABLES.values():
        for total in totals(connection, table, asked):
            mass_g[total.stream][table.id] = total.mass_g
            rows[total.stream][table.id] = total.rows
    opening = stock_before(connection, asked.site, asked.days[0])
    closing = stock_before(connection, asked.site, asked.days[1] + timedelta(days=1))
    streams = {*mass_g, *(s for s, g in opening.items() if g), *(s for s, g in closing.items() if g)}
    return [
        Line(
            stream,
            opening.get(stream, 0),
            *(mass_g[stream][name] for name in ("generated", "stored", "removed", "treated", "handed_over")),
            closing.get(stream, 0),
            rows[stream],
        )
        for stream in _wanted(streams, asked)
    ]


def _wanted(streams: Iterable[str], asked: Asked) -> list[str]:
    return sorted(s for s in streams if asked.streams is None or s in asked.streams)


# Whole months from the folded turnover, the rest of the month entry by entry.
_STOCK = """
SELECT s.id, sum(h.g)::bigint FROM (
    SELECT t.stream_n, t.in_g - t.out_g AS g FROM journal.turnover t
    WHERE t.account_n = ANY (%(accounts)s) AND t.month < %(month)s
    UNION ALL SELECT e.to_stream_n, e.mass_g FROM journal.entry e
    WHERE e.to_n = ANY (%(accounts)s) AND e.happened_at >= %(begin)s AND e.happened_at < %(moment)s
    UNION ALL SELECT e.stream_n, -e.mass_g FROM journal.entry e
    WHERE e.from_n = ANY (%(accounts)s) AND e.happened_at >= %(begin)s AND e.happened_at < %(moment)s) AS h
JOIN journal.stream s ON s.n = h.stream_n AND s.hazardous GROUP BY 1"""


def stock_before(connection: Connection[Any], site: str, day: date) -> dict[str, int]:
    """Grams of each hazardous stream in the site's storage when ``day`` began."""
    month = month_of(start_of(day))
    values = {
        "accounts": accounts_of(connection, site, ("storage",)),
        "month": month,
        "begin": start_of(month),
        "moment": start_of(day),
    }
    return dict(ask(connection, _STOCK, values).fetchall())
