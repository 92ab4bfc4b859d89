"""Containers in a real browser: a picture of a label is read and opens the container; every page on desk and phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import segno
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.container_sample import drum, make_works
from tests.web.test_browser import PHONE, Open, open_page, site  # noqa: F401
from tests.web.test_cases_newcomer import page_of  # noqa: F401
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("installed")]


def test_a_picture_of_the_code_opens_the_container_and_every_page_is_sound(
    page_of: Callable[..., Page],  # noqa: F811
    plan: Plan,
    axe: Callable[[Page], list[str]],
    tmp_path: Path,
) -> None:
    world = make_works()
    made = drum(world, 180_000)
    picture, blank = tmp_path / "label.png", tmp_path / "blank.png"
    segno.make(made["code"], error="q").save(str(picture), scale=8, border=6)
    segno.make("x").save(str(blank), scale=1, border=40, dark="white")
    page = page_of(world.works, PHONE)
    address = reverse("container-scan", args=[plan.id])
    page.goto(address)
    page.locator("#scan-picture").set_input_files(str(blank))
    expect(page.get_by_text("照片里没有认出二维码")).to_be_visible()
    page.locator("#scan-picture").set_input_files(str(picture))
    expect(page.get_by_role("link", name=made["code"])).to_be_visible()
    expect(page.get_by_text("已扫描")).to_be_visible()
    names = [
        ("containers", []),
        ("container", [made["case"]]),
        ("container-label", []),
        ("outages", []),
        ("blank-scan", []),
    ]
    pages = [f"{address}?code={made['code']}", f"{address}?code=x"]
    pages += [reverse(name, args=[plan.id, *more]) for name, more in names]
    found = {}
    for each in pages:
        page.goto(each)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], each
        found[each] = axe(page)
    assert not {each: wrong for each, wrong in found.items() if wrong}
    assert [said for said in page.said if "422" not in said] == []
