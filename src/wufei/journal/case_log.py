"""The steps of one workflow in the order in which they were taken, newest first: the audit log is read with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering

_KEYS = ("r.seq", "x.ordinal")
_SELECT = """
SELECT r.seq, x.ordinal, r.id, r.known_at, r.actor, r.acting_for, r.note, x.case_id, x.transition, x.data
FROM journal.step x JOIN journal.record r ON r.seq = x.seq WHERE x.workflow = %(workflow)s AND """


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
    """A step that was taken: its record, when it was known, who took it for whom, and what was said."""

    seq: int
    ordinal: int
    record: UUID
    known_at: datetime
    actor: str
    acting_for: str
    note: str | None
    case: str
    transition: str
    data: dict[str, Any] | None


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
    query = sql.SQL(_SELECT) + sql.SQL(" AND ").join(tests) + sql.SQL(" ")
    query += ordering(_KEYS, position, newest_first=True) + sql.SQL(" LIMIT {}").format(size + 1)
    found = connection.execute(query, values | key_values(position))
    rows = [_taken(row) for row in found]
    items, following, preceding = make_page(rows, size, position, lambda taken: (taken.seq, taken.ordinal))
    return Page(tuple(items), following, preceding)


def _taken(row: tuple[Any, ...]) -> Taken:
    told = [*row]
    told[-1] = json.loads(told[-1]) if told[-1] else None
    return Taken(*told)
