"""The Series: the value of a metric at a place for a period, the latest not reversed; also as known on an instant."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import known_on


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a metric at a place for a reporting period: the latest observation that is not reversed."""

    metric: str
    place: str
    stream: str | None
    period: str
    value: Decimal
    unit: str
    sd: Decimal | None
    basis: str
    record: UUID
    known_at: datetime


_SERIES_NOW = """
SELECT v.metric, v.place, nullif(v.stream, ''), v.period, v.value, v.unit, v.sd, v.basis::text, r.id, r.known_at
FROM journal.series v JOIN journal.record r ON r.seq = v.seq
WHERE {where} ORDER BY v.metric, v.place, v.stream, v.period"""
_SERIES_THEN = """
SELECT DISTINCT ON (v.metric, v.place, coalesce(v.stream, ''), v.period)
       v.metric, v.place, v.stream, v.period, v.value, v.unit, v.sd, r.basis::text, r.id, r.known_at
FROM journal.observation v JOIN journal.record r ON r.seq = v.seq
WHERE {where} AND {known}
  AND NOT EXISTS (SELECT FROM journal.record back WHERE back.reverses = r.id AND {known_back})
ORDER BY v.metric, v.place, coalesce(v.stream, ''), v.period, v.seq DESC, v.ordinal DESC"""


def series(
    connection: Connection[Any],
    metric: str | Collection[str],
    *,
    places: Collection[str] | None = None,
    periods: Collection[str] | None = None,
    streams: Collection[str] | None = None,
    as_known_on: datetime | None = None,
) -> tuple[Value, ...]:
    """The values of a metric, or several, by metric, place, stream and period.

    There are none where nothing was observed: unknown is not zero.
    """
    known = known_on(connection, as_known_on)
    tests: list[sql.Composable] = []
    values: dict[str, Any] = {}
    metrics = [metric] if isinstance(metric, str) else metric
    for column, chosen in (("metric", metrics), ("place", places), ("period", periods), ("stream", streams)):
        if chosen is not None:
            tests.append(sql.SQL(f"v.{column} = ANY (%({column})s)"))
            values[column] = list(chosen)
    where = sql.SQL(" AND ").join(tests)
    if known.at is None:
        query = sql.SQL(_SERIES_NOW).format(where=where)
    else:
        query = sql.SQL(_SERIES_THEN).format(where=where, known=known.known("v"), known_back=known.known("back"))
    return tuple(Value(*row) for row in ask(connection, query, values))
