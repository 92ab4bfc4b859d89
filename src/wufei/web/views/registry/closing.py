"""Close an organisation or a site with a reason, and open it again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import closing
from wufei.registry.acts import tell
from wufei.registry.models import Organisation, Site
from wufei.web.clock import today
from wufei.web.forms import day_field
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.changing import (
    Crumbs,
    attempt,
    org_crumbs,
    org_for_power,
    site_crumbs,
    site_for_power,
)
from wufei.web.render import page


class CloseForm(forms.Form):
    """From which day, and why."""

    day = day_field(_("Closed from"), initial=today)
    reason = forms.CharField(label=_("Reason"), max_length=200)


@reader
def close_organisation(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Close the organisation, or open it again."""
    plan, org = plan_of(city), org_for_power(request, org_id, "close_registered")
    return _page(request, org, org_crumbs(plan, org), reverse("organisation", args=[city, org.pk]))


@reader
def close_site(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """Close the site, or open it again."""
    plan, site = plan_of(city), site_for_power(request, site_id, "close_registered")
    return _page(request, site, site_crumbs(plan, site), reverse("site", args=[city, site.pk]))


def _page(request: HttpRequest, row: Organisation | Site, crumbs: Crumbs, back: str) -> HttpResponse:
    closed, act = row.closed_on, request.POST.get("act", "")
    form = CloseForm(request.POST if act == "close" else None)
    errors: list[dict[str, str]] = []
    if act == "close" and form.is_valid():
        errors = attempt(lambda: _close(request, row, form.cleaned_data))
    elif act == "reopen":
        errors = attempt(lambda: _reopen(request, row))
    if (act == "reopen" or (act == "close" and form.is_valid())) and not errors:
        return redirect(back)
    context: dict[str, Any] = {
        "crumbs": crumbs, "back": back, "errors": errors, "act": "reopen" if closed else "close",
        "form": None if closed else form, "facts": _facts(row),
        "title": gettext("Open again") if closed else gettext("Close"),
        "lead": gettext("New matters may begin again from today.") if closed else gettext(
            "Nothing new begins from that day on; what is open may be finished, and a record may still be reversed or"
            " corrected. It can be opened again."
        ),
        "button": gettext("Open it again") if closed else gettext("Close it"),
    }  # fmt: skip
    return page(request, "web/registry/act.html", context, status=422 if errors or form.errors else 200)


def _facts(row: Organisation | Site) -> list[tuple[str, str]]:
    told = [(gettext("Concerns"), row.name(lang()))]
    if row.closed_on:
        told += [(gettext("Closed"), row.closed_on.isoformat()), (gettext("Reason"), row.closed_reason or "—")]
    return told


def _close(request: HttpRequest, row: Organisation | Site, said: dict[str, Any]) -> None:
    closing.close(row, said["day"], said["reason"])
    tell("close_registered", hat_of(request), row.pk, said["reason"])
    messages.success(request, gettext("“{name}” is closed.").format(name=row.name(lang())))


def _reopen(request: HttpRequest, row: Organisation | Site) -> None:
    closing.reopen(row, today())
    tell("reopen_registered", hat_of(request), row.pk)
    messages.success(request, gettext("“{name}” is open again.").format(name=row.name(lang())))
