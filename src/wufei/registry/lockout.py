"""Locking out whoever guesses: attempts are counted before they are tried, by account name and by network address.

The name is the one that was typed, whether an account has it or not, so that a lock tells nothing. While a lock lasts
nothing is tried and nothing extends it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from wufei.registry.access import force
from wufei.registry.models import SignInCount
from wufei.terms import NamedError

ADDRESS_FACTOR = 4  # an office shares an address

_COUNT = """
INSERT INTO registry_signincount AS c (key, failures, last_at, locked_until) VALUES (%(key)s, 1, %(now)s, NULL)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN c.locked_until > %(now)s THEN c.failures + 1
                    WHEN c.locked_until <= %(now)s OR c.last_at <= %(since)s THEN 1 ELSE c.failures + 1 END,
    locked_until = CASE WHEN c.locked_until > %(now)s THEN c.locked_until
                        WHEN c.locked_until <= %(now)s OR c.last_at <= %(since)s THEN NULL
                        WHEN c.failures >= %(tries)s THEN %(until)s END,
    last_at = CASE WHEN c.locked_until > %(now)s THEN c.last_at ELSE %(now)s END
RETURNING failures, locked_until
"""


class SignInLocked(NamedError):
    """Too many attempts in a row; the same for a name that nobody has."""

    code = "sign_in_locked"
    zh = "尝试次数过多，请在 {minutes} 分钟后再试。"
    en = "Too many attempts; try again in {minutes} minutes."
    remedy_zh = "忘记密码时请联系本单位的管理员。锁定与账户是否存在无关。"
    remedy_en = "If you forgot the password, ask your administrator. The lock does not say that such an account exists."

    first: bool = False  # whether this attempt began the lock


def name_key(name: str) -> str:
    """The key under which attempts on a sign-in name are counted."""
    return _key("name", name.strip().casefold())


def address_key(address: str) -> str:
    """The key under which attempts from a network address are counted."""
    return _key("address", address)


def factor_key(person_id: int) -> str:
    """The key under which attempts on a person's second factor are counted."""
    return _key("factor", str(person_id))


def _key(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}:{text}".encode("utf-8", "surrogatepass")).hexdigest()


def attempt(key: str, *, tries: int | None = None, now: datetime | None = None) -> None:
    """Count an attempt before it is tried; raises SignInLocked when there were ``tries`` before it."""
    now, most = now or timezone.now(), tries or settings.SIGN_IN.tries
    lasts = timedelta(minutes=settings.SIGN_IN.lock_minutes)
    values = {"key": key, "now": now, "since": now - lasts, "until": now + lasts, "tries": most}
    with force.door(), connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        failures, until = cursor.fetchone()
    if until is not None:
        error = SignInLocked(minutes=max(1, -(-int((until - now).total_seconds()) // 60)))
        error.first = failures == most + 1
        raise error


def attempt_sign_in(name: str, address: str, *, now: datetime | None = None) -> None:
    """Count an attempt on the name from the address; raises SignInLocked."""
    attempt(address_key(address), tries=settings.SIGN_IN.tries * ADDRESS_FACTOR, now=now)
    attempt(name_key(name), now=now)


def succeeded(name: str, address: str) -> None:
    """What succeeded is no failure: the name counts anew, the address one less."""
    with force.door():
        SignInCount.objects.filter(key=name_key(name)).delete()
        SignInCount.objects.filter(key=address_key(address), failures__gt=0).update(failures=F("failures") - 1)


def forget(key: str) -> None:
    """Begin to count anew."""
    with force.door():
        SignInCount.objects.filter(key=key).delete()
