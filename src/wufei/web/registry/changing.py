"""What the pages that change the registry share: the row in question, what may be done to it, an act done or told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from wufei.registry import access, powers
from wufei.registry.access.policy import scopes
from wufei.registry.keeping import problems_of
from wufei.registry.models import Organisation, Site
from wufei.terms import NamedError
from wufei.web.journal.draw import told
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.policy import hat_of
from wufei.web.render import page

Crumbs = list[tuple[str, str]]
FormOf = Callable[[dict[str, Any] | None], forms.Form]


@dataclass(frozen=True, slots=True)
class Link:
    """A page that changes something, as its button reads."""

    label: str
    href: str
    icon: str


def seen_org(request: HttpRequest, org_id: str) -> Organisation:
    """The organisation, when the hat in force sees it; otherwise there is no such page."""
    rows = access.visible(Organisation.objects.select_related("merged_into"), hat_of(request))
    return get_object_or_404(rows, pk=org_id)


def org_for_power(request: HttpRequest, org_id: str, power: str) -> Organisation:
    """An organisation that the hat sees, may change and has the power for; 404 where unseen, 403 without the power."""
    org = seen_org(request, org_id)
    if not may_to_org(request, org, power):
        raise PermissionDenied
    return org


def site_for_power(request: HttpRequest, site_id: str, power: str) -> Site:
    """A site that the hat sees, may change and has the power for; 404 where unseen, 403 without the power."""
    site = get_object_or_404(access.visible(Site.objects.select_related("org"), hat_of(request)), pk=site_id)
    if not may_to_site(request, site, power):
        raise PermissionDenied
    return site


def may_to_org(request: HttpRequest, org: Organisation, power: str) -> bool:
    """Whether the hat has the power for the organisation, and may change its row."""
    hat = hat_of(request)
    return powers.may(hat, power, org) and access.may(hat, "change", org)


def may_to_site(request: HttpRequest, site: Site, power: str) -> bool:
    """Whether the hat has the power anywhere, and may change this site's row: an office changes sites of its place."""
    hat = hat_of(request)
    return powers.may(hat, power) and access.may(hat, "change", site)


def may_keep(request: HttpRequest, org: Organisation, rule: str) -> bool:
    """Whether the hat may enter and change the rows of ``rule`` (contacts, contracts) that belong to an organisation.

    The scopes are read as the rule gives them; the database asks the same of each row.
    """
    hat = hat_of(request)
    found = scopes(rule, "change", hat)
    return (
        "all" in found
        or ("org" in found and hat.org == org.pk)
        or ("place" in found and bool(hat.place) and hat.place in powers.places_above(org.place))
    )


def attempt(work: Callable[[], None]) -> list[dict[str, str]]:
    """Do it, and record it, or neither: what is wrong, in the reader's language; empty when it is done."""
    try:
        with transaction.atomic():
            work()
    except NamedError as error:
        return [told(problem) for problem in problems_of(error)]
    return []


def org_crumbs(plan: Plan, org: Organisation) -> Crumbs:
    """The way to a page below an organisation's."""
    listed = reverse("registry-list", args=[plan.id, "organisations"])
    return [
        (_("Organisations on register"), listed),
        (org.name(lang()), reverse("organisation", args=[plan.id, org.pk])),
    ]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a page says that changes or ends a row of an organisation's list: the list, its title, and the words."""

    back: str
    list_title: str
    title: str
    lead: str
    end: str


def change_or_end(
    request: HttpRequest, crumbs: Crumbs, words: Kept, form_of: FormOf, keep: Callable[[dict[str, Any] | None], None]
) -> HttpResponse:
    """The page that changes or ends a row: ``form_of`` what was sent (None when nothing was), ``keep`` what was said.

    ``keep`` gets None when the row ends.
    """
    act = request.POST.get("act", "")
    form, errors = form_of(request.POST if act == "change" else None), list[dict[str, str]]()
    if act == "end" or (act == "change" and form.is_valid()):
        errors = attempt(lambda: keep(form.cleaned_data if act == "change" else None))
        if not errors:
            return redirect(words.back)
    context = {
        "crumbs": [*crumbs, (words.list_title, words.back)], "back": words.back, "errors": errors, "form": form,
        "title": words.title, "lead": words.lead, "end": words.end, "act": "change", "button": _("Change"), "facts": (),
    }  # fmt: skip
    return page(request, "web/registry/act.html", context, status=422 if errors or form.errors else 200)


def site_crumbs(plan: Plan, site: Site) -> Crumbs:
    """The way to a page below a site's."""
    listed = reverse("registry-list", args=[plan.id, "sites"])
    return [(_("Sites"), listed), (site.name(lang()), reverse("site", args=[plan.id, site.pk]))]


def org_links(request: HttpRequest, plan: Plan, org: Organisation) -> list[Link]:
    """What the hat in force may do to an organisation: the pages for it."""
    where, hat = [plan.id, org.pk], hat_of(request)
    found = []
    if access.may_any(hat, "read", "contacts"):
        found.append(Link(_("Contacts"), reverse("contacts", args=where), "person"))
    if access.may_any(hat, "read", "contracts"):
        found.append(Link(_("Contracts"), reverse("contracts", args=where), "pencil"))
    if may_to_org(request, org, "merge_organisations"):
        found.append(Link(_("Merge"), reverse("merge", args=where), "people"))
    if may_to_org(request, org, "close_registered") and not org.declared and org.merged_into_id is None:
        label = _("Open again") if org.closed_on else _("Close")
        found.append(Link(label, reverse("close-organisation", args=where), "lock"))
    return found


def site_links(request: HttpRequest, plan: Plan, site: Site) -> list[Link]:
    """What the hat in force may do to a site: the pages for it."""
    where, found = [plan.id, site.pk], []
    if may_to_site(request, site, "override_class"):
        found.append(Link(_("Set the unit class"), reverse("site-class", args=where), "pencil"))
    if may_to_site(request, site, "take_over_sites") and not site.closed_on:
        found.append(Link(_("Hand the site over"), reverse("takeover", args=where), "people"))
    if may_to_site(request, site, "close_registered"):
        label = _("Open again") if site.closed_on else _("Close")
        found.append(Link(label, reverse("close-site", args=where), "lock"))
    return found
