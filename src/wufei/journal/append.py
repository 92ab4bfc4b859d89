"""The one append path: records go through the inbox into the database, whose rules decide."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection, sql
from psycopg.pq import TransactionStatus

from wufei.journal import not_allowed
from wufei.journal.records import Entry, Outcome, Record, new_id
from wufei.journal.refusals import ReversalOfNothing, refusal
from wufei.terms import NamedError

FEW = 500
LARGEST = 1 << 20
TURNS = 20
# Some of the ids stand already; somebody else took the id, reversal, step or series row first; a slow moment. What the
# other one committed is seen the next time: a duplicate, or a refusal with a name.
_AGAIN = {"WF002", "23505", "40001"}
_DEADLOCK = "40P01"  # trying again helps only who holds nothing from before
_ISOLATION = "WF004"

_RECORD = "ordinal, id, happened_at, period, basis, sd_ppm, actor, acting_for, rule, reverses, replaces, evidence, note"
_ENTRY = "ordinal, part, from_key, to_key, stream, to_stream, mass_g, from_lot, to_lot"
_STEP = "ordinal, part, case_id, no, workflow, transition, state, holder, due_at, data"
_OBSERVATION = "ordinal, part, metric, place, stream, value, unit, sd"


class AppendTooLarge(NamedError):
    """More records than one append can number."""

    code = "append_too_large"
    zh = "一次最多追加 {largest} 条记录，这里有 {count} 条。"
    en = "One append takes at most {largest} records; here are {count}."
    remedy_zh = "请分批追加。"
    remedy_en = "Append in batches."


class RecordUnreadable(NamedError):
    """A value that does not fit its column."""

    code = "record_unreadable"
    zh = "记录里有无法识别的值：{why}。"
    en = "A record holds a value that cannot be read: {why}."
    remedy_zh = "请核对质量（整数克）、时间和编号的写法。"
    remedy_en = "Check masses (whole grams), times and ids."


class AppendIsolation(NamedError):
    """An append in a transaction that does not see what others commit."""

    code = "append_isolation"
    zh = "追加记录须在 READ COMMITTED 事务中进行。"
    en = "Records are appended in a READ COMMITTED transaction only."
    remedy_zh = "请去掉事务的隔离级别设置；要一致的读数请用“截至某时已知”。"
    remedy_en = "Leave the transaction's isolation level alone; for figures that agree, read as known on an instant."


def append(connection: Connection[Any], records: Sequence[Record], *, row_mode: bool = False) -> list[Outcome]:
    """Append ``records`` in one transaction and say what became of each, in order.

    Atomic: when one record is refused, none is appended, unless ``row_mode`` lets the sound ones through. A record
    sent again unchanged is a ``duplicate`` and stands. Raises AppendTooLarge, RecordUnreadable and AppendIsolation.
    """
    if not records:
        return []
    if len(records) >= LARGEST:
        raise AppendTooLarge(largest=LARGEST - 1, count=len(records))
    again = _AGAIN | ({_DEADLOCK} if connection.info.transaction_status is TransactionStatus.IDLE else set())
    try:
        with connection.transaction():
            return _append(connection, records, again, row_mode=row_mode)
    except psycopg.errors.DataError as error:
        raise RecordUnreadable(why=error.diag.message_primary or error) from error
    except psycopg.DatabaseError as error:
        if error.sqlstate == _ISOLATION:
            raise AppendIsolation from error
        if refused := not_allowed.named(error):
            raise refused from error
        raise


def reverse(
    connection: Connection[Any], record: Record, *, actor: str, acting_for: str, happened_at: datetime, note: str
) -> Record:
    """The reversal of ``record``, ready to append: the same masses with the accounts, lots and streams swapped.

    Raises ReversalOfNothing when the journal does not hold the record.
    """
    if connection.execute("SELECT FROM journal.record WHERE id = %s", (record.id,)).fetchone() is None:
        raise ReversalOfNothing(detail=str(record.id))
    swapped = tuple(_swap(entry) for entry in record.entries)
    return replace(
        record,
        id=new_id(),
        entries=swapped,
        observations=(),
        steps=(),
        reverses=record.id,
        replaces=None,
        actor=actor,
        acting_for=acting_for,
        happened_at=happened_at,
        note=note,
        evidence=(),
    )


def _swap(entry: Entry) -> Entry:
    changed = entry.to_stream or entry.stream
    return Entry(
        entry.to_account,
        entry.from_account,
        changed,
        entry.mass_g,
        entry.to_lot,
        entry.from_lot,
        entry.stream if changed != entry.stream else None,
    )


def _append(
    connection: Connection[Any], records: Sequence[Record], again: set[str], *, row_mode: bool
) -> list[Outcome]:
    _fill(connection, records)
    function = "append_few" if len(records) <= FEW else "append_many"
    look = len(records) <= FEW
    for turn in range(TURNS):
        try:
            with connection.transaction():
                return _outcomes(records, _call(connection, function, row_mode=row_mode, look=look))
        except psycopg.DatabaseError as error:
            if error.sqlstate not in again or turn == TURNS - 1:
                raise
            look = True
    raise AssertionError("the last turn returns or raises")


def _call(connection: Connection[Any], function: str, *, row_mode: bool, look: bool) -> list[tuple[Any, ...]]:
    query = sql.SQL("SELECT * FROM {}(%s, %s)").format(sql.Identifier("journal", function))
    return connection.execute(query, (row_mode, look)).fetchall()


def _outcomes(records: Sequence[Record], rows: Iterable[tuple[Any, ...]]) -> list[Outcome]:
    told: dict[int, Outcome] = {}
    base: int | None = None
    for ordinal, id_, outcome, code, part, detail, seq in rows:
        if ordinal is None:
            base = seq
            continue
        place = f"record {ordinal + 1}" + (f", part {part}" if part is not None else "")
        error = refusal(code, place=place, detail=detail) if outcome == "refused" else None
        told[ordinal] = Outcome(id_, outcome, seq if outcome == "duplicate" else None, error)
    return [
        told.get(n) or Outcome(record.id, "appended", base + n if base is not None else None)
        for n, record in enumerate(records)
    ]


def _fill(connection: Connection[Any], records: Sequence[Record]) -> None:
    """Copy the records into this session's inbox, made on first use."""
    if connection.execute("SELECT to_regclass('pg_temp.in_record')").fetchone() == (None,):
        connection.execute("SELECT journal.open_inbox()")
    _copy(connection, f"in_record ({_RECORD})", (_record_row(n, r) for n, r in enumerate(records)))
    entries = ((n, part, e) for n, r in enumerate(records) for part, e in enumerate(r.entries, 1))
    _copy(connection, f"in_entry ({_ENTRY})", (_entry_row(*line) for line in entries))
    if any(r.steps for r in records):
        steps = ((n, part, s) for n, r in enumerate(records) for part, s in enumerate(r.steps, 1))
        _copy(connection, f"in_step ({_STEP})", (_step_row(*line) for line in steps))
    if any(r.observations for r in records):
        seen = ((n, part, o) for n, r in enumerate(records) for part, o in enumerate(r.observations, 1))
        _copy(connection, f"in_observation ({_OBSERVATION})", (_observation_row(*line) for line in seen))


_BLOCK = 2000


def _copy(connection: Connection[Any], table: str, lines: Iterable[str]) -> None:
    rest = iter(lines)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        while block := "".join(itertools.islice(rest, _BLOCK)):
            copy.write(block)


_json = json.encoder.encode_basestring  # a text as json.dumps writes it, without ASCII escapes
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


def _uuid(value: UUID | None) -> str:
    return "\\N" if value is None else f"{value.int:032x}"


def _record_row(n: int, r: Record) -> str:
    evidence = ",".join(
        f'{{"kind":{_json(e.kind)},"name":{_json(e.name)},"sha256":{_json(e.sha256)}}}' for e in r.evidence
    )
    return (
        f"{n}\t{r.id.int:032x}\t{r.happened_at.isoformat()}\t{_cell(r.period)}\t{_cell(r.basis)}\t{_cell(r.sd_ppm)}\t"
        f"{_cell(r.actor)}\t{_cell(r.acting_for)}\t{_cell(r.rule)}\t{_uuid(r.reverses)}\t{_uuid(r.replaces)}\t"
        f"{_cell(f'[{evidence}]' if evidence else None)}\t{_cell(r.note)}\n"
    )


def _entry_row(n: int, part: int, e: Entry) -> str:
    return (
        f"{n}\t{part}\t{_cell(e.from_account)}\t{_cell(e.to_account)}\t{_cell(e.stream)}\t{_cell(e.to_stream)}\t"
        f"{e.mass_g}\t{_uuid(e.from_lot)}\t{_uuid(e.to_lot)}\n"
    )


def _step_row(n: int, part: int, s: Any) -> str:
    data = None if s.data is None else json.dumps(s.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    due = s.due_at.isoformat() if s.due_at else None
    cells = (n, part, s.case, s.no, s.workflow, s.transition, s.state, s.holder, due, data)
    return "\t".join(map(_cell, cells)) + "\n"


def _observation_row(n: int, part: int, o: Any) -> str:
    return "\t".join(map(_cell, (n, part, o.metric, o.place, o.stream, o.value, o.unit, o.sd))) + "\n"
