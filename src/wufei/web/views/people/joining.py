"""Joining: the page of an invitation, and claiming an organisation with a proof."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import attachments, claims, consents, invitations, powers
from wufei.registry.access import Wearer, force
from wufei.registry.acts import tell
from wufei.registry.attachments import Incoming
from wufei.registry.invitations import Newcomer
from wufei.registry.models import Claim, Person
from wufei.terms import NamedError
from wufei.web.clock import today
from wufei.web.forms import FirstPasswordForm
from wufei.web.hats import put_on
from wufei.web.journal.draw import told
from wufei.web.journal.names import moment
from wufei.web.people.parts import name_of, org_named, processing_words
from wufei.web.policy import hat_of, open_page, reader, signed_in
from wufei.web.registry.words import kind_name
from wufei.web.render import page

BACKEND = "django.contrib.auth.backends.ModelBackend"


class NewcomerForm(FirstPasswordForm):
    """An account of one's own: sign-in name, name, phone, password."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    full_name = forms.CharField(
        label=_("Full name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = forms.CharField(
        label=_("Phone (may be left empty)"),
        max_length=32,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    field_order = ("username", "full_name", "phone", "password", "again")


@open_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: with the account one is signed in to, or with a new one."""
    try:
        with force.door():
            kept = invitations.check(token)
    except NamedError as error:
        context = {"title": told(error)["text"], "remedy": told(error)["remedy"], "code": error.code}
        return page(request, "web/error.html", context, status=410)
    form = None if request.user.is_authenticated else NewcomerForm(request.POST or None)
    errors: list[dict[str, str]] = []
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            with transaction.atomic():
                _accept(request, token, form)
        except NamedError as error:
            errors = [told(error)]
        else:
            messages.success(request, gettext("Welcome. The role is yours from now on."))
            return redirect("home")
    context = {
        "offer": {
            "org": kept.org,
            "role": kind_name("roles", kept.role),
            "site": kept.site,
            "to": moment(kept.expires_at),
        },
        "form": form,
        "errors": errors,
    }
    status = 422 if errors or (form is not None and form.errors) else 200
    response = page(request, "web/people/invitation.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _accept(request: HttpRequest, token: str, form: NewcomerForm | None) -> None:
    if form is None:
        with force.door():
            hat = invitations.accept(token, request.user)
    else:
        said = form.cleaned_data
        newcomer = Newcomer(said["username"], said["password"], said["full_name"], said["phone"])
        with force.door():
            person, hat = invitations.accept_as_newcomer(token, newcomer)
            login(request, person, backend=BACKEND)
    put_on(request)
    tell("accept_invitation", hat_of(request), hat.org_id or "-")


class ClaimForm(forms.Form):
    """Which organisation, and the proof."""

    org = forms.CharField(label=_("Unified social credit code or exact name of the organisation"), max_length=120)
    consent = forms.BooleanField(label=_("I consent to just this, separately"))
    proof = forms.FileField(label=_("Proof: authorisation with seal (PDF, PNG or JPEG)"))


@signed_in
def own_claims(request: HttpRequest) -> HttpResponse:
    """One's own claims, and a form for another."""
    form = ClaimForm(request.POST or None, request.FILES or None)
    errors: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                _claim(request, form)
        except NamedError as error:
            errors = [told(error)]
        if not errors and not form.errors:
            messages.success(request, gettext("Your claim has been sent; the office decides."))
            return redirect("own-claims")
    with force.wearing(Wearer.bareheaded(cast(Person, request.user))):
        mine = list(Claim.objects.filter(person=request.user.pk))
    with force.door():
        prefetch_related_objects(mine, "org")
    rows = [{"org": c.org, "made": moment(c.made_at), "state": _state(c), "reason": c.reason} for c in mine]
    context = {"form": form, "errors": errors, "claims": rows, "processing": processing_words(claims.PROCESSING)}
    return page(request, "web/people/own_claims.html", context, status=422 if errors or form.errors else 200)


def _claim(request: HttpRequest, form: ClaimForm) -> None:
    org = org_named(form.cleaned_data["org"])
    if org is None:
        form.add_error("org", _("No organisation on register has this code or exactly this name."))
        return
    file, person = form.cleaned_data["proof"], cast(Person, request.user)
    with force.wearing(Wearer.bareheaded(person)):  # a claim is the person's own, whatever hat they wear
        consents.give(person, claims.PROCESSING)
        proof = attachments.receive(Incoming(str(file.name), file.chunks()), org, person, "claim")
        try:
            claims.make(person, org, proof)
        except NamedError:
            attachments.erase(proof)
            raise
    tell("consent_given", hat_of(request), person.actor, claims.PROCESSING)
    tell("claim", hat_of(request), org.pk)


def _state(claim: Claim) -> tuple[str, str]:
    if claim.decided_at is None:
        return "note", gettext("being decided")
    return ("sure", gettext("granted")) if claim.granted else ("error", gettext("refused"))


def _decidable(request: HttpRequest) -> list[Claim]:
    waiting = Claim.objects.filter(decided_at=None).select_related("org", "proof").order_by("made_at")
    found = [claim for claim in waiting[:500] if powers.may(hat_of(request), "decide_claims", claim.org)]
    with force.door():  # the office sees the masked name of who claims, though not their account
        prefetch_related_objects(found, "person")
    return found


@reader
def decide_claims(request: HttpRequest, city: str) -> HttpResponse:
    """The claims that wait for the office of the hat in force; grant or refuse with a reason."""
    if not powers.may(hat_of(request), "decide_claims"):
        raise Http404
    waiting = _decidable(request)
    errors: list[dict[str, str]] = []
    if request.method == "POST":
        claim = next((c for c in waiting if str(c.pk) == request.POST.get("claim")), None)
        if claim is None:
            raise Http404
        try:
            with transaction.atomic():
                _decide(request, claim)
        except NamedError as error:
            errors = [told(error)]
        else:
            return redirect("decide-claims", city)
    rows: list[dict[str, Any]] = [
        {"id": c.pk, "org": c.org, "who": name_of(c.person), "made": moment(c.made_at), "proof": c.proof,
         "days": (today() - c.made_at.date()).days} for c in waiting
    ]  # fmt: skip
    context = {"claims": rows, "errors": errors}
    return page(request, "web/people/claims.html", context, status=422 if errors else 200)


def _decide(request: HttpRequest, claim: Claim) -> None:
    granted, hat, reason = "grant" in request.POST, hat_of(request), request.POST.get("reason", "")
    claims.decide(claim, granted=granted, reason=reason, by=hat.actor)
    tell("decide_claim", hat, claim.org_id, reason)
    messages.success(
        request, gettext("The claim has been granted.") if granted else gettext("The claim has been refused.")
    )
