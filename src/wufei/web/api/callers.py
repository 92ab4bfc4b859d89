"""Who calls: a program with a token, or a page with its session; and whether the address is open to that role."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from wufei.intake.posting import Speaker
from wufei.registry import tokens
from wufei.registry.access import Wearer, force
from wufei.registry.models import ApiToken
from wufei.web.api.errors import RequestForged, RoleMayNot, TokenScopeMissing
from wufei.web.policy import Policy, admits
from wufei.web.security.limits import Left, take

REMEMBERED_SECONDS = 15
REMEMBERED_MOST = 5000
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The hat behind a request, as far as the API needs to know it."""

    hat: Wearer
    speaker: Speaker
    scopes: frozenset[str] = frozenset(tokens.SCOPES)
    token_id: int | None = None

    @classmethod
    def of(cls, hat: Wearer) -> Caller:
        """The caller that a person is under a hat."""
        return cls(hat, Speaker.of(hat))

    @classmethod
    def by_token(cls, token: ApiToken) -> Caller:
        """The caller that a program is: the token's hat, within its scopes."""
        hat = Wearer.of(token.hat)
        return cls(hat, Speaker.of(hat), frozenset(token.scopes), token.pk)


class _Remembered:
    """Tokens seen in the last seconds, so that a busy program costs no query; a revoked one ends within them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[bytes, tuple[float, datetime, Caller]] = {}

    def caller(self, token: str) -> Caller:
        """The caller of a token; raises ApiTokenInvalid or ApiTokenExpired."""
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        kept = self._kept.get(key)
        if kept and kept[0] > time.monotonic() and kept[1] > timezone.now():
            return kept[2]
        with force.door():
            found = tokens.authenticate(token)
            caller = Caller.by_token(found)
        with self._lock:
            if len(self._kept) >= REMEMBERED_MOST:
                self._kept.clear()
            self._kept[key] = (time.monotonic() + REMEMBERED_SECONDS, found.expires_at, caller)
        return caller

    def forget(self) -> None:
        """Ask the database again for every token."""
        with self._lock:
            self._kept.clear()


remembered = _Remembered()


class BearerToken(HttpBearer):
    """``Authorization: Bearer <token>``."""

    def __init__(self, policy: Policy, scope: str) -> None:
        super().__init__()
        self.policy = policy
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        """The token's hat, put in force; raises ApiTokenInvalid, ApiTokenExpired, RoleMayNot or TooManyRequests."""
        found = remembered.caller(token.strip())
        request.limit = _within_limits(found)
        if self.scope not in found.scopes:
            raise TokenScopeMissing(scope=self.scope)
        _admitted(found, self.policy)
        force.wear(found.hat)
        return found


def _within_limits(caller: Caller) -> Left:
    """Count the request for the token and for its organisation; the narrower one is what the answer tells."""
    said = settings.SIGN_IN
    token = take(f"token:{caller.token_id}", said.rate_per_token, what=("每个令牌", "a token"))
    org = (
        take(f"org:{caller.hat.org}", said.rate_per_org, what=("每个单位", "an organisation"))
        if caller.hat.org
        else token
    )
    return min(token, org, key=lambda left: left.remaining)


class Session(APIKeyCookie):
    """The session of somebody signed in on the pages; whatever changes something needs the CSRF token too."""

    param_name = "sessionid"

    def __init__(self, policy: Policy) -> None:
        super().__init__(csrf=False)
        self.policy = policy

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        """The session's person; raises RequestForged or RoleMayNot."""
        if key is None or not request.user.is_authenticated:
            return None
        if request.method not in SAFE and check_csrf(request):
            raise RequestForged
        return _admitted(Caller.of(request.hat), self.policy)


def _admitted(caller: Caller, policy: Policy) -> Caller:
    if not admits(policy, "journal", "change" if policy is Policy.SIGNER else "read", caller.hat):
        raise RoleMayNot
    return caller
