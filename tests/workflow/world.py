"""A small world on register for cases: a works, hauliers, plants, their sites, vehicles and permits.

Rows have the ids by which the tests call them: ``works`` with ``site-works``, ``vehicle-1`` of ``haulier``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from wufei.registry.models import Contract, Organisation, Permit, PermitScope, Site, Storage, Tenure, Vehicle

OIL, ASH = "900-249-08", "772-003-18"
BEGAN = date(2020, 1, 1)
ORGS = {
    "works": "托克托机械厂", "haulier": "青城危货运输公司", "railway": "敕勒川物流公司", "plant": "大青山再生油公司",
    "elsewhere": "土默特危废处置公司", "clinic": "和林格尔诊所", "office": "生态环境局",
}  # fmt: skip
SITES = {"site-works": "works", "site-plant": "plant", "site-else": "elsewhere", "site-clinic": "clinic"}
VEHICLES = {
    "vehicle-1": ("haulier", "蒙A10001"), "vehicle-2": ("railway", "蒙A10002"), "vehicle-3": ("haulier", "蒙A10003"),
}  # fmt: skip


def register() -> None:
    """Enter every organisation, site, vehicle and permit of the world."""
    for key, name in ORGS.items():
        told = {"name_zh": name, "kind": "enterprise", "place": "togtoh"}
        Organisation.objects.update_or_create(id=key, defaults=told)
    for site, org in SITES.items():
        told = {"org_id": org, "name_zh": f"{ORGS[org]}厂区", "place": "togtoh"}
        made, _new = Site.objects.get_or_create(id=site, defaults=told)
        Tenure.objects.get_or_create(site=made, org_id=org, valid_from=BEGAN)
    for vehicle, (org, plate) in VEHICLES.items():
        told = {"org_id": org, "plate": plate, "plate_kind": "large", "kind": "tank_truck"}
        Vehicle.objects.get_or_create(id=vehicle, defaults=told | {"load_g": 20_000_000})
    permit("haulier", "dangerous_goods_transport")
    permit("railway", "dangerous_goods_transport")
    for partner in ("plant", "elsewhere"):
        told = {"kind": "disposal", "number": f"合同-{partner}", "valid_from": BEGAN}
        Contract.objects.get_or_create(org_id="works", partner_id=partner, defaults=told)
    licence("plant", {OIL: None, ASH: None})
    licence("elsewhere", {OIL: None, ASH: None})


def permit(org: str, kind: str, **more: Any) -> Permit:
    """A permit of an organisation, in force from 2020 to 2030 unless told otherwise."""
    told = {"issuer": "主管部门", "valid_from": BEGAN, "valid_to": date(2030, 12, 31), "number": f"{kind}-{org}"}
    return Permit.objects.create(org_id=org, kind=kind, **(told | more))


def licence(org: str, quotas: dict[str, int | None], operations: tuple[str, ...] = (), **more: Any) -> Permit:
    """An operating licence for streams, each with its yearly quota in grams (None: no limit)."""
    made = permit(org, "operating_licence", **more)
    for stream, quota in quotas.items():
        PermitScope.objects.create(permit=made, stream=stream, operations=list(operations), quota_g_per_year=quota)
    return made


def storage(site: str, capacity_g: int) -> Storage:
    """A storage facility of a site."""
    return Storage.objects.create(site_id=site, name_zh="危废库", kind="warehouse", capacity_g=capacity_g)
