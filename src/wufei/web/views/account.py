"""The signed-in person's own page: language, theme, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from wufei.web.policy import Policy, allows, signed_in
from wufei.web.render import page


@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Show the account and change its password; demonstration accounts keep the shared one."""
    person = request.user
    form = None if person.is_demo else PasswordChangeForm(person, request.POST or None)
    if request.method == "POST" and form is not None and form.is_valid():
        form.save()
        update_session_auth_hash(request, person)
        messages.success(request, _("Your password has been changed."))
        return redirect("account")
    programs = allows(Policy.READER, request.hat.role)  # type: ignore[attr-defined]
    context = {"form": form, "programs": programs}
    return page(request, "web/account.html", context, status=422 if form and form.errors else 200)
