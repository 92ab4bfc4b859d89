"""Post, reverse and correct records that arrive as plain JSON: one outcome each, in the order sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection

from wufei.intake import closed_places, declared
from wufei.intake.delegated import named, place_of
from wufei.intake.payload import CorrectionIn, CountIn, RecordIn, ReversalIn, read
from wufei.journal import Observation, Outcome, Record, append, new_id, reverse
from wufei.journal.not_allowed import AppendElsewhere
from wufei.journal.reading import record
from wufei.journal.stocktake import COUNTED, UNIT, take_stock
from wufei.registry.access import Wearer, journal_places
from wufei.terms import NamedError

LARGEST_BATCH = 1000


class RecordNotFound(NamedError):
    """No record has the id asked for."""

    code = "record_not_found"
    zh = "没有编号为 {id} 的记录。"
    en = "No record has the id {id}."
    remedy_zh = "请核对编号；记录列表里可以查找。"
    remedy_en = "Check the id; the list of records can be searched."


class BatchTooLarge(NamedError):
    """More records than one request may carry."""

    code = "batch_too_large"
    zh = "一次最多提交 {largest} 条记录，这里有 {count} 条。"
    en = "One request carries at most {largest} records; here are {count}."
    remedy_zh = "请分批提交；大量数据请用导入。"
    remedy_en = "Send several batches; use an import for large files."


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who posts and for which organisation, as the journal keeps them: ids, never names."""

    actor: str
    acting_for: str
    hat: Wearer | None = None  # whose accounts it may post to is checked; None leaves that to the database

    @classmethod
    def of(cls, hat: Wearer) -> Speaker:
        """Whoever wears the hat; the one who looks through somebody else's hat is named, not the other."""
        return cls(hat.impersonator or hat.actor, hat.acting_for, hat)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one record; ``id`` is None when not even that could be read."""

    id: UUID | None
    outcome: str
    seq: int | None = None
    error: NamedError | None = None

    @property
    def stands(self) -> bool:
        """True when the record is in the journal."""
        return self.outcome in {"appended", "duplicate"}


def post(
    connection: Connection[Any], payloads: Sequence[Any], speaker: Speaker, *, row_mode: bool = False
) -> list[Told]:
    """Append the records of ``payloads``; atomic unless ``row_mode``. Raises BatchTooLarge.

    A record that cannot be read is refused like one that the journal refuses, and holds back an atomic batch.
    """
    if len(payloads) > LARGEST_BATCH:
        raise BatchTooLarge(largest=LARGEST_BATCH, count=len(payloads))
    readings = [_read(payload, n, speaker) for n, payload in enumerate(payloads)]
    sound = {n: reading for n, reading in enumerate(readings) if isinstance(reading, Record)}
    told = {n: reading for n, reading in enumerate(readings) if isinstance(reading, Told)}
    told |= dict(_elsewhere(sound, speaker))
    told |= _closed(connection, {n: record for n, record in sound.items() if n not in told})
    sound = {n: record for n, record in sound.items() if n not in told}
    if told and not row_mode:
        return [told.get(n) or Told(sound[n].id, "held") for n in range(len(payloads))]
    outcomes = append(connection, list(sound.values()), row_mode=row_mode)
    for place, (n, outcome) in enumerate(zip(sound, outcomes, strict=True)):
        told[n] = _told(outcome, place, n)
    return [told[n] for n in range(len(payloads))]


def _read(payload: Any, n: int, speaker: Speaker) -> Record | Told:
    try:
        sent = read(RecordIn, payload, f"records[{n}]")
        return sent.record(actor=speaker.actor, acting_for=speaker.acting_for)
    except NamedError as error:
        return Told(_id_of(payload), "refused", error=error)


def _elsewhere(sound: dict[int, Record], speaker: Speaker) -> Iterator[tuple[int, Told]]:
    """Refusals of records at accounts or places that are none of the hat's.

    What comes off the road is left to the database, which knows where it came from.
    """
    places = journal_places(speaker.hat, "change") if speaker.hat else None
    if places is None:
        return
    for n, new in sound.items():
        foreign = next((key for key in named(new) if place_of(key) not in places), None)
        if foreign is not None:
            error = AppendElsewhere(place=f"records[{n}]", detail=foreign)
            yield n, Told(new.id, "refused", error=error)


def _closed(connection: Connection[Any], sound: dict[int, Record]) -> dict[int, Told]:
    """Refusals of what would begin at a closed site or organisation."""
    found = closed_places.refused(connection, list(sound.values()))
    told = {}
    for at, (n, new) in enumerate(sound.items()):
        if error := found.get(at):
            error.place = f"records[{n}]"
            told[n] = Told(new.id, "refused", error=error)
    return told


def _id_of(payload: Any) -> UUID | None:
    try:
        return UUID(payload["id"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def _told(outcome: Outcome, at: int, n: int) -> Told:
    """The outcome with the place that the sender counts by: ``records[2], part 1``."""
    if outcome.error is not None and outcome.error.place:
        outcome.error.place = outcome.error.place.replace(f"record {at + 1}", f"records[{n}]", 1)
    return Told(outcome.id, outcome.outcome, outcome.seq, outcome.error)


def count_stock(connection: Connection[Any], sent: CountIn, speaker: Speaker) -> Told:
    """Append a stocktake: what was counted, and an accepted difference. Raises what ``take_stock`` raises."""
    said = sent.said(actor=speaker.actor, acting_for=speaker.acting_for)
    seen = replace(said, observations=(Observation(COUNTED, sent.account, Decimal(sent.counted_g), UNIT),))
    for _, refused in _elsewhere({0: seen}, speaker):
        return refused
    return _told(take_stock(connection, sent.count(), said, accept=sent.accept), 0, 0)


def reverse_record(connection: Connection[Any], record_id: UUID, sent: ReversalIn, speaker: Speaker) -> list[Told]:
    """Append the reversal of a record; raises RecordNotFound, RecordDeclared."""
    return _append(connection, [_reversal(connection, record_id, sent, speaker)])


def correct_record(connection: Connection[Any], record_id: UUID, sent: CorrectionIn, speaker: Speaker) -> list[Told]:
    """Append the reversal of a record and the record in its place, both or neither; raises as above."""
    new = sent.record.record(actor=speaker.actor, acting_for=speaker.acting_for)
    return _append(connection, [_reversal(connection, record_id, sent, speaker), replace(new, replaces=record_id)])


def _append(connection: Connection[Any], records: Sequence[Record]) -> list[Told]:
    return [_told(outcome, n, n) for n, outcome in enumerate(append(connection, records))]


def _reversal(connection: Connection[Any], record_id: UUID, sent: ReversalIn, speaker: Speaker) -> Record:
    """The reversal at the original's time and period unless told otherwise, so that sending it again is the same."""
    old = load(connection, record_id)
    if (stands := declared.refusal(connection, old)) is not None:
        raise stands
    when = sent.happened_at or old.happened_at
    new = reverse(connection, old, actor=speaker.actor, acting_for=speaker.acting_for, happened_at=when, note=sent.note)
    return replace(new, id=sent.id or new_id(), period=sent.period or old.period)


def load(connection: Connection[Any], record_id: UUID) -> Record:
    """The record as it stands; raises RecordNotFound."""
    found = record(connection, record_id)
    if found is None:
        raise RecordNotFound(id=record_id)
    return found.record
