"""What the pages of an organisation and of a site show: rows ready to draw, from a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from wufei.registry.models import (
    Change,
    Contract,
    Device,
    Facility,
    Permit,
    PermitScope,
    Site,
    Storage,
    Vehicle,
    WasteSource,
)
from wufei.reports.numbers import quantity, unknown_text
from wufei.web.journal.names import mass, moment
from wufei.web.language import joined, lang
from wufei.web.plan import Plan
from wufei.web.registry.history import ACTS, FIELDS, actor_name, changed
from wufei.web.registry.lists import organisation_url, site_url
from wufei.web.registry.words import (
    kind_name,
    mass_cell,
    place_name,
    standing,
    stream_name,
    validity,
)

SHOWN_CHANGES = 12


def site_rows(plan: Plan, sites: Iterable[Site], day: date) -> list[dict[str, Any]]:
    """Sites with place and state."""
    return [
        {
            "name": s.name(lang()),
            "href": site_url(plan, s.pk),
            "place": place_name(plan, s.place, lang()),
            "address": s.address,
            "state": standing(s, day),
        }
        for s in sites
    ]


def permit_rows(
    plan: Plan, permits: Iterable[Permit], day: date, taken_g: Mapping[str, int] | None = None
) -> list[dict[str, Any]]:
    """Permits with their lines; each line's stream, operations and yearly quota, and what of it is used.

    ``taken_g`` is what was taken in this year by stream; None where that is not asked.
    """
    return [
        {
            "number": p.number,
            "kind": kind_name("permit_kinds", p.kind, lang()),
            "issuer": p.issuer,
            "from": p.valid_from.isoformat(),
            "to": p.valid_to.isoformat() if p.valid_to else "",
            "state": validity(p, day),
            "scopes": [
                {
                    "stream": stream_name(plan, scope.stream, lang()),
                    "operations": joined(scope.operations),
                    "quota": mass(scope.quota_g_per_year) if scope.quota_g_per_year is not None else "",
                    "used": _used(scope, taken_g),
                }
                for scope in p.scopes.all()
            ],
        }
        for p in permits
    ]


# In per cent of the yearly quota. Beyond 120 a new licence is due (licence measures); the others are ours.
_ALARMS = ((120, "error"), (100, "error"), (80, "warning"))


def _used(scope: PermitScope, taken_g: Mapping[str, int] | None) -> tuple[str, str] | None:
    """Badge and words for the share of the yearly quota that is used; None where there is no quota."""
    if taken_g is None or not scope.quota_g_per_year:
        return None
    share = 100 * taken_g.get(scope.stream, 0) // scope.quota_g_per_year
    mark = next((mark for least, mark in _ALARMS if share >= least), "note")
    return mark, f"{share}%"


def facility_rows(facilities: Iterable[Facility]) -> list[dict[str, Any]]:
    """Facilities with capacity and operations."""
    return [
        {
            "name": f.name_zh,
            "code": f.code,
            "kind": kind_name("facility_kinds", f.kind, lang()),
            "capacity": quantity(f.capacity, f.unit, lang()) if f.capacity is not None else unknown_text(lang()),
            "operations": joined(f.operations),
            "heading": f.permit_heading,
        }
        for f in facilities
    ]


def storage_rows(plan: Plan, storages: Iterable[Storage]) -> list[dict[str, Any]]:
    """Storage facilities with capacity and what may lie there."""
    return [
        {
            "name": s.name_zh,
            "code": s.code,
            "kind": kind_name("storage_kinds", s.kind, lang()),
            "capacity": mass_cell(s.capacity_g).text,
            "streams": joined([stream_name(plan, stream, lang()) for stream in s.streams]),
        }
        for s in storages
    ]


def source_rows(plan: Plan, sources: Iterable[WasteSource]) -> list[dict[str, Any]]:
    """Sources of waste with what is expected of them in a year."""
    return [
        {
            "name": s.name_zh,
            "stream": stream_name(plan, s.stream, lang()),
            "step": s.step,
            "expected": mass_cell(s.expected_g_per_year).text,
        }
        for s in sources
    ]


def vehicle_rows(vehicles: Iterable[Vehicle], day: date) -> list[dict[str, Any]]:
    """Vehicles with load and transport permit."""
    return [
        {
            "plate": v.plate,
            "kind": kind_name("vehicle_kinds", v.kind, lang()),
            "load": mass_cell(v.load_g).text,
            "permit": v.transport_permit_no,
            "to": v.transport_permit_to.isoformat() if v.transport_permit_to else "",
            "state": standing(v, day),
        }
        for v in vehicles
    ]


def device_rows(devices: Iterable[Device]) -> list[dict[str, Any]]:
    """Devices with serial number and kind."""
    return [
        {
            "serial": d.serial,
            "kind": kind_name("device_kinds", d.kind, lang()),
            "protocol": d.protocol,
            "name": d.name_zh,
        }
        for d in devices
    ]


def contract_rows(plan: Plan, org_id: str, contracts: Iterable[Contract], day: date) -> list[dict[str, Any]]:
    """Contracts seen from one side: the other side, the days, the waste, the most grams and the state on ``day``."""
    rows = []
    for c in contracts:
        other = c.partner if c.org_id == org_id else c.org
        rows.append(
            {
                "id": c.pk,
                "given": c.org_id == org_id,
                "ended": c.ended_on,
                "number": c.number or c.pk,
                "kind": kind_name("contract_kinds", c.kind, lang()),
                "other": other.name(lang()),
                "href": organisation_url(plan, other.pk),
                "from": c.valid_from.isoformat(),
                "to": c.valid_to.isoformat() if c.valid_to else "",
                "streams": joined(c.streams) or _("all"),
                "bounded": c.most_g is not None,
                "most": mass(c.most_g) if c.most_g is not None else _("no limit"),
                "state": _contract_state(c, day),
            }
        )
    return rows


def _contract_state(contract: Contract, day: date) -> tuple[str, str]:
    """Mark and word for a contract on ``day``."""
    if contract.ended_on and contract.ended_on <= day:
        return "blank", _("ended")
    if contract.valid_to and contract.valid_to < day:
        return "error", _("expired")
    return ("note", _("not yet in force")) if contract.valid_from > day else ("sure", _("in force"))


def change_rows(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """History: when, by whom, which fields, before and after; what was and stays empty is left out."""
    return [
        {
            "at": moment(c.at),
            "actor": actor_name(c.actor),
            "act": ACTS.get(c.act, c.act),
            "fields": [
                (FIELDS.get(key, key), was or "–", now or "–")
                for key, was, now in changed(c.before or {}, c.after or {})
            ],
        }
        for c in changes
    ]
