"""Each check of the plan has a case that trips it and one that passes."""

from __future__ import annotations

import re

from tests.catalog.conftest import Drawing, cite
from wufei.catalog import Catalog, Finding


def codes(drawing: Drawing) -> list[str]:
    return [finding.code for finding in findings(drawing)]


def findings(drawing: Drawing) -> tuple[Finding, ...]:
    return drawing.load().city("demo").findings


def test_a_sound_plan_has_no_findings(drawing: Drawing) -> None:
    assert codes(drawing) == []


def test_investment_sum(drawing: Drawing) -> None:
    target = {"year": 2025, "op": "at_least", "value": 2}
    drawing.indicator(unit="亿元", direction="higher", target=target, printed={})
    drawing.project("project_1", 1, 15000.5)
    found = findings(drawing)
    assert [f.code for f in found] == ["investment_sum_differs"]
    assert found[0].figures == {"listed": "15,000.5 万元 = 1.50005 亿元", "target": "2 亿元", "gap": "0.49995 亿元"}
    assert "sums to CNY 150.005 million; indicator 1 aims at CNY 200 million: CNY 49.995 million apart" in found[0].en
    drawing.project("project_2", 2, 4999.5)
    assert codes(drawing) == []


def test_an_english_finding_names_no_chinese_unit(catalogue: Catalog) -> None:
    found = [finding.en for city in catalogue.cities.values() for finding in city.findings]
    assert not [text for text in found if re.search(r"\d [\u4e00-\u9fff]", text)]


def test_task_order(drawing: Drawing) -> None:
    late = [{"year": 2025, "due": "2025-12-31", "text": "完成"}]
    drawing.task("industry_1", 1, 4, milestones=late)
    drawing.task("industry_2", 2, 5, depends_on=[{"task": "industry_1", "zh": "先", "en": "first"}])
    assert codes(drawing) == ["task_order_conflict"]
    drawing.task("industry_2", 2, 5, milestones=late, depends_on=[{"task": "industry_1", "zh": "先", "en": "first"}])
    assert codes(drawing) == []


def test_nobody_leads_nobody_answers(drawing: Drawing) -> None:
    drawing.task("industry_1", 1, 4, lead=[])
    drawing.indicator(responsible_orgs=[])
    assert codes(drawing) == ["indicator_without_org", "task_without_lead"]


def test_lead_of_measure_and_task(drawing: Drawing) -> None:
    measure = {
        "cites": cite(3),
        "section_no": 1,
        "section": "一",
        "no": 1,
        "responsible_orgs": [],
        "tasks": ["industry_1"],
    }
    drawing.task("industry_1", 1, 4)
    drawing.write("measures", "measure_1_1", lead_orgs=["bureau_b"], **measure)
    assert [(f.code, f.severity) for f in findings(drawing)] == [("lead_differs", "note")]
    conflict = {"category": "conflict", "reason_zh": "不一", "reason_en": "differ", "confidence": "sure"}
    target = {"kind": "tasks", "id": "industry_1"}
    drawing.write("corrections", "leads", target=target, expect=[{"line": 4, "contains": "任务一"}], **conflict)
    assert [(f.code, f.severity) for f in findings(drawing)] == [("lead_differs", "warning")]
    drawing.write("orgs", "both", kind="group", members=["bureau_a", "bureau_b"])
    drawing.write("measures", "measure_1_1", lead_orgs=["both"], **measure)
    assert codes(drawing) == []


def test_promises_without_a_row(drawing: Drawing) -> None:
    drawing.write("commitments", "plant", cites=cite(3), kind="facility", printed={"text": "建厂"})
    drawing.write("commitments", "platform", cites=cite(3), kind="system", printed={"text": "建厂"})
    drawing.write("systems", "c01", where="三", users="全市")
    assert codes(drawing) == ["facility_without_project", "system_without_owner", "system_without_owner"]
    drawing.project("project_1", 1, 1)
    drawing.write("commitments", "plant", cites=cite(3), kind="facility", project="project_1")
    drawing.write("commitments", "platform", cites=cite(3), kind="system", project="project_1")
    drawing.write("systems", "c01", where="三", users="全市", indicators=["strength"])
    assert codes(drawing) == []


def test_text_and_table_disagree(drawing: Drawing) -> None:
    promise = {
        "cites": cite(3),
        "kind": "quantity",
        "indicator": "strength",
        "unit": "吨/万元",
        "printed": {"text": "45"},
    }
    drawing.write("commitments", "number", value=45, **promise)
    assert codes(drawing) == ["commitment_differs_from_indicator"]
    drawing.write("commitments", "number", value=1.82, **promise)
    assert codes(drawing) == []


def test_money_in_doubt(drawing: Drawing) -> None:
    doubt = {
        "category": "project",
        "reason_zh": "小数点",
        "reason_en": "point",
        "expect": [{"line": 3, "contains": "45"}],
        "target": {"kind": "projects", "id": "project_1", "field": "investment"},
    }
    drawing.project("project_1", 1, 30)
    drawing.project("project_2", 2, 10)
    drawing.write("corrections", "doubt", confidence="unknown", **doubt)
    found = findings(drawing)
    assert [f.code for f in found] == ["money_in_doubt"]
    assert found[0].figures == {"share": "75.0 %"}
    drawing.write("corrections", "doubt", confidence="sure", **doubt)
    assert codes(drawing) == []


def test_unsure_corrections_never_reach_the_reading(drawing: Drawing) -> None:
    fields = {
        "category": "typing",
        "printed": "强度★",
        "reading": "产生强度",
        "reason_zh": "误",
        "reason_en": "slip",
        "target": {"kind": "indicators", "id": "strength", "field": "name"},
        "expect": [{"line": 2, "contains": "强度★"}],
    }
    for confidence, expected in (("likely", "强度★"), ("unknown", "强度★"), ("sure", "产生强度")):
        drawing.write("corrections", "star", confidence=confidence, **fields)
        scope = drawing.load().city("demo")
        assert scope.indicators[0].reading["name"] == expected
        assert scope.indicators[0].printed["name"] == "强度★"
        assert [c.id for c in scope.corrections_of("indicators", "strength")] == ["star"]


def test_what_an_organisation_owes_counts_its_groups(drawing: Drawing) -> None:
    drawing.write("orgs", "inner", kind="group", members=["bureau_b"])
    drawing.write("orgs", "outer", kind="group", members=["inner"])
    drawing.indicator(responsible_orgs=["outer"], data_provider_orgs=["bureau_a"])
    drawing.task("industry_1", 1, 4, responsible=[{"orgs": ["bureau_b"], "duty": "配合"}])
    scope = drawing.load().city("demo")
    owed = scope.owed("bureau_b")
    assert scope.org_groups("bureau_b") == ("inner", "outer")
    assert ([i.id for i in owed.indicators], [t.id for t in owed.tasks_supported]) == (["strength"], ["industry_1"])
    assert [i.id for i in scope.owed("bureau_a").provides] == ["strength"]
    assert owed.count == 2
