"""Every rule finds what was planted and passes what is near it; the same fact is told once."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from tests.flows.conftest import ASH, DAY, OIL, found, moved, observed, post
from wufei import catalog
from wufei.app import findings
from wufei.catalog.book import default_root
from wufei.flows.findings.look import rules_on
from wufei.flows.findings.readers import readers
from wufei.registry.models import Facility, Permit, PermitScope, Storage, WasteSource
from wufei.workflow import engine

NOW = datetime(2025, 6, 10, 9, tzinfo=UTC)
TRIP = "transit:0199a000-0000-7000-8000-{:012}"


def levels(findings: Any) -> list[tuple[str, str, str]]:
    return [(f.rule.id, f.level, f.fact.site) for f in findings]


def test_every_rule_has_its_reader_and_runs_on_an_empty_city(city: Connection[Any]) -> None:
    cat = catalog.current()
    assert {rule.reader for rule in rules_on(cat, DAY)} <= readers().keys()
    raised = findings.run(city, cat, DAY, NOW)
    assert (raised.new, raised.failed) == ((), ())


def test_plan_beside_what_was_handed_over(city: Connection[Any]) -> None:
    post(
        city,
        moved("origin:site-works", "storage:site-works", 90_000),
        moved("storage:site-works", TRIP.format(1), 12_100),
    )
    assert levels(found(city, "not_in_plan")) == [("not_in_plan", "no_plan", "site-works")]
    post(city, observed("planned_hazardous_transfer", "site-works", 12_100, "2025", stream=OIL))
    post(city, observed("planned_hazardous_generation", "site-works", 90_000, "2025", stream=OIL))
    assert found(city, "not_in_plan", "plan_exceeded", "generation_beyond_plan") == []  # to the gram
    post(city, moved("storage:site-works", TRIP.format(3), 1), moved("origin:site-works", "storage:site-works", 18_001))
    exceeded, beyond = found(city, "plan_exceeded", "generation_beyond_plan")[::-1]
    assert (exceeded.level, exceeded.fact.figures["done_g"], beyond.level) == ("exceeded", 12_101, "beyond")
    assert "0.012101 吨" in exceeded.why_zh
    assert "100.0 %" in exceeded.why_en
    post(city, moved("origin:site-works", "storage:site-works", 900, stream=ASH))
    post(city, moved("storage:site-works", TRIP.format(4), 900, stream=ASH))
    assert levels(found(city, "not_in_plan")) == [("not_in_plan", "no_line", "site-works")]


def test_what_no_licence_covers(city: Connection[Any]) -> None:
    Permit.objects.filter(org_id="plant").delete()
    other = Permit.objects.create(
        org_id="plant", kind="operating_licence", number="L-1", issuer="x", valid_from=date(2020, 1, 1)
    )
    PermitScope.objects.create(permit=other, stream=OIL)
    post(
        city,
        moved("origin:site-works", "storage:site-works", 9_000),
        moved("origin:site-works", "storage:site-works", 9_000, stream=ASH),
    )
    for n, (stream, to) in enumerate(
        ((OIL, "site-plant"), (ASH, "site-plant"), (OIL, "site-works"), (OIL, "site-clinic"))
    ):
        post(
            city,
            moved("storage:site-works", TRIP.format(n), 100 + n, stream=stream),
            moved(TRIP.format(n), f"storage:{to}", 100 + n, stream=stream),
        )
    assert levels(found(city, "outside_licence")) == [
        ("outside_licence", "no_licence", "site-clinic"), ("outside_licence", "not_covered", "site-plant")
    ]  # what came back to the works is not taken in  # fmt: skip
    assert found(city, "outside_licence", on=DAY + timedelta(days=1)) == []


def test_quota_by_eighty_hundred_and_hundred_and_twenty(city: Connection[Any]) -> None:
    PermitScope.objects.filter(permit__org_id="plant", stream=OIL).update(quota_g_per_year=1_000)
    post(city, moved("origin:site-works", "storage:site-works", 9_000))
    seen = []
    for n, mass_g in enumerate((799, 1, 200, 200, 1)):
        post(
            city,
            moved("storage:site-works", TRIP.format(n), mass_g),
            moved(TRIP.format(n), "storage:site-plant", mass_g),
        )
        seen.append([f.level for f in found(city, "licence_quota_used")])
    assert seen == [[], ["near"], ["full"], ["full"], ["beyond"]]
    assert found(city, "licence_quota_used", sites=("site-works",)) == []
    assert found(city, "licence_quota_used", on=date(2024, 6, 1)) == []


def test_storage_by_limit_capacity_and_age(city: Connection[Any]) -> None:
    Storage.objects.create(site_id="site-works", name_zh="贮存点", kind="storage_point", code="p")
    Storage.objects.create(site_id="site-plant", name_zh="贮存库", kind="storehouse", code="s", capacity_g=2_000_000)
    old, edge = DAY - timedelta(days=366), DAY - timedelta(days=365)
    post(
        city,
        moved("origin:site-plant", "storage:site-plant", 700_000, on=old),
        moved("origin:site-plant", "storage:site-plant", 900_000, on=edge),
    )
    post(city, moved("origin:site-works", "storage:site-works", 3_000_000, on=DAY - timedelta(days=300)))
    aged = found(city, "stored_too_long", "stored_long_by_generator")
    assert [(f.level, f.fact.figures["age_days"]) for f in aged] == [("beyond", 366)]
    post(city, moved("storage:site-plant", "process:site-plant", 700_000))  # first in, first out
    aged = found(city, "stored_too_long", "stored_long_by_generator")
    assert [(f.level, f.fact.figures["age_days"]) for f in aged] == [("near", 365)]
    post(
        city, moved("storage:site-plant", "storage:site-plant/s", 900_000)
    )  # a move within the site makes nothing younger
    assert [f.fact.figures["age_days"] for f in found(city, "stored_too_long")] == [365]
    assert found(city, "storage_point_over", "storage_full") == []
    post(
        city,
        moved("origin:site-works", "storage:site-works", 1),
        moved("origin:site-plant", "storage:site-plant", 1_000_000),
    )
    assert levels(found(city, "storage_point_over", "storage_full")) == [
        ("storage_full", "near", "site-plant"),
        ("storage_point_over", "over", "site-works"),
    ]


def test_weights_that_differ_and_that_repeat(city: Connection[Any]) -> None:
    post(city, moved("origin:site-works", "storage:site-works", 900_000_000))
    for n, (sent, got) in enumerate(((100_000, 97_000), (100_000, 96_999), (100_000, 90_000))):
        trip = TRIP.format(n)
        post(
            city,
            moved("storage:site-works", trip, sent),
            moved(trip, "storage:site-plant", got),
            moved(trip, "unexplained:site-plant", sent - got),
        )
    assert [f.level for f in found(city, "weights_differ")] == ["untold", "large"]
    assert found(city, "weights_repeat") == []  # three of a round mass
    for n in range(10, 14):
        post(city, moved("storage:site-works", TRIP.format(n), 123_457, on=DAY - timedelta(days=n - 10)))
    (repeated,) = found(city, "weights_repeat")
    assert (repeated.level, repeated.fact.figures["same_count"], len(repeated.fact.rests_on)) == ("odd", 4, 4)
    assert found(city, "weights_repeat", on=DAY + timedelta(days=1)) == []  # told on a day on which something left


def test_treated_without_a_permit_and_beyond_capacity(city: Connection[Any]) -> None:
    post(
        city,
        moved("origin:site-works", "storage:site-works", 900_000_000),
        moved("storage:site-works", "process:site-works", 11_000_000),
    )
    assert levels(found(city, "treated_without_permit", "beyond_daily_capacity")) == [
        ("treated_without_permit", "nothing", "site-works")
    ]
    kiln = Facility.objects.create(
        site_id="site-works", name_zh="焚烧炉", kind="hazardous_disposal", capacity=10, unit="吨/日"
    )
    assert levels(found(city, "treated_without_permit", "beyond_daily_capacity")) == [
        ("treated_without_permit", "no_heading", "site-works")
    ]
    Facility.objects.filter(pk=kiln.pk).update(permit_heading="排污许可证 焚烧炉")
    assert found(city, "treated_without_permit", "beyond_daily_capacity") == []
    post(city, moved("storage:site-works", "process:site-works/kiln", 1))
    assert levels(found(city, "beyond_daily_capacity")) == [("beyond_daily_capacity", "beyond", "site-works")]
    Facility.objects.filter(pk=kiln.pk).update(unit="吨/年", capacity=3650)
    assert levels(found(city, "beyond_daily_capacity")) == [("beyond_daily_capacity", "beyond", "site-works")]
    Facility.objects.filter(pk=kiln.pk).update(unit="立方米/日")
    assert found(city, "beyond_daily_capacity") == []  # unknown is not zero


def test_papers_missing_and_silence(city: Connection[Any]) -> None:
    from wufei.registry.models import Site

    Site.objects.update(in_operation_since=date(2021, 1, 1), created_at=datetime(2021, 1, 1, tzinfo=UTC))
    for year in (2022, 2023, 2024, 2025):
        post(city, moved("origin:site-works", "storage:site-works", 5_000_000, on=date(year, 3, 20)))
    missing = found(city, "declaration_missing", "plan_missing")
    assert [(f.rule.id, f.fact.about) for f in missing] == [
        ("declaration_missing", "yearly_declaration/2024"), ("plan_missing", "management_plan/2025")
    ]  # five tonnes a year: a registered unit declares by the year  # fmt: skip
    assert "2024" in missing[0].why_zh
    assert missing[0].level == "long"
    post(city, observed("hazardous_waste_declared", "site-works", 1, "2024"))
    post(city, observed("planned_hazardous_generation", "site-works", 1, "2025", stream=OIL))
    assert found(city, "declaration_missing", "plan_missing") == []
    WasteSource.objects.create(site_id="site-works", stream=OIL, name_zh="废油", expected_g_per_year=20_000_000)
    WasteSource.objects.create(site_id="site-clinic", stream=OIL, name_zh="废油", expected_g_per_year=1_000_000)
    silent = {day: levels(found(city, "no_activity", on=day)) for day in (date(2025, 6, 29), date(2025, 6, 30))}
    assert silent[date(2025, 6, 29)] == [("no_activity", "half_year", "site-clinic")]
    assert silent[date(2025, 6, 30)] == [
        ("no_activity", "half_year", "site-clinic"),
        ("no_activity", "quarter", "site-works"),
    ]


def test_expected_generation_by_peers(city: Connection[Any]) -> None:
    from wufei.registry.models import Organisation, Site

    for n in range(14):
        Organisation.objects.create(
            id=f"peer-{n}", name_zh=f"同行{n}", kind="enterprise", place="togtoh", industry="2614"
        )
        Site.objects.create(
            id=f"site-peer-{n}",
            org_id=f"peer-{n}",
            name_zh=f"同行{n}厂区",
            place="togtoh",
            in_operation_since=date(2020, 1, 1),
        )
        city.execute("INSERT INTO journal.place VALUES (%s) ON CONFLICT DO NOTHING", (f"site-peer-{n}",))
        output = 1_000 * (n + 1)
        post(city, observed("site_output_value", f"site-peer-{n}", output, "2024", "万元"))
        share = {12: 0.1, 13: 0}.get(n, 0.9 + 0.02 * (n % 7))
        if share:
            post(
                city,
                moved(
                    f"origin:site-peer-{n}", f"storage:site-peer-{n}", int(output * 1_000 * share), on=date(2024, 7, 1)
                ),
            )
    below = found(city, "below_peers")
    assert [(f.level, f.fact.site) for f in below] == [("far_below", "site-peer-12"), ("nothing", "site-peer-13")]
    assert "化学原料" in below[0].why_zh
    assert "产值" in below[0].why_zh
    assert "output" in below[0].why_en
    assert below[0].fact.figures["peers_count"] == 13
    assert found(city, "below_peers", on=date(2024, 6, 1)) == []  # too few peers known for the year before


def test_a_fact_is_told_once_and_again_when_it_is_graver(city: Connection[Any]) -> None:
    cat = catalog.current()
    PermitScope.objects.filter(permit__org_id="plant", stream=OIL).update(quota_g_per_year=1_000)
    post(
        city,
        moved("origin:site-works", "storage:site-works", 9_000),
        moved("storage:site-works", TRIP.format(1), 850),
        moved(TRIP.format(1), "storage:site-plant", 850),
    )
    now = datetime.now(UTC)
    first = findings.run(city, cat, DAY, now, names=("licence_quota_used",))
    again = findings.run(city, cat, DAY, now, names=("licence_quota_used",))
    assert (len(first.new), len(again.findings), again.new) == (1, 1, ())
    post(city, moved("storage:site-works", TRIP.format(2), 350), moved(TRIP.format(2), "storage:site-plant", 350))
    assert len(findings.run(city, cat, DAY, now, names=("licence_quota_used",)).new) == 1
    case = engine.read(city, first.new[0])
    assert (case.state, case.values["severity"], case.values["org"]) == ("raised", "notice", "plant")
    due = city.execute("SELECT due_at, holder FROM journal.desk WHERE case_id = %s", (case.id,)).fetchone()
    assert due == (datetime.fromisoformat(case.values["explain_by"]), "plant")
    parties = {p for (p,) in city.execute("SELECT party FROM journal.case_party WHERE case_id = %s", (case.id,))}
    assert {"plant", "site-plant"} <= parties
    assert "works" not in parties


def test_only_sites_that_were_touched_are_looked_at(city: Connection[Any]) -> None:
    latest, _all = findings.touched(city, 0)
    post(
        city, moved("origin:site-works", "storage:site-works", 9_000), moved("storage:site-works", TRIP.format(1), 850)
    )
    newer, sites = findings.touched(city, latest)
    assert (newer > latest, sites, findings.touched(city, newer)[1]) == (True, ("site-works",), ())


DRILL = """
id: half_of_the_scale
zh: 许可规模用去一半
en: Half of a licence used
valid_from: 2022-01-01
valid_to: null
cites: [{source: wufei_design, clause: 新增规则演练}]
checked_on: 2026-11-24
reader: licence_quota
levels: [{id: half, severity: notice, when: [{figure: share_percent, op: at_least, value: 50, unit: '%'}]}]
told: year
explain_within: {value: 10, unit: days}
tells: [city_office]
confidence: high
why_zh: “{org}”的 {streams} 已用 {share_percent}。
why_en: “{org}” used {share_percent} for {streams}.
todo_zh: 请留意。
todo_en: Keep an eye on it.
examples:
  - {figures: {share_percent: 49}, finds: null}
  - {figures: {share_percent: 50}, finds: EXPECTED}
"""


def test_a_new_rule_is_one_file(city: Connection[Any], catalogue: catalog.Catalog, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(default_root(), root)
    file = root / "national/rules/half_of_the_scale.yaml"
    file.write_text(DRILL.replace("EXPECTED", "null"), encoding="utf-8")
    with pytest.raises(catalog.CatalogBroken) as caught:  # its examples are its tests
        catalog.load(root)
    assert [error.code for error in caught.value.errors] == ["rule_example_fails"]
    file.write_text(DRILL.replace("EXPECTED", "half"), encoding="utf-8")
    catalog.install(catalog.load(root))
    try:
        PermitScope.objects.filter(permit__org_id="plant", stream=OIL).update(quota_g_per_year=1_000)
        post(city, moved("origin:site-works", "storage:site-works", 9_000))
        post(city, moved("storage:site-works", TRIP.format(1), 600), moved(TRIP.format(1), "storage:site-plant", 600))
        (half,) = findings.run(city, catalog.current(), DAY, NOW).findings[:1]
        assert "大青山再生油公司" in half.why_zh
        assert "60.0 %" in half.why_zh
    finally:
        catalog.install(catalogue)
