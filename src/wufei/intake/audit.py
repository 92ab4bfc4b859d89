"""The audit log: acts of people as records of the journal, so that nobody can rewrite or drop one.

An act is one step of the case ``audit:<person or organisation>`` in the workflow ``audit``; its transition is the act's
id (data/national/acts). Names stay out of it; the network address goes beside it, where it can be erased.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from wufei import catalog
from wufei.journal import Record, Step, append
from wufei.registry.access import Wearer, force
from wufei.registry.acts import visitor
from wufei.registry.models import AuditDetail
from wufei.terms import NamedError

WORKFLOW = "audit"
REASON_LONGEST = 500


class ActUnknown(NamedError):
    """An act that the catalogue does not declare."""

    code = "act_unknown"
    zh = "审计事项“{act}”没有声明。"
    en = "The act “{act}” is not declared."
    remedy_zh = "请在 data/national/acts 中补充该事项。"
    remedy_en = "Add it to data/national/acts."


class AuditNotWritten(NamedError):
    """The journal did not take the audit record; what was to be recorded is not done either."""

    code = "audit_not_written"
    zh = "无法写入审计日志，操作未执行：{why}"
    en = "The audit log could not be written, so nothing was done: {why}"
    remedy_zh = "请稍后重试；若仍如此，请联系系统管理员。"
    remedy_en = "Try again in a moment; if it stays, tell the system administrator."


def case_of(subject: str) -> str:
    """The case in which acts about a person or an organisation are noted."""
    return f"{WORKFLOW}:{subject or '-'}"


def note(
    act: str, hat: Wearer, subject: str, *, reason: str = "", more: dict[str, str] | None = None,
    now: datetime | None = None,
) -> UUID:  # fmt: skip
    """Append the act and return the record's id; raises ActUnknown or AuditNotWritten.

    The actor is who sits at the keyboard: under somebody else's hat that is the impersonator, and the hat's person
    stands in the record as ``through``.
    """
    declared = catalog.current().national.find("acts", act)
    if declared is None:
        raise ActUnknown(act=act)
    now = now or timezone.now()
    cite = declared.cites[0]
    with transaction.atomic():
        case = case_of(subject)
        step = Step(case, _next_no(case), WORKFLOW, act, "noted", data=_said(hat) | (more or {}))
        record = Record(
            happened_at=now, period=timezone.localdate(now).isoformat(), basis="declared",
            actor=hat.impersonator or hat.actor, acting_for=hat.acting_for, rule=f"{cite.source} {cite.clause}",
            steps=(step,), note=reason.strip()[:REASON_LONGEST] or None,
        )  # fmt: skip
        [outcome] = append(connection.connection, [record])
        if outcome.outcome != "appended":
            raise AuditNotWritten(why=outcome.error.code if outcome.error else outcome.outcome)
        _whence(record.id, now)
    return record.id


def _next_no(case: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal.next_audit_no(%s)", [case])
        return int(cursor.fetchone()[0])


def _said(hat: Wearer) -> dict[str, str]:
    """The hat in force, by ids."""
    said = {"role": hat.role, "hat": "" if hat.hat_id is None else str(hat.hat_id)}
    if hat.impersonator:
        said["through"] = hat.actor
    return said


def _whence(record: UUID, now: datetime) -> None:
    seen = visitor.get()
    with force.door():
        AuditDetail.objects.create(record=record, at=now, address=seen.address[:45], agent=seen.agent[:200])


def heard(*, act: str, hat: Wearer, subject: str, reason: str = "", **_more: Any) -> None:
    """What was told (``wufei.registry.acts.tell``) is noted."""
    note(act, hat, subject, reason=reason)
