"""The journal in a real browser: post, balance, statement, reverse, statement; import; phones; accessibility."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.conftest import CHINESE, ENGLISH
from tests.web.journal_sample import addresses, fill, signing
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from wufei.journal import new_id
from wufei.journal.mirror import mirror
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _ready(installed: Any, transactional_db: None, settings: Any, tmp_path: Path) -> None:
    settings.IMPORT_FOLDER = tmp_path
    connection.ensure_connection()
    mirror(connection.connection, installed)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_post_balance_statement_reverse_statement(open_page: Open, plan: Plan, size: dict[str, int]) -> None:  # noqa: F811
    page, shed = open_page(size), f"shed-{new_id().hex[-8:]}"
    page.goto(reverse("journal", args=[plan.id]))
    page.locator("main").get_by_role("link", name="记一笔").first.click()
    page.get_by_label("发生时间").fill("2025-03-09T10:00")
    page.get_by_label("报告期").fill("2025-03")
    page.get_by_label("条款").fill("6.2")
    page.get_by_label("转出地点").select_option("togtoh")
    page.get_by_label("转入地点").select_option("togtoh")
    page.locator("#id_entries-0-to_detail").fill(shed)
    page.get_by_label("废物流", exact=True).press_sequentially("粉煤灰")
    expect(page.locator("#streams option").first).to_have_attribute("value", "coal_fly_ash · 粉煤灰 · SW02")
    page.get_by_label("质量").fill("0")
    page.get_by_role("button", name="记入流水").click()
    expect(page.get_by_role("alert")).to_contain_text("不是正数")
    page.get_by_label("质量").fill("2.5")
    page.get_by_role("button", name="记入流水").click()
    expect(page.get_by_role("status")).to_contain_text("已记入流水")
    page.get_by_role("link", name=shed).first.click()
    page.get_by_role("link", name="2025", exact=True).click()
    expect(page.locator(".sums li").last).to_contain_text("2.5 吨")
    page.get_by_role("rowheader").get_by_role("link").click()
    page.get_by_role("link", name="冲正").click()
    page.get_by_label("原因").fill("车牌记错")
    page.get_by_role("button", name="冲正这条记录").click()
    expect(page.get_by_role("status")).to_contain_text("冲正已记入流水")
    page.get_by_role("link", name=shed).first.click()
    page.get_by_role("link", name="2025", exact=True).click()
    expect(page.locator(".sums li").last).to_contain_text("0 吨")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("冲正")
    assert [line for line in page.said if "422" not in line] == []


def test_import_with_progress(open_page: Open, plan: Plan, tmp_path: Path) -> None:  # noqa: F811
    page, hall = open_page(), f"hall-{new_id().hex[-8:]}"
    head = "发生时间,报告期,转出账户,转入账户,废物流,质量（吨）,计量依据,依据条款"
    row = f"2025-03-05,2025-03,origin:togtoh,storage:togtoh/{hall},coal_fly_ash,{{}},measured,hj_1259_2022 6.2"
    sheet = tmp_path / "三月.csv"
    sheet.write_text("\ufeff" + "\n".join([head, *(row.format(n) for n in range(1, 40))]), encoding="utf-8")
    page.goto(reverse("imports", args=[plan.id]))
    page.get_by_label("文件").set_input_files(sheet)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("39 行正确，尚未写入任何内容")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="导入这些行").click()
    expect(page.get_by_text("导入完成")).to_be_visible(timeout=20_000)
    page.goto(reverse("statement", args=[plan.id], query={"account": f"storage:togtoh/{hall}", "from": "2025-01-01"}))
    expect(page.locator(".sums li").last).to_contain_text("780 吨")
    assert page.said == []


@pytest.mark.parametrize(("language", "theme"), [(CHINESE, "light"), (ENGLISH, "light"), (CHINESE, "dark")])
def test_every_page_passes_the_accessibility_check(
    open_page: Open,  # noqa: F811
    plan: Plan,
    axe: Callable[[Page], list[str]],
    language: str,
    theme: str,
) -> None:
    page, first = open_page(DESK, language, theme), fill()
    found = {}
    figures = (reverse("wall", args=[plan.id]), reverse("figure", args=[plan.id, "industrial_utilization_rate"]))
    pages = (*addresses(plan, first), *signing(plan, first), *figures, reverse("tokens"), reverse("api-reference"))
    for address in pages if theme == "light" else pages[::4]:
        page.goto(address)
        found[address] = axe(page)
    assert not {address: wrong for address, wrong in found.items() if wrong}
    assert page.said == []


def test_nothing_is_wider_than_a_phone(open_page: Open, plan: Plan, axe: Callable[[Page], list[str]]) -> None:  # noqa: F811
    first = fill()
    for language in (CHINESE, ENGLISH):
        page = open_page(PHONE, language, has_touch=True, is_mobile=True)
        now = [address for address in addresses(plan, first) if "known=" not in address]
        figures = (reverse("wall", args=[plan.id]), reverse("figure", args=[plan.id, "industrial_utilization_rate"]))
        for address in (*now, *signing(plan, first), *figures, reverse("tokens"), reverse("api-reference")):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (language, address)
        page.goto(reverse("post", args=[plan.id]))
        assert axe(page) == []
