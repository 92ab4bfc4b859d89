"""Lists of cases: what waits for somebody, and all that can be seen, in pages that stay right while cases move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from wufei.catalog.workflows import Workflow
from wufei.journal.asking import ask
from wufei.journal.desk import Case
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering
from wufei.registry.access import Wearer
from wufei.registry.access.policy import scopes
from wufei.workflow import in_stead
from wufei.workflow.kinds import kind_of

NARROW = frozenset({"org", "site"})
ROWS_AT_A_TIME = 500
MOST_FOUND = 5000  # cases that a text is looked up to by index


@dataclass(frozen=True, slots=True)
class Sought:
    """Cases by text: how the case's own number begins, words of which its form holds one, words that it holds all of.

    Words are those of registry/sql/case_words.sql.
    """

    begins: str = ""
    one_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases; each part narrows.

    ``workflows`` are those of the catalogue or some of them. ``holders`` are organisations and parties that must act
    next. ``filled`` are fields of the form and what they hold now. ``parties`` are organisations one of which has a
    part in the case; ``sought`` is what its number begins with or its form holds. Instants are from, and up to but not
    including.
    """

    workflows: tuple[str, ...]
    state: str | None = None
    holders: tuple[str, ...] | None = None
    parties: tuple[str, ...] | None = None
    sought: Sought | None = None
    changed_from: datetime | None = None
    changed_to: datetime | None = None
    due_before: datetime | None = None
    filled: tuple[tuple[str, str], ...] | None = None


_TESTS = {
    "workflows": "d.workflow = ANY(%(workflows)s)",
    "state": "d.state = %(state)s",
    "holders": "d.holder = ANY(%(holders)s)",
    "parties": "d.case_id IN (SELECT p.case_id FROM journal.case_party p WHERE p.party = ANY (%(parties)s))",
    "cases": "d.case_id = ANY (%(cases)s)",
    "one_of": """(d.case_id = ANY (%(cases)s) OR EXISTS (
        SELECT FROM journal.step s WHERE s.case_id = d.case_id AND s.workflow <> 'audit'
        AND (lower(s.data) LIKE ANY (%(like_one)s::text[])
            AND public.registry_step_words(s.data) && %(one_of)s::text[]
            OR %(all_of)s::text[] <> '{}' AND lower(s.data) LIKE ALL (%(like_all)s::text[])
            AND public.registry_step_words(s.data) @> %(all_of)s::text[])))""",
    "changed_from": "d.changed_at >= %(changed_from)s",
    "changed_to": "d.changed_at < %(changed_to)s",
    "due_before": "d.due_at < %(due_before)s",
    "filled": """NOT EXISTS (SELECT FROM unnest(%(filled)s::text[], %(held)s::text[]) AS f (name, held)
        WHERE f.held IS DISTINCT FROM (SELECT s.data::jsonb -> 'set' ->> f.name FROM journal.step s
            WHERE s.case_id = d.case_id AND s.data::jsonb -> 'set' ? f.name ORDER BY s.no DESC LIMIT 1))""",
}
_SELECT = """
SELECT d.case_id, d.workflow, d.no, d.state, d.holder, d.due_at, d.opened_at, d.changed_at, d.seq, ({})::text
FROM journal.desk d WHERE {} AND {} {} LIMIT {}"""
_ALL = """
SELECT d.case_id, d.workflow, d.no, d.state, d.holder, d.due_at, d.opened_at, d.changed_at, d.seq
FROM journal.desk d WHERE {} ORDER BY d.changed_at DESC, d.case_id DESC"""
_DUE = "coalesce(d.due_at, 'infinity')"


def waiting(
    connection: Connection[Any], asked: Asked, *, cursor: str | None = None, size: int = 50
) -> Page[Case]:  # fmt: skip
    """Cases, what is due first first. Raises CursorUnreadable."""
    return _page(connection, asked, _DUE, cursor, size, newest_first=False)


def latest(connection: Connection[Any], asked: Asked, *, cursor: str | None = None, size: int = 50) -> Page[Case]:
    """Cases, what moved last first. Raises CursorUnreadable."""
    return _page(connection, asked, "d.changed_at", cursor, size, newest_first=True)


def _page(
    connection: Connection[Any], asked: Asked, key: str, cursor: str | None, size: int, *, newest_first: bool
) -> Page[Case]:
    size, position, columns = limited(size), Position.read(cursor, str, str), (key, "d.case_id")
    where, values = _where(connection, asked)
    found = sql.SQL(_SELECT).format(
        sql.SQL(key),
        where,
        beyond(columns, position, newest_first=newest_first),
        ordering(columns, position, newest_first=newest_first),
        sql.Literal(size + 1),
    )
    rows = ask(connection, found, values | key_values(position)).fetchall()
    kept, following, preceding = make_page(rows, size, position, lambda row: (row[-1], row[0]))
    return Page(tuple(Case(*row[:-1]) for row in kept), following, preceding)


def _where(connection: Connection[Any], asked: Asked) -> tuple[sql.Composable, dict[str, Any]]:
    values = {name: getattr(asked, name, None) for name in _TESTS}
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items() if v is not None}
    tests = [_TESTS[name] for name in values]
    if asked.filled is not None:
        values["filled"], values["held"] = ([pair[n] for pair in asked.filled] for n in (0, 1))
    if asked.sought is not None:
        found = _found(connection, asked, asked.sought)
        few = len(found) <= MOST_FOUND
        tests.append(_TESTS["cases" if few else "one_of"])
        values |= {"cases": found} if few else {"cases": found} | _case_by_case(asked.sought)
    return sql.SQL(" AND ").join(map(sql.SQL, tests)), values


_FOUND = "SELECT public.registry_cases_with(%s::text[], %s::text[], %s::text[], %s)"


def _found(connection: Connection[Any], asked: Asked, sought: Sought) -> list[str]:
    """The cases that are sought, by index; more than ``MOST_FOUND`` where the words are common: one query.

    Common words are then looked for case by case, in the order of the list, which finds a page of them soon.
    """
    prefixes = sorted({kind_of(name).workflow.case for name in asked.workflows})
    starts = [f"{prefix}:{sought.begins}" for prefix in prefixes] if sought.begins else []
    row = ask(connection, _FOUND, (starts, list(sought.one_of), list(sought.all_of), MOST_FOUND)).fetchone()
    return list((row and row[0]) or [])


def _case_by_case(sought: Sought) -> dict[str, list[str]]:
    """The words, and what a step's text must hold at least to have them, which is looked at first."""
    one, every = list(sought.one_of), list(sought.all_of)
    return {"one_of": one, "like_one": [_like(w) for w in one], "all_of": every, "like_all": [_like(w) for w in every]}


def _like(word: str) -> str:
    text = word.removeprefix("~")
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def count(connection: Connection[Any], asked: Asked, most: int = 1000) -> int:
    """How many answer, counted up to ``most``."""
    where, values = _where(connection, asked)
    query = sql.SQL("SELECT count(*) FROM (SELECT FROM journal.desk d WHERE {} LIMIT {}) AS some").format(where, most)
    row = ask(connection, query, values).fetchone()
    return int(row[0]) if row else 0


def every(connection: Connection[Any], asked: Asked) -> Iterator[Case]:
    """All cases that answer, what moved last first, a few hundred read at a time.

    As they stood when reading began: pages would miss a case that moves to the front meanwhile. Holds a transaction.
    """
    where, values = _where(connection, asked)
    query = sql.SQL(_ALL).format(where)
    with connection.transaction(), connection.cursor(name="wufei_cases") as cursor:
        cursor.itersize = ROWS_AT_A_TIME
        cursor.execute(query, values)
        for row in cursor:
            yield Case(*row)


def holders_of(hat: Wearer, orgs: frozenset[str], workflows: Sequence[Workflow]) -> tuple[str, ...]:
    """What a case's holder may read when it waits for the hat: its organisations, and parties that its role is."""
    roles = {p.id for flow in workflows for p in flow.parties if p.field is None and hat.role in p.roles}
    return tuple(sorted(orgs | roles))


def bounds(hat: Wearer, orgs: frozenset[str]) -> tuple[str, ...] | None:
    """As whom a hat that sees only its own organisation's cases finds them, so that the others need not be looked at.

    None for a hat that sees more: the database's own rules then decide alone.
    """
    if not set(scopes("journal", "read", hat)) <= NARROW:
        return None
    return tuple(sorted(orgs | ({hat.site} if hat.site else set()) | in_stead.sites_of(hat)))
