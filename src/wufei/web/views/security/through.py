"""Help with an account: looking through a hat, asking for another password, taking lost factors away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from wufei.registry import hats, impersonating, passwords, second_factors
from wufei.registry.access import Wearer
from wufei.registry.acts import tell
from wufei.registry.models import Hat, Person
from wufei.terms import NamedError
from wufei.web.journal.draw import told
from wufei.web.people.parts import may
from wufei.web.plan import plan_of
from wufei.web.policy import hat_of, reader, signed_in
from wufei.web.registry.words import kind_name
from wufei.web.render import page
from wufei.web.security.gate import THROUGH, before_gate

MOST = 50


class FindForm(forms.Form):
    """Whom to look for: the sign-in name, exactly, or the number of the person."""

    who = forms.CharField(label=_("Sign-in name or number of the person"), max_length=150)


@reader
def impersonate(request: HttpRequest, city: str) -> HttpResponse:
    """Find a person, choose one of their hats, give a reason, and look through it; or ask them for a new password."""
    if not (may(request, "impersonate") or may(request, "ask_password")):
        raise Http404
    plan_of(city)
    form = FindForm(request.GET if "who" in request.GET else None)
    person = _found(form.cleaned_data["who"]) if form.is_valid() else None
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        try:
            return _begun(request) if "hat" in request.POST else _asked(request, city)
        except NamedError as error:
            errors = [told(error)]
    rows = [
        {"id": hat.pk, "role": kind_name("roles", hat.role), "org": hat.org.name_zh if hat.org else ""}
        for hat in (hats.open_hats(person)[:MOST] if person else ())
    ]
    context: dict[str, Any] = {
        "form": form, "who": person, "rows": rows, "errors": errors, "looked": form.is_bound,
        "may_look": may(request, "impersonate"), "may_ask": may(request, "ask_password"),
    }  # fmt: skip
    return page(request, "web/security/impersonate.html", context, status=422 if errors else 200)


def _found(who: str) -> Person | None:
    found = Person.objects.filter(username=who.strip()).first()
    number = who.strip().removeprefix("person-")
    if found is None and number.isascii() and number.isdigit() and len(number) < 19:
        found = Person.objects.filter(pk=int(number)).first()
    return found


def _begun(request: HttpRequest) -> HttpResponse:
    number, hat = request.POST["hat"], hat_of(request)
    if not may(request, "impersonate"):
        raise Http404
    known = number.isascii() and number.isdigit() and len(number) < 19
    subject = Hat.objects.select_related("person").filter(pk=int(number)).first() if known else None
    if subject is None:
        raise Http404
    kept = impersonating.begin(hat, subject, request.POST.get("reason", ""))
    tell("impersonate", hat, subject.person.actor, kept.reason)
    request.session.cycle_key()
    request.session[THROUGH] = kept.pk
    return redirect("home")


def _asked(request: HttpRequest, city: str) -> HttpResponse:
    """Ask for another password, or take away second factors that are lost; never one's own."""
    reset = "reset" in request.POST
    person = _found(request.POST.get("reset" if reset else "ask", ""))
    if person is None or person.is_demo or person == request.user or not may(request, "ask_password"):
        raise Http404
    if reset:
        second_factors.forget_all(person)
        tell("factor_removed", hat_of(request), person.actor)
        messages.success(request, gettext("The second factors are gone; the person sets up new ones at sign-in."))
    else:
        passwords.ask_for_another(person)
        tell("password_change_asked", hat_of(request), person.actor)
        messages.success(request, gettext("The person must choose another password before anything else."))
    return redirect("impersonate", city)


@signed_in
@before_gate
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop looking through the hat; nothing happens when nobody does."""
    kept = getattr(request, "through", None)
    request.session.pop(THROUGH, None)
    if kept is not None and impersonating.end(kept.pk):
        request.session.cycle_key()
        admin = Wearer.bareheaded(request.user)
        tell("impersonate_end", hat_of(request), kept.hat.person.actor, admin.actor)
    return redirect("home")
