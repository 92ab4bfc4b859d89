"""Records as they were appended: one by its id, or those that a filter finds, in pages in the order of the journal."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import Known, known_on
from wufei.journal.find import ALL, MINE, OF_STREAM, SAYS_SOMETHING, SIDE_TESTS, Filter, conditions, sides
from wufei.journal.paging import Page, Position, beyond, key_values, limited, make_page, ordering
from wufei.journal.records import Entry, Evidence, Observation, Record, Step


@dataclass(frozen=True, slots=True)
class Stored:
    """A record with what the journal added: its place, when it became known, its hash, and what was done about it."""

    record: Record
    seq: int
    known_at: datetime
    leaf: bytes
    reversed_by: UUID | None
    replaced_by: tuple[UUID, ...]


_DATED = frozenset({"period", "happened_from", "happened_to"})
_BY_ACCOUNT = frozenset({"account", "place"})
FEW_LINES = 20_000
WINDOW, LARGEST_WINDOW = 4_096, 1 << 20


def record(connection: Connection[Any], id_: UUID, as_known_on: datetime | None = None) -> Stored | None:
    """The record with this id, or None when the journal does not hold it (or did not, on ``as_known_on``)."""
    known = known_on(connection, as_known_on)
    query = sql.SQL("SELECT r.seq FROM journal.record r WHERE r.id = %s AND {}").format(known.known("r"))
    row = ask(connection, query, (id_,)).fetchone()
    return next(iter(load(connection, [row[0]], known)), None) if row else None


def query(
    connection: Connection[Any],
    wanted: Filter = ALL,
    *,
    as_known_on: datetime | None = None,
    cursor: str | None = None,
    size: int = 50,
) -> Page[Stored]:
    """The records that ``wanted`` describes, what became known last first, in pages.

    Raises CursorUnreadable, PeriodUnreadable and what ``asknown.known_on`` raises.
    """
    size, position = limited(size), Position.read(cursor, int)
    known = known_on(connection, as_known_on)
    found = _seqs(connection, wanted, known, position, size + 1)
    kept, following, preceding = make_page(found, size, position, lambda seq: (seq,))
    return Page(tuple(load(connection, kept, known)), following, preceding)


def _seqs(
    connection: Connection[Any], wanted: Filter, known: Known, position: Position | None, enough: int
) -> list[int]:
    """Up to ``enough`` places in the journal beyond the position, in the direction of travel."""
    tests, values = conditions(wanted, known)
    at_entries = sides(wanted)
    values |= key_values(position)
    if at_entries is None:
        dated = any(values[name] is not None for name in _DATED)
        few = bool(wanted.mine) and _few_are_mine(connection)
        tests += [sql.SQL(MINE if few else "true"), sql.SQL(SAYS_SOMETHING)]
        return _select(connection, tests, values, position, enough, first_all=few or (dated and not wanted.mine))
    accounts = _accounts_with_few_lines(connection, wanted, values)
    if accounts is not None:
        values["accounts"] = accounts
        return _select(connection, [*tests, _among(wanted)], values, position, enough, first_all=True)
    if wanted.streams is None and _names_accounts(wanted):  # which have many lines: the next few are not far
        found = "EXISTS (SELECT FROM journal.entry e WHERE e.seq = r.seq AND {} OFFSET 0)"
        return _select(connection, [*tests, sql.SQL(found).format(at_entries)], values, position, enough)
    return _walk(connection, [*tests, _inside(at_entries)], values, position, enough)


def _names_accounts(wanted: Filter) -> bool:
    return any(getattr(wanted, name) is not None for name in _BY_ACCOUNT)


def _few_are_mine(connection: Connection[Any]) -> bool:
    """Whether a narrow hat's accounts have few lines, so that all that concerns it is quicker found than looked for."""
    lines = (
        "SELECT coalesce(sum(lines), 0) FROM journal.turnover WHERE account_n = ANY ((SELECT access.accounts())::int[])"
    )
    return (ask(connection, lines).fetchone() or (0,))[0] <= FEW_LINES


def _select(
    connection: Connection[Any],
    tests: Sequence[sql.Composable],
    values: dict[str, Any],
    position: Position | None,
    enough: int,
    *,
    first_all: bool = False,
) -> list[int]:
    """The first ``enough``; ``first_all`` finds all and then sorts, where an index finds few among many."""
    found = sql.SQL(
        "SELECT r.seq FROM (SELECT r.seq FROM journal.record r WHERE {tests} AND {beyond} {fence}) AS r "
        "{order} LIMIT {limit}"
    ).format(
        fence=sql.SQL("OFFSET 0" if first_all else ""),
        tests=sql.SQL(" AND ").join(tests),
        beyond=beyond(("r.seq",), position, newest_first=True),
        order=ordering(("r.seq",), position, newest_first=True),
        limit=enough,
    )
    return [seq for (seq,) in ask(connection, found, values)]


def _walk(
    connection: Connection[Any],
    tests: Sequence[sql.Composable],
    values: dict[str, Any],
    position: Position | None,
    enough: int,
) -> list[int]:
    """Look through the journal window by window, each larger than the last, until there is enough."""
    found: list[int] = []
    width = WINDOW
    while (span := _window(connection, position, width)) is not None and len(found) < enough:
        bounds = {"low": span[0], "high": span[1]}
        found += _select(connection, tests, values | bounds | key_values(position), position, enough - len(found))
        back = position is not None and position.back
        position = Position((span[1] if back else span[0],), back)
        width = min(width * 4, LARGEST_WINDOW)
    return found


def _window(connection: Connection[Any], position: Position | None, width: int) -> tuple[int, int] | None:
    """The places of the first and the last of the next ``width`` records beyond the position; None at the end."""
    span = sql.SQL(
        "SELECT min(seq), max(seq) FROM "
        "(SELECT r.seq FROM journal.record r WHERE {beyond} {order} LIMIT {width}) AS next"
    ).format(
        beyond=beyond(("r.seq",), position, newest_first=True),
        order=ordering(("r.seq",), position, newest_first=True),
        width=width,
    )
    row = ask(connection, span, key_values(position)).fetchone()
    return row if row and row[0] is not None else None


def _among(wanted: Filter) -> sql.Composable:
    return sql.SQL(
        "r.seq IN (SELECT e.seq FROM journal.entry e WHERE e.from_n = ANY (%(accounts)s) AND {stream} "
        "UNION SELECT e.seq FROM journal.entry e WHERE e.to_n = ANY (%(accounts)s) AND {stream})"
    ).format(stream=sql.SQL("true" if wanted.streams is None else OF_STREAM))


def _inside(at_entries: sql.Composable) -> sql.Composable:
    return sql.SQL(
        "r.seq BETWEEN %(low)s AND %(high)s AND r.seq IN ("
        "SELECT e.seq FROM journal.entry e WHERE e.seq BETWEEN %(low)s AND %(high)s AND {})"
    ).format(at_entries)


def _accounts_with_few_lines(connection: Connection[Any], wanted: Filter, values: dict[str, Any]) -> list[int] | None:
    """The accounts that the filter names, when it names any and they have few lines; else None: walk."""
    tests = [test for name, test in SIDE_TESTS.items() if getattr(wanted, name) is not None]
    if not _names_accounts(wanted):
        return None
    lines = sql.SQL(
        "SELECT array_agg(a.n), "
        "sum((SELECT coalesce(sum(t.lines), 0) FROM journal.turnover t WHERE t.account_n = a.n)) "
        "FROM journal.account a WHERE {}"
    ).format(sql.SQL(" AND ").join(map(sql.SQL, tests)))
    accounts, count = ask(connection, lines, values).fetchone() or (None, 0)
    return (accounts or []) if (count or 0) <= FEW_LINES else None


_RECORDS = """
SELECT r.seq, r.id, r.happened_at, r.known_at, r.period, r.basis::text, r.sd_ppm, r.actor, r.acting_for, r.rule,
       r.reverses, r.replaces, r.evidence, r.note, r.leaf,
       (SELECT back.id FROM journal.record back WHERE back.reverses = r.id AND {known_back}),
       ARRAY(SELECT new.id FROM journal.record new WHERE new.replaces = r.id AND {known_new} ORDER BY new.seq)
FROM journal.record r WHERE r.seq = ANY (%s)"""
_ENTRIES = """
SELECT e.seq, f.key, t.key, s.id, e.mass_g, e.from_lot, e.to_lot, nullif(ts.id, s.id)
FROM journal.entry e JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
JOIN journal.stream s ON s.n = e.stream_n JOIN journal.stream ts ON ts.n = e.to_stream_n
WHERE ({near}) AND e.seq + 0 = ANY ({seqs}) ORDER BY e.seq, e.ordinal"""
_STEPS = """
SELECT seq, case_id, no, workflow, transition, state, holder, due_at, data
FROM journal.step WHERE seq = ANY (%s) ORDER BY seq, ordinal"""
_OBSERVATIONS = """
SELECT seq, metric, place, value, unit, stream, sd FROM journal.observation
WHERE seq = ANY (%s) ORDER BY seq, ordinal"""
_NEAR, _SPANS = 1 << 21, 100  # + 0 above keeps each range of blocks from being searched once per seq


def load(connection: Connection[Any], seqs: Sequence[int], known: Known) -> Iterator[Stored]:
    """The records at these places, whole, in the given order; places that hold none are left out."""
    wanted = list(seqs)
    if not wanted:
        return
    entries: dict[int, list[Entry]] = defaultdict(list)
    for seq, *columns in _entries(connection, sorted(wanted)):
        entries[seq].append(Entry(*columns))
    steps: dict[int, list[Step]] = defaultdict(list)
    for seq, case, no, workflow, transition, state, holder, due_at, data in ask(connection, _STEPS, (wanted,)):
        read = None if data is None else json.loads(data)
        steps[seq].append(Step(case, no, workflow, transition, state, holder, due_at, read))
    observations: dict[int, list[Observation]] = defaultdict(list)
    for seq, *columns in ask(connection, _OBSERVATIONS, (wanted,)):
        observations[seq].append(Observation(*columns))
    rows = ask(
        connection, sql.SQL(_RECORDS).format(known_back=known.known("back"), known_new=known.known("new")), (wanted,)
    ).fetchall()
    at = {row[0]: row for row in rows}
    for seq in wanted:
        if seq in at:
            yield _stored(at[seq], entries[seq], steps[seq], observations[seq])


def _entries(connection: Connection[Any], seqs: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """The entries of the records, by neighbourhood: they lie in the order of seq, and are found by range of blocks."""
    groups = list(_groups(seqs))
    for n in range(0, len(groups), _SPANS):
        some = groups[n : n + _SPANS]
        near = [sql.SQL("e.seq BETWEEN {} AND {}").format(group[0], group[-1]) for group in some]
        query = sql.SQL(_ENTRIES).format(near=sql.SQL(" OR ").join(near), seqs=[seq for group in some for seq in group])
        yield from ask(connection, query)


def _groups(seqs: Sequence[int]) -> Iterator[list[int]]:
    """Neighbouring places together: entries are found by ranges of blocks."""
    group: list[int] = []
    for seq in seqs:
        if group and seq - group[-1] > _NEAR:
            yield group
            group = []
        group.append(seq)
    yield group


def _stored(
    row: tuple[Any, ...], entries: Sequence[Entry], steps: Sequence[Step], observations: Sequence[Observation]
) -> Stored:
    (seq, id_, happened_at, known_at, period, basis, sd_ppm, actor, acting_for, rule) = row[:10]
    (reverses, replaces, evidence, note, leaf, reversed_by, replaced_by) = row[10:]
    found = Record(
        happened_at=happened_at,
        period=period,
        basis=basis,
        actor=actor,
        acting_for=acting_for,
        rule=rule,
        entries=tuple(entries),
        steps=tuple(steps),
        observations=tuple(observations),
        sd_ppm=sd_ppm,
        evidence=tuple(Evidence(**each) for each in json.loads(evidence or "[]")),
        note=note,
        reverses=reverses,
        replaces=replaces,
        id=id_,
    )
    return Stored(found, seq, known_at, bytes(leaf), reversed_by, tuple(replaced_by))
