"""Hats: give one, end one, and say which of a person's hats is worn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from wufei import catalog
from wufei.registry.access import SETUP, Wearer
from wufei.registry.models import Hat, Organisation, Person, Site
from wufei.terms import NamedError


class RoleUnknown(NamedError):
    """No role has that id."""

    code = "role_unknown"
    zh = "没有“{role}”这个角色。"
    en = "There is no role “{role}”."
    remedy_zh = "请从角色列表里选择。"
    remedy_en = "Choose one of the declared roles."


class RolesMustBeSeparate(NamedError):
    """A person has, or is to get, two roles that must not lie in one hand."""

    code = "roles_must_be_separate"
    zh = "“{role_zh}”与此人已有的“{held_zh}”不得由一人兼任。"
    en = "“{role_en}” and “{held_en}”, which this person has, must not lie in one hand."
    remedy_zh = "请把其中一个角色授予另一人，或先结束已有的角色。"
    remedy_en = "Give one of the roles to somebody else, or end the one that is held first."


def open_hats(person: Person, *, now: datetime | None = None) -> QuerySet[Hat]:
    """The hats that the person may wear, the first granted first, with their organisations."""
    day = timezone.localdate(now)
    return (
        Hat.objects.filter(Q(valid_to=None) | Q(valid_to__gte=day), person=person, ended_at=None)
        .select_related("org")
        .order_by("granted_at", "id")
    )


def wearer(person: Person, hat_id: int | None = None) -> tuple[Wearer, list[Hat]]:
    """The person under the open hat ``hat_id``, else under the first one, else bareheaded; and every open hat."""
    hats = list(open_hats(person)) if person.is_active else []
    worn = next((hat for hat in hats if hat.pk == hat_id), hats[0] if hats else None)
    return (Wearer.of(worn) if worn else Wearer.bareheaded(person)), hats


@transaction.atomic
def give(
    person: Person,
    role: str,
    *,
    org: Organisation | str | None = None,
    site: Site | str | None = None,
    place: str = "",
    by: str = SETUP,
    now: datetime | None = None,
    **more: Any,
) -> Hat:
    """Give the hat, or return the same one that is open; raises RoleUnknown or RolesMustBeSeparate.

    ``by`` is the actor who grants it. The person's row is locked, so that two grants at once see each other.
    """
    Person.objects.select_for_update().only("pk").get(pk=person.pk)
    _refuse_unseparated(person, role, now)
    wanted = {"org_id": _id(org), "site_id": _id(site), "place": place}
    given = {"granted_by": by, "granted_at": now or timezone.now()} | more
    return Hat.objects.get_or_create(person=person, role=role, ended_at=None, **wanted, defaults=given)[0]


def end(hat: Hat, *, by: str, now: datetime | None = None) -> bool:
    """End the hat; False when it had been ended before."""
    still_open = Hat.objects.filter(pk=hat.pk, ended_at=None)
    return bool(still_open.update(ended_at=now or timezone.now(), ended_by=by))


def _id(row: Organisation | Site | str | None) -> str | None:
    return row if isinstance(row, str) or row is None else row.pk


def _refuse_unseparated(person: Person, role: str, now: datetime | None) -> None:
    known = catalog.current().national
    wanted = known.find("roles", role)
    if wanted is None:
        raise RoleUnknown(role=role)
    for hat in open_hats(person, now=now):
        held = known.find("roles", hat.role)
        if held and (held.id in wanted.separate_from or wanted.id in held.separate_from):
            raise RolesMustBeSeparate(role_zh=wanted.zh, role_en=wanted.en, held_zh=held.zh, held_en=held.en)
