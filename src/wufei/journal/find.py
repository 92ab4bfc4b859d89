"""Which records: one filter for whoever lists, counts or exports them, as conditions in SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql

from wufei.journal.asknown import Known
from wufei.terms import Period


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records; None is all, several conditions must all hold.

    The first four look at entries: one of them must leave or enter the account, an account of the role or of the place,
    or carry one of the ``streams`` (ids, descendants included by the caller). ``period`` takes in the reporting periods
    within it; happened times are from ``happened_from`` up to, not including, ``happened_to``; ``rule`` is how the
    citation begins; ``evidence`` and ``reversed`` are with or without. ``mine`` asks for what concerns the hat in force
    (``access.seen``): of a narrow one no more is visible anyway, but so the database begins there.
    """

    account: str | None = None
    role: str | None = None
    place: str | None = None
    streams: Collection[str] | None = None
    period: str | None = None
    happened_from: datetime | None = None
    happened_to: datetime | None = None
    basis: str | None = None
    actor: str | None = None
    acting_for: str | None = None
    rule: str | None = None
    evidence: bool | None = None
    reversed: bool | None = None
    mine: bool | None = None


ALL = Filter()
_TESTS = {
    "period": "r.period = ANY (%(period)s)",
    "happened_from": "r.happened_at >= %(happened_from)s",
    "happened_to": "r.happened_at < %(happened_to)s",
    "basis": "r.basis = %(basis)s::journal.basis",
    "actor": "r.actor = %(actor)s",
    "acting_for": "r.acting_for = %(acting_for)s",
    "rule": "starts_with(r.rule, %(rule)s)",
    "evidence": "(r.evidence IS NOT NULL) = %(evidence)s",
}
# Of an act in the audit log, whoever may not read that log would see when and by whom alone.
SAYS_SOMETHING = (
    "(r.reverses IS NOT NULL OR EXISTS (SELECT FROM journal.entry p WHERE p.seq = r.seq OFFSET 0)"
    " OR EXISTS (SELECT FROM journal.observation p WHERE p.seq = r.seq OFFSET 0)"
    " OR EXISTS (SELECT FROM journal.step p WHERE p.seq = r.seq OFFSET 0))"
)
MINE = "r.seq IN (SELECT s.seq FROM access.seen s)"
_REVERSED = "(EXISTS (SELECT FROM journal.record back WHERE back.reverses = r.id AND {known})) = %(reversed)s"
SIDE_TESTS = {
    "account": "a.key = %(account)s",
    "place": "a.place = %(place)s",
    "role": "a.role = %(role)s::journal.role",
}
OF_STREAM = (
    "(e.stream_n = ANY (ARRAY(SELECT n FROM journal.stream WHERE id = ANY (%(streams)s))) "
    "OR e.to_stream_n = ANY (ARRAY(SELECT n FROM journal.stream WHERE id = ANY (%(streams)s))))"
)


@dataclass(frozen=True, slots=True)
class Wanted(Filter):
    """A filter, and the instant as known on which it is answered; None is now."""

    known_on: datetime | None = None


def conditions(wanted: Filter, known: Known) -> tuple[list[sql.Composable], dict[str, Any]]:
    """Conditions on a record ``r`` itself, and the values that they name. Raises PeriodUnreadable."""
    values = {name: getattr(wanted, name) for name in (*_TESTS, "reversed", *SIDE_TESTS)}
    values["streams"] = list(wanted.streams or ())
    if wanted.period is not None:
        values["period"] = _periods_within(Period.parse(wanted.period))
    tests: list[sql.Composable] = [known.known("r")]
    tests += [sql.SQL(test) for name, test in _TESTS.items() if values[name] is not None]
    if wanted.reversed is not None:
        tests.append(sql.SQL(_REVERSED).format(known=known.known("back")))
    return tests, values


def _periods_within(period: Period) -> list[str]:
    """The names of all reporting periods that lie within ``period``."""
    kinds = ("year", "half", "quarter", "month", "day")
    return [str(each) for kind in kinds for each in period.split(kind) if period.covers(each)]


def sides(wanted: Filter) -> sql.Composable | None:
    """The condition on an entry ``e``; None when the filter does not look at entries."""
    tests: list[sql.Composable] = []
    if accounts := [test for name, test in SIDE_TESTS.items() if getattr(wanted, name) is not None]:
        both = sql.SQL("EXISTS (SELECT FROM journal.account a WHERE a.n IN (e.from_n, e.to_n) AND {})")
        tests.append(both.format(sql.SQL(" AND ").join(map(sql.SQL, accounts))))
    if wanted.streams is not None:
        tests.append(sql.SQL(OF_STREAM))
    return sql.SQL(" AND ").join(tests) if tests else None
