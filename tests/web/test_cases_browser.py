"""The pages of cases in a real browser: accessibility in both languages and themes, a phone, the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.case_sample import TRANSFER, file, hat_of, make_world
from tests.web.conftest import ENGLISH
from tests.web.test_browser import PHONE, Open, open_page, site  # noqa: F401
from tests.web.test_cases_newcomer import page_of  # noqa: F401
from wufei.registry.models import Person
from wufei.web.plan import Plan
from wufei.workflow import acting
from wufei.workflow.acting import Wish

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("installed")]


def addresses(plan: Plan) -> tuple[Person, list[str]]:
    """The plant's keeper and one address of every page of cases, with a case that waits for it."""
    world = make_world()
    case = file(world)
    acting.take(connection.connection, hat_of(world.works), case, Wish("dispatch"))
    acting.take(connection.connection, hat_of(world.haulier), case, Wish("pick_up"))
    names = [("cases", []), ("case-choose", []), ("case-begin", [TRANSFER]), ("case", [case]), ("case-print", [case])]
    made = [reverse(name, args=[plan.id, *more]) for name, more in names]
    made += [reverse("case-step", args=[plan.id, case, step]) for step in ("accept", "refuse", "propose_correction")]
    return world.plant, [*made, made[0] + "?view=all"]


def switched(page: Page, site_url: str, language: str, theme: str = "light") -> None:
    page.context.add_cookies([{"name": k, "value": v, "url": site_url} for k, v in
                              (("django_language", language), ("theme", theme))])  # fmt: skip


def test_every_page_passes_the_accessibility_check_and_fits_a_phone(
    page_of: Callable[..., Page],  # noqa: F811
    site: str,  # noqa: F811
    plan: Plan,
    axe: Callable[[Page], list[str]],
) -> None:
    person, pages = addresses(plan)
    desk, phone = page_of(person), page_of(person, PHONE)
    switched(phone, site, ENGLISH, "dark")
    found = {}
    for number, address in enumerate(pages):
        desk.goto(address)
        found[address] = axe(desk)
        phone.goto(address)
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
        found[address] += axe(phone) if number % 2 else []
    for page in (desk, phone):  # a code to sign with is made by a press
        page.goto(next(address for address in pages if address.endswith("/refuse/")))
        page.locator("button[name=show]").click()
        expect(page.locator(".big-code")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found[page.url + " code"] = axe(page)
    assert not {address: wrong for address, wrong in found.items() if wrong}
    assert desk.said == phone.said == []


def test_a_step_is_taken_with_the_keyboard_alone(page_of: Callable[..., Page], plan: Plan) -> None:  # noqa: F811
    world = make_world()
    case = file(world)
    page = page_of(world.works)
    page.goto(reverse("case", args=[plan.id, case]))
    page.get_by_role("link", name="装车移出").focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="装车移出")
    for _press in range(200):
        if button.evaluate("each => each === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("等待青城危货运输公司办理")).to_be_visible()
    assert page.said == []
