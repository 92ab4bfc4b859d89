"""The registry in a real browser: the map by mouse and keyboard, phones, accessibility."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.conftest import CHINESE, ENGLISH
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from tests.web.test_registry_pages import addresses, works  # noqa: F401
from wufei.journal.mirror import mirror
from wufei.registry.models import Organisation
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _ready(installed: Any, transactional_db: None, works: Organisation) -> None:  # noqa: F811
    connection.ensure_connection()
    mirror(connection.connection, installed)


def test_the_map_opens_a_site_by_keyboard(open_page: Open, plan: Plan) -> None:  # noqa: F811
    page = open_page(DESK)
    page.goto(reverse("map", args=[plan.id]))
    expect(page.locator("#map")).to_have_attribute("data-ready", "1")
    expect(page.locator(".map-county")).to_have_count(9)
    point = page.locator(".map-site")
    expect(point).to_have_attribute("aria-label", "托县厂区, 托克托县")
    point.focus()
    page.keyboard.press("Enter")
    page.locator(".leaflet-popup").get_by_role("link", name="托县厂区").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("托县厂区")
    assert page.said == []


def test_a_site_is_chosen_on_the_map_from_its_page(open_page: Open, plan: Plan) -> None:  # noqa: F811
    page = open_page(DESK)
    page.goto(reverse("site", args=[plan.id, "site-works"]))
    page.locator("main").get_by_role("link", name="地图").click()
    expect(page.locator(".map-site.chosen")).to_have_count(1)
    expect(page.locator(".leaflet-popup")).to_contain_text("试验药业")


@pytest.mark.parametrize(("size", "language"), [(DESK, CHINESE), (PHONE, ENGLISH)], ids=["desk", "phone"])
def test_every_page_fits_and_is_accessible(
    open_page: Open,  # noqa: F811
    plan: Plan,
    axe: Callable[[Page], list[str]],
    size: dict[str, int],
    language: str,
) -> None:
    page = open_page(size, language)
    found = []
    for address in addresses(plan):
        page.goto(address)
        if reverse("map", args=[plan.id]) == address:
            expect(page.locator("#map")).to_have_attribute("data-ready", "1")
        found += [f"{address}: {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{address}: wider than the screen")
    assert found == []
