"""Who a person is at an identity provider: linked by the person, signed in, and by nobody else."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from wufei.registry.access import force
from wufei.registry.models import Identity, Person
from wufei.terms import NamedError


class IdentityUnknown(NamedError):
    """Nobody linked that identity; accounts and rights are never made of one."""

    code = "identity_unknown"
    zh = "该身份平台账号尚未与本系统的账户关联。"
    en = "This identity is not linked to an account here."
    remedy_zh = "请先用邀请链接开通账户或用密码登录，再在“我的账户”中关联身份平台。"
    remedy_en = "Open an account with your invitation or sign in with the password, then link it on “My account”."


class IdentityTaken(NamedError):
    """The identity is linked to somebody else's account."""

    code = "identity_taken"
    zh = "该身份平台账号已与另一账户关联。"
    en = "This identity is linked to another account."
    remedy_zh = "一人一户；如属误关联，请联系安全管理员。"
    remedy_en = "One person, one account; if it was linked by mistake, ask the security administrator."


def person_of(issuer: str, subject: str) -> Person:
    """The active person who linked the identity; raises IdentityUnknown."""
    with force.door():
        found = Identity.objects.select_related("person").filter(issuer=issuer, subject=subject).first()
    if found is None or not found.person.is_active:
        raise IdentityUnknown
    return found.person


def link(person: Person, issuer: str, subject: str, *, now: datetime | None = None) -> Identity:
    """Link the identity to the person; raises IdentityTaken."""
    with force.door():
        found = Identity.objects.filter(issuer=issuer, subject=subject).first()
        if found is not None and found.person_id != person.pk:
            raise IdentityTaken
        if found is not None:
            return found
        try:
            with transaction.atomic():
                return Identity.objects.create(
                    person=person, issuer=issuer, subject=subject, linked_at=now or timezone.now()
                )
        except IntegrityError as error:
            raise IdentityTaken from error


def linked(person: Person, issuer: str) -> bool:
    """Whether the person linked an identity of the issuer."""
    with force.door():
        return Identity.objects.filter(person=person.pk, issuer=issuer).exists()
