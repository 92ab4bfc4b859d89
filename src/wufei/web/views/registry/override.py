"""Set a site's hazardous-waste unit class otherwise than computed, or let it be computed again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry.acts import tell
from wufei.registry.models import Site
from wufei.registry.sites import override_class
from wufei.web.clock import today
from wufei.web.forms import day_field
from wufei.web.journal.draw import database
from wufei.web.language import lang
from wufei.web.people.parts import choices_of
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.changing import attempt, site_crumbs, site_for_power
from wufei.web.registry.site_duties import class_and_duties
from wufei.web.render import page

COMPUTED = "computed"


class ClassForm(forms.Form):
    """Which class, from when, and why."""

    unit_class = forms.ChoiceField(label=_("Unit class"))
    day = day_field(_("Decided on"), initial=today)
    reason = forms.CharField(label=_("Reason, with the number of the decision"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit_class"].choices = [(COMPUTED, gettext("as computed")), *choices_of("unit_classes")]


@reader
def site_class(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """HJ 1259—2022, 4.2: the city's ecology and environment authority may set the class of a unit."""
    plan, site = plan_of(city), site_for_power(request, site_id, "override_class")
    form = ClassForm(request.POST or None, initial={"unit_class": site.class_override or COMPUTED})
    back, errors = reverse("site", args=[city, site.pk]) + "#class", list[dict[str, str]]()
    if request.method == "POST" and form.is_valid():
        errors = attempt(lambda: _set(request, plan, site, form.cleaned_data))
        if not errors:
            return redirect(back)
    context = {
        "crumbs": site_crumbs(plan, site), "back": back, "errors": errors, "form": form, "act": "set",
        "title": gettext("Set the unit class"), "facts": _facts(plan, site), "button": gettext("Set the class"),
        "lead": gettext(
            "The class follows from the register and the records. The city's authority may set another one; reason,"
            " day and person are kept and shown."
        ),
    }  # fmt: skip
    return page(request, "web/registry/act.html", context, status=422 if errors or form.errors else 200)


def _facts(plan: Plan, site: Site) -> list[tuple[str, str]]:
    found = class_and_duties(plan, site, database(), today())
    now = found["name"] or found["unknown"]
    return [
        (gettext("Concerns"), site.name(lang())),
        (gettext("Class at present"), f"{now} {found['why']}".strip()),
        (gettext("Generation that counts, a year"), str(found["counted"])),
    ]


def _set(request: HttpRequest, plan: Plan, site: Site, said: dict[str, Any]) -> None:
    chosen = "" if said["unit_class"] == COMPUTED else said["unit_class"]
    hat = hat_of(request)
    override_class(site, chosen, said["reason"], hat.actor, said["day"], plan.catalog)
    tell("override_class", hat, site.pk, said["reason"])
    messages.success(request, gettext("The unit class has been set."))
