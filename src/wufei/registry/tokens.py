"""Keys for programs: issued once in clear, kept as a hash, good for one person until they expire or are revoked."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from wufei.registry.models import ApiToken, Person
from wufei.terms import NamedError

PREFIX = "wufei_"
LIFETIME = timedelta(days=365)
LONGEST = timedelta(days=730)
USE_NOTED_EVERY = timedelta(minutes=5)


class ApiTokenInvalid(NamedError):
    """The key is none of ours, was revoked, or its account is closed."""

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


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def issue(
    person: Person, label: str, *, lifetime: timedelta = LIFETIME, now: datetime | None = None
) -> tuple[ApiToken, str]:
    """Make a key for ``person`` and return it in clear, this once; raises ApiTokenLifetime."""
    if not timedelta(days=1) <= lifetime <= LONGEST:
        raise ApiTokenLifetime(most=LONGEST.days)
    now = now or timezone.now()
    token = PREFIX + secrets.token_urlsafe(32)
    kept = ApiToken.objects.create(
        person=person, token_hash=_hash(token), label=label, created_at=now, expires_at=now + lifetime
    )
    return kept, token


def authenticate(token: str, *, now: datetime | None = None) -> ApiToken:
    """The key in force, with its person; raises ApiTokenInvalid or ApiTokenExpired.

    The use is noted at most every five minutes, so that reading a key costs no write.
    """
    now = now or timezone.now()
    kept = ApiToken.objects.select_related("person").filter(token_hash=_hash(token), revoked_at=None).first()
    if kept is None or not kept.person.is_active:
        raise ApiTokenInvalid
    if kept.expires_at <= now:
        raise ApiTokenExpired(expired_at=timezone.localtime(kept.expires_at).isoformat(timespec="minutes"))
    if kept.last_used_at is None or now - kept.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=kept.pk).update(last_used_at=now)
    return kept


def revoke(person: Person, token_id: int, *, now: datetime | None = None) -> bool:
    """End one of the person's own keys; False when it is not theirs or was ended before."""
    mine = ApiToken.objects.filter(pk=token_id, person=person, revoked_at=None)
    return bool(mine.update(revoked_at=now or timezone.now()))
