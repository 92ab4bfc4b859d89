"""Everything about one site on one page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.journal.balances import Balance, Held, balances
from wufei.journal.reading import Filter, query
from wufei.journal.site_masses import taken_in
from wufei.registry.access import visible
from wufei.registry.models import Change, Device, Facility, Permit, Site, Storage, Tenure, WasteSource
from wufei.reports.table import Cell
from wufei.web.clock import today
from wufei.web.journal.draw import database
from wufei.web.journal.names import Names, mass
from wufei.web.journal.rows import record_row
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import reader
from wufei.web.registry import parts
from wufei.web.registry.changing import site_links
from wufei.web.registry.lists import organisation_url
from wufei.web.registry.site_duties import class_and_duties
from wufei.web.registry.words import mass_cell, place_name, standing, text_or_unknown
from wufei.web.render import page
from wufei.web.wording import say

SHOWN_RECORDS, SHOWN_BALANCES = 8, 50


@reader
@require_safe
def site(request: HttpRequest, city: str, site_id: str) -> HttpResponse:
    """Position, what stands on it, permits, balances of its accounts, records, holders and history."""
    plan, hat, day = plan_of(city), request.hat, today()
    found = get_object_or_404(visible(Site.objects.select_related("org"), hat), pk=site_id)
    names = Names(plan)
    held = balances(database(), Held(place=found.pk), by=("account", "stream"), size=SHOWN_BALANCES)
    changes = visible(Change.objects.filter(table="registry_site", row=found.pk), hat)
    context: dict[str, Any] = {
        "plan": plan,
        "site": found,
        "name": found.name(lang()),
        "state": standing(found, day),
        "holder": (found.org.name(lang()), organisation_url(plan, found.org_id)),
        "facts": _facts(plan, found),
        "class": class_and_duties(plan, found, database(), day),
        "facilities": parts.facility_rows(visible(Facility.objects.filter(site=found), hat)),
        "storages": parts.storage_rows(plan, visible(Storage.objects.filter(site=found), hat)),
        "sources": parts.source_rows(plan, visible(WasteSource.objects.filter(site=found), hat)),
        "devices": parts.device_rows(visible(Device.objects.filter(site=found), hat)),
        "permits": parts.permit_rows(
            plan,
            visible(Permit.objects.filter(site=found).prefetch_related("scopes"), hat),
            day,
            taken_in(database(), found.pk, day.year),
        ),
        "tenures": _tenures(plan, visible(Tenure.objects.filter(site=found).select_related("org"), hat)),
        "balances": [_balance(names, found.name(lang()), b) for b in held.items],
        "records": [
            record_row(names, stored) for stored in query(database(), Filter(place=found.pk), size=SHOWN_RECORDS).items
        ],
        "links": site_links(request, plan, found),
        "changes": parts.change_rows(changes[: parts.SHOWN_CHANGES]),
    }
    return page(request, "web/registry/site.html", context)


def _facts(plan: Plan, site: Site) -> list[tuple[str, Cell]]:
    since = site.in_operation_since
    return [
        (_("Place"), Cell(place_name(plan, site.place, lang()))),
        (_("Address"), text_or_unknown(site.address)),
        (_("Longitude, latitude (CGCS2000)"), _position(site)),
        (_("In operation since"), Cell(since.isoformat()) if since else text_or_unknown("")),
        (_("Approval of the environmental assessment"), text_or_unknown(site.eia_approval_no)),
        (_("Discharge permit"), text_or_unknown(site.discharge_permit_no)),
        (_("Generation expected by the assessment, a year"), mass_cell(site.eia_generation_g_per_year)),
        (_("Id, also the place of its accounts"), Cell(site.pk)),
    ]


def _position(site: Site) -> Cell:
    if site.longitude is None or site.latitude is None:
        return text_or_unknown("")
    return Cell(f"{site.longitude}, {site.latitude}")


def _tenures(plan: Plan, tenures: Any) -> list[dict[str, str]]:
    return [
        {
            "org": t.org.name(lang()),
            "href": organisation_url(plan, t.org_id),
            "from": t.valid_from.isoformat(),
            "to": t.valid_to.isoformat() if t.valid_to else "",
        }
        for t in tenures.order_by("-valid_from")
    ]


def _balance(names: Names, site_name: str, balance: Balance) -> dict[str, Any]:
    role, _colon, rest = (balance.account or "").partition(":")
    detail = rest.partition("/")[2]
    return {
        "account": f"{say('account_role', role)} {detail or site_name}",
        "href": names.statement_url(balance.account or "", stream=balance.stream or ""),
        "stream": names.stream(balance.stream),
        "mass": mass(balance.mass_g),
        "negative": balance.mass_g < 0,
    }
