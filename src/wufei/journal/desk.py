"""The Desk: where each case stands, who must act next and by when; also as known on an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering


@dataclass(frozen=True, slots=True)
class Case:
    """A case at its last step: the state reached, who must act next and by when, and when it began and last moved."""

    case: str
    workflow: str
    no: int
    state: str
    holder: str | None
    due_at: datetime | None
    opened_at: datetime
    changed_at: datetime
    seq: int


_DESK_NOW = "SELECT case_id, workflow, no, state, holder, due_at, opened_at, changed_at, seq FROM journal.desk"
# Cases that have not moved since stand as they are; the others are put back to the last step known by then.
_DESK_THEN = """
SELECT d.case_id, d.workflow, d.no, d.state, d.holder, d.due_at, d.opened_at, d.changed_at, d.seq
FROM journal.desk d WHERE {known_d}
UNION ALL (
SELECT DISTINCT ON (x.case_id)
       x.case_id, x.workflow, x.no, x.state, x.holder, x.due_at, d.opened_at, r.happened_at, x.seq
FROM journal.desk d JOIN journal.step x ON x.case_id = d.case_id JOIN journal.record r ON r.seq = x.seq
WHERE {later_d} AND {known_x} ORDER BY x.case_id, x.no DESC)"""
_DUE = "coalesce(d.due_at, 'infinity')"


@dataclass(frozen=True, slots=True)
class Cases:
    """Which cases: of a workflow, in a state, held by somebody, due before an instant, with ids that begin so."""

    workflow: str | None = None
    state: str | None = None
    holder: str | None = None
    due_before: datetime | None = None
    prefix: str | None = None


_TESTS = {
    "workflow": "d.workflow = %(workflow)s",
    "state": "d.state = %(state)s",
    "holder": "d.holder = %(holder)s",
    "due_before": "d.due_at < %(due_before)s",
    "prefix": "starts_with(d.case_id, %(prefix)s)",
}


def desk(
    connection: Connection[Any],
    wanted: Cases = Cases(),
    *,
    as_known_on: datetime | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[Case]:
    """Cases, what is due first first, in pages. Raises CursorUnreadable and what ``asknown.known_on`` raises."""
    size, position = limited(size), Position.read(cursor, str, str)
    chosen = {name: getattr(wanted, name) for name in _TESTS if getattr(wanted, name) is not None}
    columns = (_DUE, "d.case_id")
    query = sql.SQL(
        "SELECT d.*, coalesce(d.due_at, 'infinity')::text FROM ({desk}) AS d "
        "WHERE {where} AND {beyond} {order} LIMIT {limit}"
    ).format(
        desk=_desk(known_on(connection, as_known_on)),
        where=sql.SQL(" AND ").join([sql.SQL("true"), *(sql.SQL(_TESTS[name]) for name in chosen)]),
        beyond=beyond(columns, position),
        order=ordering(columns, position),
        limit=size + 1,
    )
    rows = ask(connection, query, chosen | key_values(position)).fetchall()
    kept, following, preceding = make_page(rows, size, position, lambda row: (row[-1], row[0]))
    return Page(tuple(Case(*row[:-1]) for row in kept), following, preceding)


def case(connection: Connection[Any], case_id: str, as_known_on: datetime | None = None) -> Case | None:
    """One case as it stands or stood; None when it had not begun."""
    query = sql.SQL("SELECT d.* FROM ({desk}) AS d WHERE d.case_id = %s").format(
        desk=_desk(known_on(connection, as_known_on))
    )
    row = ask(connection, query, (case_id,)).fetchone()
    return None if row is None else Case(*row)


def _desk(known: Known) -> sql.Composable:
    if known.at is None:
        return sql.SQL(_DESK_NOW)
    return sql.SQL(_DESK_THEN).format(known_d=known.known("d"), later_d=known.later("d"), known_x=known.known("x"))
