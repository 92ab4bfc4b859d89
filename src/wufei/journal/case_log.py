"""Steps that were taken: all of one case from the first on, and those of a workflow newest first (the audit log)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering

_KEYS = ("r.seq", "x.ordinal")
_DATA = 8  # which column of them holds what the step set
_SELECT = """
SELECT x.no, x.transition, x.state, r.actor, r.acting_for, r.happened_at, r.known_at, r.id, x.data,
       x.case_id, x.workflow, r.note, r.seq, x.ordinal
FROM journal.step x JOIN journal.record r ON r.seq = x.seq WHERE """


@dataclass(frozen=True, slots=True)
class Asked:
    """Which steps: by transition, actor and case; known from one instant up to, not including, another."""

    workflow: str
    transition: str | None = None
    actor: str | None = None
    case: str | None = None
    known_from: datetime | None = None
    known_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: its number in the case, the state reached, who took it for whom, when, and what it set."""

    no: int
    transition: str
    state: str
    actor: str
    acting_for: str
    happened_at: datetime
    known_at: datetime
    record: UUID
    data: dict[str, Any] = field(default_factory=dict)
    case: str = ""
    workflow: str = ""
    note: str | None = None
    seq: int = 0
    ordinal: int = 0

    @property
    def signed(self) -> dict[str, Any] | None:
        """The signature of the step; None for one that was not signed."""
        return self.data.get("signed")


def of_case(connection: Connection[Any], case: str) -> tuple[Taken, ...]:
    """Every step of a case, the first one first; empty for a case that nobody began or that one may not see."""
    found = ask(connection, _SELECT + "x.case_id = %s ORDER BY x.no", (case,))
    return tuple(_taken(row) for row in found.fetchall())


_TESTS = {
    "transition": "x.transition = %(transition)s",
    "actor": "r.actor = %(actor)s",
    "case": "x.case_id = %(case)s",
    "known_from": "r.known_at >= %(known_from)s",
    "known_to": "r.known_at < %(known_to)s",
}


def steps(connection: Connection[Any], asked: Asked, *, cursor: str | None = None, size: int = 50) -> Page[Taken]:
    """A page of the steps, newest first; raises CursorUnreadable."""
    position, size = Position.read(cursor, int, int), limited(size)
    values = {name: getattr(asked, name) for name in ("workflow", *_TESTS)}
    tests: list[sql.Composable] = [sql.SQL(test) for name, test in _TESTS.items() if values[name] is not None]
    tests.append(beyond(_KEYS, position, newest_first=True))
    query = sql.SQL(_SELECT + "x.workflow = %(workflow)s AND ") + sql.SQL(" AND ").join(tests) + sql.SQL(" ")
    query += ordering(_KEYS, position, newest_first=True) + sql.SQL(" LIMIT {}").format(size + 1)
    found = connection.execute(query, values | key_values(position))
    rows = [_taken(row) for row in found]
    items, following, preceding = make_page(rows, size, position, lambda taken: (taken.seq, taken.ordinal))
    return Page(tuple(items), following, preceding)


def _taken(row: tuple[Any, ...]) -> Taken:
    told = list(row)
    told[_DATA] = json.loads(told[_DATA] or "{}")
    return Taken(*told)
