"""Opening accounts: the first administrator by a one-time link, demonstration accounts by one shared password."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from wufei.registry import hats, passwords
from wufei.registry.models import FirstLoginToken, Person
from wufei.terms import NamedError

FIRST_ADMIN_NAME = "admin"
FIRST_ADMIN_ROLE = "system_admin"
LINK_LIFETIME = timedelta(hours=24)


class FirstLoginInvalid(NamedError):
    """The token is none of ours, or it has been used or replaced."""

    code = "first_login_invalid"
    zh = "此首次登录链接无效，或已被使用、已被新链接取代。"
    en = "This first sign-in link is not valid: it was used, replaced or never issued."
    remedy_zh = "请重新启动 wufei run；若管理员尚未设置密码，会打印新的链接。"
    remedy_en = "Start wufei run again; while no administrator has a password it prints a new link."


class FirstLoginExpired(NamedError):
    """The token was issued too long ago."""

    code = "first_login_expired"
    zh = "此首次登录链接已于 {expired_at} 过期。"
    en = "This first sign-in link expired at {expired_at}."
    remedy_zh = "请重新启动 wufei run，会打印新的链接。"
    remedy_en = "Start wufei run again; it prints a new link."


class PasswordTooWeak(NamedError):
    """The password does not meet the rules; ``reasons`` are in the reader's language."""

    code = "password_too_weak"
    zh = "密码不符合要求：{reasons}"
    en = "The password does not meet the rules: {reasons}"
    remedy_zh = "请换一个更长、不常见、不含用户名的密码。"
    remedy_en = "Choose a longer, less common password that does not contain the user name."


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def administrator_is_ready() -> bool:
    """Whether some active administrator (not a demonstration account) has set a password."""
    worn = {"hats__role": FIRST_ADMIN_ROLE, "hats__ended_at": None}
    people = Person.objects.filter(**worn, is_active=True, is_demo=False).distinct()
    return any(person.has_usable_password() for person in people)


@transaction.atomic
def create_first_admin(*, now: datetime | None = None) -> str | None:
    """Make the first administrator and return the token of its one-time link.

    Asked again before the link was used, it replaces the link. None once an administrator has a password.
    """
    if administrator_is_ready():
        return None
    now = now or timezone.now()
    person, created = Person.objects.get_or_create(username=FIRST_ADMIN_NAME)
    if created:
        person.set_unusable_password()
        person.save()
    hats.give(person, FIRST_ADMIN_ROLE, now=now)
    FirstLoginToken.objects.filter(person=person, used_at=None).delete()
    token = secrets.token_urlsafe(32)
    FirstLoginToken.objects.create(
        person=person, token_hash=_hash(token), created_at=now, expires_at=now + LINK_LIFETIME
    )
    return token


def check_token(token: str, *, now: datetime | None = None) -> FirstLoginToken:
    """Find the unused, unexpired link of `token`; raises FirstLoginInvalid or FirstLoginExpired."""
    found = FirstLoginToken.objects.select_related("person").filter(token_hash=_hash(token), used_at=None).first()
    if found is None:
        raise FirstLoginInvalid
    if found.expires_at <= (now or timezone.now()):
        raise FirstLoginExpired(expired_at=timezone.localtime(found.expires_at).isoformat(timespec="minutes"))
    return found


def redeem(token: str, password: str, *, now: datetime | None = None) -> Person:
    """Use the link once: set the password and return the account.

    Raises FirstLoginInvalid, FirstLoginExpired or PasswordTooWeak, and then nothing has changed.
    """
    now = now or timezone.now()
    person = check_token(token, now=now).person
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise PasswordTooWeak(reasons=" ".join(error.messages)) from error
    with transaction.atomic():
        used = FirstLoginToken.objects.filter(token_hash=_hash(token), used_at=None).update(used_at=now)
        if not used:
            raise FirstLoginInvalid
        passwords.change(person, password, now=now)
    return person


def create_demo_people(roles: Iterable[str], password: str) -> list[Person]:
    """Make one marked demonstration account per role id, named as the role; existing ones stay as they are.

    A name taken by a real account is left alone and not returned.
    """
    people = []
    for role in roles:
        person, created = Person.objects.get_or_create(username=role, defaults={"is_demo": True})
        if created:
            person.set_password(password)
            person.save(update_fields=["password"])
            hats.give(person, role)
        if person.is_demo:
            people.append(person)
    return people
