"""The signed-in person's keys for programs: issue, see, revoke."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wufei.registry import tokens as keys
from wufei.registry.acts import tell
from wufei.web.policy import reader
from wufei.web.render import page

SCOPE_WORDS = {
    "journal:read": gettext_lazy("Read the journal"),
    "journal:post": gettext_lazy("Post records"),
    "lists:read": gettext_lazy("Read the lists of streams, places and metrics"),
}


class TokenForm(forms.Form):
    """What the key is for, what it may do, and for how long it is good; it acts under the hat that is worn."""

    label = forms.CharField(label=gettext_lazy("What the token is for"), max_length=80)
    days = forms.IntegerField(
        label=gettext_lazy("Valid for days"), min_value=1, max_value=keys.LONGEST.days, initial=keys.LIFETIME.days
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=tuple(SCOPE_WORDS.items()),
        initial=["journal:read", "lists:read"],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip


@reader
def tokens(request: HttpRequest) -> HttpResponse:
    """List the person's tokens; issue one, shown once; revoke one."""
    if request.method == "POST" and "revoke" in request.POST:
        return _revoke(request)
    form = TokenForm(request.POST or None)
    issued = ""
    if request.method == "POST" and form.is_valid():
        issued = _issued(request, form.cleaned_data)
        form = TokenForm()
    status = 422 if form.errors else 200
    return page(request, "web/tokens.html", {"form": form, "issued": issued, "kept": _kept(request)}, status=status)


def _issued(request: HttpRequest, said: dict[str, Any]) -> str:
    hat = request.hat
    lifetime = timedelta(days=said["days"])
    _row, token = keys.issue(
        request.user,
        said["label"],
        hat_id=hat.hat_id,
        scopes=said["scopes"],
        lifetime=lifetime,
    )
    tell("token_issued", hat, hat.actor, " ".join(said["scopes"]))
    return token


def _kept(request: HttpRequest) -> list[dict[str, Any]]:
    now = timezone.now()
    found = request.user.api_tokens.order_by("-created_at")
    return [{"token": token, "good": token.revoked_at is None and token.expires_at > now} for token in found]


def _revoke(request: HttpRequest) -> HttpResponse:
    number = request.POST["revoke"]
    if number.isascii() and number.isdigit() and len(number) < 19 and keys.revoke(request.user, int(number)):
        tell("token_revoked", request.hat, request.hat.actor)
        messages.success(request, _("The token has been revoked; within fifteen seconds it opens nothing."))
    return redirect("tokens")
