"""The papers of a site: the calendar, beginning one filled beforehand, and each figure beside the register's."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.conftest import make_person
from wufei.journal import Entry, Record, append
from wufei.journal.moments import CITY_TIME
from wufei.registry.models import Facility, Organisation, Site
from wufei.web.plan import Plan
from wufei.web.views.papers import site as view
from wufei.workflow import engine
from wufei.workflow.cases import case_id
from wufei.workflow.kinds import kind_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
OIL, DAY = "900-214-08", date(2025, 4, 10)
DECLARATION = "hazardous_waste_declaration"


@pytest.fixture(autouse=True)
def april(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 10 April 2025."""
    monkeypatch.setattr(view, "today", lambda: DAY)


@pytest.fixture
def site(db: None) -> Site:
    """A key unit, with some oil in March."""
    org = Organisation.objects.create(id="org-works", name_zh="试验药业", kind="enterprise", place="togtoh")
    site = Site.objects.create(id="site-works", org=org, name_zh="托县厂区", place="togtoh")
    Facility.objects.create(site=site, name_zh="焚烧炉", kind="hazardous_disposal")
    post(site, 2_500_000)
    return site


def post(site: Site, mass_g: int, stream: str = OIL) -> None:
    entry = Entry(f"origin:{site.pk}", f"storage:{site.pk}", stream, mass_g)
    at = datetime(2025, 3, 5, 8, tzinfo=CITY_TIME)
    connection.ensure_connection()
    record = Record(at, "2025-03", "measured", "person-1", site.org_id, "hj_1259_2022 6.2", (entry,))
    assert append(connection.connection, [record])[0].stands


@pytest.fixture
def handler(client: Client, site: Site) -> Client:
    """Somebody of the works."""
    client.force_login(make_person("ours", "enterprise_handler", site.org_id))
    client.cookies["django_language"] = "zh-hans"
    return client


def text(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return str(answer.content.decode())


def begin(client: Client, plan: Plan, site: Site, **more: str) -> Any:
    sent = {"workflow": DECLARATION, "period": "2025-03"} | more
    return client.post(reverse("paper-begin", args=[plan.id, site.pk]), sent)


def test_the_calendar_says_what_is_due_and_late(handler: Client, plan: Plan, site: Site) -> None:
    shown = text(handler, "papers", plan.id, site.pk)
    for word in (
        "重点监管单位",
        "备案本年度危险废物管理计划",
        "2025年3月",
        "2025-04-15",
        "逾期未办",
        "未办",
        "机动车维修危险废物登记",
    ):
        assert word in shown, word


def test_a_site_of_unknown_class_is_offered_what_any_class_owes(handler: Client, plan: Plan, site: Site) -> None:
    Facility.objects.all().delete()
    shown = text(handler, "papers", plan.id, site.pk)
    for word in ("管理类别未能判定", "登记管理单位", "申报上季度危险废物情况", "预填并开始"):
        assert word in shown, word
    assert "逾期" not in shown
    assert begin(handler, plan, site, period="2025Q1").status_code == 302


def test_a_paper_begins_filled_and_goes_to_its_case(handler: Client, plan: Plan, site: Site) -> None:
    flow = kind_of(DECLARATION).workflow
    case = case_id(flow, {"site": site.pk, "period": "2025-03"})
    answer = begin(handler, plan, site)
    assert answer.status_code == 302
    assert case in answer["Location"]
    assert engine.read(connection.connection, case).values["wastes"][0]["generated_g"] == 2_500_000
    assert begin(handler, plan, site)["Location"] == answer["Location"]  # a second press opens the first
    assert engine.read(connection.connection, case).no == 1
    assert "待提交" in text(handler, "papers", plan.id, site.pk)


def test_each_figure_stands_beside_the_registers(handler: Client, plan: Plan, site: Site) -> None:
    begin(handler, plan, site)
    shown = text(handler, "paper-compared", plan.id, site.pk, DECLARATION, "2025-03")
    assert "2.5 吨" in shown
    assert "table=generated" in shown
    missing = reverse("paper-compared", args=[plan.id, site.pk, DECLARATION, "2025-02"])
    assert handler.get(missing).status_code == 404


@pytest.mark.parametrize("sent", [{"workflow": "hazardous_waste_transfer"}, {"workflow": "none"}])
def test_only_papers_are_begun_here(handler: Client, plan: Plan, site: Site, sent: dict[str, str]) -> None:
    assert begin(handler, plan, site, **sent).status_code == 404


def test_a_period_that_is_none_is_told(handler: Client, plan: Plan, site: Site) -> None:
    answer = begin(handler, plan, site, period="2025-13")
    assert answer["Location"].endswith(f"/papers/{site.pk}/")


def test_others_neither_see_nor_begin(client: Client, plan: Plan, site: Site) -> None:
    client.force_login(make_person("theirs", "enterprise_handler", "org-other"))
    assert client.get(reverse("papers", args=[plan.id, site.pk])).status_code == 404
    assert begin(client, plan, site).status_code == 404


def test_my_work_leads_to_the_papers_of_ones_own_sites(handler: Client, plan: Plan, site: Site) -> None:
    assert reverse("papers", args=[plan.id, site.pk]) in text(handler, "work", plan.id)


def test_the_page_speaks_english(
    handler: Client, plan: Plan, site: Site, in_english: Callable[[Client], Client]
) -> None:
    assert "What is due" in text(in_english(handler), "papers", plan.id, site.pk)


def test_more_records_and_papers_ask_no_more_queries(handler: Client, plan: Plan, site: Site) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            text(handler, "papers", plan.id, site.pk)
        return len(seen.captured_queries)

    few = asked()
    for number, stream in enumerate(("900-249-08", "900-041-49", "900-039-49")):
        post(site, 1000 + number, stream)
    begin(handler, plan, site)
    begin(handler, plan, site, workflow="hazardous_waste_plan", period="2025")
    assert asked() == few
