"""A city's published figures as opening records: baselines of its plan's indicators and the figures of its bulletins.

Run at every start. What already stands stays; a figure that changed in the data is reversed and recorded anew; one that
was taken out is reversed. Basis ``declared``; what is only implied by the figures is ``estimated`` and says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection

from wufei.catalog import Catalog, Scope
from wufei.catalog.bulletin_findings import implied_opening
from wufei.catalog.bulletins import Bulletin, Figure, FigureBalance
from wufei.intake.ids import OpeningIds, subject_bits, subject_of
from wufei.journal import Entry, Evidence, Observation, Outcome, Record, append, reverse
from wufei.terms import Basis, Mass, NamedError, Period

ACTOR = "system:opening"
BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Opened:
    """What a run did: records appended, reversed, left as they stand, and what the journal refused."""

    appended: int
    reversed: int
    unchanged: int
    refused: tuple[NamedError, ...]


def post_opening(connection: Connection[Any], catalog: Catalog, city: str) -> Opened:
    """Bring the journal's opening records of ``city`` in line with the catalogue, in one transaction.

    Needs the catalogue's streams, places and metrics mirrored. What cannot be appended (a closed period) is returned
    under ``refused`` and leaves the old record standing.
    """
    scope = catalog.city(city)
    with connection.transaction():
        return _bring_in_line(connection, OpeningIds(city), dict(opening_records(scope)))


def opening_records(scope: Scope) -> Iterator[tuple[str, Record]]:
    """Every opening record of the city with its subject; ids are still to be given."""
    yield from _baselines(scope)
    for bulletin in scope.items(Bulletin.kind):
        for figure in bulletin.figures:
            if figure.metric or figure.entry:
                yield f"bulletins/{bulletin.id}/{figure.id}", _figure(bulletin, figure)
        for claim in bulletin.balances:
            gap = implied_opening(bulletin, claim)
            if gap is not None and gap > 0:
                yield f"bulletins/{bulletin.id}/{claim.generated}/opening", _implied(bulletin, claim, gap)


def _record(period: str, rule: str, basis: str, **parts: Any) -> Record:
    """A record that happens at the end of its period (Beijing time)."""
    last = Period.parse(period).last
    moment = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=BEIJING)
    return Record(moment, period, basis, ACTOR, ACTOR, rule, id=UUID(int=0), **parts)


def _baselines(scope: Scope) -> Iterator[tuple[str, Record]]:
    for indicator in scope.indicators:
        base = indicator.baseline
        if base.value is None or indicator.unit is None:
            continue
        doubts = [c.id for c in scope.corrections_of("indicators", indicator.id)]
        seen = Observation(indicator.id, scope.name.id, base.value, indicator.unit)
        note = f"方案所列基准值；另见更正 {'、'.join(doubts)}" if doubts else "方案所列基准值"
        rule = str(indicator.cites[0])
        record = _record(str(base.year), rule, Basis.DECLARED, observations=(seen,), note=note)
        yield f"indicators/{indicator.id}/baseline", record


def _rule(bulletin: Bulletin, figure: Figure) -> str:
    return f"{figure.source or bulletin.cites[0].source} {figure.clause}"


def _figure(bulletin: Bulletin, figure: Figure) -> Record:
    observations: tuple[Observation, ...] = ()
    entries: tuple[Entry, ...] = ()
    value = figure.value or Decimal(0)
    if figure.metric:
        observations = (Observation(figure.metric, bulletin.place, value, figure.unit, figure.stream),)
    if figure.entry and figure.stream:
        mass_g = Mass.of(value, figure.unit).g
        entries = (Entry(figure.entry.from_account, figure.entry.to_account, figure.stream, mass_g),)
    note = f"{figure.zh}，印作 {figure.printed}" + (f"；{figure.note_zh}" if figure.note_zh else "")
    parts = {"entries": entries, "observations": observations, "note": note}
    return _record(figure.period or bulletin.period, _rule(bulletin, figure), bulletin.basis, **parts)


def _implied(bulletin: Bulletin, claim: FigureBalance, gap: Decimal) -> Record:
    generated = bulletin.figure(claim.generated)
    mass_g = Mass.of(gap, generated.unit).g
    entry = Entry(claim.opening_account, claim.stock_account, generated.stream or "", mass_g)
    note = (
        f"推算的期初存量：各去向与贮存之和比“{generated.zh}”{generated.printed} {generated.unit}多 "
        f"{gap:f} {generated.unit}，多出部分只能是往年存量；为下限，公告并未印出。"
    )
    record = _record(bulletin.period, _rule(bulletin, generated), Basis.ESTIMATED, entries=(entry,), note=note)
    first = Period.parse(bulletin.period).first
    return replace(record, happened_at=datetime(first.year, first.month, first.day, tzinfo=BEIJING))


@dataclass(frozen=True, slots=True)
class _Past:
    """What the journal holds about one subject."""

    ids: tuple[UUID, ...]
    standing: UUID | None


def _said(record: Record) -> str:
    """What a record says, without its id: the same text for the same content."""
    parts = [
        record.happened_at.isoformat(), record.period, str(record.basis), record.rule, record.note,
        [[e.from_account, e.to_account, e.stream, e.mass_g] for e in record.entries],
        [[o.metric, o.place, f"{o.value:f}", o.unit, o.stream] for o in record.observations],
    ]  # fmt: skip
    return json.dumps(parts, ensure_ascii=False)


def _bring_in_line(connection: Connection[Any], ids: OpeningIds, wanted: dict[str, Record]) -> Opened:
    past = _past(connection, ids)
    batches: list[list[Record]] = []
    unchanged = 0
    for subject, record in wanted.items():
        before = past.pop(subject_bits(subject), _Past((), None))
        said = _said(record)
        if before.standing in {ids.of(subject, said, times) for times in range(len(before.ids))}:
            unchanged += 1
            continue
        named = Evidence("catalogue", subject, hashlib.sha256(said.encode()).hexdigest())
        new = replace(record, id=ids.of(subject, said, len(before.ids)), evidence=(named,), replaces=before.standing)
        batches.append([*_reversals(connection, before), new])
    batches += [batch for before in past.values() if (batch := _reversals(connection, before))]
    return _append_all(connection, batches, unchanged)


def _past(connection: Connection[Any], ids: OpeningIds) -> dict[int, _Past]:
    rows = connection.execute(
        "SELECT r.id, EXISTS (SELECT FROM journal.record b WHERE b.reverses = r.id) FROM journal.record r "
        "WHERE r.id BETWEEN %s AND %s AND r.actor = %s AND r.reverses IS NULL ORDER BY r.seq",
        (*ids.bounds(), ACTOR),
    ).fetchall()
    found: dict[int, _Past] = {}
    for record_id, is_reversed in rows:
        before = found.get(subject_of(record_id), _Past((), None))
        standing = before.standing if is_reversed else record_id
        found[subject_of(record_id)] = _Past((*before.ids, record_id), standing)
    return found


def _reversals(connection: Connection[Any], before: _Past) -> list[Record]:
    if before.standing is None:
        return []
    old = _read(connection, before.standing)
    turned = reverse(
        connection, old, actor=ACTOR, acting_for=ACTOR, happened_at=old.happened_at, note="目录数据已改，冲正旧记录"
    )
    return [replace(turned, id=UUID(int=before.standing.int ^ (1 << 61)))]


def _read(connection: Connection[Any], record_id: UUID) -> Record:
    """The record with its entries, as far as its reversal needs them."""
    row = connection.execute(
        "SELECT seq, happened_at, period, basis::text, rule FROM journal.record WHERE id = %s", (record_id,)
    ).fetchone()
    assert row is not None  # noqa: S101  (it was found a moment ago, and nothing is ever deleted)
    entries = connection.execute(
        "SELECT f.key, t.key, s.id, e.mass_g FROM journal.entry e JOIN journal.account f ON f.n = e.from_n "
        "JOIN journal.account t ON t.n = e.to_n JOIN journal.stream s ON s.n = e.stream_n "
        "WHERE e.seq = %s ORDER BY e.ordinal",
        (row[0],),
    ).fetchall()
    found = tuple(Entry(*entry) for entry in entries)
    return Record(row[1], row[2], row[3], ACTOR, ACTOR, row[4], entries=found, id=record_id)


def _append_all(connection: Connection[Any], batches: list[list[Record]], unchanged: int) -> Opened:
    """A reversal and its successor go together; where one is refused the old record stays."""
    outcomes: list[Outcome] = []
    first = [record for batch in batches for record in batch]
    whole = append(connection, first)
    if all(outcome.stands for outcome in whole):
        outcomes = whole
    else:
        for batch in batches:
            outcomes += append(connection, batch)
    stood = {outcome.id for outcome in outcomes if outcome.stands}
    turned = sum(record.reverses is not None and record.id in stood for record in first)
    refused = tuple(outcome.error for outcome in outcomes if outcome.error)
    return Opened(len(stood) - turned, turned, unchanged, refused)
