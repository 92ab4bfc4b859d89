"""Pages for everybody: the front page, signing in and out, the first link, language and theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from wufei.registry import accounts, lockout
from wufei.registry.access import STRANGER, Wearer
from wufei.registry.acts import tell
from wufei.registry.lockout import SignInLocked
from wufei.registry.models import Person
from wufei.terms import NamedError
from wufei.web.forms import FirstPasswordForm
from wufei.web.hats import at_the_door, put_on
from wufei.web.language import CHOICES, lang
from wufei.web.plan import every_city, plan_of
from wufei.web.policy import open_page
from wufei.web.render import THEME_COOKIE, THEMES, page
from wufei.web.security.gate import address_of, before_gate

YEAR = 365 * 86400
LANGUAGE_CODES = tuple(code for code, _label, _short in CHOICES)


@open_page
@before_gate
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; whoever is signed in goes on to their own work, where there is only one city."""
    plans = [plan_of(item.id) for item in every_city()]
    if request.user.is_authenticated and len(plans) == 1:
        return redirect("work", plans[0].id)
    cards = [(plan, [(kind, len(plan.items(kind))) for kind in ("indicators", "tasks", "projects")]) for plan in plans]
    return page(request, "web/front.html", {"cities": cards})


@open_page
@before_gate
@at_the_door
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; afterwards the page that was asked for, in the person's language."""
    target = safe_next(request, reverse("home"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(target)
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST":
        try:
            person = _proven(request, form)
        except SignInLocked as error:
            return page(request, "web/error.html", _told(error), status=429)
        if person is not None:
            tell("sign_in", signed_in_now(request, person), person.actor)
            return _in_language(HttpResponseRedirect(target), person.language)
    status = 200 if request.method != "POST" else 422
    context = {"form": form, "next": target, "provider": bool(settings.SIGN_IN.oidc_issuer)}
    return page(request, "web/login.html", context, status=status)


def _proven(request: HttpRequest, form: AuthenticationForm) -> Person | None:
    """Who the name and password prove; the attempt is counted first. Raises SignInLocked."""
    name, address = request.POST.get("username", "")[:200], address_of(request)
    try:
        lockout.attempt_sign_in(name, address)
    except SignInLocked as error:
        if error.first:
            tell("locked", STRANGER, "-")
        raise
    if not form.is_valid():
        known = Person.objects.filter(username=name).first()
        tell("sign_in_failed", STRANGER, known.actor if known else "-")
        return None
    lockout.succeeded(name, address)
    return form.get_user()


def signed_in_now(request: HttpRequest, person: Person) -> Wearer:
    """Begin the person's session and put on their first hat."""
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return put_on(request)


@open_page
@before_gate
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        tell("sign_out", request.hat, request.user.actor)
    logout(request)
    return redirect("home")


@open_page
@before_gate
@at_the_door
def first(request: HttpRequest, token: str) -> HttpResponse:
    """Set the first administrator's password through the one-time link, then sign in."""
    try:
        name = accounts.check_token(token).person.username
    except NamedError as error:
        return page(request, "web/error.html", _told(error), status=410)
    form = FirstPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = accounts.redeem(token, form.cleaned_data["password"])
        except accounts.PasswordTooWeak as error:
            form.add_error("password", error.values["reasons"])
        except NamedError as error:
            return page(request, "web/error.html", _told(error), status=410)
        else:
            tell("first_link", signed_in_now(request, person), person.actor)
            return redirect("home")
    return page(request, "web/first.html", {"form": form, "name": name}, status=422 if form.errors else 200)


def _told(error: NamedError) -> dict[str, Any]:
    """A named error in the words of the page."""
    return {"title": error.text(lang()), "remedy": error.remedy(lang()), "code": error.code}


@open_page
@before_gate
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language and stay on the same page."""
    response = HttpResponseRedirect(safe_next(request, reverse("home")))
    code = request.POST.get("language", "")
    if code not in LANGUAGE_CODES:
        return response
    if request.user.is_authenticated and request.user.language != code:
        request.user.language = code
        request.user.save(update_fields=["language"])
    return _in_language(response, code)


@open_page
@before_gate
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Switch between light, dark and the system's choice, and stay on the same page."""
    response = HttpResponseRedirect(safe_next(request, reverse("home")))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


def _in_language(response: HttpResponse, code: str) -> HttpResponse:
    if code in LANGUAGE_CODES:
        name = settings.LANGUAGE_COOKIE_NAME
        response.set_cookie(name, code, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    return response


def safe_next(request: HttpRequest, default: str) -> str:
    """Where to go on to: only ever a page of this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else default
