"""Counting a stock on the page and through the API: refused while it differs, booked once accepted."""

import html
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.journal_sample import SHED, fill, held, said
from wufei.journal import new_id
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]


@pytest.fixture
def first(mirrored: None) -> UUID:
    """The id of the first record of the sample."""
    return fill()


def counting(**changes: Any) -> dict[str, Any]:
    """What the form of a count sends: 1.2 t found in the shed on 10 March."""
    return {
        "id": str(new_id()), "happened_at": "2025-03-10T08:00", "period": "2025-03", "basis": "measured",
        "source": "statistical_practice", "clause": "通用口径", "note": "",
        "count-role": "storage", "count-place": "togtoh", "count-detail": "shed-7", "count-stream": "coal_fly_ash",
        "count-counted": "1.2", "count-unit": "吨", "count-tolerance": "",
    } | changes  # fmt: skip


def test_a_count_that_differs_is_booked_once_it_is_accepted(reader: Client, plan: Plan, first: UUID) -> None:
    way = reverse("count", args=[plan.id])
    statement = said(reader, reverse("statement", args=[plan.id], query={"account": SHED, "from": "2025-03-01"}))
    begun = said(reader, html.unescape(re.search(r'href="([^"]+/count/[^"]*)"', statement)[1]))  # type: ignore[index]
    assert '<option value="togtoh" selected>' in begun
    assert 'value="shed-7"' in begun
    sent = counting()
    answer = reader.post(way, sent)
    page = html.unescape(answer.content.decode())
    assert (answer.status_code, held(SHED)) == (422, {"coal_fly_ash": 1_000_005})
    assert "差 199995 克" in page
    assert 'name="accept"' in page
    assert 'value="1.2"' in page
    assert reader.post(way, sent | {"accept": "on"}).status_code == 302
    assert held(SHED) == {"coal_fly_ash": 1_200_000}
    assert reader.post(way, sent | {"accept": "on"}).status_code == 302, "sent again it changes nothing"
    assert held(SHED) == {"coal_fly_ash": 1_200_000}
    found = said(reader, reverse("stocktakes", args=[plan.id]))
    assert "相符" in found
    assert "1.2 吨" in found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count-counted": "-1"}, "不能小于零"),
        ({"count-counted": "much"}, "不是可精确到克的质量"),
        ({"count-stream": "没有这种废物"}, "请从列表选择"),
        ({"count-role": "transit"}, "选择"),
        ({"happened_at": "2999-01-01T00:00", "accept": "on"}, "在将来"),
    ],
)
def test_a_count_says_what_is_wrong(reader: Client, plan: Plan, changes: dict[str, str], words: str) -> None:
    answer = reader.post(reverse("count", args=[plan.id]), counting(**changes))
    assert answer.status_code == 422
    assert words in html.unescape(answer.content.decode())


def test_programs_count_as_well(reader: Client, first: UUID) -> None:
    sent = {
        "happened_at": "2025-03-10T08:00:00+08:00", "period": "2025-03", "basis": "measured",
        "rule": "statistical_practice 通用口径", "account": SHED, "stream": "coal_fly_ash", "counted_g": 999_000,
    }  # fmt: skip
    way = "/api/v1/journal/stocktakes"
    refused = reader.post(way, sent, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "stocktake_differs")
    agreed = reader.post(way, sent | {"tolerance_g": 2_000}, content_type="application/json")
    assert (agreed.status_code, agreed.json()["appended"]) == (200, 1)
    (told,) = reader.get(way).json()["stocktakes"]
    assert (told["counted_g"], told["book_g"], told["holds"]) == (999_000, 1_000_005, True)
