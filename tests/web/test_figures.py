"""The pages of publications, metrics and sheets: as printed, recorded as what, and whether it agrees."""

import html
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.conftest import make_person
from wufei.web.plan import Plan
from wufei.web.search import query

pytestmark = pytest.mark.django_db
BULLETIN = "bulletin_2023"


def body(client: Client, name: str, *args: str) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_a_publication_shows_every_figure_as_printed_and_what_it_became(reader: Client, plan: Plan) -> None:
    bulletin = plan.get("bulletins", BULLETIN)
    said = body(reader, "item", plan.id, "bulletins", BULLETIN)
    for figure in bulletin.figures:
        assert figure.zh in said
        assert f">{figure.printed}</span>" in said
    assert reverse("item", args=[plan.id, "metrics", "waste_generated"]) in said
    assert "产生 呼和浩特市 → 贮存 呼和浩特市" in said
    not_recorded = sum(figure.metric is None for figure in bulletin.figures)
    assert said.count("不作数值记录") == not_recorded > 0


def test_what_does_not_agree_stands_with_the_publication(reader: Client, plan: Plan) -> None:
    said = body(reader, "item", plan.id, "bulletins", BULLETIN)
    mine = [f for f in plan.items("findings") if ("bulletins", BULLETIN) in f.items]
    assert len(mine) > 3
    assert all(finding.zh in said for finding in mine)
    assert "“粉煤灰产生量” = “粉煤灰自行利用量” + " in said
    listed = body(reader, "list", plan.id, "findings")
    assert reverse("item", args=[plan.id, "bulletins", BULLETIN]) in listed


def test_a_figure_without_a_number_is_unknown(reader: Client, plan: Plan) -> None:
    unknown = [(b, f) for b in plan.items("bulletins") for f in b.figures if f.value is None]
    assert unknown
    for bulletin, _figure in unknown:
        assert '<span class="unknown-value">未知</span>' in body(reader, "item", plan.id, "bulletins", bulletin.id)


def test_a_metric_lists_the_figures_under_it(
    reader: Client, plan: Plan, in_english: Callable[[Client], Client]
) -> None:
    under = [f for b in plan.items("bulletins") for f in b.figures if f.metric == "waste_utilized_own"]
    said = body(reader, "item", plan.id, "metrics", "waste_utilized_own")
    assert len(under) > 1
    assert all(figure.zh in said for figure in under)
    assert all(
        figure.en in body(in_english(reader), "item", plan.id, "metrics", "waste_utilized_own") for figure in under
    )


def test_a_sheet_explains_its_columns_and_gives_the_template(reader: Client, plan: Plan) -> None:
    said = body(reader, "item", plan.id, "sheets", "entries")
    for column in plan.get("sheets", "entries").columns:
        assert column.zh in said
        assert column.about_zh in said
    template = reverse("import-template", args=[plan.id, "entries", "xlsx"])
    assert f'href="{template}"' in said
    assert reader.get(template).status_code == 200


def test_nobody_is_shown_a_template_that_is_refused(client: Client, plan: Plan) -> None:
    client.force_login(make_person("resident", "public"))
    assert "/imports/template/" not in body(client, "item", plan.id, "sheets", "entries")


@pytest.mark.usefixtures("indexed")
def test_a_figure_and_a_column_are_found_by_name(plan: Plan) -> None:
    found = {(hit.kind, hit.item_id) for hit in query.find(plan.id, "脱硫石膏委托外单位利用量").hits}
    assert ("bulletins", BULLETIN) in found
    assert ("sheets", "entries") in {(hit.kind, hit.item_id) for hit in query.find(plan.id, "转入后废物流").hits}


@pytest.mark.parametrize(("kind", "word"), [("bulletins", "2023"), ("metrics", "产生量"), ("sheets", "分录")])
def test_the_lists_filter_and_export(reader: Client, plan: Plan, kind: str, word: str) -> None:
    rows = reader.get(reverse("export", args=[plan.id, kind, "csv"]) + f"?q={word}").content.decode("utf-8-sig")
    assert 1 < len(rows.splitlines()) <= 1 + len(plan.items(kind))
    assert word in rows
