"""Second factors: show one to go on, set one up, take one out of use, make recovery codes."""

from __future__ import annotations

import json
from typing import Any, cast
from urllib.parse import urlencode

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from wufei.registry import second_factors
from wufei.registry.acts import tell
from wufei.registry.lockout import SignInLocked
from wufei.registry.models import Person
from wufei.registry.passkeys import PasskeyRefused, Passkeys
from wufei.terms import NamedError
from wufei.web.journal.draw import told
from wufei.web.journal.names import moment
from wufei.web.policy import hat_of, signed_in
from wufei.web.render import page
from wufei.web.security.gate import FACTOR, before_gate, fresh, shown_now
from wufei.web.views.front import safe_next

STATE = "passkey_state"
LARGEST_ANSWER = 64 * 1024


class CodeForm(forms.Form):
    """A code of the authenticator, or a recovery code."""

    code = forms.CharField(
        label=_("Code"), max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )  # fmt: skip


class FirstCodeForm(forms.Form):
    """The first code of a new authenticator, and what to call it."""

    code = forms.CharField(
        label=_("The six digits that it shows"), max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip
    label = forms.CharField(label=_("Name of the device"), max_length=80, required=False)


def _person(request: HttpRequest) -> Person:
    return cast(Person, request.user)


@signed_in
@before_gate
def factor(request: HttpRequest) -> HttpResponse:
    """Show a second factor and go on; whoever has none is led to set one up."""
    target, person = safe_next(request, reverse("home")), _person(request)
    kept = second_factors.of(person)
    if not kept:
        return HttpResponseRedirect(reverse("factors") + "?" + urlencode({"next": target}))
    form = CodeForm(request.POST or None)
    errors: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            how = second_factors.use_code(person, form.cleaned_data["code"])
        except NamedError as error:
            errors = [_failed(request, error)]
        else:
            shown_now(request)
            tell("factor_used" if how == "totp" else "recovery_used", hat_of(request), person.actor)
            return HttpResponseRedirect(target)
    passkeys = any(row.kind == "passkey" for row in kept)
    context = {"form": form, "errors": errors, "next": target, "passkeys": passkeys}
    return page(request, "web/security/factor.html", context, status=422 if errors or form.errors else 200)


def _failed(request: HttpRequest, error: NamedError) -> dict[str, str]:
    """Tell of a failure; of a lock only when it begins."""
    act = "locked" if isinstance(error, SignInLocked) else "factor_failed"
    if not isinstance(error, SignInLocked) or error.first:
        tell(act, hat_of(request), _person(request).actor)
    return told(error)


@signed_in
@before_gate
def factors(request: HttpRequest) -> HttpResponse:
    """The person's second factors: add, remove, make recovery codes. Who has one shows it first."""
    person = _person(request)
    if person.is_demo:
        return page(request, "web/security/factors.html", {"shared": True})
    if (refused := _first_shown(request)) is not None:
        return refused
    form = FirstCodeForm(request.POST if "confirm" in request.POST else None)
    errors: list[dict[str, str]] = []
    codes: list[str] = []
    if request.method == "POST":
        try:
            codes = _act(request, form)
        except NamedError as error:
            errors = [_failed(request, error)]
        if not codes and not errors and not form.errors:
            return redirect("factors")
    context = _drawn(request, person) | {"form": form, "errors": errors, "codes": codes}
    context["next"] = safe_next(request, reverse("home"))
    return page(request, "web/security/factors.html", context, status=422 if errors or form.errors else 200)


def _first_shown(request: HttpRequest) -> HttpResponse | None:
    """Send whoever has a factor, and has not shown it lately, to show it."""
    if not second_factors.of(_person(request)):
        return None
    if request.session.get(FACTOR) and (request.method == "GET" or fresh(request)):
        return None
    return HttpResponseRedirect(reverse("factor") + "?" + urlencode({"next": reverse("factors")}))


def _act(request: HttpRequest, form: FirstCodeForm) -> list[str]:
    """Do what the button says; the recovery codes, when some were made."""
    person, hat = _person(request), hat_of(request)
    first = not second_factors.of(person)
    if "begin" in request.POST:
        second_factors.begin_authenticator(person)
    elif "confirm" in request.POST and form.is_valid():
        second_factors.confirm_authenticator(person, form.cleaned_data["code"], form.cleaned_data["label"])
        return _added(request, first=first)
    elif "remove" in request.POST:
        number = request.POST["remove"]
        known = number.isascii() and number.isdigit() and len(number) < 19
        if known and second_factors.remove(person, int(number), request.hats):
            tell("factor_removed", hat, person.actor)
            messages.success(request, gettext("The second factor has been removed."))
    elif "codes" in request.POST and not first:
        return second_factors.make_recovery_codes(person)
    return []


def _added(request: HttpRequest, *, first: bool) -> list[str]:
    shown_now(request)
    tell("factor_added", hat_of(request), _person(request).actor)
    messages.success(request, gettext("The second factor is in use from now on."))
    return second_factors.make_recovery_codes(_person(request)) if first else []


def _drawn(request: HttpRequest, person: Person) -> dict[str, Any]:
    """What the page shows: factors in use, and the picture of one that is being set up."""
    rows = [
        {"id": f.pk, "kind": f.kind, "label": f.label, "added": moment(f.added_at), "used": moment(f.last_used_at)}
        for f in second_factors.of(person)
    ]
    pending = second_factors.pending_authenticator(person)
    shown = {}
    if pending is not None:
        address = second_factors.address_of(pending)
        shown = {"qr": segno.make(address, error="m").svg_data_uri(scale=4, border=2), "secret": pending.secret}
    return {
        "factors": rows, "pending": shown, "left": second_factors.codes_left(person),
        "needed": second_factors.needed(hat_of(request)),
    }  # fmt: skip


def _site(request: HttpRequest) -> Passkeys:
    host = request.get_host()
    return Passkeys(host.rpartition(":")[0] if ":" in host else host, frozenset({f"{request.scheme}://{host}"}))


@signed_in
@before_gate
@require_POST
def passkey_options(request: HttpRequest, purpose: str) -> HttpResponse:
    """What the browser needs to make a passkey (``add``) or to sign with one (``show``)."""
    person, site = _person(request), _site(request)
    if person.is_demo or (purpose == "add" and _first_shown(request) is not None):
        return _json(PasskeyRefused(), 403)
    try:
        options, state = site.ask_to_add(person) if purpose == "add" else site.ask_to_show(person)
    except NamedError as error:
        return _json(error, 422)
    request.session[STATE] = {"purpose": purpose, "state": state}
    return JsonResponse(options, headers={"Cache-Control": "no-store"})


@signed_in
@before_gate
@require_POST
def passkey_answer(request: HttpRequest, purpose: str) -> HttpResponse:
    """What the browser signed: keep the new passkey, or let the person go on."""
    person, kept = _person(request), request.session.pop(STATE, {})
    if kept.get("purpose") != purpose or (purpose == "add" and _first_shown(request) is not None):
        return _json(PasskeyRefused(), 403)
    try:
        sent = _sent(request)
        if purpose == "add":
            first = not second_factors.of(person)
            _site(request).add(person, kept["state"], sent["answer"], str(sent.get("label", "")))
            return JsonResponse({"codes": _added(request, first=first)}, headers={"Cache-Control": "no-store"})
        _site(request).show(person, kept["state"], sent["answer"])
    except NamedError as error:
        _failed(request, error)
        return _json(error, 422)
    shown_now(request)
    tell("factor_used", hat_of(request), person.actor)
    return JsonResponse({"next": safe_next(request, reverse("home"))})


def _sent(request: HttpRequest) -> dict[str, Any]:
    """The JSON that the browser sent; raises PasskeyRefused."""
    try:
        sent = json.loads(request.body[:LARGEST_ANSWER])
        return {"answer": sent["answer"], **sent}
    except (ValueError, KeyError, TypeError) as error:
        raise PasskeyRefused from error


def _json(error: NamedError, status: int) -> JsonResponse:
    return JsonResponse(told(error), status=status, json_dumps_params={"ensure_ascii": False})
