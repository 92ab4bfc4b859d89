"""Find records: a page of them by what they say, newest first, and one by its id with all that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection

from wufei.journal.asknown import known_on as settled
from wufei.journal.records import Entry, Evidence, Observation, Record, Step

ROLES = (
    "origin", "storage", "transit", "process", "product", "sink", "loss", "adjustment", "unexplained", "opening",
    "outside",
)  # fmt: skip
DAY = "(%s::timestamp AT TIME ZONE 'Asia/Shanghai')"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None asks for nothing. Days are those of the city, both ends counted.

    ``account`` is a key, ``place`` and ``role`` those of an account on either side, ``known_on`` an instant after
    which nothing was known yet.
    """

    stream: str | None = None
    account: str | None = None
    place: str | None = None
    role: str | None = None
    basis: str | None = None
    period: str | None = None
    actor: str | None = None
    acting_for: str | None = None
    happened_from: date | None = None
    happened_to: date | None = None
    state: str | None = None
    known_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A record with its place in the journal, when it was known, its hash, and what became of it since."""

    seq: int
    known_at: datetime
    leaf: bytes
    record: Record
    reversed_by: UUID | None = None
    replaced_by: UUID | None = None


STATES: Mapping[str, str] = {
    "standing": "r.reverses IS NULL AND NOT EXISTS (SELECT FROM journal.record b WHERE b.reverses = r.id)",
    "reversed": "EXISTS (SELECT FROM journal.record b WHERE b.reverses = r.id)",
    "reversal": "r.reverses IS NOT NULL",
    "correction": "r.replaces IS NOT NULL",
}
_SIMPLE = {
    "basis": "r.basis = %s::journal.basis",
    "period": "r.period = %s",
    "actor": "r.actor = %s",
    "acting_for": "r.acting_for = %s",
    "happened_from": f"r.happened_at >= {DAY % '%s::date'}",
    "happened_to": f"r.happened_at < {DAY % '(%s::date + 1)'}",
    "known_on": "r.known_at <= %s",
}
_ACCOUNT = {"account": "a.key = %s", "place": "a.place = %s", "role": "a.role = %s::journal.role"}
_NUMBER = "(SELECT n FROM journal.stream WHERE id = %s)"
_STREAM = f"(e.stream_n = {_NUMBER} OR e.to_stream_n = {_NUMBER})"
_COLUMNS = """r.seq, r.known_at, r.leaf, r.id, r.happened_at, r.period, r.basis::text, r.sd_ppm, r.actor, r.acting_for,
    r.rule, r.reverses, r.replaces, r.evidence::json, r.note,
    (SELECT b.id FROM journal.record b WHERE b.reverses = r.id AND b.known_at <= %s),
    (SELECT min(b.id::text)::uuid FROM journal.record b WHERE b.replaces = r.id AND b.known_at <= %s)"""
_ENTRIES = """
SELECT e.seq, f.key, t.key, s.id, e.mass_g, e.from_lot, e.to_lot, nullif(ts.id, s.id)
FROM journal.entry e JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n
JOIN journal.stream s ON s.n = e.stream_n JOIN journal.stream ts ON ts.n = e.to_stream_n
WHERE e.seq = ANY(%s) ORDER BY e.seq, e.ordinal"""
_STEPS = """
SELECT seq, case_id, no, workflow, transition, state, holder, due_at, data::json
FROM journal.step WHERE seq = ANY(%s) ORDER BY seq, ordinal"""
_OBSERVATIONS = """
SELECT seq, metric, place, value, unit, stream, sd FROM journal.observation WHERE seq = ANY(%s) ORDER BY seq, ordinal"""
_FAR = datetime(9000, 1, 1, tzinfo=UTC)


def find(connection: Connection[Any], wanted: Wanted, *, before: int | None = None, limit: int = 50) -> list[Found]:
    """Up to ``limit`` records that answer, the latest first; ``before`` is the seq to go on from.

    Raises what ``asknown.known_on`` raises. A fixed number of statements, however many records.
    """
    settled(connection, wanted.known_on)
    where, values = _conditions(wanted)
    if before is not None:
        where.append("r.seq < %s")
        values.append(before)
    known = wanted.known_on or _FAR
    query = (
        f"SELECT {_COLUMNS} FROM journal.record r WHERE {' AND '.join(where) or 'true'} ORDER BY r.seq DESC LIMIT %s"
    )
    rows = connection.execute(query, (known, known, *values, limit)).fetchall()
    return _whole(connection, rows)


def get(connection: Connection[Any], record_id: UUID, *, known_on: datetime | None = None) -> Found | None:
    """The record with its parts; None when there is none, or none was known yet at ``known_on``."""
    settled(connection, known_on)
    known = known_on or _FAR
    query = f"SELECT {_COLUMNS} FROM journal.record r WHERE r.id = %s AND r.known_at <= %s"
    found = _whole(connection, connection.execute(query, (known, known, record_id, known)).fetchall())
    return found[0] if found else None


def every(connection: Connection[Any], wanted: Wanted, *, block: int = 1000) -> Iterator[Found]:
    """All records that answer, the latest first, a block at a time."""
    before: int | None = None
    while True:
        part = find(connection, wanted, before=before, limit=block)
        yield from part
        if len(part) < block:
            return
        before = part[-1].seq


def _conditions(wanted: Wanted) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    for name, text in _SIMPLE.items():
        if (value := getattr(wanted, name)) is not None:
            where.append(text)
            values.append(value)
    accounts = [(text, value) for name, text in _ACCOUNT.items() if (value := getattr(wanted, name)) is not None]
    if accounts:
        chosen = "SELECT a.n FROM journal.account a WHERE " + " AND ".join(text for text, _value in accounts)
        narrowed = "" if wanted.stream is None else f" AND {_STREAM}"
        where.append(
            f"r.seq IN (SELECT e.seq FROM journal.entry e WHERE e.from_n IN ({chosen}){narrowed} "
            f"UNION ALL SELECT e.seq FROM journal.entry e WHERE e.to_n IN ({chosen}){narrowed})"
        )
        side = [value for _text, value in accounts] + ([] if wanted.stream is None else [wanted.stream] * 2)
        values += side * 2
    elif wanted.stream is not None:
        where.append(f"EXISTS (SELECT FROM journal.entry e WHERE e.seq = r.seq AND {_STREAM})")
        values += [wanted.stream] * 2
    if wanted.state is not None:
        where.append(STATES[wanted.state])
    return where, values


def _whole(connection: Connection[Any], rows: list[tuple[Any, ...]]) -> list[Found]:
    """Records with their entries, steps and observations."""
    seqs = [row[0] for row in rows]
    parts: dict[int, _Parts] = {seq: _Parts() for seq in seqs}
    if not seqs:
        return []
    for seq, *cells in connection.execute(_ENTRIES, (seqs,)):
        parts[seq].entries.append(Entry(*cells))
    for seq, *cells in connection.execute(_STEPS, (seqs,)):
        parts[seq].steps.append(Step(*cells))
    for seq, metric, place, value, *cells in connection.execute(_OBSERVATIONS, (seqs,)):
        parts[seq].observations.append(Observation(metric, place, Decimal(value), *cells))
    return [_found(row, parts[row[0]]) for row in rows]


@dataclass
class _Parts:
    entries: list[Entry] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)


_NAMES = ("id", "happened_at", "period", "basis", "sd_ppm", "actor", "acting_for", "rule", "reverses", "replaces")


def _found(row: tuple[Any, ...], parts: _Parts) -> Found:
    seq, known_at, leaf, *said, evidence, note, reversed_by, replaced_by = row
    plain = Record(**dict(zip(_NAMES, said, strict=True)), note=note)
    record = replace(
        plain,
        entries=tuple(parts.entries),
        steps=tuple(parts.steps),
        observations=tuple(parts.observations),
        evidence=tuple(Evidence(**e) for e in evidence or ()),
    )
    return Found(seq, known_at, bytes(leaf), record, reversed_by, replaced_by)
