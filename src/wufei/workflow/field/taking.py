"""One signed action as a step: in the name of its signer, on top of what it rests on, merged by declared rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from psycopg import Connection

from wufei.registry import field_devices, hats
from wufei.registry.access import Wearer
from wufei.registry.access.force import door, wearing
from wufei.registry.models import FieldAction
from wufei.terms import NamedError
from wufei.workflow import acting, engine, in_stead
from wufei.workflow.acting import Done, Wish
from wufei.workflow.engine import Case, Taken
from wufei.workflow.errors import CaseUnknown, StepOutdated
from wufei.workflow.field.errors import FieldEnrolmentOver, FieldHatOver, FieldOvertaken
from wufei.workflow.kinds import kind_of_case
from wufei.workflow.signing import CLOCK_OFF

METHOD = "device_key"


class Hats:
    """The hats of the phones of one batch, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[int, Wearer | None] = {}

    def of(self, row: FieldAction) -> Wearer:
        """The hat under which it was signed. Raises FieldHatOver when it has ended."""
        pk = row.device.hat_id
        if pk not in self._known:
            with door():
                worn, _all = hats.wearer(row.device.person, pk)
            self._known[pk] = worn if worn.hat_id == pk else None
        found = self._known[pk]
        if found is None:
            raise FieldHatOver
        return found


def take(
    connection: Connection[Any], row: FieldAction, before: FieldAction | None, hats_: Hats, now: datetime
) -> Done:  # fmt: skip
    """Take the step that the action is; ``before`` is the action that it rests on. Raises what stands against it."""
    _enrolled(row, now)
    hat = hats_.of(row)
    return under(connection, hat, row, before, fresh=row.received_at == now)


def under(
    connection: Connection[Any], hat: Wearer, row: FieldAction, before: FieldAction | None, *,
    rests_on: int | None = None, fresh: bool = False,
) -> Done:  # fmt: skip
    """The same under a hat, whatever became of the phone.

    ``rests_on`` is a step that its signer saw since; ``fresh`` says that nobody tried to take it before.
    """
    body = row.body
    with wearing(hat):
        if not body["case"] and before is None:
            return _begun(connection, hat, row, fresh=fresh)
        case = _read(connection, hat, body["case"] or (before.case if before else ""), body["acting_for"])
        if rests_on is None:
            rests_on = before.no if before is not None and before.case == case.id else body["rests_on"]
        try:
            return acting.take_in(connection, hat, case, _wish(row, rests_on, case))
        except StepOutdated:
            return _merged(connection, hat, row, engine.read(connection, case.id), int(rests_on or 0))


def _read(connection: Connection[Any], hat: Wearer, case: str, acting_for: str) -> Case:
    """The case. Raises CaseUnknown, or what ended the mandate under which it was seen."""
    try:
        return engine.read(connection, case)
    except CaseUnknown:
        in_stead.check_not_over(hat, acting_for or None)
        raise


def _begun(connection: Connection[Any], hat: Wearer, row: FieldAction, *, fresh: bool) -> Done:
    """The case that the action begins; the same when two deliveries of it come at once."""
    try:
        return acting.begin(connection, hat, row.body["workflow"], _wish(row, row.body["rests_on"], None), fresh=fresh)
    except NamedError:
        own = engine.taken_as(connection, row.record)
        if own is None:
            raise
        return Done(own[0], own[1], "duplicate", own[3])


def _enrolled(row: FieldAction, now: datetime) -> None:
    device = row.device
    ends = device.expires_at
    if device.revoked_at is not None and device.revoked_at <= row.received_at:
        raise FieldEnrolmentOver(at=_day(device.revoked_at), why=device.revoked_why)
    if row.happened_at > ends or now > ends + field_devices.GRACE:
        raise FieldEnrolmentOver(at=_day(ends), why="到期 expired")


def _wish(row: FieldAction, rests_on: int | None, case: Case | None) -> Wish:
    body = row.body
    off = timedelta(seconds=row.clock_off_s)
    return Wish(
        body["transition"], body["changes"], rests_on, _when(row, case), body["reason"], body["acting_for"] or None,
        device=str(row.device_id), device_at=row.received_at + off, place=body["place"], method=METHOD, id=row.record,
        received_at=row.received_at,
    )  # fmt: skip


def _when(row: FieldAction, case: Case | None) -> datetime:
    """The time claimed; not before the step seen by the signer, from which two phones' clocks differ a little."""
    last = max((s.happened_at for s in case.steps if s.signed), default=None) if case else None
    if last is not None and last - CLOCK_OFF < row.happened_at < last:
        return last
    return row.happened_at


def _merged(connection: Connection[Any], hat: Wearer, row: FieldAction, case: Case, seen: int) -> Done:
    """What becomes of an action when others moved the case: the same step is one; a declared one goes on top."""
    if own := next((step for step in case.steps if step.record == row.record), None):
        return Done(case.id, own.no, "duplicate", own.record)
    since = [step for step in case.steps if step.no > seen]
    if same := next((step for step in since if _same(step, row, hat)), None):
        return Done(case.id, same.no, "merged", same.record)
    step = kind_of_case(case).workflow.transition(row.body["transition"])
    if step is None or not step.merges:
        raise StepOutdated(case=case.id, now=case.no, seen=seen)
    last = case.steps[-1]
    if last.happened_at > row.happened_at:
        raise FieldOvertaken(at=_minute(last.happened_at), own=_minute(row.happened_at))
    return acting.take(connection, hat, case.id, replace(_wish(row, case.no, case), happened_at=row.happened_at))


def _same(step: Taken, row: FieldAction, hat: Wearer) -> bool:
    """Whether somebody of the same organisation took the same step with the same content."""
    set_, changes = step.data.get("set", {}), row.body["changes"]
    org = row.body["acting_for"] or hat.org
    return (
        step.transition == row.body["transition"]
        and step.acting_for == org
        and all(name in set_ and set_[name] == value for name, value in changes.items())
    )


def _day(at: datetime) -> str:
    return timezone.localtime(at).date().isoformat()


def _minute(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def plain(error: NamedError) -> dict[str, Any]:
    """The error as it is kept, to be told in any language: code, values, and the single ones of a refusal."""
    told: dict[str, Any] = {"code": error.code, "values": {k: str(v) for k, v in error.values.items()}}
    if error.place:
        told["place"] = error.place
    many = engine.errors_of(error)
    if many != [error]:
        told["errors"] = [plain(each) for each in many]
    return told
