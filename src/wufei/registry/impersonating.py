"""Looking through somebody's hat: a system administrator, for a reason, read-only, for an hour; the person is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from wufei import catalog
from wufei.registry import hats
from wufei.registry.access import Wearer, force
from wufei.registry.models import Hat, Impersonation, Person
from wufei.terms import NamedError

LASTS = timedelta(hours=1)


class ImpersonationRefused(NamedError):
    """A hat that nobody may look through: one's own, of a closed account, or one that itself administers."""

    code = "impersonation_refused"
    zh = "不能代看此身份。"
    en = "Nobody may look through this hat."
    remedy_zh = "不能代看本人、已停用账户，以及系统、安全、审计管理员的身份；并须填写理由。"
    remedy_en = "One’s own, closed accounts’ and administrators’ hats are out of bounds; a reason is needed."


class ImpersonationReadsOnly(NamedError):
    """An attempt to change something under somebody else's hat."""

    code = "impersonation_reads_only"
    zh = "代看他人身份时只能查看，不能更改。"
    en = "Under another’s hat one may look, not change anything."
    remedy_zh = "请先结束代看，再以自己的身份办理。"
    remedy_en = "Stop looking through the hat and act under your own."


def begin(admin: Wearer, hat: Hat, reason: str, *, now: datetime | None = None) -> Impersonation:
    """Start; ends what the administrator looked through before. Raises ImpersonationRefused."""
    now = now or timezone.now()
    if _guarded(hat.role) or hat.person_id == admin.person_id or not hat.person.is_active or not reason.strip():
        raise ImpersonationRefused
    if not hats.open_hats(hat.person, now=now).filter(pk=hat.pk).exists():
        raise ImpersonationRefused
    with force.door():
        Impersonation.objects.filter(by=admin.person_id, ended_at=None).update(ended_at=now)
        return Impersonation.objects.create(
            by_id=admin.person_id, hat=hat, reason=reason.strip()[:200], began_at=now, until=now + LASTS
        )


def _guarded(role: str) -> bool:
    """Whether a role must be separate from another one: the three administrators, whom nobody impersonates."""
    found = catalog.current().national.find("roles", role)
    return found is None or bool(found.separate_from)


def in_force(person: Person, impersonation_id: int | None, *, now: datetime | None = None) -> Impersonation | None:
    """The person's own impersonation of that number while it lasts; None once it is over or the hat has ended."""
    if impersonation_id is None:
        return None
    with force.door():
        kept = Impersonation.objects.select_related("hat__person", "hat__org").filter(pk=impersonation_id).first()
        now = now or timezone.now()
        if kept is None or kept.by_id != person.pk or kept.ended_at is not None or kept.until <= now:
            return None
        still_open = hats.open_hats(kept.hat.person, now=now).filter(pk=kept.hat_id).exists()
    return kept if still_open and kept.hat.person.is_active else None


def end(impersonation_id: int, *, now: datetime | None = None) -> bool:
    """Stop; False when it was over."""
    with force.door():
        found = Impersonation.objects.filter(pk=impersonation_id, ended_at=None)
        return bool(found.update(ended_at=now or timezone.now()))


def unseen_by(person: Person) -> list[Impersonation]:
    """Those that the person has not been shown yet."""
    with force.door():
        return list(Impersonation.objects.select_related("by").filter(hat__person=person.pk, seen_at=None))


def seen(person: Person, *, now: datetime | None = None) -> None:
    """The person was shown them."""
    with force.door():
        Impersonation.objects.filter(hat__person=person.pk, seen_at=None).update(seen_at=now or timezone.now())
