"""The plan's tasks, measures, projects, organisations, systems and corrections against the printed plan.

The numbers are an oracle: counted over the plan's text by hand and by another script, not by the code under test.
"""

import re
from collections import Counter
from decimal import Decimal

import pytest

from wufei.catalog import Catalog, Scope, SourceText

SECTION_COUNTS = {
    "institution": 2,
    "industry": 25,
    "agriculture": 10,
    "household": 8,
    "construction": 5,
    "hazardous": 9,
}
MEASURE_COUNTS = {1: 2, 2: 5, 3: 5, 4: 6, 5: 6, 6: 3, 7: 5}
NOBODY_SHARES = [
    *(f"industry_{no}" for no in (4, 10, 11, 13, 17, 18, 19, 21, 22, 23)),
    *(f"agriculture_{no}" for no in (5, 7, 10)),
    "household_3",
    *(f"construction_{no}" for no in (1, 2, 3, 5)),
    "hazardous_8",
]
DUTIES_WITHOUT_WORDS = {"agriculture_2", "agriculture_3", "agriculture_4", "agriculture_6"}
STAGED = re.compile(r"(?:\d{4}年、)*\d{4}年")
MISPRINTS = (
    *("市委改革委员会", "市自然资源源局", "市城市管理局综合执法局", "市农业农村局", "清水县", "呼市浩特", "系固煤"),
    *("统推区", "产业集带", "热源人呼", "如气渣", "快速包装", "快递包裹", "管理辦法", "方案的〉", "建设建设局"),
    *("生产生产", "$", "**"),
)


@pytest.fixture
def hohhot(catalogue: Catalog) -> Scope:
    return catalogue.city("hohhot")


@pytest.fixture
def plan(catalogue: Catalog) -> SourceText:
    return catalogue.source_text("hohhot_plan")


def test_59_tasks_numbered_without_gaps_in_each_section(hohhot: Scope) -> None:
    assert Counter(task.section for task in hohhot.tasks) == SECTION_COUNTS
    for section, count in SECTION_COUNTS.items():
        assert [t.no for t in hohhot.tasks if t.section == section] == list(range(1, count + 1))


def test_19_tasks_have_no_responsible_org_and_one_has_no_lead(hohhot: Scope) -> None:
    assert [t.id for t in hohhot.tasks if not t.responsible] == NOBODY_SHARES
    assert [t.id for t in hohhot.tasks if not t.lead] == ["industry_9"]


def test_a_dash_is_printed_exactly_where_nobody_is_named(hohhot: Scope) -> None:
    for task in hohhot.tasks:
        assert bool(task.lead) == (task.printed["lead"] != "—"), task.id
        assert bool(task.responsible) == (task.printed["responsible"] != "—"), task.id
        assert all(duty.orgs for duty in task.responsible), task.id


def test_each_duty_is_the_reading_of_its_clause(hohhot: Scope) -> None:
    wordless = set()
    for task in hohhot.tasks:
        assert all(lead.duty and lead.duty in task.reading["lead"] for lead in task.lead), task.id
        assert all(duty.duty in task.reading["responsible"] for duty in task.responsible), task.id
        wordless |= {task.id for duty in task.responsible if not duty.duty}
    assert wordless == DUTIES_WITHOUT_WORDS


def test_29_tasks_are_staged_19_continue_7_end_in_2025_and_4_in_2023(hohhot: Scope) -> None:
    kinds = Counter(
        (task.schedule_kind, task.milestones[-1].year if task.schedule_kind == "complete_by" else None)
        for task in hohhot.tasks
    )
    assert kinds == {
        ("staged", None): 29,
        ("continuing", None): 19,
        ("complete_by", 2025): 7,
        ("complete_by", 2023): 4,
    }


def test_milestones_fall_on_the_last_day_of_each_printed_year(hohhot: Scope) -> None:
    for task in hohhot.tasks:
        years = [
            int(year) for group in STAGED.findall(task.reading["schedule"]) for year in re.findall(r"\d{4}", group)
        ]
        expected = [2023, 2024, 2025] if task.schedule_kind == "continuing" else years
        assert [m.year for m in task.milestones] == expected, task.id
        for milestone in task.milestones:
            assert milestone.due.isoformat() == f"{milestone.year}-12-31"
            assert milestone.text in task.reading["schedule"], task.id


def test_the_printed_cells_are_the_whole_row(hohhot: Scope, plan: SourceText) -> None:
    for item in (*hohhot.tasks, *hohhot.projects):
        (cite,) = item.cites
        assert [str(item.no), *item.printed.values()] == plan.line(cite.line).split("\t"), item.id


def test_32_measures_numbered_without_gaps(hohhot: Scope) -> None:
    assert Counter(m.section_no for m in hohhot.measures) == MEASURE_COUNTS
    for section, count in MEASURE_COUNTS.items():
        assert [m.no for m in hohhot.measures if m.section_no == section] == list(range(1, count + 1))


def test_the_parts_of_a_measure_are_the_whole_paragraph(hohhot: Scope, plan: SourceText) -> None:
    for measure in hohhot.measures:
        (cite,) = measure.cites
        title, *rest = measure.printed.values()
        assert f"{measure.no}. {title}。{''.join(rest)}" == plan.joined(cite.lines()), measure.id
        assert bool(measure.responsible_orgs) == ("责任单位：" in measure.reading.get("responsible", "")), measure.id
        assert measure.reading["lead"].startswith("（牵头单位："), measure.id


def test_tasks_and_measures_link_both_ways(hohhot: Scope) -> None:
    for measure in hohhot.measures:
        assert measure.tasks
        assert list(measure.tasks) == [t.id for t in hohhot.tasks if t.measure == measure.id]
    assert all(task.measure for task in hohhot.tasks)


def test_24_projects_sum_to_196_95817_hundred_million(hohhot: Scope) -> None:
    assert [p.no for p in hohhot.projects] == list(range(1, 25))
    assert {p.investment.unit for p in hohhot.projects} == {"万元"}
    total = sum(p.investment.value for p in hohhot.projects)
    assert total == Decimal("1969581.7")
    assert total / 10000 == Decimal("196.95817")
    assert all(p.printed["investment"] == f"{p.investment.value:f}" for p in hohhot.projects)


def test_investment_by_deadline(hohhot: Scope) -> None:
    found = {
        year: (
            len(due := [p for p in hohhot.projects if p.deadline_year == year]),
            sum(p.investment.value for p in due),
        )
        for year in (2023, 2024, 2025)
    }
    assert found == {2023: (12, 189903), 2024: (4, 90000), 2025: (8, Decimal("1689678.7"))}


def test_capacities_and_places_are_printed_in_the_project_row(hohhot: Scope) -> None:
    for project in hohhot.projects:
        for part in (*project.capacities, *project.places):
            assert any(part.printed in cell for cell in project.printed.values()), (project.id, part.printed)


def test_every_alias_stands_on_its_lines(hohhot: Scope, plan: SourceText) -> None:
    for org in hohhot.orgs:
        for alias in org.aliases:
            on_lines = all(alias.zh in plan.line(line) for line in alias.lines)
            across = alias.zh in "".join(plan.line(line).strip() for line in alias.lines)
            assert alias.lines, (org.id, alias.zh)
            assert on_lines or across, (org.id, alias.zh)


def test_a_misprinted_alias_names_its_correction(hohhot: Scope) -> None:
    misprints = {alias.zh for org in hohhot.orgs for alias in org.aliases if alias.correction}
    assert {"市委改革委员会", "市农业农村局", "市城市管理局综合执法局", "市自然资源源局", "清水县人民政府"} <= misprints
    for org in hohhot.orgs:
        for alias in org.aliases:
            if alias.correction:
                correction = hohhot.get("corrections", alias.correction)
                assert correction.printed in alias.zh or alias.zh in correction.printed, alias.zh


def test_yuquan_is_never_named_yet_held_by_the_group_of_nine(hohhot: Scope, plan: SourceText) -> None:
    assert plan.search("玉泉") == []
    assert hohhot.get("orgs", "yuquan_government").aliases == ()
    assert len(hohhot.get("orgs", "all_county_governments").members) == 9
    assert hohhot.owed("yuquan_government").count > 0


def test_a_printed_org_list_names_every_org_of_its_row(hohhot: Scope) -> None:
    """Each lead, responsible and owner org is printed, under one of its names, in the cell it was read from."""
    for task in hohhot.tasks:
        for cell, orgs in (
            ("lead", [lead.org for lead in task.lead]),
            ("responsible", [org for duty in task.responsible for org in duty.orgs]),
        ):
            for org in orgs:
                if "各项目所在旗县区" not in task.printed[cell]:
                    assert named(hohhot, org, task.printed[cell]), (task.id, org)
    for measure in hohhot.measures:
        assert all(named(hohhot, org, measure.printed["lead"]) for org in measure.lead_orgs), measure.id
        for org in measure.responsible_orgs:
            assert named(hohhot, org, measure.printed["responsible"]), (measure.id, org)
    for project in hohhot.projects:
        assert all(named(hohhot, org, project.printed["orgs"]) for org in project.orgs), project.id


def named(hohhot: Scope, org: str, text: str) -> bool:
    """One of the org's printed names stands in ``text``."""
    return any(alias.zh in text for alias in hohhot.get("orgs", org).aliases)


def test_31_systems_and_only_the_flow_diagrams_have_no_owner(hohhot: Scope) -> None:
    assert [s.id for s in hohhot.systems] == [f"c{no:02d}" for no in range(1, 32)]
    assert [s.id for s in hohhot.systems if not (s.indicators or s.tasks or s.projects or s.measures)] == ["c06"]


def test_sure_corrections_leave_no_misprint_in_the_readings(hohhot: Scope) -> None:
    for item in (*hohhot.tasks, *hohhot.measures, *hohhot.projects):
        for field, text in item.reading.items():
            assert [m for m in MISPRINTS if m in text] == [], (item.id, field)


def test_every_applied_correction_changes_the_fields_it_targets(hohhot: Scope) -> None:
    for correction in hohhot.corrections:
        if correction.confidence != "sure" or not correction.printed or correction.reading is None:
            continue
        for target in correction.every_target:
            if target.field is not None and target.kind in {"tasks", "measures", "projects"}:
                item = hohhot.get(target.kind, target.id)
                assert correction.printed in item.printed[target.field], correction.id
                assert correction.reading in item.reading[target.field], correction.id


def test_likely_and_unknown_readings_are_never_applied(hohhot: Scope) -> None:
    assert "负责引入呼工作" in hohhot.get("tasks", "industry_3").reading["responsible"]
    assert "大唐铝业" in hohhot.get("tasks", "hazardous_1").reading["content"]
    assert hohhot.get("projects", "project_6").investment.value == 1262700
    assert hohhot.get("corrections", "project_6_investment").confidence == "unknown"


def test_the_repaired_readings_agree_with_the_main_text(hohhot: Scope, plan: SourceText) -> None:
    farms = hohhot.get("tasks", "agriculture_1").reading["content"]
    assert farms.count("山区") == 1
    assert farms.split("引导")[1].rstrip("。") in plan.line(140)
    assert hohhot.get("tasks", "industry_7").reading["title"] == "编制煤系固废综合利用方案"


def test_impossible_order_is_declared_as_a_dependency(hohhot: Scope) -> None:
    assert [d.task for d in hohhot.get("tasks", "industry_24").depends_on] == ["industry_23"]
