"""Two entries that are one organisation: look at who it may be, merge, and part them again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wufei.registry import access, merging
from wufei.registry.acts import tell
from wufei.registry.closing import ReasonNeeded
from wufei.registry.duplicates import Suggestion, suggestions
from wufei.registry.models import Merge, Organisation
from wufei.web.journal.names import moment
from wufei.web.language import lang
from wufei.web.people.parts import org_named
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import hat_of, reader
from wufei.web.registry.changing import attempt, org_crumbs, org_for_power
from wufei.web.registry.lists import organisation_url
from wufei.web.registry.words import kind_name, place_name
from wufei.web.render import page

WHY = {"code": _("the same organisation code"), "name": _("the same name"), "near": _("a name that is near")}


class ReasonForm(forms.Form):
    """Why both are one."""

    reason = forms.CharField(label=_("How you know that both are one"), max_length=200)


@reader
def merge(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Suggestions, a look at what would move, the merge itself, and its undoing."""
    plan, org = plan_of(city), org_for_power(request, org_id, "merge_organisations")
    if "undo" in request.POST:
        return _undo(request, plan, org)
    into, errors = _chosen(request, org)
    form = ReasonForm(request.POST if request.POST.get("act") == "merge" else None)
    if into is not None and form.is_valid():
        errors = attempt(lambda: _merge(request, plan, org, into, form.cleaned_data["reason"]))
        if not errors:
            return redirect(organisation_url(plan, into.pk))
    return _drawn(request, plan, org, _context(request, plan, org, into) | {"errors": errors, "form": form})


def _drawn(request: HttpRequest, plan: Plan, org: Organisation, context: dict[str, Any]) -> HttpResponse:
    around = {"crumbs": org_crumbs(plan, org), "org": org, "name": org.name(lang())}
    wrong = context["errors"] or context["form"].errors
    return page(request, "web/registry/merge.html", around | context, status=422 if wrong else 200)


def _chosen(request: HttpRequest, org: Organisation) -> tuple[Organisation | None, list[dict[str, str]]]:
    """The other entry: by its id from a suggestion, or by code or exact name."""
    asked, named = request.POST.get("into") or request.GET.get("into"), request.GET.get("named", "").strip()
    if not asked and not named:
        return None, []
    seen = access.visible(Organisation.objects.all(), hat_of(request))
    known = seen.filter(pk=asked).first() if asked else org_named(named)
    if known is None or known.pk == org.pk:
        text = gettext("No other open organisation on register has this code or exactly this name.")
        return None, [{"text": text, "remedy": gettext("Copy it from the list of organisations."), "place": "named"}]
    return known, []


def _context(request: HttpRequest, plan: Plan, org: Organisation, into: Organisation | None) -> dict[str, Any]:
    by = hat_of(request).actor
    merges = Merge.objects.filter(org=org) | Merge.objects.filter(into=org)
    moving = merging.told_rows(org, by) if into else []
    return {
        "merged": org.merged_into is not None, "into": into and _card(plan, into),
        "moving": [(kind_name("access", rule, lang()), count) for rule, count in moving],
        "card": _card(plan, org),
        "suggested": [] if org.merged_into or into else [_suggested(plan, org, s) for s in suggestions(org)],
        "past": [_past(m) for m in merges.select_related("org", "into")],
    }  # fmt: skip


def _card(plan: Plan, org: Organisation) -> dict[str, str]:
    return {
        "id": org.pk, "name": org.name(lang()), "href": organisation_url(plan, org.pk),
        "code": org.credit_code or gettext("credit code unknown"), "kind": kind_name("org_kinds", org.kind, lang()),
        "place": place_name(plan, org.place, lang()) if org.place else "",
        "swap": reverse("merge", args=[plan.id, org.pk]),
    }  # fmt: skip


def _suggested(plan: Plan, org: Organisation, found: Suggestion) -> dict[str, str]:
    href = reverse("merge", args=[plan.id, org.pk], query={"into": found.org.pk})
    return _card(plan, found.org) | {"why": str(WHY[found.why]), "choose": href}


def _past(merged: Merge) -> dict[str, Any]:
    return {
        "id": merged.pk, "org": merged.org.name(lang()), "into": merged.into.name(lang()), "at": moment(merged.at),
        "by": merged.by, "undone": moment(merged.undone_at) if merged.undone_at else "",
    }  # fmt: skip


def _merge(request: HttpRequest, plan: Plan, org: Organisation, into: Organisation, reason: str) -> None:
    hat = hat_of(request)
    if not reason.strip():
        raise ReasonNeeded
    merging.merge(org, into, hat.actor, timezone.now(), plan.catalog)
    tell("merge_organisations", hat, org.pk, f"{into.pk} · {reason}"[:200])
    messages.success(request, gettext("Both entries are one now; it can be undone while nothing new refers to it."))


def _undo(request: HttpRequest, plan: Plan, org: Organisation) -> HttpResponse:
    number = request.POST["undo"]
    merges = Merge.objects.filter(org=org, undone_at=None) | Merge.objects.filter(into=org, undone_at=None)
    found = merges.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    errors = attempt(lambda: _part(request, found)) if found else []
    if found and not errors:
        return redirect("organisation", plan.id, found.org_id)
    return _drawn(request, plan, org, _context(request, plan, org, None) | {"errors": errors, "form": ReasonForm()})


def _part(request: HttpRequest, merged: Merge) -> None:
    hat = hat_of(request)
    merging.undo_merge(merged, hat.actor, timezone.now())
    tell("undo_merge", hat, merged.org_id, merged.into_id)
    messages.success(request, gettext("The merge has been undone: both entries stand as before."))
