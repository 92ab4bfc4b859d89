"""Flows from the monthly cube: who gave how much of what to whom over a reporting period, and on which basis.

A record counts for the reporting period that it names. A year therefore sums its days, months, quarters, halves and
what was reported for the whole year; the answer says which of them it contains, and which periods it only touches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from psycopg import Connection, sql

from wufei.journal.asknown import Known, known_on
from wufei.terms import Period

Axis = Literal[
    "period", "from_account", "from_place", "from_role", "to_account", "to_place", "to_role", "stream", "to_stream"
]
_COLUMNS: dict[str, str] = {
    "period": "c.period",
    "from_account": "f.key",
    "from_place": "f.place",
    "from_role": "f.role::text",
    "to_account": "t.key",
    "to_place": "t.place",
    "to_role": "t.role::text",
    "stream": "s.id",
    "to_stream": "ts.id",
}
DEFAULT_AXES: tuple[Axis, ...] = ("from_role", "to_role", "stream", "to_stream")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flows: any of several streams (on leaving), bases, roles and places; None is all."""

    streams: Collection[str] | None = None
    bases: Collection[str] | None = None
    from_roles: Collection[str] | None = None
    to_roles: Collection[str] | None = None
    from_places: Collection[str] | None = None
    to_places: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Grams that flowed between what ``along`` names, by entries; a reversed entry counts for nothing.

    ``variance_g2`` is the sum of the squared standard deviations of the entries that state one, in g².
    """

    along: dict[str, str]
    mass_g: int
    entries: int
    variance_g2: Decimal
    basis_g: dict[str, int]

    def shares(self) -> dict[str, Fraction]:
        """The share of each basis in the mass, summing to one; empty when the mass is zero."""
        return {basis: Fraction(g, self.mass_g) for basis, g in self.basis_g.items()} if self.mass_g else {}


@dataclass(frozen=True, slots=True)
class Contained:
    """What a reporting period that lies within the one asked for brings to the sum."""

    period: str
    mass_g: int
    entries: int


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows of ``period``; ``contains`` says from which reporting periods they come.

    ``touches`` are reporting periods with entries that lie only partly within it and are not in the sum.
    """

    period: Period
    rows: tuple[Flow, ...]
    contains: tuple[Contained, ...]
    touches: tuple[str, ...]
    as_known_on: datetime | None = field(default=None)


_PERIODS = """
WITH RECURSIVE each AS (
    SELECT min(period) AS period FROM journal.cube WHERE period >= %(low)s AND period < %(high)s
    UNION ALL
    SELECT (SELECT min(c.period) FROM journal.cube c WHERE c.period > each.period AND c.period < %(high)s)
    FROM each WHERE each.period IS NOT NULL)
SELECT period FROM each WHERE period IS NOT NULL"""
_CUBE = """
SELECT c.period, c.from_n, c.to_n, c.stream_n, c.to_stream_n, c.basis, c.mass_g, c.entries, c.variance_g2
FROM journal.cube c WHERE c.period = ANY (%(periods)s)"""
# As fold_book.sql folds them, with the opposite sign.
_LATER = """
UNION ALL
SELECT r.period, CASE WHEN back THEN to_node ELSE from_node END, CASE WHEN back THEN from_node ELSE to_node END,
       CASE WHEN back THEN to_stream_n ELSE stream_n END, CASE WHEN back THEN stream_n ELSE to_stream_n END, r.basis,
       -sign * mass_g, -sign, CASE WHEN sd_ppm > 0 THEN -sign * (mass_g::numeric * sd_ppm * 0.000001) ^ 2 ELSE 0 END
FROM (SELECT r.*, r.reverses IS NOT NULL AS back, CASE WHEN r.reverses IS NULL THEN 1 ELSE -1 END AS sign
      FROM journal.record r WHERE {later} AND r.period = ANY (%(periods)s)) AS r
JOIN (SELECT e.*, coalesce(f.node_n, f.n) AS from_node, coalesce(t.node_n, t.n) AS to_node
      FROM journal.entry e JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
      WHERE {later_entry}) AS e USING (seq)"""
_FLOWS = """
SELECT {columns}, c.period, c.basis::text, GROUPING(c.basis),
       sum(c.mass_g)::bigint, sum(c.entries)::bigint, sum(c.variance_g2)
FROM ({cube}) AS c {joins} WHERE {where} GROUP BY GROUPING SETS (({axes}c.basis), (c.period))
HAVING sum(c.entries) <> 0 OR sum(c.mass_g) <> 0 OR sum(c.variance_g2) <> 0 ORDER BY {ordered}"""
_JOINS = {
    "f.": "JOIN journal.account f ON f.n = c.from_n",
    "t.": "JOIN journal.account t ON t.n = c.to_n",
    "s.": "JOIN journal.stream s ON s.n = c.stream_n",
    "ts.": "JOIN journal.stream ts ON ts.n = c.to_stream_n",
}
_TESTS = {
    "streams": "c.stream_n = ANY (ARRAY(SELECT n FROM journal.stream WHERE id = ANY (%(streams)s)))",
    "bases": "c.basis = ANY (%(bases)s::journal.basis[])",
    "from_roles": "f.role = ANY (%(from_roles)s::journal.role[])",
    "to_roles": "t.role = ANY (%(to_roles)s::journal.role[])",
    "from_places": "f.place = ANY (%(from_places)s)",
    "to_places": "t.place = ANY (%(to_places)s)",
}


def flows(
    connection: Connection[Any],
    period: Period | str,
    wanted: Wanted = Wanted(),
    *,
    by: tuple[Axis, ...] = DEFAULT_AXES,
    as_known_on: datetime | None = None,
) -> Flows:
    """Sums of the entries whose reporting period lies within ``period``, ``by`` any axes, with their share by basis.

    All manifests on the road are one account, ``transit:all``. Raises PeriodUnreadable and what ``asknown.known_on``
    raises.
    """
    asked = Period.parse(period) if isinstance(period, str) else period
    known = known_on(connection, as_known_on)
    within, touches = _periods(connection, asked)
    if not within:
        return Flows(asked, (), (), touches, as_known_on)
    rows = connection.execute(_query(wanted, by, known), _values(wanted) | {"periods": within}).fetchall()
    contains = [Contained(row[-6], row[-3], row[-2]) for row in rows if row[-4]]
    return Flows(asked, _gather(by, (row for row in rows if not row[-4])), tuple(contains), touches, as_known_on)


def _periods(connection: Connection[Any], asked: Period) -> tuple[list[str], tuple[str, ...]]:
    """The cube's reporting periods that lie within the one asked for, and those that only overlap it."""
    values = {"low": f"{asked.first.year:04d}", "high": f"{asked.last.year + 1:04d}"}
    within, touches = [], []
    for (text,) in connection.execute(_PERIODS, values):
        each = Period.parse(text)
        if asked.covers(each):
            within.append(text)
        elif each.first <= asked.last and asked.first <= each.last:
            touches.append(text)
    return sorted(within), tuple(sorted(touches))


def _query(wanted: Wanted, by: tuple[Axis, ...], known: Known) -> sql.Composed:
    columns = [_COLUMNS[axis] for axis in by]
    tests = [test for name, test in _TESTS.items() if getattr(wanted, name) is not None]
    used = {name for name in _JOINS if any(part.startswith(name) for part in (*columns, *tests))}
    cube: sql.Composable = sql.SQL(_CUBE)
    if known.at is not None:
        cube = cube + sql.SQL(_LATER).format(later=known.later("r"), later_entry=known.later("e"))
    return sql.SQL(_FLOWS).format(
        columns=_list(columns or ["NULL"]),
        cube=cube,
        joins=sql.SQL(" ").join(sql.SQL(join) for name, join in _JOINS.items() if name in used),
        where=sql.SQL(" AND ").join(map(sql.SQL, tests or ["true"])),
        axes=sql.SQL("").join(sql.SQL(f"{column}, ") for column in columns),
        ordered=_list([*columns, "c.period", "c.basis"]),
    )


def _list(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.SQL, columns))


def _values(wanted: Wanted) -> dict[str, Any]:
    return {name: list(getattr(wanted, name) or ()) for name in _TESTS}


def _gather(by: tuple[Axis, ...], rows: Iterable[tuple[Any, ...]]) -> tuple[Flow, ...]:
    """One flow per combination of the axes, its bases together; the rows come sorted."""
    found: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[: len(by)], []).append(row[-5:])
    return tuple(
        Flow(
            dict(zip(by, key, strict=True)),
            sum(mass for _, _, mass, _, _ in parts),
            sum(count for _, _, _, count, _ in parts),
            sum((variance for *_, variance in parts), Decimal(0)),
            {basis: mass for basis, _, mass, _, _ in parts},
        )
        for key, parts in found.items()
    )
