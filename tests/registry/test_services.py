"""Entering, amending, closing and opening: what is refused, and by which name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.registry.rows import DAY, a_permit, a_site, a_vehicle, an_org, credit_code
from wufei.catalog import Catalog
from wufei.registry import declared, fleet, organisations, permits, sites
from wufei.registry.closing import (
    AlreadyClosed,
    ClosedToNew,
    DeclaredNotClosed,
    NotClosed,
    PlateInUse,
    ReasonNeeded,
    close,
    must_be_open,
    reopen,
)
from wufei.registry.keeping import SeveralWrong, problems_of
from wufei.registry.models import Organisation, Permit, Site, Vehicle
from wufei.registry.site_class import unit_class
from wufei.terms import NamedError, Unknown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def codes(error: NamedError) -> dict[str | None, str]:
    return {problem.place: problem.code for problem in problems_of(error)}


def test_everything_that_is_wrong_is_told_at_once(catalogue: Catalog) -> None:
    values = {"name_zh": " ", "kind": "factory", "credit_code": "9", "industry": "98", "place": "baotou"}
    with pytest.raises(SeveralWrong) as caught:
        organisations.enter_organisation(values, catalogue)
    assert codes(caught.value) == {
        "name_zh": "registry_field_missing",
        "kind": "word_not_declared",
        "credit_code": "credit_code_length",
        "industry": "industry_unknown",
        "place": "place_not_declared",
    }
    assert not Organisation.objects.exists()


def test_only_the_form_s_fields_can_be_written(catalogue: Catalog) -> None:
    org = an_org()
    for name, value in {"id": "x", "declared": True, "closed_on": DAY, "merged_into": org, "hats": []}.items():
        with pytest.raises(NamedError) as caught:
            organisations.amend_organisation(org, {name: value}, catalogue)
        assert codes(caught.value) == {name: "field_not_kept"}
    with pytest.raises(NamedError) as caught:
        sites.amend_site(a_site(org), {"org": an_org()}, catalogue)
    assert codes(caught.value) == {"org": "field_not_kept"}


def test_a_credit_code_is_needed_and_is_one_organisation_s(catalogue: Catalog) -> None:
    with pytest.raises(organisations.CreditCodeNeeded):
        an_org(credit_code="")
    org = an_org()
    with pytest.raises(organisations.CreditCodeTaken):
        an_org(credit_code=org.credit_code)
    organisations.amend_organisation(org, {"name_en": "One"}, catalogue)
    assert an_org(kind="medical_institution", credit_code=None).credit_code is None


def test_control_characters_are_refused(catalogue: Catalog) -> None:
    with pytest.raises(NamedError) as caught:
        an_org("甲\x00乙")
    assert codes(caught.value) == {"name_zh": "field_unreadable"}


def test_a_position_is_kept_in_cgcs2000_and_checked_against_the_city(catalogue: Catalog) -> None:
    org = an_org()
    site = a_site(org, longitude="111.670801", latitude="40.818311", datum="wgs84")
    assert (site.longitude, site.latitude) == (Decimal("111.670801"), Decimal("40.818311"))
    moved = sites.amend_site(site, {"longitude": 111.67, "latitude": 40.81, "datum": "gcj02"}, catalogue)
    assert moved.longitude != Decimal("111.670000")
    for x, y, datum, code in (
        ("40.818311", "111.670801", "wgs84", "position_swapped"),
        ("116.4", "39.9", "wgs84", "position_outside_city"),
        ("111.67", "40.81", "", "datum_unknown"),
        ("111.67", "", "wgs84", "position_incomplete"),
    ):
        with pytest.raises(NamedError) as caught:
            sites.amend_site(site, {"longitude": x, "latitude": y, "datum": datum}, catalogue)
        assert problems_of(caught.value)[0].code == code
    sites.amend_site(site, {"longitude": "", "latitude": ""}, catalogue)
    assert site.longitude is None


def test_a_new_site_has_its_first_holder() -> None:
    org = an_org()
    site = a_site(org, in_operation_since="2019-05-01")
    held = site.tenures.get()
    assert (held.org, held.valid_from, held.valid_to) == (org, date(2019, 5, 1), None)


def test_capacities_have_units_and_kinds_have_limits(catalogue: Catalog) -> None:
    site = a_site(an_org())
    values = {"site": site, "name_zh": "一号炉", "kind": "hazardous_incineration", "capacity": "100"}
    for unit, code in (("", "capacity_without_unit"), ("吨每天", "field_unreadable")):
        with pytest.raises(NamedError) as caught:
            sites.enter_on_site(sites.FACILITY, values | {"unit": unit}, catalogue, day=DAY)
        assert problems_of(caught.value)[0].code == code
    assert sites.enter_on_site(sites.FACILITY, values | {"unit": "吨/日"}, catalogue, day=DAY).capacity == 100
    point = {"site": site, "name_zh": "贮存点", "kind": "storage_point", "capacity_g": 3_000_001}
    with pytest.raises(sites.StorageBeyondKind):
        sites.enter_on_site(sites.STORAGE, point, catalogue, day=DAY)
    assert sites.enter_on_site(sites.STORAGE, point | {"capacity_g": 3_000_000}, catalogue, day=DAY)


def test_a_plate_is_one_open_vehicle_s(catalogue: Catalog) -> None:
    carrier, other = an_org(), an_org()
    vehicle = a_vehicle(carrier, "蒙a·D12345")
    assert (vehicle.plate, vehicle.plate_kind) == ("蒙AD12345", "new_energy_small")
    with pytest.raises(PlateInUse):
        a_vehicle(other, "蒙AD12345")
    close(vehicle, DAY)
    again = a_vehicle(other, "蒙AD12345")
    with pytest.raises(PlateInUse):
        reopen(vehicle, DAY)
    fleet.amend_in_fleet(fleet.VEHICLE, again, {"plate": "蒙A12345挂"[:6] + "挂"}, catalogue)
    assert again.plate_kind == "trailer"


def test_a_serial_number_is_one_open_device_s(catalogue: Catalog) -> None:
    org = an_org()
    site, vehicle = a_site(org), a_vehicle(org)
    values = {"org": org, "kind": "weighbridge", "serial": "S1", "protocol": "modbus"}
    device = fleet.enter_in_fleet(fleet.DEVICE, values | {"site": site}, catalogue, day=DAY)
    with pytest.raises(fleet.DeviceInUse):
        fleet.enter_in_fleet(fleet.DEVICE, values | {"vehicle": vehicle}, catalogue, day=DAY)
    with pytest.raises(fleet.DeviceTwoPlaces):
        fleet.amend_in_fleet(fleet.DEVICE, device, {"vehicle": vehicle}, catalogue)


def test_overlapping_permits_are_refused_by_name(catalogue: Catalog) -> None:
    org = an_org()
    site, other = a_site(org), a_site(org, "二厂区")
    first = a_permit(org, site, ("HW08",))
    for streams in (("HW08", "HW49"), ()):
        with pytest.raises(permits.PermitOverlaps):
            a_permit(org, site, streams)
    assert Permit.objects.count() == 1
    a_permit(org, site, ("HW49",))
    a_permit(org, other, ("HW08",))
    a_permit(org, site, ("HW08",), kind="emergency_plan")
    a_permit(org, site, ("HW08",), valid_from=date(2029, 1, 1), valid_to=None)
    permits.revoke_permit(first, date(2026, 1, 1), "换证")
    renewed = a_permit(org, site, ("HW08",), valid_from=date(2026, 1, 1), replaces=first)
    assert permits.in_force(first, date(2025, 12, 31))
    assert not permits.in_force(first, date(2026, 1, 1))
    assert list(permits.permits_on(date(2026, 1, 1), site=site, scopes__stream="HW08", kind="operating_licence")) == [
        renewed
    ]
    with pytest.raises(permits.PermitOverlaps):
        permits.amend_permit(renewed, {"valid_from": date(2025, 12, 31)}, None, catalogue)


def test_what_else_is_wrong_with_a_permit(catalogue: Catalog) -> None:
    org, other = an_org(), an_org()
    permit = a_permit(org)
    with pytest.raises(permits.PermitNumberTaken):
        a_permit(other, number=permit.number)
    with pytest.raises(permits.PermitBackwards):
        a_permit(other, valid_to=date(2023, 1, 1))
    with pytest.raises(permits.PermitSiteElsewhere):
        a_permit(other, a_site(org))
    with pytest.raises(ReasonNeeded):
        permits.revoke_permit(permit, DAY, " ")
    permits.revoke_permit(permit, DAY, "注销")
    with pytest.raises(permits.PermitEnded):
        permits.revoke_permit(permit, DAY, "注销")


def test_lines_of_a_permit_follow_what_is_asked(catalogue: Catalog) -> None:
    permit = a_permit(an_org(), None, ("HW08", "HW49"))
    kept = permit.scopes.get(stream="HW08").pk
    permits.amend_permit(permit, {}, [{"stream": "HW08", "quota_g_per_year": 5}, {"stream": "HW31"}], catalogue)
    assert dict(permit.scopes.values_list("stream", "quota_g_per_year")) == {"HW08": 5, "HW31": None}
    scope = permit.scopes.get(stream="HW08")
    assert scope.pk == kept
    assert permits.remaining_quota(scope, 7) == -2
    assert permits.remaining_quota(permit.scopes.get(stream="HW31"), 7) is None
    unknown = Unknown("不知", "unknown")
    assert permits.remaining_quota(scope, unknown) is unknown


def test_when_to_ask_for_renewal(catalogue: Catalog) -> None:
    permit = a_permit(an_org(), valid_to=date(2025, 12, 31))
    assert permits.renew_by(permit, catalogue) == date(2025, 11, 19)  # thirty weekdays before
    assert permits.renew_by(a_permit(an_org(), valid_to=None), catalogue) is None


def test_a_contract_has_two_parties(catalogue: Catalog) -> None:
    org, partner = an_org(), an_org()
    values = {"org": org, "partner": partner, "kind": "disposal", "valid_from": "2025-01-01"}
    assert permits.enter_contract(values, catalogue, day=DAY).pk
    with pytest.raises(permits.ContractWithOneself):
        permits.enter_contract(values | {"partner": org}, catalogue, day=DAY)


def test_closing_blocks_what_is_new_and_lets_the_open_finish(catalogue: Catalog) -> None:
    org = an_org()
    site = a_site(org)
    permit = a_permit(org, site)
    with pytest.raises(ReasonNeeded):
        close(org, DAY)
    close(org, DAY, "停产")
    with pytest.raises(AlreadyClosed):
        close(org, DAY, "停产")
    must_be_open(org, date(2025, 5, 31))
    for new in (lambda: a_site(org), lambda: a_vehicle(org), lambda: a_permit(org), lambda: must_be_open(site, DAY)):
        with pytest.raises(ClosedToNew):
            new()
    assert (Site.objects.count(), Vehicle.objects.count(), Permit.objects.count()) == (1, 0, 1)
    permits.amend_permit(permit, {"issuer": "呼和浩特市生态环境局"}, None, catalogue)
    reopen(org, DAY)
    a_site(org)
    with pytest.raises(NotClosed):
        reopen(org, DAY)


def test_a_closed_site_takes_no_facility(catalogue: Catalog) -> None:
    org = an_org()
    site = a_site(org)
    close(site, DAY, "拆除")
    values = {"site": site, "name_zh": "炉", "kind": "production"}
    with pytest.raises(ClosedToNew):
        sites.enter_on_site(sites.FACILITY, values, catalogue, day=DAY)
    close(org, DAY, "停产")
    with pytest.raises(ClosedToNew):
        reopen(site, DAY)


def test_the_bodies_of_the_plan_are_on_register_once(catalogue: Catalog) -> None:
    new, changed = declared.bring_in(catalogue)
    assert new + changed >= 60
    assert declared.bring_in(catalogue) == (0, 0)
    body = Organisation.objects.get(pk="ecology_environment_bureau")
    assert body.declared
    with pytest.raises(organisations.DeclaredNotAmended):
        organisations.amend_organisation(body, {"name_zh": "别的局"}, catalogue)
    organisations.amend_organisation(body, {"credit_code": credit_code(77)}, catalogue)
    with pytest.raises(DeclaredNotClosed):
        close(body, DAY, "误")
    assert not Organisation.objects.filter(pk="all_county_governments").exists()


def test_the_class_of_a_site_follows_from_what_is_on_register(catalogue: Catalog) -> None:
    org = an_org()
    site = a_site(org, in_operation_since="2010-01-01")
    quiet = {2022: 0, 2023: 0, 2024: 0}
    assert unit_class(site, quiet, DAY, catalogue).unit_class == "registered_unit"
    values = {"site": site, "name_zh": "焚烧炉", "kind": "hazardous_incineration"}
    furnace = sites.enter_on_site(sites.FACILITY, values, catalogue, day=DAY)
    assert unit_class(site, quiet, DAY, catalogue).why == "own_treatment"
    close(furnace, DAY)
    assert unit_class(site, quiet, DAY, catalogue).unit_class == "registered_unit"
    a_permit(org, site)
    assert unit_class(site, quiet, DAY, catalogue).why == "licence"
    with pytest.raises(ReasonNeeded):
        sites.override_class(site, "simplified_unit", "", "person-1", DAY, catalogue)
    with pytest.raises(sites.ClassUnknown):
        sites.override_class(site, "big", "x", "person-1", DAY, catalogue)
    sites.override_class(site, "simplified_unit", "市局核定", "person-1", DAY, catalogue)
    found = unit_class(site, quiet, DAY, catalogue)
    assert (found.unit_class, found.computed) == ("simplified_unit", "key_unit")
