"""Erasing what is over: the rules of data/national/retention that name an eraser, run dry or for good, and logged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from wufei import catalog
from wufei.registry import attachments
from wufei.registry.erasing import ERASED_LABEL, erase_contact, erase_person, forget_request
from wufei.registry.models import (
    Attachment,
    AuditDetail,
    Claim,
    Contact,
    Invitation,
    Organisation,
    Person,
    RetentionRun,
    SubjectRequest,
)
from wufei.terms import NamedError

BY = "setup"


@dataclass(frozen=True, slots=True)
class Due:
    """Rows whose time is over, and how one of them is erased."""

    rows: Iterable[Any]
    erase: Callable[[Any], None]


Eraser = Callable[[datetime, datetime], Due]


def _left_accounts(before: datetime, now: datetime) -> Due:
    rows = Person.objects.filter(is_active=False, deactivated_at__lt=before, erased_at=None).order_by("pk")
    return Due(rows, lambda person: erase_person(person, by=BY, reason="保存期满 · retention over", now=now))


def _closed_contacts(before: datetime, now: datetime) -> Due:
    rows = Contact.objects.filter(closed_on__lt=timezone.localdate(before), erased_at=None).order_by("pk")
    return Due(rows, lambda contact: erase_contact(contact, now=now))


def _closed_org_legal_persons(before: datetime, _now: datetime) -> Due:
    closed = Organisation.objects.filter(closed_on__lt=timezone.localdate(before)).order_by("pk")
    # sealed columns cannot be filtered by; an empty one is kept as empty text
    rows = closed.extra(where=["legal_person <> ''"])

    def erase(org: Organisation) -> None:
        org.legal_person = ""
        org.save(update_fields=["legal_person"])

    return Due(rows, erase)


def _old_invitations(before: datetime, _now: datetime) -> Due:
    rows = Invitation.objects.filter(expires_at__lt=before).exclude(label=ERASED_LABEL).order_by("pk")

    def erase(invitation: Invitation) -> None:
        Invitation.objects.filter(pk=invitation.pk).update(label=ERASED_LABEL)

    return Due(rows, erase)


def _decided_claims(before: datetime, now: datetime) -> Due:
    over = Claim.objects.filter(decided_at__lt=before).values("proof")
    waiting = Claim.objects.filter(Q(decided_at=None) | Q(decided_at__gte=before)).values("proof")
    free = Q(pk__in=over) & ~Q(pk__in=waiting)
    of_erased = Q(purpose="claim", uploaded_by__erased_at__isnull=False)  # at once, whatever the rule's time
    rows = Attachment.objects.filter(free | of_erased, erased_at=None).order_by("pk")
    return Due(rows, lambda proof: attachments.erase(proof, now=now))


def _withdrawn_attachments(before: datetime, now: datetime) -> Due:
    rows = Attachment.objects.filter(withdrawn_at__lt=before, erased_at=None).exclude(purpose="evidence").order_by("pk")
    return Due(rows, lambda attachment: attachments.erase(attachment, now=now))


def _decided_requests(before: datetime, _now: datetime) -> Due:
    over = SubjectRequest.objects.filter(decided_at__lt=before).order_by("pk")
    return Due(over.extra(where=["details <> '' OR wanted <> ''"]), forget_request)


def _sessions(before: datetime, _now: datetime) -> Due:
    return Due(Session.objects.filter(expire_date__lt=before).order_by("pk"), lambda session: session.delete())


def _audit_details(before: datetime, _now: datetime) -> Due:
    rows = AuditDetail.objects.filter(at__lt=before).order_by("at")
    return Due(rows, lambda detail: detail.delete())


ERASERS: dict[str, Eraser] = {
    "left_accounts": _left_accounts,
    "closed_contacts": _closed_contacts,
    "closed_org_legal_persons": _closed_org_legal_persons,
    "old_invitations": _old_invitations,
    "decided_claims": _decided_claims,
    "withdrawn_attachments": _withdrawn_attachments,
    "decided_requests": _decided_requests,
    "sessions": _sessions,
    "audit_details": _audit_details,
}


def over_before(rule: Any, today: date) -> date:
    """The day before which what a rule counts from is over: today less the time that the rule keeps."""
    if rule.unit == "日":
        return today - timedelta(days=rule.keep)
    months = rule.keep * (12 if rule.unit == "年" else 1)
    count = today.year * 12 + today.month - 1 - months
    year, month = divmod(count, 12)
    return _clamped(year, month + 1, today.day)


def _clamped(year: int, month: int, day: int) -> date:
    """The same day of another month, or its last day."""
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day, (first_of_next - timedelta(days=1)).day))


def run(*, dry_run: bool, by: str = BY, now: datetime | None = None) -> list[RetentionRun]:
    """Erase (or, dry, only count) what is over by every rule that names an eraser; one line of the log for each.

    A row that refuses (the last administrator, say) is counted as due and not as erased.
    """
    now = now or timezone.now()
    rules = [r for r in catalog.current().national.items("retention") if r.eraser and r.keep is not None]
    return [_run_rule(rule, dry_run=dry_run, by=by, now=now) for rule in rules]


def _run_rule(rule: Any, *, dry_run: bool, by: str, now: datetime) -> RetentionRun:
    before = over_before(rule, timezone.localdate(now))
    moment = timezone.make_aware(datetime.combine(before, time.min))
    due = ERASERS[rule.eraser](moment, now)
    rows = list(due.rows)
    erased = 0 if dry_run else sum(_erased(due, row) for row in rows)
    return RetentionRun.objects.create(
        at=now, by=by, data_kind=rule.id, dry_run=dry_run, before=before, due=len(rows), erased=erased
    )


def _erased(due: Due, row: Any) -> bool:
    try:
        due.erase(row)
    except NamedError:
        return False
    return True
