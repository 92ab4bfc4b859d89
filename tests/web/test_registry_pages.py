"""The registry's pages: lists, an organisation, a site, the map and my work, for who may see them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.conftest import make_person
from wufei.journal import Entry, Record, append
from wufei.registry.models import (
    Contract,
    Device,
    Facility,
    Organisation,
    Permit,
    PermitScope,
    Site,
    Storage,
    Tenure,
    Vehicle,
    WasteSource,
)
from wufei.web.clock import today
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db
LISTS = ("organisations", "sites", "permits", "vehicles")
CODE = "91150100MA0N0000X1"


@pytest.fixture
def works(db: None) -> Organisation:
    """An enterprise with one of everything, beside another that has a site only."""
    org = Organisation.objects.create(
        id="org-works", name_zh="试验药业", kind="enterprise", credit_code=CODE, place="togtoh"
    )
    other = Organisation.objects.create(id="org-other", name_zh="别家化工", kind="enterprise", place="saihan")
    site = Site.objects.create(
        id="site-works", org=org, name_zh="托县厂区", place="togtoh", address="工业大街1号",
        longitude=Decimal("111.25"), latitude=Decimal("40.2"), in_operation_since=date(2015, 5, 1),
        eia_generation_g_per_year=250_000_000,
    )  # fmt: skip
    Site.objects.create(id="site-other", org=other, name_zh="别家厂区", place="saihan")
    Tenure.objects.create(site=site, org=org, valid_from=date(2015, 5, 1))
    facility = Facility.objects.create(
        site=site, name_zh="焚烧炉", kind="hazardous_disposal", capacity=Decimal(10), unit="吨/日"
    )
    Storage.objects.create(site=site, name_zh="危废库", kind="storehouse", capacity_g=50_000_000, streams=["HW02"])
    WasteSource.objects.create(site=site, facility=facility, stream="276-001-02", name_zh="釜残", expected_g_per_year=5)
    permit = Permit.objects.create(
        org=org, site=site, kind="operating_licence", number="蒙危废-1", issuer="自治区生态环境厅",
        valid_from=today() - timedelta(days=400), valid_to=today() + timedelta(days=20),
    )  # fmt: skip
    PermitScope.objects.create(permit=permit, stream="276-001-02", operations=["D10"], quota_g_per_year=10**9)
    vehicle = Vehicle.objects.create(
        org=org, plate="蒙A12345", plate_kind="ordinary", kind="tank_truck", load_g=10**7,
        transport_permit_no="150100000001", transport_permit_to=today() - timedelta(days=3),
    )  # fmt: skip
    Device.objects.create(org=org, vehicle=vehicle, kind="positioning_terminal", serial="T-1")
    Contract.objects.create(
        org=org, partner=other, kind="disposal", number="合-1", valid_from=today(), streams=["HW02"]
    )
    return org


def addresses(plan: Plan) -> list[str]:
    """Every page of the registry."""
    lists = [reverse("registry-list", args=[plan.id, listed]) for listed in LISTS]
    pages = [reverse(name, args=[plan.id]) for name in ("map", "work")]
    return [
        *lists,
        *pages,
        reverse("organisation", args=[plan.id, "org-works"]),
        reverse("site", args=[plan.id, "site-works"]),
        *(
            reverse(name, args=[plan.id, "org-works"])
            for name in ("merge", "close-organisation", "contacts", "contracts")
        ),
        *(reverse(name, args=[plan.id, "site-works"]) for name in ("site-class", "close-site", "takeover")),
    ]


@pytest.mark.usefixtures("works")
def test_every_page_speaks_both_languages(reader: Client, plan: Plan, in_english: Callable[[Client], Client]) -> None:
    for address in addresses(plan):
        chinese = reader.get(address)
        assert chinese.status_code == 200, address
        in_english(reader)
        english = reader.get(address)
        reader.cookies["django_language"] = "zh-hans"
        assert chinese.content != english.content


@pytest.mark.usefixtures("works")
def test_an_organisation_shows_everything_about_it(reader: Client, plan: Plan) -> None:
    text = reader.get(reverse("organisation", args=[plan.id, "org-works"])).content.decode()
    for shown in (CODE, "托县厂区", "蒙危废-1", "蒙A12345", "T-1", "别家化工", "D10", "还剩 21 天"):
        assert shown in text, shown


@pytest.mark.usefixtures("works", "mirrored")
def test_a_site_shows_its_class_and_what_stands_on_it(reader: Client, plan: Plan) -> None:
    text = reader.get(reverse("site", args=[plan.id, "site-works"])).content.decode()
    for shown in ("焚烧炉", "10 吨/日", "危废库", "釜残", "111.250000, 40.200000", "重点"):
        assert shown in text, shown


@pytest.mark.usefixtures("works")
def test_my_work_names_what_ends_and_what_is_missing(reader: Client, plan: Plan) -> None:
    text = reader.get(reverse("work", args=[plan.id])).content.decode()
    for shown in ("蒙危废-1", "蒙A12345", "别家厂区", "位置未知"):
        assert shown in text, shown


def test_a_clerk_of_one_site_sees_its_next_duties(client: Client, plan: Plan, works: Organisation) -> None:
    client.force_login(make_person("clerk", "enterprise_handler", works.pk))
    client.cookies["django_language"] = "zh-hans"
    text = client.get(reverse("work", args=[plan.id])).content.decode()
    assert "接下来的义务" in text
    assert "危险废物环境重点监管单位" in text or "管理计划" in text, text
    Site.objects.filter(pk="site-works").update(class_override="", in_operation_since=None)
    Permit.objects.all().delete()
    Facility.objects.exclude(pk=None).update(kind="production")
    assert "危险废物管理类别" in client.get(reverse("work", args=[plan.id])).content.decode()


@pytest.mark.usefixtures("works")
def test_lists_filter_sort_and_search(reader: Client, plan: Plan) -> None:
    def rows(listed: str, **query: str) -> str:
        return reader.get(reverse("registry-list", args=[plan.id, listed], query=query)).content.decode()

    found = rows("organisations", q="药业")
    assert ("试验药业" in found, "别家化工" in found) == (True, False)
    found = rows("sites", position="no")
    assert ("别家厂区" in found, "托县厂区" in found) == (True, False)
    assert "蒙危废-1" in rows("permits", validity="days_30")
    assert "蒙危废-1" not in rows("permits", validity="expired")
    assert "蒙A12345" not in rows("vehicles", q="不存在")
    turned = rows("sites", sort="-name")
    assert turned.index("托县厂区") != rows("sites", sort="name").index("托县厂区")


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("listed", LISTS)
def test_lists_are_exported(reader: Client, plan: Plan, listed: str) -> None:
    for suffix in ("csv", "xlsx"):
        answer = reader.get(reverse("registry-export", args=[plan.id, listed, suffix]))
        assert answer.status_code == 200
        assert len(answer.content) > 50
    assert reader.get(reverse("registry-export", args=[plan.id, listed, "exe"])).status_code == 404


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200, address
    return len(asked.captured_queries)


@pytest.mark.usefixtures("mirrored")
def test_pages_ask_a_fixed_number_of_times(reader: Client, plan: Plan, works: Organisation) -> None:
    few = {address: queries(reader, address) for address in addresses(plan)}
    for n in range(30):
        site = Site.objects.create(id=f"site-more{n}", org=works, name_zh=f"厂区{n}", place="togtoh")
        Facility.objects.create(site_id="site-works", name_zh=f"炉{n}", kind="hazardous_disposal")
        permit = Permit.objects.create(
            org=works, site_id="site-works", kind="operating_licence", number=f"蒙-{n}", issuer="厅",
            valid_from=today(), valid_to=today() + timedelta(days=n + 1),
        )  # fmt: skip
        PermitScope.objects.create(permit=permit, stream="276-001-02")
        Vehicle.objects.create(org=works, plate=f"蒙B{n:05}", plate_kind="ordinary", kind="tank_truck")
        Tenure.objects.create(site=site, org=works, valid_from=today())
    assert {address: queries(reader, address) for address in addresses(plan)} == few


@pytest.mark.usefixtures("works")
def test_a_firm_sees_its_own_and_nothing_of_others(client: Client, plan: Plan) -> None:
    client.force_login(make_person("boss", "enterprise_admin", org="org-works"))
    assert "别家" not in client.get(reverse("registry-list", args=[plan.id, "sites"])).content.decode()
    assert client.get(reverse("site", args=[plan.id, "site-works"])).status_code == 200
    assert client.get(reverse("site", args=[plan.id, "site-other"])).status_code == 404
    assert client.get(reverse("organisation", args=[plan.id, "org-nowhere"])).status_code == 404
    found: dict[str, Any] = json.loads(client.get(reverse("map-sites", args=[plan.id])).content)
    assert [site["name"] for site in found["sites"]] == ["托县厂区"]


def test_a_firm_without_anything_finds_words(client: Client, plan: Plan) -> None:
    client.force_login(make_person("new", "enterprise_admin", org="org-new"))
    for listed in LISTS[1:]:
        assert "还没有登记" in client.get(reverse("registry-list", args=[plan.id, listed])).content.decode()


def test_the_outline_has_the_nine_counties(reader: Client, plan: Plan) -> None:
    found = json.loads(reader.get(reverse("map-boundary", args=[plan.id])).content)
    counties = {item.id for item in plan.items("places") if item.level == "county"}
    assert {f["properties"]["place"] for f in found["features"]} == counties
    points = [
        p for f in found["features"] for polygon in f["geometry"]["coordinates"] for ring in polygon for p in ring
    ]
    assert all(110 < longitude < 113 and 39 < latitude < 42 for longitude, latitude in points)


@pytest.mark.usefixtures("works", "mirrored")
def test_the_journal_calls_a_site_by_its_name(reader: Client, plan: Plan) -> None:
    moment = datetime(2025, 3, 5, 8, 0, tzinfo=UTC)
    entry = Entry("origin:site-works", "storage:site-works/hall", "276-001-02", 1000)
    record = Record(moment, "2025-03", "measured", "person-1", "org-works", "hj_1259_2022 6.2", (entry,))
    assert append(connection.connection, [record])[0].stands
    for name in ("balances", "records"):
        text = reader.get(reverse(name, args=[plan.id])).content.decode()
        assert "托县厂区" in text
        assert "site-works</" not in text


@pytest.mark.usefixtures("works", "mirrored")
def test_a_permit_says_how_much_of_its_quota_is_used(reader: Client, plan: Plan) -> None:
    """900 of 1,000 t came in this year."""
    moment = datetime.now(UTC)
    entry = Entry("storage:site-other", "storage:site-works", "276-001-02", 9 * 10**8)
    record = Record(moment, f"{today():%Y-%m}", "manifested", "person-1", "org-works", "hj_1259_2022 6.2", (entry,))
    assert append(connection.connection, [record])[0].stands
    text = reader.get(reverse("site", args=[plan.id, "site-works"])).content.decode()
    assert '<span class="tag warning">已用 90%</span>' in text
