"""People of an organisation: joining, moving, leaving, and what somebody who leaves still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wufei.registry import hats, mandates
from wufei.registry.accounts import FIRST_ADMIN_ROLE
from wufei.registry.mandate_errors import ReasonMissing
from wufei.registry.models import ApiToken, Claim, Hat, Invitation, Mandate, Organisation, Person, SubjectRequest
from wufei.terms import NamedError


class LastAdministrator(NamedError):
    """Nobody would be left who can administer."""

    code = "last_administrator"
    zh = "这是最后一名系统管理员，不能停用。"
    en = "This is the last system administrator; the account cannot be closed."
    remedy_zh = "请先授予另一人系统管理员角色。"
    remedy_en = "Give the role of system administrator to somebody else first."


@dataclass(frozen=True, slots=True)
class Matter:
    """Something open that lies with a person: its kind, its id and how it reads; ``movable`` goes to a colleague."""

    kind: str
    id: str
    label: str
    movable: bool = False


Finder = Callable[[Person], Iterable[Matter]]
Mover = Callable[[Person, Person, str], int]
HELD: list[Finder] = []  # rooms above join with what they know: open cases, drafts
HANDED: list[Mover] = []  # the same rooms move it: (from, to, by) -> how many


def people_of(org: Organisation) -> QuerySet[Hat]:
    """The open hats of an organisation, with their people."""
    open_ones = Q(valid_to=None) | Q(valid_to__gte=timezone.localdate())
    found = Hat.objects.filter(open_ones, org=org, ended_at=None, person__is_active=True)
    return found.select_related("person", "site").order_by("role", "granted_at", "id")


def open_matters(person: Person) -> list[Matter]:
    """What lies with a person: delegations, invitations, claims, requests, and what other rooms know."""
    found = [
        Matter("mandate", str(m.pk), f"{m.org} · {m.valid_to}", movable=True)
        for m in Mandate.objects.filter(to_person=person, revoked_at=None, valid_to__gte=timezone.localdate())
        .select_related("org")
    ]  # fmt: skip
    invited = Invitation.objects.filter(invited_by=person.actor, taken_at=None, withdrawn_at=None)
    found += [Matter("invitation", str(i.pk), f"{i.label} · {i.org}") for i in invited.select_related("org")]
    claims = Claim.objects.filter(person=person, decided_at=None).select_related("org")
    found += [Matter("claim", str(c.pk), str(c.org)) for c in claims]
    asked = SubjectRequest.objects.filter(person=person, decided_at=None)
    found += [Matter("subject_request", str(r.pk), f"{r.kind} · {r.due_on}") for r in asked]
    return found + [matter for find in HELD for matter in find(person)]


@transaction.atomic
def hand_over(person: Person, colleague: Person, *, by: str, now: datetime | None = None) -> int:
    """Give what can be moved to a colleague; returns how many. Raises MandatePersonElsewhere for an outsider."""
    now = now or timezone.now()
    held = Mandate.objects.filter(to_person=person, revoked_at=None, valid_to__gte=timezone.localdate(now))
    moved = [mandates.hand_on(mandate, colleague, by=by, now=now) for mandate in held]
    return len(moved) + sum(move(person, colleague, by) for move in HANDED)


@transaction.atomic
def end_hat(hat: Hat, *, by: str, reason: str, now: datetime | None = None) -> bool:
    """End a hat; with a person's last hat in an organisation its delegations to them lapse.

    False when it was ended before. Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing
    ended = hats.end(hat, by=by, now=now)
    if hat.org and not hats.open_hats(hat.person).filter(org=hat.org).exists():
        mandates.lapse(hat.person, reason, by=by, org=hat.org, now=now)
    return ended


@transaction.atomic
def move(hat: Hat, *, by: str, reason: str, now: datetime | None = None, **to: Any) -> Hat:
    """End a hat and give another one of the same organisation: ``role``, ``site`` and ``place`` of the new one.

    Raises ReasonMissing or what ``hats.give`` raises, and then nothing has changed.
    """
    if not reason.strip():
        raise ReasonMissing
    hats.end(hat, by=by, now=now)
    return hats.give(hat.person, to.pop("role", hat.role), org=hat.org, by=by, now=now, **to)


@transaction.atomic
def deactivate(person: Person, *, by: str, reason: str, now: datetime | None = None) -> int:
    """Close an account at once and return how many API tokens that ended.

    Sessions end with the next request (the account is closed and its password gone), tokens are revoked, hats ended,
    delegations lapse, open invitations of theirs are withdrawn. Raises ReasonMissing or LastAdministrator.
    """
    if not reason.strip():
        raise ReasonMissing
    now = now or timezone.now()
    _keep_an_administrator(person)
    person.is_active = False
    person.set_unusable_password()  # another hash: a session of before does not come back with the account
    person.deactivated_at, person.deactivated_by, person.deactivated_reason = now, by, reason.strip()[:200]
    person.save(update_fields=["is_active", "password", "deactivated_at", "deactivated_by", "deactivated_reason"])
    for hat in Hat.objects.filter(person=person, ended_at=None):
        hats.end(hat, by=by, now=now)
    mandates.lapse(person, reason, by=by, now=now)
    Invitation.objects.filter(invited_by=person.actor, taken_at=None, withdrawn_at=None).update(withdrawn_at=now)
    return ApiToken.objects.filter(person=person, revoked_at=None).update(revoked_at=now)


def _keep_an_administrator(person: Person) -> None:
    holders = Hat.objects.filter(role=FIRST_ADMIN_ROLE, ended_at=None, person__is_active=True, person__is_demo=False)
    others = holders.exclude(person=person)
    if holders.filter(person=person).exists() and not others.exists():
        raise LastAdministrator


def stale(days: int, *, now: datetime | None = None) -> QuerySet[Person]:
    """Open accounts that nobody signed in to (nor used a token of) for ``days``; demonstration accounts aside."""
    before = (now or timezone.now()) - timedelta(days=days)
    asleep = Q(last_login__lt=before) | Q(last_login=None, date_joined__lt=before)
    in_use = ApiToken.objects.filter(last_used_at__gte=before).values("person")
    return Person.objects.filter(asleep, is_active=True, is_demo=False).exclude(pk__in=in_use).order_by("pk")


def disable_stale(days: int, *, now: datetime | None = None) -> list[Person]:
    """Close the stale accounts (0 days: none) and return them; the last system administrator stays."""
    closed = []
    for person in stale(days, now=now) if days > 0 else ():
        try:
            deactivate(person, by="setup", reason=f"长期未登录（{days} 天）· not signed in for {days} days", now=now)
        except LastAdministrator:
            continue
        closed.append(person)
    return closed
