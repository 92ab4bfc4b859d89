"""Flows from the monthly cube: who gave how much of what to whom over a reporting period, and on which basis.

A record counts for the reporting period that it names. A year therefore sums its days, months, quarters, halves and
what was reported for the whole year; the answer says which of them it contains, and which periods it only touches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from psycopg import Connection

from wufei.journal.asking import ask
from wufei.journal.asknown import known_on
from wufei.journal.cube_sql import ALL, Axis, Question, Wanted, rows_of
from wufei.terms import Period

DEFAULT_AXES: tuple[Axis, ...] = ("from_role", "to_role", "stream", "to_stream")


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


def flows(
    connection: Connection[Any],
    period: Period | str,
    wanted: Wanted = ALL,
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
    within, beside = _periods(connection, asked)
    rows = rows_of(connection, Question(wanted, by, known, within)) if within else []
    contains = tuple(Contained(row[-6], row[-3], row[-2]) for row in rows if row[-4])
    touching = rows_of(connection, Question(wanted, (), known, beside)) if beside else []
    touches = tuple(row[-6] for row in touching if row[-4])
    return Flows(asked, _gather(by, (row for row in rows if not row[-4])), contains, touches, as_known_on)


def _periods(connection: Connection[Any], asked: Period) -> tuple[list[str], list[str]]:
    """The cube's reporting periods that lie within the one asked for, and those that only overlap it."""
    values = {"low": f"{asked.first.year:04d}", "high": f"{asked.last.year + 1:04d}"}
    within, beside = [], []
    for (text,) in ask(connection, _PERIODS, values):
        each = Period.parse(text)
        if asked.covers(each):
            within.append(text)
        elif each.first <= asked.last and asked.first <= each.last:
            beside.append(text)
    return sorted(within), sorted(beside)


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


def summarize(connection: Connection[Any]) -> int:
    """Close the blocks of the summary by role that are full of what is settled; returns how many.

    Whole-city figures are read from it (``cube_sql``). Run now and then by the owner of the journal
    (``wufei.app.sealer``); readers add what it lacks.
    """
    return (ask(connection, "SELECT journal.summarize()").fetchone() or (0,))[0]
