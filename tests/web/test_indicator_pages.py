"""Pages of indicator figures: wall, one indicator, what changed; files; who may see them; how often they ask."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.indicators.conftest import asked, post  # noqa: F401
from tests.web.conftest import make_person
from tests.web.test_query_counts import SESSION_PERSON_AND_HATS, queries
from wufei.intake.opening import post_opening
from wufei.journal import Observation
from wufei.journal.mirror import mirror
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db
RATE = "cleaner_production_audit_share"
READING = 5  # series, series by site, sites, flows, facilities


@pytest.fixture(autouse=True)
def opened(installed: Any, db: None) -> None:
    """The city's published figures stand in the journal."""
    connection.ensure_connection()
    mirror(connection.connection, installed)
    post_opening(connection.connection, installed, "hohhot")


def observe(passed: int, required: int, year: str = "2024") -> list[Any]:
    return [
        post(connection.connection, year, observations=(Observation(metric, "hohhot", Decimal(value), "家"),))
        for metric, value in (("audits_passed", passed), ("audits_required", required))
    ]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_wall_shows_every_indicator_with_a_light_in_words(reader: Client, plan: Plan) -> None:
    page = text(reader, reverse("wall", args=[plan.id]))
    assert len(re.findall(r'<th scope="row">', page)) == 49
    assert "1.66 吨/万元" in page
    assert "已达标" in page
    assert "无数据" in page
    met = text(reader, reverse("wall", args=[plan.id]) + "?light=met")
    assert 0 < len(re.findall(r'<th scope="row">', met)) < 49
    assert "没有符合这些条件的指标" in text(reader, reverse("wall", args=[plan.id]) + "?light=serious")


def test_a_number_leads_back_to_its_records(reader: Client, plan: Plan) -> None:
    records = observe(26, 40)
    page = text(reader, reverse("figure", args=[plan.id, RATE]) + "?year=2024")
    assert "65%" in page
    assert "按公式计算" in page
    for record in records:
        address = reverse("record", args=[plan.id, record.id])
        assert address in page
        assert reader.get(address).status_code == 200


def test_a_contradiction_of_the_bulletin_is_shown_by_both_formulas(reader: Client, plan: Plan) -> None:
    page = text(reader, reverse("figure", args=[plan.id, "industrial_utilization_rate"]) + "?year=2023")
    assert "综合利用往年贮存量未知" in page
    assert page.count("57.4%") == 2


def test_what_moved_it_sums_to_the_change(reader: Client, plan: Plan) -> None:
    observe(20, 40, "2023")
    observe(30, 40, "2024")
    page = text(reader, reverse("figure", args=[plan.id, RATE]) + "?year=2024")
    assert "自 2023 年以来的变动因素" in page
    assert "合计 25%" in page


def test_changes_name_what_is_no_longer_as_it_was(reader: Client, plan: Plan) -> None:
    page = text(reader, reverse("figure-changes", args=[plan.id]))
    assert "一般工业固体废物产生强度" in page  # entered a moment ago, so unknown yesterday
    assert "1.66 吨/万元" in page


def test_files_hold_what_the_pages_show(reader: Client, plan: Plan) -> None:
    answer = reader.get(reverse("wall-file", args=[plan.id, "csv"]))
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert sum("无数据" in row or "已达标" in row for row in rows) == 49
    observe(26, 40)
    answer = reader.get(reverse("figure-file", args=[plan.id, RATE, "csv"]))
    assert "65%" in b"".join(answer.streaming_content).decode("utf-8-sig")
    assert reader.get(reverse("figure-file", args=[plan.id, RATE, "exe"])).status_code == 404
    assert reader.get(reverse("figure", args=[plan.id, "no_such_indicator"])).status_code == 404


def test_nonsense_in_the_address_counts_as_not_given(reader: Client, plan: Plan) -> None:
    for nonsense in ("?year=9999", "?place=beijing", "?light=%27", "?known=0000-99-99", "?group=x&level=y"):
        assert reader.get(reverse("wall", args=[plan.id]) + nonsense).status_code == 200


@pytest.mark.parametrize("role", ["county_office", "enterprise_admin", "driver", "public"])
def test_who_does_not_read_the_whole_journal_sees_no_figure(client: Client, plan: Plan, role: str) -> None:
    org = "org-x" if role in {"enterprise_admin", "driver"} else None
    client.force_login(make_person(f"a-{role}", role, org))
    assert client.get(reverse("wall", args=[plan.id])).status_code == 403


def test_a_page_reads_everything_once_and_then_only_asks_whether_anything_came(
    reader: Client,
    plan: Plan,
    asked: list[str],  # noqa: F811
) -> None:
    address = reverse("wall", args=[plan.id])
    observe(1, 2)
    asked.clear()
    assert queries(reader, address) == SESSION_PERSON_AND_HATS
    first, before = len(asked), list(asked)
    assert queries(reader, address) == SESSION_PERSON_AND_HATS
    assert first - (len(asked) - len(before)) == READING
    observe(26, 40)
    assert "65%" in text(reader, reverse("figure", args=[plan.id, RATE]) + "?year=2024")
