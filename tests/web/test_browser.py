"""The pages in a real browser: the newcomer's way, a phone, the keyboard, no JavaScript, accessibility."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from python_calamine import CalamineWorkbook

from tests.web.conftest import CHINESE, ENGLISH, pages_of
from wufei.registry import accounts, hats
from wufei.registry.models import Person
from wufei.web.plan import Plan
from wufei.web.search import index

pytestmark = pytest.mark.django_db(transaction=True)
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
GOOD = "another long pass phrase"
Open = Callable[..., Page]


@pytest.fixture
def site(live_server: Any) -> str:
    """The running site."""
    return live_server.url


@pytest.fixture
def filled(transactional_db: None, installed: Any) -> None:
    """The search index, which the end of each test here empties, filled: for those that search."""
    index.refresh()


@pytest.fixture
def open_page(browser: Browser, site: str, browser_context_args: dict[str, Any]) -> Iterator[Open]:
    """A page of a new visitor, signed in unless told otherwise; it keeps what the console says."""
    contexts: list[BrowserContext] = []

    def make(
        size: dict[str, int] = DESK, language: str = CHINESE, theme: str = "light", *, known: bool = True, **more: Any
    ) -> Page:
        given = {**browser_context_args, "base_url": site, "viewport": size, "color_scheme": theme}
        contexts.append(browser.new_context(**{**given, **more}))
        cookies = {"django_language": language, "theme": theme}
        if known:
            person, _made = Person.objects.get_or_create(username="reader")
            hats.give(person, "city_office")
            client = Client()
            client.force_login(person)
            cookies["sessionid"] = client.cookies["sessionid"].value
        contexts[-1].add_cookies([{"name": k, "value": v, "url": site} for k, v in cookies.items()])
        page = contexts[-1].new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_newcomers_way(open_page: Open, plan: Plan, size: dict[str, int]) -> None:
    page = open_page(size, known=False)
    page.goto(reverse("first", args=[accounts.create_first_admin()]))
    page.get_by_label("新密码").fill(GOOD)
    page.get_by_label("再次输入密码").fill(GOOD)
    page.get_by_role("button", name="设置密码并登录").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    page.locator("header summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("link", name="登录", exact=True).click()
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("密码").fill(GOOD)
    page.locator("main button[type=submit]").click()
    menu = "主要页面" if size is PHONE else "页面"
    page.get_by_role("navigation", name=menu, exact=True).get_by_role("link", name=re.compile(r"^指标[ \d]*$")).click()
    page.get_by_label("关键词").fill("粉煤灰")
    expect(page.get_by_role("status")).to_contain_text("49 条中的")
    page.get_by_label("关键词").fill("")
    page.get_by_role("combobox", name="要求").select_option("mandatory")
    expect(page.get_by_role("status")).to_contain_text("49 条中的 25 条")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Excel").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(waiting.value.path().read_bytes()))
    assert len(book.get_sheet_by_index(0).to_python()) == 3 + 25
    page.get_by_role("link", name="绿色矿山建成率").click()
    page.locator(".cited .cite").first.click()
    expect(page.locator(f"#L{plan.items('indicators')[5].cites[0].line}")).to_be_in_viewport()
    assert page.said == []


@pytest.mark.usefixtures("filled")
def test_search_from_any_page(open_page: Open, plan: Plan) -> None:
    page = open_page()
    page.goto(reverse("list", args=[plan.id, "tasks"]))
    page.keyboard.press("/")
    page.keyboard.type("粉媒灰")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("粉煤灰")
    page.get_by_role("link", name="原文行").click()
    page.locator(".hit a").first.click()
    expect(page.locator(".source-line.lit")).to_be_in_viewport()
    assert page.said == []


def test_the_language_switch_keeps_the_page_and_its_choices(open_page: Open, plan: Plan) -> None:
    page = open_page()
    page.goto(reverse("list", args=[plan.id, "tasks"]) + "?section=hazardous")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
    assert page.url.endswith("?section=hazardous")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("任务")


def test_the_theme_switch_works(open_page: Open) -> None:
    page = open_page()
    page.goto(reverse("account"))
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("main").get_by_role("button", name="深色").click()
    assert page.evaluate(ground) != light
    expect(page.locator("main").get_by_role("button", name="深色")).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_reaches_everything(open_page: Open, plan: Plan) -> None:
    page = open_page()
    page.goto(reverse("list", args=[plan.id, "indicators"]))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("关键词")).to_be_focused()
    page.locator("header summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="我的账户")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="我的账户")).to_be_hidden()
    expect(page.locator("header summary")).to_be_focused()
    page.get_by_role("link", name="2025 年目标值").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("2025 年目标值")


def test_focus_can_be_seen(open_page: Open, plan: Plan) -> None:
    page = open_page()
    page.goto(reverse("city", args=[plan.id]))
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2


def test_pages_are_whole_without_javascript(open_page: Open, plan: Plan) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(reverse("list", args=[plan.id, "tasks"]))
    page.get_by_role("combobox", name="领域").select_option("hazardous")
    page.get_by_role("button", name="应用").click()
    expect(page.get_by_role("status")).to_contain_text("59 条中的 9 条")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
    page.get_by_role("link", name="Timeline").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Timeline of tasks")


@pytest.mark.usefixtures("filled")
def test_nothing_is_wider_than_a_phone(open_page: Open, plan: Plan) -> None:
    for language in (CHINESE, ENGLISH):
        page = open_page(PHONE, language, has_touch=True, is_mobile=True)
        for address in pages_of(plan):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (language, address)


def test_thumbs_have_room(open_page: Open, plan: Plan) -> None:
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    page.goto(reverse("list", args=[plan.id, "indicators"]))
    for box in (target.bounding_box() for target in page.locator(".button:visible, .thumb > a, .thumb summary").all()):
        assert box["height"] >= 44, box
    page.locator(".thumb summary").tap()
    page.locator(".thumb .sheet").get_by_role("link", name="勘误").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("勘误")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("language", "theme"), [(CHINESE, "light"), (ENGLISH, "dark")])
def test_every_page_passes_the_accessibility_check(
    open_page: Open, plan: Plan, axe: Callable[[Page], list[str]], language: str, theme: str
) -> None:
    """Both languages and both themes; what neither can change is checked once (see the fixture)."""
    stranger = open_page(DESK, language, theme, known=False)
    found = {}
    for address in ("/", reverse("login"), "/nowhere/", reverse("first", args=[accounts.create_first_admin()])):
        stranger.goto(address)
        found[address] = axe(stranger)
    page = open_page(DESK, language, theme)
    for address in pages_of(plan):
        page.goto(f"{address}?size=20" if "?" not in address else address)  # twenty rows are like two hundred
        found[address] = axe(page)
    assert not {address: wrong for address, wrong in found.items() if wrong}
    assert page.said == []


def test_a_phones_pages_pass_the_accessibility_check(
    open_page: Open, plan: Plan, axe: Callable[[Page], list[str]]
) -> None:
    page = open_page(PHONE, has_touch=True, is_mobile=True)
    for name in ("list", "timeline", "item"):
        more = {"list": ["indicators"], "item": ["tasks", plan.items("tasks")[0].id]}.get(name, [])
        page.goto(reverse(name, args=[plan.id, *more]))
        assert axe(page) == []
