"""The page and the files of a site's waste register: for its own firm and the city, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.conftest import make_person
from tests.web.journal_sample import record
from wufei.journal import append, new_id
from wufei.registry.models import Organisation, Site, Storage
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
OIL = "900-214-08"


@pytest.fixture
def site(db: None) -> Site:
    """A site with a shed."""
    org = Organisation.objects.create(id="org-works", name_zh="试验药业", kind="enterprise", place="togtoh")
    site = Site.objects.create(id="site-works", org=org, name_zh="托县厂区", place="togtoh")
    Storage.objects.create(site=site, name_zh="危废库", code="TS001", kind="storehouse")
    return site


def post(*moves: tuple[Any, ...], **more: Any) -> None:
    connection.ensure_connection()
    outcomes = append(connection.connection, [record(move, **more) for move in moves])
    assert all(o.stands for o in outcomes), [o.error for o in outcomes]


@pytest.fixture
def filled(site: Site) -> Site:
    """Oil that arose, lay in the shed and left, in March 2025."""
    shed = f"storage:{site.pk}/TS001"
    post((f"origin:{site.pk}", shed, OIL, 2_500_000), (shed, f"transit:{new_id()}", OIL, 1_000_000))
    return site


def text(client: Client, plan: Plan, site: Site, **asked: str) -> str:
    address = reverse("waste-register", args=[plan.id, site.pk], query={"period": "2025-03"} | asked)
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_page_shows_balance_rows_and_their_records(reader: Client, plan: Plan, filled: Site) -> None:
    shown = text(reader, plan, filled)
    for word in ("危险废物管理台账", "HWCS20250305001", "2.5 吨", "1.5 吨", "B.5", OIL, "/journal/records/"):
        assert word in shown, word
    assert "危废库 TS001" in text(reader, plan, filled, table="stored")
    assert "2025-03-05" in text(reader, plan, filled, table="stored", grain="day")


def test_the_page_speaks_english(
    reader: Client, plan: Plan, filled: Site, in_english: Callable[[Client], Client]
) -> None:
    shown = text(in_english(reader), plan, filled, table="handed_over")
    assert "Waste register" in shown
    assert "HWWW20250305001" in shown


def test_an_empty_period_and_an_unreadable_one(reader: Client, plan: Plan, filled: Site) -> None:
    assert "没有" in text(reader, plan, filled, period="2024")
    for bad in ("2025-13", "2021..2025", "<b>"):
        address = reverse("waste-register", args=[plan.id, filled.pk], query={"period": bad})
        assert reader.get(address).status_code == 422


def test_the_files_hold_the_official_columns(reader: Client, plan: Plan, filled: Site) -> None:
    for suffix, begins in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        for grain in ("row", "month"):
            query = {"period": "2025", "table": "handed_over", "grain": grain}
            answer = reader.get(reverse("waste-register-file", args=[plan.id, filled.pk, suffix], query=query))
            body = b"".join(answer.streaming_content)
            assert body.startswith(begins)
            if (suffix, grain) == ("csv", "row"):
                told = body.decode()
                for word in ("移出批次编码", "接收单位", "许可证编号", "HWWW20250305001", ",1,"):
                    assert word in told, word


def test_only_who_sees_the_site_sees_its_register(client: Client, plan: Plan, filled: Site) -> None:
    address = reverse("waste-register", args=[plan.id, filled.pk])
    client.force_login(make_person("theirs", "enterprise_admin", "org-other"))
    assert client.get(address).status_code == 404
    client.force_login(make_person("ours", "enterprise_admin", "org-works"))
    assert client.get(address).status_code == 200


def test_a_long_register_asks_no_more_than_a_short_one(reader: Client, plan: Plan, filled: Site) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            text(reader, plan, filled)
        return len(seen.captured_queries)

    few = asked()
    post(*((f"origin:{filled.pk}", f"storage:{filled.pk}", OIL, n) for n in range(1, 40)))
    assert asked() == few
