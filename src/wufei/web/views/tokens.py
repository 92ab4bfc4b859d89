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
from wufei.web.policy import reader
from wufei.web.render import page


class TokenForm(forms.Form):
    """What the key is for, and for how long it is good."""

    label = forms.CharField(label=gettext_lazy("What the token is for"), max_length=80)
    days = forms.IntegerField(
        label=gettext_lazy("Valid for days"), min_value=1, max_value=keys.LONGEST.days, initial=keys.LIFETIME.days
    )


@reader
def tokens(request: HttpRequest) -> HttpResponse:
    """List the person's tokens; issue one, shown once; revoke one."""
    if request.method == "POST" and "revoke" in request.POST:
        return _revoke(request)
    form = TokenForm(request.POST or None)
    issued = ""
    if request.method == "POST" and form.is_valid():
        lifetime = timedelta(days=form.cleaned_data["days"])
        _row, issued = keys.issue(request.user, form.cleaned_data["label"], lifetime=lifetime)  # type: ignore[arg-type]
        form = TokenForm()
    status = 422 if form.errors else 200
    return page(request, "web/tokens.html", {"form": form, "issued": issued, "kept": _kept(request)}, status=status)


def _kept(request: HttpRequest) -> list[dict[str, Any]]:
    now = timezone.now()
    found = request.user.api_tokens.order_by("-created_at")  # type: ignore[union-attr]
    return [{"token": token, "good": token.revoked_at is None and token.expires_at > now} for token in found]


def _revoke(request: HttpRequest) -> HttpResponse:
    number = request.POST["revoke"]
    if number.isascii() and number.isdigit() and len(number) < 19 and keys.revoke(request.user, int(number)):  # type: ignore[arg-type]
        messages.success(request, _("The token has been revoked; within fifteen seconds it opens nothing."))
    return redirect("tokens")
