"""Signed actions as they arrive: kept first, then taken; none is lost or taken twice, whatever order they come in.

Each is taken in the name of whoever signed it, whoever delivers it. What cannot be taken is a conflict, shown to those
who can mend it (``settling``); what rests on an action that has not arrived waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from psycopg import Connection

from wufei.journal.durable import told_together
from wufei.registry.access.force import door
from wufei.registry.models import FieldAction, FieldDevice
from wufei.terms import NamedError
from wufei.workflow.field import taking
from wufei.workflow.field.errors import (
    FieldActionChanged,
    FieldChainBroken,
    FieldDeviceUnknown,
    FieldSignatureWrong,
    FieldWaiting,
)
from wufei.workflow.field.signed import Signed, happened, read

MOST = 200
RECEIVED, APPLIED, WAITING, CONFLICT, DROPPED = "received", "applied", "waiting", "conflict", "dropped"
OPEN = (RECEIVED, WAITING)
KEPT = ("state", "error", "case", "no", "outcome")
BESIDE = ("device__hat", "device__person")
CLOCK_EXACT = timedelta(minutes=2)  # what a clock goes wrong by less is left as it is


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one action: applied, already, waiting, conflict, dropped or refused (then it was not kept)."""

    id: str
    outcome: str
    case: str = ""
    no: int | None = None
    error: NamedError | dict[str, Any] | None = None


def receive(
    connection: Connection[Any], sent: Sequence[Any], now: datetime, *, device_now: datetime | None = None,
    delivered_by: UUID | None = None,
) -> list[Told]:  # fmt: skip
    """Keep and take what a phone delivers, its own and others'; what became of each, in order.

    ``device_now`` is what the clock of the phone ``delivered_by`` said as it sent.
    """
    off = device_now - now if device_now and abs(device_now - now) > CLOCK_EXACT else timedelta()
    refused: dict[int, NamedError] = {}
    found: dict[int, Signed] = {}
    for number, item in enumerate(sent):
        try:
            found[number] = read(item, number + 1)
        except NamedError as error:
            refused[number] = error
    with door():
        fresh = _keep(found, refused, now, {delivered_by: off} if delivered_by else {})
    before = {row.id for row in FieldActionRows.of(found.values()) if row.id not in fresh}
    take_open(connection, [signed.id for signed in found.values()], now)
    rows = {row.id: row for row in FieldActionRows.of(found.values())}
    told = []
    for number, item in enumerate(sent):
        signed = found.get(number)
        if signed is None or number in refused:
            told.append(Told(_id_of(item), "refused", error=refused[number]))
        else:
            told.append(_told(rows[signed.id], already=signed.id in before))
    return told


class FieldActionRows:
    """The rows of some actions, read at the door: whoever delivers need not be whoever signed."""

    @staticmethod
    def of(actions: Iterable[Signed]) -> list[FieldAction]:
        """The rows that are kept."""
        with door():
            return list(FieldAction.objects.filter(pk__in=[signed.id for signed in actions]))


def _id_of(item: Any) -> str:
    body = item.get("body") if isinstance(item, dict) else None
    return str(body.get("id", ""))[:36] if isinstance(body, dict) else ""


def _told(row: FieldAction, *, already: bool) -> Told:
    outcome = "already" if already and row.state == APPLIED else row.state
    return Told(str(row.pk), outcome, row.case, row.no, row.error)


def _keep(
    found: dict[int, Signed], refused: dict[int, NamedError], now: datetime, offs: dict[UUID, timedelta]
) -> set[UUID]:
    """Write down what arrives for the first time and is signed as it says; the ids of those."""
    devices = {d.pk: d for d in FieldDevice.objects.filter(pk__in={s.device for s in found.values()})}
    known = dict(FieldAction.objects.filter(pk__in=[s.id for s in found.values()]).values_list("pk", "digest"))
    made: dict[UUID, FieldAction] = {}
    for number, signed in found.items():
        error = _refusal(signed, devices.get(signed.device), known)
        if error is not None:
            refused[number] = error
        elif signed.id not in known:
            known[signed.id] = signed.digest
            made[signed.id] = _row(signed, devices[signed.device], now, offs.get(signed.device, timedelta()))
    FieldAction.objects.bulk_create(made.values(), ignore_conflicts=True)
    _check_chains(devices, made)
    return set(made)


def _refusal(signed: Signed, device: FieldDevice | None, known: dict[UUID, str]) -> NamedError | None:
    if device is None:
        return FieldDeviceUnknown()
    if not signed.holds(device.public_key):
        return FieldSignatureWrong()
    if known.get(signed.id, signed.digest) != signed.digest:
        return FieldActionChanged()
    return None


def _row(signed: Signed, device: FieldDevice, now: datetime, off: timedelta) -> FieldAction:
    at = happened(signed.at, off, now)
    ahead = signed.at - off - now  # a clock that is ahead, of a phone that did not itself tell its time
    return FieldAction(
        id=signed.id, device=device, person_id=device.person_id, org_id=device.org_id, sequence=signed.sequence,
        digest=signed.digest, body=dict(signed.body), signature=signed.signature, after=signed.after, happened_at=at,
        received_at=now, clock_off_s=int((off or max(ahead, timedelta())).total_seconds()), case=signed.case,
        record=signed.record,
    )  # fmt: skip


def _check_chains(devices: dict[UUID, FieldDevice], made: dict[UUID, FieldAction]) -> None:
    """Two actions of one number, or one that does not name the hash before it, are a conflict: none goes unseen."""
    for device in devices.values():
        new = [row for row in made.values() if row.device_id == device.pk]
        if not new:
            continue
        near = {n for row in new for n in (row.sequence - 1, row.sequence, row.sequence + 1)}
        chain: dict[int, list[FieldAction]] = {}
        for row in FieldAction.objects.filter(device=device, sequence__in=near):
            chain.setdefault(row.sequence, []).append(row)
        for row in new:
            if _broken(row, chain):
                settle(row, CONFLICT, error=FieldChainBroken(sequence=row.sequence))
        _advance(device)


def _broken(row: FieldAction, chain: dict[int, list[FieldAction]]) -> bool:
    before, after = chain.get(row.sequence - 1, []), chain.get(row.sequence + 1, [])
    return (
        len(chain.get(row.sequence, [])) > 1
        or (row.sequence == 1) != (row.body["previous"] == "")
        or (bool(before) and row.body["previous"] not in {each.digest for each in before})
        or (bool(after) and row.digest not in {each.body["previous"] for each in after})
    )


def _advance(device: FieldDevice) -> None:
    """Move the head of the chain over what has arrived without a gap."""
    rows = FieldAction.objects.filter(device=device, sequence__gt=device.sequence).order_by("sequence")
    at, head = device.sequence, device.head
    for sequence, digest in rows.values_list("sequence", "digest"):
        if sequence != at + 1:
            break
        at, head = sequence, digest
    if at > device.sequence:
        FieldDevice.objects.filter(pk=device.pk).update(sequence=at, head=head, seen_at=timezone.now())


def take_open(connection: Connection[Any], ids: Iterable[UUID], now: datetime) -> None:
    """Take the open ones of these in the order of the times claimed, and then whatever waited for them.

    The order is by time and hash, so that the same actions end alike however they were batched.
    """
    with door():
        todo = list(FieldAction.objects.filter(pk__in=list(ids), state__in=OPEN).select_related(*BESIDE))
    hats = taking.Hats()
    todo.sort(key=lambda row: (row.happened_at, row.sequence, row.digest), reverse=True)
    take_waiting(connection, _pass(connection, todo, hats, now) if todo else [], now)


def take_waiting(connection: Connection[Any], stood: list[UUID], now: datetime) -> None:
    """Take what waited for these, which stand now, and then what waited for that."""
    while stood:
        with door():
            found = FieldAction.objects.filter(state=WAITING, after__in=stood).select_related(*BESIDE)
            todo = sorted(found, key=lambda row: (row.happened_at, row.sequence, row.digest), reverse=True)
        stood = _pass(connection, todo, taking.Hats(), now) if todo else []


def _pass(connection: Connection[Any], todo: list[FieldAction], hats: taking.Hats, now: datetime) -> list[UUID]:
    """Take each, those first on which others rest; the ids of those that stand.

    What became of them is written in the end, and waits for the disk: an action that was taken before a crash is found
    by its record again, or is sent again.
    """
    by_id, stood = {row.pk: row for row in todo}, []
    with told_together(connection):
        while todo:
            row = todo[-1]
            before = by_id.get(row.after) if row.after else None
            if before is not None and before.state in OPEN and before in todo and not _circular(row, by_id):
                todo.remove(before)
                todo.append(before)
                continue
            todo.pop()
            _take(connection, row, by_id, hats, now)
            if row.state == APPLIED:
                stood.append(row.pk)
    _write_down(connection, list(by_id.values()))
    return stood


_WRITE = """
UPDATE public.registry_fieldaction a SET state = u.state, error = u.error::jsonb, "case" = u.c, no = u.no,
    outcome = u.outcome
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
    AS u(id, state, error, c, no, outcome)
WHERE a.id = u.id"""


def _write_down(connection: Connection[Any], rows: list[FieldAction]) -> None:
    """How these stand now, in one statement."""
    columns = zip(
        *((r.pk, r.state, json.dumps(r.error) if r.error else None, r.case, r.no, r.outcome) for r in rows), strict=True
    )
    with door():
        connection.execute(_WRITE, [list(column) for column in columns])


def _circular(row: FieldAction, by_id: dict[UUID, FieldAction]) -> bool:
    seen, at = {row.pk}, row.after
    while at is not None and at in by_id:
        if at in seen:
            return True
        seen.add(at)
        at = by_id[at].after
    return False


def _take(
    connection: Connection[Any], row: FieldAction, by_id: dict[UUID, FieldAction], hats: taking.Hats, now: datetime
) -> None:
    before = _before(row, by_id)
    if row.after and (before is None or before.state != APPLIED):
        row.state, row.error = WAITING, taking.plain(FieldWaiting())
        return
    try:
        done = taking.take(connection, row, before, hats, now)
    except NamedError as error:
        row.state, row.error = CONFLICT, taking.plain(error)
    else:
        row.case, row.no, row.outcome = done.case, done.no, done.outcome
        row.state, row.error = APPLIED, None


def _before(row: FieldAction, by_id: dict[UUID, FieldAction]) -> FieldAction | None:
    if row.after is None:
        return None
    known = by_id.get(row.after)
    if known is None:
        with door():
            known = FieldAction.objects.filter(pk=row.after).first()
    return known


def settle(row: FieldAction, state: str, error: NamedError | None = None) -> None:
    """Keep how an action stands, and what stands against it."""
    row.state, row.error = state, taking.plain(error) if error else None
    with door():
        row.save(update_fields=KEPT)
