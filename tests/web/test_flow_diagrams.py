"""The pages of the flow diagrams: what they draw and say, their files, their number of queries, who reads what."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.journal_sample import fill
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]


def page(client: Client, plan: Plan, layout: str = "industrial_flows", query: str = "") -> str:
    answer = client.get(reverse("flow-diagram", args=[plan.id, layout]) + query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_the_published_year_is_drawn_with_its_table(reader: Client, plan: Plan) -> None:
    text = page(reader, plan, query="?year=2023")
    assert "工业固体废物全过程流向分析图" in text
    assert text.count('class="band ') > 15
    row = re.search(r'<tr id="opening-storage-coal_fly_ash">.*?</tr>', text, re.DOTALL)[0]
    assert "推算" in row
    assert "48,000" in row
    row = re.search(r'<tr id="storage-own_disposal-SW59">.*?</tr>', text, re.DOTALL)[0]
    assert "不可确定" in row
    assert "954,400" in row
    assert 'href="/city/hohhot/bulletins/bulletin_2023/"' in text


def test_each_band_leads_to_its_row(reader: Client, plan: Plan) -> None:
    text = page(reader, plan, query="?year=2023")
    targets = set(re.findall(r'<a class="s\d" href="#([^"]+)"', text))
    assert targets <= set(re.findall(r'<tr id="([^"]+)"', text))
    assert len(targets) > 15


def test_entries_of_the_journal_are_drawn_and_lead_to_the_records(reader: Client, plan: Plan) -> None:
    fill()
    text = page(reader, plan, query="?year=2025")
    row = re.search(r'<tr id="generation-storage-coal_fly_ash">.*?</tr>', text, re.DOTALL)[0]
    assert "period=2025&stream=coal_fly_ash" in row
    assert "有记录" in row
    before = page(reader, plan, query="?year=2025&values=before")
    assert "as recorded" not in before
    assert 'value="before" selected' in before


def test_a_year_without_figures_says_what_to_do(reader: Client, plan: Plan) -> None:
    assert reverse("imports", args=[plan.id]) in page(reader, plan, query="?year=2022")
    assert "2023" in page(reader, plan, query="?year=nonsense")


@pytest.mark.parametrize(("suffix", "begins"), [("svg", b"<svg"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("csv", b"")])
def test_the_diagram_as_a_file(reader: Client, plan: Plan, suffix: str, begins: bytes) -> None:
    answer = reader.get(reverse("flow-diagram-file", args=[plan.id, "city_flows", suffix]) + "?year=2023")
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200
    assert body.startswith(begins)
    assert len(body) > 500
    assert "attachment" in answer["Content-Disposition"]


def test_what_is_no_diagram_is_named(reader: Client, plan: Plan) -> None:
    answer = reader.get(reverse("flow-diagram", args=[plan.id, "moonlight"]))
    assert answer.status_code == 422
    assert "flow_stream_unknown" in answer.content.decode()
    assert reader.get(reverse("flow-diagram-file", args=[plan.id, "city_flows", "exe"])).status_code == 404


def test_more_flows_cost_no_more_queries(reader: Client, plan: Plan) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            page(reader, plan, query="?year=2025")
        return len(found)

    page(reader, plan, query="?year=2025")
    before = asked()
    fill()
    assert asked() <= before + 1


def typed(client: Client, plan: Plan, **fields: str) -> str:
    answer = client.post(reverse("flow-editor", args=[plan.id]), fields)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_what_is_typed_is_reconciled_and_its_loops_are_drawn(reader: Client, plan: Plan) -> None:
    text = html.unescape(reader.get(reverse("flow-editor", args=[plan.id])).content.decode())
    assert 'class="band s' in text
    assert " back" in text
    text = typed(reader, plan, flows="a, 外, 厂, 100, 5\nb, 厂, 外, 90, 5\nc, 厂, 外, 20, 1", outside="外")
    assert re.search(r'<th scope="row">a</th>.*?104.9', text, re.DOTALL)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"flows": "a, b"}, "第 1 行读不懂"),
        ({"flows": "a, x, y, many"}, "第 1 行读不懂"),
        ({"flows": "a, x, y, 1, 1\na, x, y, 1, 1"}, "用了不止一次"),
        ({"flows": "a, x, y, 1, 1", "constraints": "__import__('os')"}, "读不懂"),
        ({"flows": "{nothing"}, "不是 JSON"),
        ({"flows": "{" * 70_000}, "超过"),
        ({"flows": "\n".join(f"a{k}, x, y, 1" for k in range(200)), "constraints": "a1 - 1"}, "超过 150"),
    ],
)
def test_what_is_typed_wrongly_is_named(reader: Client, plan: Plan, fields: dict[str, str], code: str) -> None:
    assert code in typed(reader, plan, **fields)
