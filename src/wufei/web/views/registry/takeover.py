"""A site changes hands: first a look at what would move, then the handing over itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry.acts import tell
from wufei.registry.models import Organisation, Site
from wufei.registry.takeover import Told, take_over
from wufei.web.clock import today
from wufei.web.forms import day_field
from wufei.web.language import lang
from wufei.web.people.parts import org_named
from wufei.web.plan import plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.changing import attempt, site_crumbs, site_for_power
from wufei.web.registry.words import kind_name
from wufei.web.render import page


class TakeoverForm(forms.Form):
    """Who takes the site over, from when."""

    taker = forms.CharField(label=_("New holder (credit code or exact name)"), max_length=120)
    day = day_field(_("From the day"), initial=today)


@reader
def takeover(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """Ask, show what would move, hand over."""
    plan, site = plan_of(city), site_for_power(request, site_id, "take_over_sites")
    back = reverse("site", args=[city, site.pk])
    form = TakeoverForm(request.POST or None)
    errors: list[dict[str, str]] = []
    seen: Told | None = None
    if request.method == "POST" and form.is_valid():
        taker, day = _taker(form), form.cleaned_data["day"]
        if taker and request.POST.get("act") == "confirm":
            errors = attempt(lambda: _hand_over(request, site, taker, day))
            if not errors:
                return redirect(back)
        elif taker:
            seen, errors = _look(request, site, taker, day)
    context: dict[str, Any] = {
        "crumbs": site_crumbs(plan, site), "back": back, "site": site, "name": site.name(lang()), "errors": errors,
        "form": form, "holder": site.org.name(lang()), "groups": _groups(seen) if seen else None,
        "taker": form.cleaned_data.get("taker", "") if seen else "",
    }  # fmt: skip
    return page(request, "web/registry/takeover.html", context, status=422 if errors or form.errors else 200)


def _taker(form: TakeoverForm) -> Organisation | None:
    found = org_named(form.cleaned_data["taker"])
    if found is None:
        form.add_error("taker", _("No organisation on register has this code or exactly this name."))
    return found


def _look(
    request: HttpRequest, site: Site, taker: Organisation, day: date
) -> tuple[Told | None, list[dict[str, str]]]:  # fmt: skip
    """What the takeover would do: it is done, and undone at once."""
    seen: list[Told] = []

    def work() -> None:
        seen.append(take_over(site, taker, day, hat_of(request).actor, timezone.now()))
        transaction.set_rollback(True)

    errors = attempt(work)
    return (seen[0] if seen and not errors else None), errors


def _groups(seen: Told) -> list[tuple[str, list[tuple[str, int]]]]:
    named = ((gettext("Moves to the new holder"), seen.moved), (gettext("Ends"), seen.ended),
             (gettext("Is left to be decided"), seen.left))  # fmt: skip
    return [
        (label, [(kind_name("access", kind, lang()), len(ids)) for kind, ids in sorted(found.items()) if ids])
        for label, found in named
    ]


def _hand_over(request: HttpRequest, site: Site, taker: Organisation, day: date) -> None:
    hat = hat_of(request)
    giver = site.org_id
    take_over(site, taker, day, hat.actor, timezone.now())
    tell("take_over_site", hat, site.pk, f"{giver} → {taker.pk}")
    messages.success(request, gettext("The site has a new holder from {day} on.").format(day=day.isoformat()))
