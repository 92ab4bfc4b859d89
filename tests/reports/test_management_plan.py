"""The yearly plan fills itself from registry and register; filed, it is what manifests are measured by."""

from typing import Any

import pytest
from psycopg import Connection

from tests.reports.conftest import ASH, OFFICE, OIL, SITE, Paper, hat, moved, post
from wufei.registry.models import Site
from wufei.reports.management_plan import Beside, plan_and_actual, planned_g

PLAN = "hazardous_waste_plan"
LEAD = {"technical_lead": "person-1", "reduction_measures": "更换滤材"}


@pytest.fixture
def plan(year: Connection[Any], works: Site) -> Paper:
    """The plan of 2026."""
    return Paper(year, PLAN, site=SITE, period="2026")


def transfers(mass_g: int, stream: str = OIL) -> list[dict[str, Any]]:
    return [
        {"scope": "province", "stream": stream, "planned_g": mass_g, "operation": "R9", "consignee_kind": "licensed"}
    ]


def filed(plan: Paper, mass_g: int, stream: str = OIL, **more: Any) -> None:
    storage = list(plan.case.values["storage"]) or None
    plan.go(hat(), "submit", **(LEAD | {"transfers": transfers(mass_g, stream), "storage": storage} | more))
    plan.go(OFFICE, "file", receipt_number="WF2026-0001")


def test_it_begins_filled_from_registry_and_register(plan: Paper) -> None:
    values = plan.case.values
    assert (values["filer_org"], values["unit_class"], values["place"]) == ("org-works", "key_unit", "togtoh")
    assert [line["name"] for line in values["facilities"]] == ["焚烧炉"]
    oil, ash = values["generation"]
    assert (oil["name"], oil["planned_g"], oil["last_generated_g"]) == ("废机油", 8000, 8000)
    assert (ash["stream"], ash["planned_g"]) == (ASH, 9000)
    assert values["treatment"][0]["operation"] == "D10"
    assert values["transfers"][0]["planned_g"] == 4000
    assert {line["stream"] for line in values["storage"]} == {OIL, ASH}


def test_filed_it_is_one_look_up_and_amended_it_is_another(plan: Paper, year: Connection[Any]) -> None:
    assert planned_g(year, SITE, OIL, 2026) is None
    filed(plan, 6000)
    assert (planned_g(year, SITE, OIL, 2026), planned_g(year, SITE, OIL, 2025)) == (6000, None)
    plan.go(hat(), "amend", reason="扩产")
    assert planned_g(year, SITE, OIL, 2026) == 6000  # the filed one holds until the new one is filed
    filed(plan, 9000, ASH)
    assert (planned_g(year, SITE, OIL, 2026), planned_g(year, SITE, ASH, 2026)) == (0, 9000)
    receipts = [step.data["set"].get("receipt_number") for step in plan.case.steps if step.transition == "file"]
    assert receipts == ["WF2026-0001", "WF2026-0001"]


def test_the_receipt_is_the_authoritys(plan: Paper) -> None:
    plan.go(hat(), "submit", **(LEAD | {"transfers": transfers(1)}))
    assert plan.refused(OFFICE, "file") == ["form_field_missing receipt_number"]
    assert plan.refused(hat(), "file", receipt_number="x") == ["party_not_yours"]


def test_the_class_says_which_tables_must_be_filled(plan: Paper) -> None:
    missing = plan.refused(hat(), "submit", facilities=[], transfers=transfers(1))
    assert {"form_field_missing facilities", "form_field_missing reduction_measures"} <= set(missing)


def test_plan_and_actual_stand_beside_each_other(plan: Paper, year: Connection[Any]) -> None:
    filed(plan, 6000)
    post(year, moved(f"origin:{SITE}", f"storage:{SITE}", 70, month=1, day=2))
    assert plan_and_actual(year, SITE, 2026) == [
        Beside(ASH, 9000, 0, None, 0),
        Beside(OIL, 8000, 0, 6000, 0),
    ]
    oil = next(each for each in plan_and_actual(year, SITE, 2025) if each.stream == OIL)
    assert oil == Beside(OIL, None, 8070, None, 4000)
