"""The demonstration: organisations entered with ``--demo``, each name marked, that its accounts act for.

Nothing here is a real enterprise: no credit code, no real permit number, no real plate.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from wufei.catalog import Catalog
from wufei.catalog.demo_orgs import DemoOrg, DemoSite
from wufei.registry import models as m
from wufei.registry.plates import read_plate
from wufei.terms import Mass

SINCE, UNTIL = date(2021, 1, 1), date(2030, 12, 31)
ISSUER = "演示，非真实许可"


@transaction.atomic
def furnish(catalog: Catalog) -> int:
    """Enter what is missing and let the demonstration accounts act for it; returns how many accounts got a place.

    May be repeated: what somebody changed since stays, an account that somebody gave another place keeps it.
    """
    given = 0
    for scope in catalog.cities.values():
        for declared in scope.items("demo_orgs"):
            if declared.body is None:
                _enter(declared, catalog)
            given += _hats(declared)
    return given


def _hats(declared: DemoOrg) -> int:
    """Only a demonstration account whose hat is bare is given the place."""
    site = declared.site.id if declared.site else None
    bare = m.Hat.objects.filter(person__is_demo=True, role__in=declared.roles, ended_at=None, org=None, place="")
    return bare.update(org_id=declared.body or declared.id, site_id=site, place=declared.within or "")


def _enter(declared: DemoOrg, catalog: Catalog) -> None:
    names = {"name_zh": declared.zh, "name_en": declared.en}
    org, new = m.Organisation.objects.get_or_create(
        id=declared.id,
        defaults=names | {"kind": declared.org_kind, "place": declared.place or "", "industry": declared.industry},
    )
    if not new:
        return
    site = _site(org, declared.site) if declared.site else None
    _permits(org, site, declared)
    for vehicle in declared.vehicles:
        m.Vehicle.objects.create(
            org=org, plate=vehicle.plate, plate_kind=read_plate(vehicle.plate, catalog)[1], kind=vehicle.kind,
            load_g=_g(vehicle.load), transport_permit_no=_number(org, 0), transport_permit_to=UNTIL,
        )  # fmt: skip
    for contract in declared.contracts:
        m.Contract.objects.create(
            org=org, partner_id=contract.partner, kind=contract.kind, number=f"演示-{org.pk}-{contract.kind}",
            valid_from=SINCE, valid_to=UNTIL,
        )  # fmt: skip


def _site(org: m.Organisation, declared: DemoSite) -> m.Site:
    names = {"name_zh": declared.zh, "name_en": declared.en, "place": declared.place}
    at = {"longitude": declared.longitude, "latitude": declared.latitude}
    site = m.Site.objects.create(id=declared.id, org=org, in_operation_since=SINCE, **names, **at)
    m.Tenure.objects.create(site=site, org=org, valid_from=SINCE)
    for each in declared.storages:
        known: dict[str, Any] = {"name_zh": each.zh, "kind": each.kind, "streams": list(each.streams)}
        m.Storage.objects.create(site=site, capacity_g=_g(each.capacity), **known)
    for source in declared.sources:
        expected_g = _g(source.expected)
        m.WasteSource.objects.create(site=site, name_zh=source.zh, stream=source.stream, expected_g_per_year=expected_g)
    for facility in declared.facilities:
        m.Facility.objects.create(
            site=site, name_zh=facility.zh, kind=facility.kind, capacity=facility.capacity, unit=facility.unit,
            operations=list(facility.operations),
        )  # fmt: skip
    return site


def _permits(org: m.Organisation, site: m.Site | None, declared: DemoOrg) -> None:
    for n, each in enumerate(declared.permits):
        permit = m.Permit.objects.create(
            org=org, site=site if each.operations else None, kind=each.kind, number=_number(org, n), issuer=ISSUER,
            valid_from=SINCE, valid_to=UNTIL,
        )  # fmt: skip
        for stream in each.streams:
            quota_g = None if each.quota is None else _g(each.quota)
            m.PermitScope.objects.create(
                permit=permit, stream=stream, operations=list(each.operations), quota_g_per_year=quota_g
            )


def _number(org: m.Organisation, n: int) -> str:
    return f"演示-{org.pk}-{n + 1}"


def _g(mass_t: Any) -> int:
    return Mass.of(mass_t, "吨").g
