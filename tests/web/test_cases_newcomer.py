"""The newcomer drill of issue 04: one invented file declares a kind of case, and two sides sign it in the browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.case_sample import make_world
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from wufei import catalog
from wufei.catalog.book import default_root
from wufei.registry.models import Person
from wufei.web.plan import Plan
from wufei.workflow import engine

pytestmark = pytest.mark.django_db(transaction=True)
KITCHEN = """
id: kitchen_waste_transfer
zh: 餐厨垃圾收运联单
en: Kitchen waste slip
valid_from: 2021-01-01
valid_to: null
cites: [{source: wufei_design, clause: 新增联单演练}]
checked_on: 2026-11-24
case: kitchen
start: none
about_zh: 餐饮单位交出餐厨垃圾，处理单位过磅签收。
about_en: A restaurant hands over its kitchen waste; the plant weighs and signs.
parties:
  - {id: giver, zh: 交出单位, en: giver, field: giver_org}
  - {id: plant, zh: 处理单位, en: plant, field: plant_org}
states:
  - {id: none, zh: 未建, en: not yet made}
  - {id: handed_over, zh: 待签收, en: handed over}
  - {id: received, zh: 已签收, en: received, final: true}
transitions:
  - id: hand_over
    zh: 交出
    en: Hand over
    leaves: [none]
    enters: handed_over
    by: [giver]
    holder: plant
    posts:
      - {each: buckets, leaves: {role: storage, at: giver_site}, enters: {role: transit, at: case},
         stream: stream, mass: estimated_g, basis: estimated}
  - id: receive
    zh: 过磅签收
    en: Weigh and sign
    leaves: [handed_over]
    enters: received
    by: [plant]
    posts:
      - {each: buckets, leaves: {role: transit, at: case}, enters: {role: storage, at: plant_site},
         stream: stream, mass: weighed_g, basis: measured}
      - {each: buckets, leaves: {role: transit, at: case}, enters: {role: unexplained, at: plant_site},
         stream: stream, mass: rest, basis: measured}
clocks:
  - {id: receipt, zh: 签收, en: Receipt, starts: [hand_over], stops: [receive], limit: {value: 24, unit: hours}, owner: plant}
form:
  id: kitchen_slip
  fields:
    - {id: giver_org, zh: 交出单位, en: Giver, type: org, sealed_from: hand_over, required: [{at: hand_over}]}
    - {id: giver_site, zh: 交出场所, en: Site of the giver, type: site, sealed_from: hand_over, required: [{at: hand_over}]}
    - {id: plant_org, zh: 处理单位, en: Plant, type: org, sealed_from: hand_over, required: [{at: hand_over}]}
    - {id: plant_site, zh: 处理场所, en: Site of the plant, type: site, sealed_from: hand_over, required: [{at: hand_over}]}
    - id: buckets
      zh: 桶
      en: Buckets
      type: lines
      required: [{at: hand_over}]
      fields:
        - {id: stream, zh: 类别, en: Kind, type: stream, sealed_from: hand_over, required: [{at: hand_over}]}
        - {id: estimated_g, zh: 估重, en: Estimate, type: mass, sealed_from: hand_over, required: [{at: hand_over}]}
        - {id: weighed_g, zh: 过磅重量, en: Weight, type: mass, fill: [receive], sealed_from: receive, required: [{at: receive}]}
"""  # noqa: E501  # data as it would stand in its file


@pytest.fixture
def with_kitchen(tmp_path: Path, installed: catalog.Catalog) -> Iterator[None]:
    """The shipped data and one file more, loaded as ``wufei run`` does."""
    shutil.copytree(default_root(), tmp_path / "data")
    (tmp_path / "data/national/workflows/kitchen_waste_transfer.yaml").write_text(KITCHEN, encoding="utf-8")
    catalog.install(catalog.load(tmp_path / "data"))
    yield
    catalog.install(installed)


@pytest.fixture
def page_of(open_page: Open, site: str) -> Callable[..., Page]:  # noqa: F811
    """A page of somebody who is signed in."""

    def make(person: Person, size: dict[str, int] = DESK) -> Page:
        client = Client()
        client.force_login(person)
        page = open_page(size, known=False)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
        return page

    return make


@pytest.mark.usefixtures("with_kitchen")
def test_an_invented_slip_is_one_file_and_works_end_to_end(page_of: Callable[..., Page], plan: Plan) -> None:
    world = make_world()
    giver = page_of(world.works)
    giver.goto(reverse("case-choose", args=[plan.id]))
    giver.get_by_role("link", name="餐厨垃圾收运联单").click()
    expect(giver.get_by_label("交出单位")).to_have_value("works · 托克托机械厂")
    giver.get_by_role("button", name="交出").click()
    expect(giver.get_by_text("“处理单位”须在这一步之前填写")).to_be_visible()
    expect(giver.get_by_label("交出场所")).to_have_value("site-works · 托克托机械厂厂区")
    giver.get_by_label("处理单位").press_sequentially("大青山")
    expect(giver.locator("#list-f-plant_org option")).to_have_attribute("value", "plant · 大青山再生油公司")
    giver.get_by_label("处理单位").fill("plant · 大青山再生油公司")
    giver.get_by_label("处理场所").fill("site-plant")
    giver.get_by_role("button", name="增加一行：桶").click()
    for line, grams in ((1, "1.5"), (2, "0.5")):
        bucket = giver.get_by_role("group", name=f"桶 {line}")
        bucket.get_by_label("类别").fill("900-249-08")
        bucket.get_by_label("估重", exact=False).first.fill(grams)
    giver.get_by_role("button", name="交出", exact=True).click()
    expect(giver.get_by_text("等待大青山再生油公司办理")).to_be_visible()
    case = giver.url.rstrip("/").rpartition("/")[2]

    plant = page_of(world.plant, PHONE)
    plant.goto(reverse("cases", args=[plan.id]))
    expect(plant.get_by_text("一天内到期")).to_be_visible()
    plant.locator("main").get_by_role("link", name="餐厨垃圾收运联单").click()
    plant.get_by_role("link", name="过磅签收").click()
    expect(plant.get_by_label("估重")).to_have_count(0)
    for line, grams in ((1, "1.4"), (2, "0.5")):
        plant.get_by_role("group", name=f"桶 {line}").get_by_label("过磅重量", exact=False).first.fill(grams)
    plant.get_by_role("button", name="过磅签收").click()
    expect(plant.get_by_text("本事项已办结")).to_be_visible()
    connection.ensure_connection()
    done = engine.read(connection.connection, case)
    assert (done.state, engine.held_by(connection.connection, case)) == ("received", {})
    assert [step.acting_for for step in done.steps] == ["works", "plant"]
    assert [line for line in (*giver.said, *plant.said) if "422" not in line] == []
