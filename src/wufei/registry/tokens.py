"""Keys for programs: shown once, kept as a hash, good for one hat and some scopes until they expire or end."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from wufei.registry.hats import open_hats
from wufei.registry.models import ApiToken, Hat, Person
from wufei.terms import NamedError

PREFIX = "wufei_"
LIFETIME = timedelta(days=365)
LONGEST = timedelta(days=730)
USE_NOTED_EVERY = timedelta(minutes=5)
SCOPES = ("journal:read", "journal:post", "lists:read")  # of which resource, and whether it may change anything


class ApiTokenInvalid(NamedError):
    """The key is none of ours, was revoked, its account is closed, or its hat has ended."""

    code = "api_token_invalid"
    zh = "此接口令牌无效，或已被撤销。"
    en = "This API token is not valid: it was revoked or never issued."
    remedy_zh = "请在“我的账户”签发新的令牌。"
    remedy_en = "Issue a new token on the page “My account”."


class ApiTokenExpired(NamedError):
    """The key was issued too long ago."""

    code = "api_token_expired"
    zh = "此接口令牌已于 {expired_at} 过期。"
    en = "This API token expired at {expired_at}."
    remedy_zh = "请在“我的账户”签发新的令牌。"
    remedy_en = "Issue a new token on the page “My account”."


class ApiTokenLifetime(NamedError):
    """A key that would expire in the past or too far ahead."""

    code = "api_token_lifetime"
    zh = "令牌有效期须在 1 到 {most} 天之间。"
    en = "A token is valid for 1 to {most} days."
    remedy_zh = "请填写有效天数。"
    remedy_en = "Give the number of days."


class ApiTokenHat(NamedError):
    """A key for a hat that the person does not have."""

    code = "api_token_hat"
    zh = "令牌只能绑定您现有的身份。"
    en = "A token acts under one of your own roles."
    remedy_zh = "请选择一个身份；没有身份的账户不能签发令牌。"
    remedy_en = "Choose a role; an account without one has no tokens."


class ApiTokenScopes(NamedError):
    """A key for nothing, or for what there is not."""

    code = "api_token_scopes"
    zh = "请至少选择一项权限；可选：{known}。"
    en = "Choose at least one scope of: {known}."
    remedy_zh = "只授予程序需要的权限。"
    remedy_en = "Give a program only what it needs."


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def issue(
    person: Person,
    label: str,
    *,
    hat_id: int | None = None,
    scopes: Iterable[str] = SCOPES,
    lifetime: timedelta = LIFETIME,
    now: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a key for one of the person's open hats (the first, when none is named); return it in clear, this once.

    Raises ApiTokenLifetime, ApiTokenHat or ApiTokenScopes.
    """
    if not timedelta(days=1) <= lifetime <= LONGEST:
        raise ApiTokenLifetime(most=LONGEST.days)
    asked = frozenset(scopes)
    if not asked or not asked <= set(SCOPES):
        raise ApiTokenScopes(known=", ".join(SCOPES))
    hat = next((h for h in open_hats(person, now=now) if hat_id in (None, h.pk)), None)
    if hat is None:
        raise ApiTokenHat
    now = now or timezone.now()
    token = PREFIX + secrets.token_urlsafe(32)
    kept = ApiToken.objects.create(
        person=person, token_hash=_hash(token), label=label, created_at=now, expires_at=now + lifetime,
        hat_id=hat.pk, scopes=[scope for scope in SCOPES if scope in asked],
    )  # fmt: skip
    return kept, token


def authenticate(token: str, *, now: datetime | None = None) -> ApiToken:
    """The key in force, with its person and hat; raises ApiTokenInvalid or ApiTokenExpired.

    The use is noted at most every five minutes, so that reading a key costs no write.
    """
    now = now or timezone.now()
    found = ApiToken.objects.select_related("person", "hat").filter(token_hash=_hash(token), revoked_at=None)
    kept = found.first()
    if kept is None or not kept.person.is_active or not _worn(kept.hat, now):
        raise ApiTokenInvalid
    if kept.expires_at <= now:
        raise ApiTokenExpired(expired_at=timezone.localtime(kept.expires_at).isoformat(timespec="minutes"))
    if kept.last_used_at is None or now - kept.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=kept.pk).update(last_used_at=now)
    return kept


def _worn(hat: Hat | None, now: datetime) -> bool:
    """Whether the hat may be worn."""
    if hat is None or hat.ended_at is not None:
        return False
    return hat.valid_to is None or hat.valid_to >= timezone.localdate(now)


def revoke(person: Person, token_id: int, *, now: datetime | None = None) -> bool:
    """End one of the person's own keys; False when it is not theirs or was ended before."""
    mine = ApiToken.objects.filter(pk=token_id, person=person, revoked_at=None)
    return bool(mine.update(revoked_at=now or timezone.now()))
