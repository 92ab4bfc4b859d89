"""Conflicts of signed actions: who sees them, and how somebody who can mend one settles it.

The signer, signed in, confirms: the step is then taken on top of what stands now. Others of the organisation try it
again once its cause is mended (a mandate, a permit). Either gives it up with a reason; it is kept all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from psycopg import Connection

from wufei.registry.access import Wearer, changeable
from wufei.registry.access.force import door
from wufei.registry.acts import tell
from wufei.registry.models import FieldAction
from wufei.terms import NamedError
from wufei.workflow import engine
from wufei.workflow.acting import Done
from wufei.workflow.errors import CaseUnknown, ReasonMissing
from wufei.workflow.field import receiving, taking
from wufei.workflow.field.errors import FieldNotYourConflict

UNSETTLED = (receiving.CONFLICT, receiving.WAITING)


def conflicts(hat: Wearer) -> QuerySet[FieldAction]:
    """What the hat may see and settle, the latest first."""
    rows = FieldAction.objects.filter(state__in=UNSETTLED)
    return changeable(rows, hat).order_by("-received_at", "sequence")


def with_signers(rows: Iterable[FieldAction]) -> list[FieldAction]:
    """The same rows with their signers and phones, in order; those who may settle one need not see these: one query."""
    wanted = [row.pk for row in rows]
    with door():
        found = FieldAction.objects.select_related(*receiving.BESIDE, "person").in_bulk(wanted)
    return [found[pk] for pk in wanted if pk in found]


def confirm(connection: Connection[Any], hat: Wearer, action_id: UUID, now: datetime) -> Done:
    """Take the step: by its signer as it stands now, by others as it was signed. Raises what stands against it."""
    row = _of(hat, action_id)
    with door():
        before = FieldAction.objects.filter(pk=row.after).first() if row.after else None
    try:
        if hat.person_id == row.person_id:
            done = taking.under(connection, hat, row, before, rests_on=_now(connection, row, before))
        else:
            done = taking.take(connection, row, before, taking.Hats(), now)
    except NamedError as error:
        receiving.settle(row, receiving.CONFLICT, error=error)
        raise
    row.case, row.no, row.outcome = done.case, done.no, done.outcome
    _close(row, hat, receiving.APPLIED, "", now)
    receiving.take_waiting(connection, [row.pk], now)
    return done


def _now(connection: Connection[Any], row: FieldAction, before: FieldAction | None) -> int | None:
    """The number of the last step of the case as it stands; None for a case that is yet to begin."""
    case = row.body["case"] or (before.case if before else "")
    try:
        return engine.read(connection, case).no if case else None
    except CaseUnknown:
        return None


def give_up(hat: Wearer, action_id: UUID, reason: str, now: datetime) -> None:
    """Take the action no more, for a reason. Raises ReasonMissing and FieldNotYourConflict."""
    row = _of(hat, action_id)
    if not reason.strip():
        raise ReasonMissing(place="reason", step_zh="放弃", step_en="give up")
    _close(row, hat, receiving.DROPPED, reason.strip()[:400], now)


def _of(hat: Wearer, action_id: UUID) -> FieldAction:
    for row in with_signers(conflicts(hat).filter(pk=action_id)):
        return row
    raise FieldNotYourConflict


def _close(row: FieldAction, hat: Wearer, state: str, reason: str, now: datetime) -> None:
    row.settled_at, row.settled_by, row.reason = now, hat.actor, reason
    with door():
        row.save(update_fields=["settled_at", "settled_by", "reason"])
    receiving.settle(row, state)
    tell("field_settled", hat, f"person-{row.person_id}", f"{row.pk} {state} {reason}".strip())
