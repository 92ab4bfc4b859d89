"""The signed-in person's own page: language, theme, password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from wufei import catalog
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import Policy, allows, signed_in
from wufei.web.render import default_city, page


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
    programs = allows(Policy.READER, person.role)
    context = {"form": form, "role": role_name(person.role), "org": _org(person.org), "programs": programs}
    return page(request, "web/account.html", context, status=422 if form and form.errors else 200)


def role_name(role_id: str) -> str:
    """The name of a role; its id when the catalogue has none."""
    role = catalog.current().national.find("roles", role_id)
    return role.name(lang()) if role else role_id


def _org(org_id: str) -> tuple[str, str] | None:
    """City id and name of the person's organisation."""
    city = default_city()
    org = plan_of(city).find("orgs", org_id) if city and org_id else None
    return (org.name(lang()), org.id) if org else None
