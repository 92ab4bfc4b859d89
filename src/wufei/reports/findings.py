"""Findings as lists read them: one row a case, with the words of its first step, as far as the hat sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering

WORKFLOW = "finding"


@dataclass(frozen=True, slots=True)
class Row:
    """A finding's case: where it stands, by when somebody must act, and what the rule said when it was raised."""

    case: str
    state: str
    holder: str | None
    due_at: datetime | None
    opened_at: datetime
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings; ``open_only`` leaves out those that are over, ``place`` keeps to sites there and below."""

    rule: str | None = None
    severity: str | None = None
    state: str | None = None
    site: str | None = None
    places: tuple[str, ...] | None = None
    open_only: bool = False


_TESTS = {
    "rule": "(s.data::jsonb #>> '{set,rule}') = %(rule)s",
    "severity": "(s.data::jsonb #>> '{set,severity}') = %(severity)s",
    "state": "d.state = %(state)s",
    "site": "d.case_id IN (SELECT p.case_id FROM journal.case_party p WHERE p.party = %(site)s)",
    "places": "(s.data::jsonb #>> '{set,site}') IN "
    "(SELECT x.id FROM public.registry_site x WHERE x.place = ANY (%(places)s))",
    "open_only": "d.state = ANY ('{raised,explained,rectifying,rectified}')",
}
_FROM = """
FROM journal.desk d JOIN journal.step s ON s.case_id = d.case_id AND s.no = 1
WHERE d.workflow = 'finding' AND d.case_id LIKE 'finding:%%' AND """
_ROWS = "SELECT d.case_id, d.state, d.holder, d.due_at, d.opened_at, (s.data::jsonb -> 'set')::text"
_KEYS = ("d.opened_at", "d.case_id")


def page(connection: Connection[Any], asked: Asked, *, cursor: str | None = None, size: int = 50) -> Page[Row]:
    """Findings, the newest first: one query. Raises CursorUnreadable."""
    size, position = limited(size), Position.read(cursor, str, str)
    where, values = _where(asked)
    query = sql.SQL(_ROWS + _FROM) + where + sql.SQL(" AND ") + beyond(_KEYS, position, newest_first=True)
    query += sql.SQL(" ") + ordering(_KEYS, position, newest_first=True) + sql.SQL(" LIMIT {}").format(size + 1)
    rows = [Row(*row[:-1], json.loads(row[-1])) for row in ask(connection, query, values | key_values(position))]
    items, following, preceding = make_page(rows, size, position, lambda row: (row.opened_at.isoformat(), row.case))
    return Page(tuple(items), following, preceding)


def counts(connection: Connection[Any], asked: Asked) -> dict[str, int]:
    """How many answer, by severity."""
    where, values = _where(asked)
    query = sql.SQL("SELECT s.data::jsonb #>> '{set,severity}', count(*)" + _FROM) + where + sql.SQL(" GROUP BY 1")
    return dict(ask(connection, query, values).fetchall())


def _where(asked: Asked) -> tuple[sql.Composable, dict[str, Any]]:
    values = {name: getattr(asked, name) for name in _TESTS if getattr(asked, name)}
    tests = [sql.SQL(_TESTS[name]) for name in values] or [sql.SQL("true")]
    return sql.SQL(" AND ").join(tests), {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}
