"""Everything about one organisation on one page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.journal.reading import Filter, query
from wufei.registry.access import visible
from wufei.registry.models import Change, Device, Organisation, Permit, Site, Vehicle
from wufei.reports.table import Cell
from wufei.web.clock import today
from wufei.web.journal.draw import database
from wufei.web.journal.names import Names
from wufei.web.journal.rows import record_row
from wufei.web.language import joined, lang
from wufei.web.links import item_url
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import reader
from wufei.web.registry import parts
from wufei.web.registry.changing import org_links
from wufei.web.registry.lists import organisation_url
from wufei.web.registry.words import kind_name, place_name, standing, text_or_unknown
from wufei.web.render import page
from wufei.web.views.registry.contracts import contracts_of

SHOWN_RECORDS = 8


@reader
@require_safe
def organisation(request: HttpRequest, city: str, org_id: str) -> HttpResponse:
    """Identity, sites, permits, vehicles, contracts, records, history; what the hat may not see is absent."""
    plan, hat, day = plan_of(city), request.hat, today()
    found = get_object_or_404(visible(Organisation.objects.select_related("merged_into"), hat), pk=org_id)
    permits = visible(Permit.objects.filter(org=found).prefetch_related("scopes"), hat)
    changes = visible(Change.objects.filter(table="registry_organisation", row=found.pk), hat)
    context: dict[str, Any] = {
        "plan": plan,
        "org": found,
        "name": found.name(lang()),
        "state": standing(found, day),
        "facts": _facts(plan, found),
        "merged_into": found.merged_into
        and (found.merged_into.name(lang()), organisation_url(plan, found.merged_into_id)),
        "owed": item_url(plan, "orgs", found.pk) if found.declared and plan.find("orgs", found.pk) else "",
        "sites": parts.site_rows(plan, visible(Site.objects.filter(org=found), hat), day),
        "permits": parts.permit_rows(plan, permits, day),
        "vehicles": parts.vehicle_rows(visible(Vehicle.objects.filter(org=found), hat), day),
        "devices": parts.device_rows(visible(Device.objects.filter(org=found), hat)),
        "contracts": parts.contract_rows(plan, found.pk, contracts_of(request, found), day),
        "records": _records(plan, found.pk),
        "links": org_links(request, plan, found),
        "changes": parts.change_rows(changes[: parts.SHOWN_CHANGES]),
    }
    return page(request, "web/registry/organisation.html", context)


def _facts(plan: Plan, org: Organisation) -> list[tuple[str, Cell]]:
    return [
        (_("Credit code"), text_or_unknown(org.credit_code or "")),
        (_("Kind"), Cell(kind_name("org_kinds", org.kind, lang()))),
        (_("Industry (GB/T 4754)"), text_or_unknown(org.industry)),
        (_("Registered address"), text_or_unknown(org.registered_address)),
        (_("Place"), Cell(place_name(plan, org.place, lang())) if org.place else text_or_unknown("")),
        (_("Also known as"), Cell(joined(org.aliases))),
        (_("Closed"), Cell(_closed(org.closed_on, org.closed_reason))),
        (_("Id"), Cell(org.pk)),
    ]


def _closed(day: date | None, reason: str) -> str:
    return f"{day.isoformat()} {reason}".strip() if day else ""


def _records(plan: Plan, org_id: str) -> list[dict[str, Any]]:
    found = query(database(), Filter(acting_for=org_id), size=SHOWN_RECORDS)
    names = Names(plan)
    return [record_row(names, stored) for stored in found.items]
