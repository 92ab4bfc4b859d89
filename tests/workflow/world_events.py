"""What happens in the world of the stories while cases are under way, by the name that stories give it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.workflow.world import ASH, OIL, licence, permit, storage
from wufei.journal import Observation, Record, append
from wufei.registry.closing import close, reopen
from wufei.registry.models import Contract, Organisation, Permit, Site, Tenure, Vehicle
from wufei.workflow.working_days import CITY_TIME


def _organisation_closes(day: date, org: str) -> None:
    close(Organisation.objects.get(pk=org), day, "停产")


def _site_closes(day: date, site: str) -> None:
    close(Site.objects.get(pk=site), day, "停产")


def _site_opens_again(day: date, site: str) -> None:
    reopen(Site.objects.get(pk=site), day)


def _licence_is_revoked(day: date, org: str) -> None:
    Permit.objects.filter(org_id=org, kind__endswith="licence").update(revoked_on=day, revoked_reason="违法")


def _permit_runs_out(day: date, org: str) -> None:
    Permit.objects.filter(org_id=org).update(valid_to=day)


def _licence_is_issued(day: date, org: str, quota: int | None = None, streams: list[str] | None = None,
                       operations: list[str] | None = None) -> None:  # fmt: skip
    Permit.objects.filter(org_id=org, kind="operating_licence").delete()
    known = {"oil": OIL, "ash": ASH}
    named = [known.get(stream, stream) for stream in streams or ["oil"]]
    licence(org, dict.fromkeys(named, quota), tuple(operations or ()), valid_from=date(2020, 1, 1))


def _carrier_loses_its_permit(day: date, org: str) -> None:
    Permit.objects.filter(org_id=org, kind="dangerous_goods_transport").update(revoked_on=day)


def _approval_is_given(day: date, org: str) -> None:
    permit(org, "interprovincial_approval", valid_from=day)


def _storage_is_registered(_day: date, site: str, capacity: int) -> None:
    storage(site, capacity)


def _organisations_merge(day: date, org: str, into: str) -> None:
    """All sites of one go on under the other."""
    Site.objects.filter(org_id=org).update(org_id=into)
    Tenure.objects.filter(org_id=org, valid_to=None).update(org_id=into)
    Organisation.objects.filter(pk=org).update(merged_into_id=into, closed_on=day)
    _joined()[into] = _joined().get(into, frozenset()) | {org}


def _contract_ends(day: date, org: str, partner: str) -> None:
    Contract.objects.filter(org_id=org, partner_id=partner).update(ended_on=day - timedelta(days=1))


def _contract_is_signed(day: date, org: str, partner: str, stream: str) -> None:
    told = {"kind": "disposal", "number": "合同-新", "valid_from": day, "streams": [stream]}
    Contract.objects.create(org_id=org, partner_id=partner, **told)


def _vehicle_changes_hands(_day: date, vehicle: str, org: str) -> None:
    Vehicle.objects.filter(pk=vehicle).update(org_id=org)


def _organisation_registers(day: date, org: str, permit_kind: str = "", vehicle: str = "") -> None:
    Organisation.objects.create(id=org, name_zh="外地运输公司", kind="enterprise")
    if permit_kind:
        permit(org, permit_kind, valid_from=day)
    if vehicle:
        Vehicle.objects.create(id=vehicle, org_id=org, plate="冀B20009", plate_kind="large", kind="tank_truck")


def _site_registers(day: date, site: str, org: str) -> None:
    made = Site.objects.create(id=site, org_id=org, name_zh="二厂区", place="togtoh")
    Tenure.objects.create(site=made, org_id=org, valid_from=day)
    from django.db import connection

    put = "INSERT INTO journal.place VALUES (%s) ON CONFLICT DO NOTHING"
    connection.connection.execute(put, (site,))


def _declaration_is_accepted(_day: date, site: str, period: str) -> None:
    _observed("hazardous_waste_declared", site, period, 1)


def _plan_is_filed(day: date, site: str, planned: int) -> None:
    _observed("planned_hazardous_transfer", site, str(day.year), planned, OIL)


def _observed(metric: str, site: str, period: str, value: int, stream: str | None = None) -> None:
    from django.db import connection

    raw = connection.connection
    raw.execute("INSERT INTO journal.metric VALUES (%s, '克') ON CONFLICT DO NOTHING", (metric,))
    seen = Observation(metric, site, Decimal(value), "克", stream)
    at = datetime(2025, 1, 5, tzinfo=CITY_TIME)
    record = Record(at, period, "declared", "person-1", "works", "hj_1259_2022 5", observations=(seen,))
    (outcome,) = append(raw, [record])
    assert outcome.stands, outcome.error


def _joined() -> dict[str, frozenset[str]]:
    from tests.workflow.conftest import JOINED

    return JOINED


EVENTS: dict[str, Callable[..., Any]] = {
    "organisation_closes": _organisation_closes,
    "site_closes": _site_closes,
    "site_opens_again": _site_opens_again,
    "licence_is_revoked": _licence_is_revoked,
    "licence_is_issued": _licence_is_issued,
    "permit_runs_out": _permit_runs_out,
    "carrier_loses_its_permit": _carrier_loses_its_permit,
    "approval_is_given": _approval_is_given,
    "storage_is_registered": _storage_is_registered,
    "organisations_merge": _organisations_merge,
    "contract_ends": _contract_ends,
    "contract_is_signed": _contract_is_signed,
    "vehicle_changes_hands": _vehicle_changes_hands,
    "organisation_registers": _organisation_registers,
    "site_registers": _site_registers,
    "declaration_is_accepted": _declaration_is_accepted,
    "plan_is_filed": _plan_is_filed,
}
