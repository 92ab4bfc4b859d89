"""The shipped national data: streams, indicator definitions, roles."""

from __future__ import annotations

import re

import pytest

from wufei import catalog
from wufei.catalog import Catalog, Scope

CLASSES = [f"HW{number:02d}" for number in (*range(1, 41), *range(45, 51))]
ROLES = {
    "city_office",
    "lead_bureau",
    "responsible_bureau",
    "county_office",
    "enterprise_admin",
    "enterprise_handler",
    "enterprise_viewer",
    "carrier_dispatcher",
    "driver",
    "facility",
    "medical_institution",
    "inspector",
    "auditor",
    "system_admin",
    "security_admin",
    "public",
}


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return catalog.load()


@pytest.fixture(scope="module")
def nation(shipped: Catalog) -> Scope:
    return shipped.national


def test_the_2021_list_is_whole(nation: Scope) -> None:
    listed = [s for s in nation.streams if s.path.stem == "hazardous_waste_2021"]
    assert sorted(s.code or "" for s in listed if (s.code or "").startswith("HW")) == CLASSES
    codes = [s for s in listed if re.fullmatch(r"\d{3}-\d{3}-\d{2}", s.code or "")]
    assert len(codes) == len({s.code for s in codes}) == 467
    assert all(s.hazardous and set(re.split("[,/]", s.hazard)) <= {"T", "C", "I", "R", "In"} for s in codes)


def test_a_hazardous_code_stands_under_the_class_it_names(nation: Scope) -> None:
    for stream in nation.streams:
        if re.fullmatch(r"\d{3}-\d{3}-\d{2}", stream.code or ""):
            assert nation.get("streams", stream.parent).code == f"HW{stream.code[-2:]}", stream.code


def test_codes_are_not_used_twice(nation: Scope) -> None:
    codes = [s.code for s in nation.streams if s.code]
    assert len(codes) == len(set(codes))


def test_every_stream_has_one_root(nation: Scope) -> None:
    roots = set()
    for stream in nation.streams:
        while stream.parent:
            stream = nation.get("streams", stream.parent)  # noqa: PLW2901 climbing
        roots.add(stream.id)
    assert roots == {
        "general_industrial_waste",
        "municipal_waste",
        "construction_demolition_waste",
        "agricultural_waste",
        "other_solid_waste",
        "hazardous_waste",
    }


def test_fly_ash_is_not_coal_fly_ash(nation: Scope) -> None:
    assert nation.get("streams", "incineration_fly_ash").hazardous
    coal = nation.get("streams", "coal_fly_ash")
    assert (coal.code, coal.hazardous) == ("SW02", False)


def test_the_2025_catalogue_is_announced_on_each_code(nation: Scope) -> None:
    stream = nation.get("streams", "900-249-08")
    assert "2025" in (stream.note_zh or "")
    assert "2025" in (stream.note_en or "")
    assert "hazardous_waste_catalogue_2025" in {cite.source for cite in stream.cites}
    assert nation.get("sources", "hazardous_waste_catalogue_2021").valid_to.isoformat() == "2024-12-31"


def test_every_indicator_of_the_city_has_a_definition(shipped: Catalog) -> None:
    city = shipped.city("hohhot")
    for indicator in city.indicators:
        definition = shipped.definition(indicator)
        national = shipped.national.get("indicators", indicator.defined_by)
        assert definition["formula"] or definition["inputs"], indicator.id
        assert definition["confidence"] in {"high", "medium", "low"}
        assert national.direction == indicator.direction
        assert (national.requirement_level == "mandatory") == (indicator.requirement_level == "mandatory")


def test_roles(nation: Scope) -> None:
    roles = {role.id: role for role in nation.items("roles")}
    assert set(roles) == ROLES
    assert {r.id for r in roles.values() if r.administers} == {"system_admin", "security_admin", "enterprise_admin"}
    readers = ("auditor", "system_admin", "security_admin", "public", "enterprise_viewer")
    assert not any(roles[reader].signs for reader in readers)
    assert all(role.sees and role.sees_en for role in roles.values())


def test_names_are_in_both_languages(shipped: Catalog) -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    items = [*shipped.national.everything(), *shipped.city("hohhot").places, *shipped.city("hohhot").commitments]
    assert [i.id for i in items if not chinese.search(i.zh) or chinese.search(i.en)] == []
