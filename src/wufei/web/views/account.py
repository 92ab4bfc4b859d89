"""The signed-in person's own page: language, theme, password, sessions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wufei.registry import impersonating, passwords
from wufei.registry.acts import tell
from wufei.web.journal.names import moment
from wufei.web.policy import Policy, allows, signed_in
from wufei.web.render import page


class OwnPasswordForm(PasswordChangeForm):
    """The old password and the new one twice; the one before is remembered so that it is not taken again."""

    def save(self, commit: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 - Django's signature
        """Change it."""
        passwords.change(self.user, self.cleaned_data["new_password1"])
        return self.user


@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Show the account and change its password; demonstration accounts keep the shared one."""
    person = request.user
    form = None if person.is_demo else OwnPasswordForm(person, request.POST or None)
    if request.method == "POST" and form is not None and form.is_valid():
        form.save()
        update_session_auth_hash(request, person)
        tell("password_changed", request.hat, person.actor)
        messages.success(request, _("Your password has been changed."))
        return redirect("account")
    programs = allows(Policy.READER, request.hat.role)
    context = {
        "form": form, "programs": programs, "due": passwords.must_change(person), "lookers": _lookers(person),
        "provider": bool(settings.SIGN_IN.oidc_issuer),
    }  # fmt: skip
    return page(request, "web/account.html", context, status=422 if form and form.errors else 200)


def _lookers(person: Any) -> list[dict[str, str]]:
    """Who looked through one of the person's hats, since they were last shown."""
    found = impersonating.unseen_by(person)
    if found:
        impersonating.seen(person)
    return [{"at": moment(kept.began_at), "reason": kept.reason, "by": kept.by.actor} for kept in found]


@signed_in
@require_POST
def everywhere(request: HttpRequest) -> HttpResponse:
    """End every session of the person, on every device."""
    person = request.user
    tell("sign_out_everywhere", request.hat, person.actor)
    passwords.sign_out_everywhere(person)
    logout(request)
    return redirect("login")
