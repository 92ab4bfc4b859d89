"""The gate before every view: sessions end by time, passwords are changed when asked, second factors are shown.

A view marked ``before_gate`` is open to whoever is only half signed in. What grants rights wants a second factor that
is at most fifteen minutes old (``FRESH``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, user_logged_in
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wufei import catalog
from wufei.registry import impersonating, passwords, second_factors
from wufei.registry.access import Wearer, force
from wufei.registry.acts import Visitor, tell, visitor
from wufei.registry.impersonating import ImpersonationReadsOnly
from wufei.terms import NamedError
from wufei.web.api.errors import answer
from wufei.web.api.refusal import ApiRefusal

SIGNED_IN, SEEN, FACTOR, HAS_FACTOR, THROUGH = "signed_in_at", "seen_at", "factor_at", "has_factor", "through"
SEEN_EVERY_SECONDS = 60
FRESH_SECONDS = 15 * 60
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Names of addresses whose POST grants rights or closes the books: the proof must be fresh.
FRESH = frozenset({"people", "person", "mandates", "decide-claims", "tokens", "periods", "impersonate"})
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class SecondFactorNeeded(ApiRefusal):
    """A session without the second factor that its role needs."""

    code = "second_factor_needed"
    status = 403
    zh = "此角色须先通过第二因素验证。"
    en = "This role needs a second factor first."
    remedy_zh = "请在网页上完成验证后重试。"
    remedy_en = "Show it on the pages, then try again."


class PasswordChangeNeeded(ApiRefusal):
    """A password that has to be changed before anything else."""

    code = "password_change_needed"
    status = 403
    zh = "须先修改密码。"
    en = "The password has to be changed first."
    remedy_zh = "请在“我的账户”修改密码。"
    remedy_en = "Change it on the page “My account”."


class SessionOver(ApiRefusal):
    """A session that ended by time."""

    code = "session_over"
    status = 401
    zh = "登录已过期，请重新登录。"
    en = "The session has ended; sign in again."
    remedy_zh = "长时间不操作或达到最长时限后，会话自动结束。"
    remedy_en = "A session ends after a time without use, or when it has lasted long enough."


def before_gate(view: View) -> View:
    """Mark a view that is open to whoever is only half signed in."""
    view.before_gate = True
    return view


def address_of(request: HttpRequest) -> str:
    """The network address of the visitor; behind our HTTPS proxy the last one that the proxy saw."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip()[:45] or str(request.META.get("REMOTE_ADDR", ""))


class GateMiddleware:
    """Lets nobody past who is not fully signed in; knows whence each request comes."""

    def __init__(self, answer_: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._answer = answer_

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Note the visitor, answer, forget them."""
        token = visitor.set(Visitor(address_of(request), request.headers.get("User-Agent", "")))
        try:
            return self._answer(request)
        finally:
            visitor.reset(token)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """What stands in the way of the view, or None."""
        if request.hat.person_id is None and not _has_session(request):
            return None
        if not request.user.is_authenticated:
            return None
        if _over(request):
            return _end(request)
        _touch(request)
        _look_through(request)
        if getattr(view, "before_gate", False):
            return None
        return _in_the_way(request)


def _has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES or request.session.accessed


def _is_api(request: HttpRequest) -> bool:
    return bool(request.resolver_match and request.resolver_match.route.startswith("api/v"))


def _over(request: HttpRequest) -> bool:
    """Whether the session was idle too long or has lasted too long, for the hat in force."""
    now, kept = time.time(), request.session
    role = catalog.current().national.find("roles", request.hat.role)
    admin, said = bool(role and role.administers), settings.SIGN_IN
    idle = said.admin_idle_minutes if admin else said.idle_minutes
    longest = said.admin_session_hours if admin else said.session_hours
    began = kept.get(SIGNED_IN, 0)
    return now - kept.get(SEEN, began) > idle * 60 + SEEN_EVERY_SECONDS or now - began > longest * 3600


def _end(request: HttpRequest) -> HttpResponseBase:
    tell("session_over", request.hat, request.hat.actor)
    logout(request)
    if _is_api(request):
        return answer(SessionOver())
    messages.warning(request, _("You were signed out after a time without use. Sign in again to go on."))
    return redirect_to_login(request.get_full_path() if request.method in SAFE else reverse("home"))


def _touch(request: HttpRequest) -> None:
    """Keep when the session was last used, to the minute."""
    if time.time() - request.session.get(SEEN, 0) > SEEN_EVERY_SECONDS:
        request.session[SEEN] = int(time.time())


def _look_through(request: HttpRequest) -> None:
    """Put on the hat that a system administrator looks through, as long as that lasts."""
    if THROUGH not in request.session:
        return
    found = impersonating.in_force(request.user, request.session[THROUGH])
    if found is None:
        del request.session[THROUGH]
        return
    admin: Wearer = request.hat
    request.hat = Wearer.of(found.hat, impersonator=admin.actor)
    request.through = found
    if force.worn() == admin:
        force.wear(request.hat)


def _in_the_way(request: HttpRequest) -> HttpResponseBase | None:
    reads = request.method in SAFE
    if hasattr(request, "through") and not reads:
        return _refused(request, ImpersonationReadsOnly(), reverse("home"))
    if not _shown(request):
        return _refused(request, SecondFactorNeeded(), reverse("factor"))
    if passwords.must_change(request.user) and not _at(request, "account"):
        return _refused(request, PasswordChangeNeeded(), reverse("account") + "?due=1")
    if not reads and _at(request, *FRESH) and not fresh(request):
        return _refused(request, SecondFactorNeeded(), reverse("factor"))
    return None


def _shown(request: HttpRequest) -> bool:
    """Whether a second factor was shown in this session, or none is asked for."""
    if request.user.is_demo or request.session.get(FACTOR):
        return True
    hats = [request.hat] if not hasattr(request, "through") else []
    return not request.session.get(HAS_FACTOR) and not any(second_factors.needed(hat) for hat in hats)


def fresh(request: HttpRequest) -> bool:
    """Whether the second factor is at most fifteen minutes old, where the person has one or needs one."""
    if request.user.is_demo:
        return True
    shown = request.session.get(FACTOR)
    if shown is None:
        return not request.session.get(HAS_FACTOR) and not second_factors.needed(request.hat)
    return bool(time.time() - shown <= FRESH_SECONDS)


def _at(request: HttpRequest, *names: str) -> bool:
    return bool(request.resolver_match and request.resolver_match.url_name in names)


def _refused(request: HttpRequest, error: NamedError, where: str) -> HttpResponseBase:
    """For programs the error, for people the page that helps."""
    if _is_api(request):
        return answer(error)
    if isinstance(error, ImpersonationReadsOnly):
        from wufei.web.views.errors import told_error  # noqa: PLC0415 - the views need the gate

        return told_error(request, error, 403)
    back = request.get_full_path() if request.method in SAFE else request.path
    return HttpResponseRedirect(where + ("&" if "?" in where else "?") + urlencode({"next": back}))


def shown_now(request: HttpRequest) -> None:
    """The second factor was shown: a new session key, good from now."""
    request.session.cycle_key()
    request.session[FACTOR] = int(time.time())
    request.session[HAS_FACTOR] = True


def _begin(request: HttpRequest, user: Any, **_more: Any) -> None:
    """A session begins: when, and whether the person has a second factor to show."""
    now = int(time.time())
    request.session[SIGNED_IN] = request.session[SEEN] = now
    request.session[HAS_FACTOR] = bool(second_factors.of(user))
    request.session.pop(FACTOR, None)
    request.session.pop(THROUGH, None)
    if impersonating.unseen_by(user):
        said = _("A system administrator looked through one of your hats; “My account” says when and why.")
        messages.warning(request, said, fail_silently=True)


user_logged_in.connect(_begin, dispatch_uid="wufei.web.security.gate")
