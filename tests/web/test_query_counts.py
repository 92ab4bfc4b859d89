"""Each page asks the database a fixed number of times, however much it shows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db
SESSION_PERSON_AND_HATS = 3


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]])


def test_pages_ask_for_session_person_and_hats_only(reader: Client, pages: list[str]) -> None:
    counts = {address: queries(reader, address) for address in pages if "/search/" not in address}
    assert counts.pop(reverse("account")) == SESSION_PERSON_AND_HATS + 1  # who looked through the person's hats
    assert set(counts.values()) == {SESSION_PERSON_AND_HATS}, counts


@pytest.mark.parametrize("kind", ["streams", "corrections", "places", "indicators"])
def test_a_long_list_asks_no_more_than_a_short_one(reader: Client, plan: Plan, kind: str) -> None:
    address = reverse("list", args=[plan.id, kind])
    few, many = queries(reader, f"{address}?size=20"), queries(reader, f"{address}?size=200")
    assert few == many == SESSION_PERSON_AND_HATS


def test_files_ask_no_more_than_pages(reader: Client, plan: Plan) -> None:
    for suffix in ("csv", "xlsx"):
        assert queries(reader, reverse("export", args=[plan.id, "streams", suffix])) == SESSION_PERSON_AND_HATS


@pytest.mark.usefixtures("indexed")
def test_a_search_asks_the_same_whatever_it_finds(reader: Client, plan: Plan) -> None:
    address = reverse("search", args=[plan.id])
    counts = {asked: queries(reader, f"{address}?q={asked}") for asked in ("粉煤灰", "医疗", "无", "HW08")}
    assert set(counts.values()) == {SESSION_PERSON_AND_HATS + 3}, counts
