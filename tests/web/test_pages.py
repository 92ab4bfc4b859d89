"""What the pages say: numbers from the data, the unknown as unknown, the printed line beside the reading."""

import html
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wufei.registry.models import Organisation
from wufei.reports.numbers import quantity
from wufei.web.kinds import KINDS
from wufei.web.lists import TABLES
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db


def body(client: Client, name: str, *args: str, **query: str) -> str:
    response = client.get(reverse(name, args=args, query=query or None))
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_home_counts_what_the_data_holds(reader: Client, plan: Plan) -> None:
    said = body(reader, "city", plan.id)
    for kind in ("indicators", "tasks", "projects", "measures", "corrections"):
        link = reverse("list", args=[plan.id, kind])
        assert re.search(rf'href="{link}"><b>{len(plan.items(kind))}</b>', said), kind
    stars = sum(item.requirement_level == "mandatory" for item in plan.items("indicators"))
    assert f"★ 必选 {stars} 项" in said
    total = sum((p.investment.value for p in plan.items("projects")), Decimal(0)) / 10000
    assert quantity(total, "亿元", "zh") in said


def test_home_shows_dates_ahead_or_says_that_none_is(reader: Client, plan: Plan, settings: Any) -> None:
    settings.WEB_TODAY = date(2024, 5, 1)
    said = body(reader, "city", plan.id)
    assert "临近日期" in said
    assert "2024-12-31" in said
    assert "2023-12-31" not in said
    settings.WEB_TODAY = date(2026, 1, 1)
    assert "规划期已于 2025-12-31 结束" in body(reader, "city", plan.id)


def test_home_shows_my_organisation(reader: Client, plan: Plan, person: Any) -> None:
    org = Organisation.objects.create(id="statistics_bureau", name_zh="统计局", kind="city_bureau")
    person.hats.update(org=org)
    said = body(reader, "city", plan.id)
    assert plan.get("orgs", org.pk).zh in said
    assert reverse("item", args=[plan.id, "orgs", org.pk]) in said


def test_an_unknown_baseline_is_not_a_zero(reader: Client, plan: Plan) -> None:
    nobody_knows = next(i for i in plan.items("indicators") if i.baseline.value is None and not i.baseline.text)
    said = body(reader, "item", plan.id, "indicators", nobody_knows.id)
    assert '<span class="unknown-value">未知</span>' in said
    really_zero = next(i for i in plan.items("indicators") if i.baseline.value == 0)
    assert '<p class="big">0<small>' in body(reader, "item", plan.id, "indicators", really_zero.id)


def test_an_indicator_cites_its_line_and_marks_it(reader: Client, plan: Plan) -> None:
    item = plan.items("indicators")[13]
    said = body(reader, "item", plan.id, "indicators", item.id)
    line = item.cites[0].line
    assert f"{reverse('text', args=[plan.id, item.cites[0].source])}?lines={line}-{line}#L{line}" in said
    assert f"<mark>{item.printed['name']}</mark>" in said


def test_a_correction_shows_both_forms_and_whether_it_is_applied(reader: Client, plan: Plan) -> None:
    sure = next(c for c in plan.items("corrections") if c.confidence == "sure" and c.target and c.reading and c.printed)
    doubt = next(c for c in plan.items("corrections") if c.confidence == "unknown")
    assert "采用此读法" in body(reader, "item", plan.id, "corrections", sure.id)
    assert "不改动任何数字" in body(reader, "item", plan.id, "corrections", doubt.id)


def test_an_organisation_owes_through_its_groups(reader: Client, plan: Plan) -> None:
    group = next(o for o in plan.items("orgs") if o.members and plan.scope.owed(o.id).indicators)
    owed = plan.scope.owed(group.id).indicators[0]
    said = body(reader, "item", plan.id, "orgs", group.members[0])
    assert owed.zh in said
    assert group.zh in said


@pytest.mark.parametrize("kind", [key for key, kind in KINDS.items() if kind.paged])
def test_every_item_of_every_kind_has_a_page(reader: Client, plan: Plan, kind: str) -> None:
    items = plan.items(kind)
    step = max(1, len(items) // 20)
    for item in items[::step]:
        assert item.zh in body(reader, "item", plan.id, kind, item.id)


def test_every_kind_has_a_list_and_a_detail() -> None:
    from wufei.web.details import DETAILS

    assert set(TABLES) == set(KINDS)
    assert set(DETAILS) == {key for key, kind in KINDS.items() if kind.paged}


def test_the_text_page_holds_every_line_and_its_citations(reader: Client, plan: Plan) -> None:
    said = body(reader, "text", plan.id, plan.source_id, lines="49-50")
    text = plan.catalog.source_text(plan.source_id)
    assert all(f'id="L{n}"' in said for n in range(1, len(text) + 1))
    assert len(re.findall(r'class="source-line[^"]* lit"', said)) == 2
    for item in plan.items("indicators"):
        assert reverse("item", args=[plan.id, "indicators", item.id]) in said


def test_the_timeline_shows_each_task_once_and_obeys_the_filters(reader: Client, plan: Plan) -> None:
    said = body(reader, "timeline", plan.id)
    links = [reverse("item", args=[plan.id, "tasks", task.id]) for task in plan.items("tasks")]
    assert all(said.count(f'href="{link}"') == 1 for link in links)
    mine = body(reader, "timeline", plan.id, section="agriculture", year="2024")
    assert sum(f'href="{link}"' in mine for link in links) < len(links)
    assert "lanes one" in mine
    assert "没有符合条件的任务" in body(reader, "timeline", plan.id, q="没有这样的任务")


def test_money_keeps_the_printed_sum_and_names_the_doubt(reader: Client, plan: Plan) -> None:
    said = body(reader, "money", plan.id)
    total = sum((p.investment.value for p in plan.items("projects")), Decimal(0))
    assert quantity(total, "万元", "zh") in said
    assert "金额存疑" in said


def test_project_places_carry_ids_and_codes(reader: Client, plan: Plan) -> None:
    said = body(reader, "project-places", plan.id)
    for project in plan.items("projects"):
        assert f"<code>{project.id}</code>" in said
    place = next(s.place for p in plan.items("projects") for s in p.places if s.place)
    assert plan.get("places", place).code in said


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_empty_answer_says_so_and_how_to_go_on(reader: Client, plan: Plan, kind: str) -> None:
    said = body(reader, "list", plan.id, kind, q="没有这样的内容")
    assert "没有符合条件的条目" in said
    assert "清除条件" in said


def test_the_language_of_units(reader: Client, plan: Plan, in_english: Callable[[Client], Client]) -> None:
    item = plan.items("indicators")[0]
    assert "吨/万元" in body(reader, "item", plan.id, "indicators", item.id)
    assert "t/10⁴ CNY" in body(in_english(reader), "item", plan.id, "indicators", item.id)


def test_what_is_not_there_is_not_found(reader: Client, plan: Plan) -> None:
    for address in (
        reverse("item", args=[plan.id, "tasks", "no_such_task"]),
        reverse("city", args=["no-such-city"]),
        reverse("text", args=[plan.id, "no-such-source"]),
        f"/city/{plan.id}/no-such-kind/",
        f"/city/{plan.id}/findings/money_in_doubt/",
    ):
        assert reader.get(address).status_code == 404
