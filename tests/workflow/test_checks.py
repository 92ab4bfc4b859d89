"""Each check over plain values: a case that trips it and one that passes, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.workflow.world import OIL
from wufei import catalog
from wufei.journal.records import Evidence
from wufei.registry.blank_number import blank_number
from wufei.terms import Period
from wufei.workflow.cases import Move
from wufei.workflow.checks import CHECKS
from wufei.workflow.facts import Blank, Container, Contract, Facts, Org, Permit, Scope, Site, Tolerance, Vehicle, Waste
from wufei.workflow.rules import Signer

DAY = date(2025, 6, 2)
EVER, ENDED = date(2020, 1, 1), date(2025, 5, 31)
SOUND, GONE = {"valid": True, "exempted": True}, {"valid": False, "exempted": False}
TICKET = (Evidence("ticket", "磅单", "0" * 64),)
ORGS = {name: Org(name, None, None) for name in ("works", "haulier", "plant")}
SITES = {
    "site-works": Site("厂区", "works", "togtoh", None, None),
    "site-plant": Site("厂区", "plant", "togtoh", None, 10_000),
}
VEHICLES = {
    "v": Vehicle("蒙A1", "haulier", 5_000, "", None, None),
    "other": Vehicle("蒙A2", "plant", None, "", None, None),
}
LICENCE = Permit("plant", None, "operating_licence", "L", EVER, None, (Scope("HW08", ("R9",), 100_000),))
CARRYING = Permit("haulier", None, "dangerous_goods_transport", "C", EVER, None, ())
TOLERANCES = (
    Tolerance(None, None, 30_000), Tolerance(None, "class_iiii", 50_000), Tolerance("HW08", "meter", 10_000),
)  # fmt: skip
OTHER = Permit("plant", None, "operating_licence", "L", EVER, None, (Scope("HW09", (), None),))
APART = {"site-works": "15", "site-plant": "13"}
KNOWN = Facts(
    day=DAY, known=True, orgs=ORGS, sites=SITES, vehicles=VEHICLES, permits=(LICENCE, CARRYING),
    wastes={OIL: Waste("废油", ended_on=None, line=(OIL, "HW08"), **SOUND)}, planned_g={("site-works", OIL): 9_000},
    tolerances=TOLERANCES, contracts=(Contract("plant", "works", ("HW08",), EVER, DAY),),
    transit_g={OIL: 1_000},
)  # fmt: skip
FORM: dict[str, Any] = {
    "transport": "road", "consignor_org": "works", "consignor_storage": "site-works", "consignee_org": "plant",
    "consignee_site": "site-plant", "leg": "0", "next_leg": "1", "national_number": "20251501000001",
    "legs": [{"carrier_org": "haulier", "vehicle": "v"}, {"carrier_org": "haulier", "vehicle": "v"}],
    "wastes": [{"stream": OIL, "planned_g": 1_000, "dispatched_g": 1_000, "accepted_g": 1_000, "opinion": "accepted",
                "difference": "none", "operation": "R9"}],
}  # fmt: skip


def found(
    rule: str, known: Facts = KNOWN, *, reason: str = "", told: tuple[Evidence, ...] = (), **changes: Any
) -> list[str]:
    at = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    move = Move("submit", {}, 0, at, "person-1", Signer("works", "enterprise_handler"), reason=reason, evidence=told)
    return [finding.code for finding in CHECKS[rule](FORM | changes, known, move)]


def waste(**more: Any) -> list[dict[str, Any]]:
    return [FORM["wastes"][0] | more]


def facts(**more: Any) -> Facts:
    from dataclasses import replace

    return replace(KNOWN, **more)


def blank(org: str, entered_as: str, *, ended: bool, **more: Any) -> Facts:
    return facts(blank=Blank(org, entered_as, here=False, ended=ended), **more)


def agreed(partner: str, streams: tuple[str, ...], until: date | None = None) -> Facts:
    return facts(contracts=(Contract("works", partner, streams, EVER, until),))


@pytest.mark.parametrize("rule", sorted(CHECKS))
def test_a_sound_form_passes_every_check(rule: str) -> None:
    assert found(rule) == []


@pytest.mark.parametrize(
    "rule",
    sorted(set(CHECKS) - {"number_given", "next_leg", "opinions_fit", "all_accepted", "within_filed"}),
)
def test_what_nobody_knows_is_not_held_against_a_step(rule: str) -> None:
    assert found(rule, Facts()) == []


OVER = Permit("works", None, "interprovincial_approval", "A", EVER, None, (), date(2020, 12, 31))
AT_WORKS = {"stream": OIL, "site": "site-works"}
DRUMS = {
    name: Container(name, stream, "works", site, 500)
    for name, stream, site in (
        ("a", OIL, "site-works"), ("b", OIL, "site-plant"), ("c", OIL, "site-works"), ("d", "900-214-08", "site-works"),
    )
}  # fmt: skip
NUMBER = blank_number(2026, "7K3QX", 1)
CLOSED = ORGS | {"plant": Org("plant", date(2025, 6, 1), None)}
MERGED = ORGS | {"haulier": Org("haulier", None, "plant")}
TRIPPED: list[tuple[str, list[str], Facts, dict[str, Any]]] = [
    ("parties_open", ["party_not_registered"], KNOWN, {"consignee_org": "nobody", "consignee_site": None}),
    ("parties_open", ["party_closed"], facts(orgs=CLOSED), {}),
    ("parties_open", ["party_merged", "party_merged"], facts(orgs=MERGED), {}),
    ("parties_open", ["site_of_another"], KNOWN, {"consignee_site": "site-works"}),
    ("parties_open", ["party_not_registered"], KNOWN, {"consignor_storage": "site-nowhere"}),
    ("consignee_open", ["party_closed"], facts(orgs=CLOSED), {}),
    ("carriers_open", ["party_merged"], facts(orgs=MERGED), {}),
    ("waste_codes", ["waste_code_unknown"], facts(wastes={OIL: Waste("x", ended_on=None, line=(OIL,), **GONE)}), {}),
    ("waste_codes", ["waste_code_retired"], facts(wastes={OIL: Waste("x", ended_on=EVER, line=(OIL,), **GONE)}), {}),
    ("national_number", ["national_number_wrong"], KNOWN, {"national_number": "2025150100000"}),
    ("national_number", ["national_number_wrong"], KNOWN, {"national_number": "２0251501000001"}),
    ("national_number", ["national_number_wrong"], KNOWN, {"national_number": "20991501000001"}),
    ("national_number", ["national_number_taken"], facts(number_of="manifest:x"), {}),
    ("number_given", ["national_number_missing"], KNOWN, {"national_number": None}),
    ("licence_covers", ["licence_missing"], facts(permits=()), {}),
    ("licence_covers", ["licence_scope"], facts(permits=(OTHER,)), {}),
    ("licence_covers", ["licence_operation"], KNOWN, {"wastes": waste(operation="D10")}),
    ("licence_quota", ["licence_quota_near"], facts(taken_g={("site-plant", OIL): 79_000}), {}),
    ("licence_quota", ["licence_quota_reached"], facts(taken_g={("site-plant", OIL): 100_000}), {}),
    ("licence_quota", ["licence_quota_beyond"], facts(taken_g={("site-plant", OIL): 120_000}), {}),
    ("storage_room", ["storage_full"], facts(held_g={("site-plant", OIL): 9_001}), {}),
    ("carrier_permit", ["carrier_permit_missing"], facts(permits=(LICENCE,)), {}),
    ("vehicle_fits", ["vehicle_of_another"], KNOWN, {"legs": [{"carrier_org": "haulier", "vehicle": "other"}]}),
    ("vehicle_fits", ["party_not_registered"], KNOWN, {"legs": [{"carrier_org": "haulier", "vehicle": "none"}]}),
    ("vehicle_load", ["vehicle_overloaded"], KNOWN, {"wastes": waste(accepted_g=None, dispatched_g=5_001)}),
    ("plan_covers", ["plan_not_filed"], facts(planned_g={}), {}),
    ("plan_covers", ["plan_exceeded"], facts(handed_g={OIL: 8_001}), {}),
    ("contract_in_force", ["contract_missing"], facts(contracts=()), {}),
    ("contract_in_force", ["contract_missing"], agreed("plant", ("HW09",)), {}),
    ("contract_in_force", ["contract_missing"], agreed("plant", (), ENDED), {}),
    ("contract_in_force", ["contract_missing"], agreed("other", ()), {}),
    ("interprovincial", ["interprovincial_approval_missing"], KNOWN, {"reach": "other_province"}),
    ("interprovincial", ["interprovincial_approval_missing"], facts(divisions=APART), {}),
    ("weights_agree", ["weight_differs"], KNOWN, {"wastes": waste(accepted_g=969)}),
    ("weights_agree", ["weight_differs"], KNOWN, {"wastes": waste(accepted_g=989, scale="meter")}),
    ("opinions_fit", ["opinion_contradicts"], KNOWN, {"wastes": waste(accepted_g=0)}),
    ("opinions_fit", ["opinion_contradicts"], KNOWN, {"wastes": waste(opinion="refused")}),
    ("all_accepted", ["not_all_accepted"], KNOWN, {"wastes": waste(opinion="partly")}),
    ("next_leg", ["leg_unknown"], KNOWN, {"next_leg": "2"}),
    ("next_leg", ["leg_behind"], KNOWN, {"next_leg": "0"}),
    ("within_filed", ["dispatched_more"], KNOWN, {"wastes": waste(dispatched_g=1_001)}),
    ("scores_within", ["score_outside"], KNOWN, {"items": [{"name": "标志", "score": "9", "most": "8"}]}),
    ("scores_within", ["score_unexplained"], KNOWN, {"items": [{"name": "标志", "score": "7", "most": "8"}]}),
    ("all_scored", ["score_missing"], KNOWN, {"items": [{"name": "标志", "most": "8"}]}),
    ("interprovincial", ["interprovincial_approval_over"], facts(permits=(OVER,)), {"reach": "other_province"}),
    ("approval_fits", ["approval_too_long"], KNOWN, {"approved_from": "2025-04-01", "approved_to": "2026-04-01"}),
    ("approval_fits", ["approval_too_long"], KNOWN,
     {"approved_from": "2025-04-01", "approved_to": "2026-03-31", "wanted_to": "2025-12-31"}),
    ("container_fits", ["container_unknown"], KNOWN, {"lot": "a", "into": "z"}),
    ("container_fits", ["container_into_itself"], facts(containers=DRUMS), {"lot": "a", "into": "a", **AT_WORKS}),
    ("container_fits", ["container_elsewhere"], facts(containers=DRUMS), {"lot": "a", "into": "b", **AT_WORKS}),
    ("container_fits", ["container_holds_less"], facts(containers=DRUMS),
     {"lot": "a", "into": "c", "part_g": 501, **AT_WORKS}),
    ("containers_fit", ["container_elsewhere"], facts(containers=DRUMS), {"wastes": waste(lot="b")}),
    ("containers_fit", ["container_other_waste"], facts(containers=DRUMS), {"wastes": waste(lot="d")}),
    ("paper_blank", ["blank_torn"], KNOWN, {"paper_number": "WF26-7K3QX-0001-7"}),
    ("paper_blank", ["blank_not_yours"], KNOWN, {"paper_number": NUMBER}),
    ("paper_blank", ["blank_not_yours"], blank("plant", "", ended=False), {"paper_number": NUMBER}),
    ("paper_blank", ["blank_used"], blank("works", "manifest:x", ended=True), {"paper_number": NUMBER}),
    ("paper_blank", ["blank_spoiled"], blank("works", "", ended=True), {"paper_number": NUMBER}),
    ("paper_blank", ["blank_late"], blank("works", "", ended=False, begins=False),
     {"paper_number": NUMBER}),
    ("containers_fit", ["container_twice"], facts(containers=DRUMS), {"wastes": waste(lot="a") * 2}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "codes", "known", "changes"), TRIPPED)
def test_what_a_check_finds(rule: str, codes: list[str], known: Facts, changes: dict[str, Any]) -> None:
    assert found(rule, known, **changes) == codes


def test_every_check_has_a_case_that_trips_it() -> None:
    assert {rule for rule, *_rest in TRIPPED} == set(CHECKS)


def test_what_lets_a_check_pass() -> None:
    less = waste(accepted_g=960, difference="quantity")
    assert found("weights_agree", wastes=waste(accepted_g=960, scale="class_iiii")) == []
    assert found("weights_agree", wastes=less, reason="滴漏") == ["weight_differs"]
    assert found("weights_agree", wastes=less, reason="滴漏", told=TICKET) == []
    assert found("carrier_permit", facts(permits=()), exemption="8") == []
    assert found("carrier_permit", facts(permits=()), transport="rail") == []
    own = VEHICLES | {"v": Vehicle("蒙A1", "haulier", None, "T", date(2025, 6, 2), None)}
    assert found("carrier_permit", facts(permits=(), vehicles=own)) == []
    approval = Permit("works", None, "interprovincial_approval", "A", EVER, DAY, ())
    assert found("interprovincial", facts(permits=(approval,)), reach="other_province") == []


def test_a_permit_that_ended_holds_no_more() -> None:
    ended = Permit("plant", None, "operating_licence", "L", EVER, date(2025, 6, 1), ())
    assert found("licence_covers", facts(permits=(ended,))) == ["licence_missing"]
    elsewhere = Permit("plant", "site-else", "operating_licence", "L", EVER, None, ())
    assert found("licence_covers", facts(permits=(elsewhere,))) == ["licence_missing"]


def test_each_declared_check_has_its_function_and_is_used(catalogue: catalog.Catalog) -> None:
    assert {check.id for check in catalogue.national.items("case_checks")} == set(CHECKS)
    flows = catalogue.national.items("workflows")
    assert {use.rule for flow in flows for step in flow.transitions for use in step.checks} == set(CHECKS)


def test_years_alone_close_a_declaration() -> None:
    from wufei.workflow.facts import _declared

    told = [{"site": "s", "period": "2024"}, {"site": "s", "period": "2025-03"}]
    assert _declared(told) == {"s": (Period.parse("2024"),)}
