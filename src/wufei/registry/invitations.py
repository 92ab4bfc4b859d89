"""Invitations: a link, shown once, by which somebody gets a hat in an organisation."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from wufei import catalog
from wufei.registry import hats
from wufei.registry.accounts import PasswordTooWeak
from wufei.registry.models import Hat, Invitation, Organisation, Person, Site
from wufei.terms import NamedError

LIFETIME = timedelta(days=7)


class InvitationInvalid(NamedError):
    """None of ours, used, withdrawn, or its organisation is closed."""

    code = "invitation_invalid"
    zh = "此邀请链接无效，或已被使用、已被撤回。"
    en = "This invitation is not valid: it was used, withdrawn or never issued."
    remedy_zh = "请向邀请单位索取新的链接。"
    remedy_en = "Ask the organisation that invited you for a new link."


class InvitationExpired(NamedError):
    """Issued too long ago."""

    code = "invitation_expired"
    zh = "此邀请链接已于 {expired_at} 过期。"
    en = "This invitation expired at {expired_at}."
    remedy_zh = "请向邀请单位索取新的链接。"
    remedy_en = "Ask the organisation that invited you for a new link."


class InvitationRoleRefused(NamedError):
    """A role that the inviter may not hand out."""

    code = "invitation_role_refused"
    zh = "您的身份不能授予角色“{role}”。"
    en = "Your role may not grant the role {role}."
    remedy_zh = "请选择可授予的角色，或请安全管理员授予。"
    remedy_en = "Choose a role that you may grant, or ask the security administrator."


class UsernameTaken(NamedError):
    """The sign-in name belongs to somebody."""

    code = "username_taken"
    zh = "此用户名已被使用，或含有不允许的字符。"
    en = "This user name is taken, or holds characters that are not allowed."
    remedy_zh = "请换一个用户名；若您已有账户，请登录后再打开邀请链接。"
    remedy_en = "Choose another; with an account of your own, sign in and open the link again."


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered: a role in an organisation, narrowed to a site or a place where it says so."""

    org: Organisation
    role: str
    label: str
    site: Site | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody without an account who accepts."""

    username: str
    password: str
    full_name: str
    phone: str = ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def grantable(by_role: str) -> tuple[str, ...]:
    """The roles that somebody with ``by_role`` may hand out in their organisation (data/national/role_grants)."""
    return tuple(g.id for g in catalog.current().national.items("role_grants") if by_role in g.granted_by)


def invite(offer: Offer, *, by: str, by_role: str, now: datetime | None = None) -> tuple[Invitation, str]:
    """Make an invitation and return its token in clear, this once; raises InvitationRoleRefused."""
    if offer.role not in grantable(by_role):
        raise InvitationRoleRefused(role=offer.role)
    now = now or timezone.now()
    token = secrets.token_urlsafe(32)
    kept = Invitation.objects.create(
        org=offer.org, role=offer.role, site=offer.site, place=offer.place, label=offer.label[:80],
        token_hash=_hash(token), invited_by=by, created_at=now, expires_at=now + LIFETIME,
    )  # fmt: skip
    return kept, token


def check(token: str, *, now: datetime | None = None) -> Invitation:
    """The open invitation of a token; raises InvitationInvalid or InvitationExpired."""
    found = Invitation.objects.select_related("org", "site")
    kept = found.filter(token_hash=_hash(token), taken_at=None, withdrawn_at=None, org__closed_on=None).first()
    if kept is None:
        raise InvitationInvalid
    if kept.expires_at <= (now or timezone.now()):
        raise InvitationExpired(expired_at=timezone.localtime(kept.expires_at).isoformat(timespec="minutes"))
    return kept


@transaction.atomic
def accept(token: str, person: Person, *, now: datetime | None = None) -> Hat:
    """Somebody with an account takes the hat; a second use is refused.

    Raises InvitationInvalid, InvitationExpired or what ``hats.give`` raises, and then nothing has changed.
    """
    now = now or timezone.now()
    kept = check(token, now=now)
    taken = Invitation.objects.filter(pk=kept.pk, taken_at=None, withdrawn_at=None)
    if not taken.update(taken_at=now, taken_by=person):
        raise InvitationInvalid
    return hats.give(
        person, kept.role, org=kept.org_id, site=kept.site_id, place=kept.place, by=kept.invited_by, now=now
    )


@transaction.atomic
def accept_as_newcomer(token: str, newcomer: Newcomer, *, now: datetime | None = None) -> tuple[Person, Hat]:
    """Open an account and take the hat.

    Raises InvitationInvalid, InvitationExpired, UsernameTaken or PasswordTooWeak, and then nothing has changed.
    """
    check(token, now=now)
    person = Person(username=newcomer.username, full_name=newcomer.full_name, phone=newcomer.phone)
    try:
        Person.username_validator(newcomer.username)
    except ValidationError as error:
        raise UsernameTaken from error
    try:
        validate_password(newcomer.password, person)
    except ValidationError as error:
        raise PasswordTooWeak(reasons=" ".join(error.messages)) from error
    person.set_password(newcomer.password)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        raise UsernameTaken from error
    return person, accept(token, person, now=now)


def withdraw(invitation: Invitation, *, now: datetime | None = None) -> bool:
    """Make the link useless; False when it was used or withdrawn before."""
    found = Invitation.objects.filter(pk=invitation.pk, taken_at=None, withdrawn_at=None)
    return bool(found.update(withdrawn_at=now or timezone.now()))
