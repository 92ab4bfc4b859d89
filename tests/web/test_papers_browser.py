"""The papers in a real browser: a declaration begun by a press, and every page on a desk and a phone."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.conftest import CHINESE, ENGLISH
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from wufei.journal import Entry, Record, append, new_id
from wufei.journal.mirror import mirror
from wufei.journal.moments import CITY_TIME
from wufei.registry import hats
from wufei.registry.models import Facility, Organisation, Person, Site
from wufei.web.plan import Plan
from wufei.web.views.papers import site as view

pytestmark = pytest.mark.django_db(transaction=True)
OIL, DECLARATION = "900-214-08", "hazardous_waste_declaration"


@pytest.fixture(autouse=True)
def works(installed: Any, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A key unit with oil in March, on 10 April 2025; the office's person acts for it as well."""
    monkeypatch.setattr(view, "today", lambda: date(2025, 4, 10))
    connection.ensure_connection()
    mirror(connection.connection, installed)
    org = Organisation.objects.create(id="org-works", name_zh="试验药业", kind="enterprise", place="togtoh")
    found = Site.objects.create(org=org, name_zh="托县厂区", place="togtoh")  # a new id: the journal forgets nothing
    Facility.objects.create(site=found, name_zh="焚烧炉", kind="hazardous_disposal")
    moves = ((f"origin:{found.pk}", f"storage:{found.pk}"), (f"storage:{found.pk}", f"transit:{new_id()}"))
    at = datetime(2025, 3, 5, 8, tzinfo=CITY_TIME)
    records = [
        Record(at, "2025-03", "measured", "person-1", org.pk, "hj_1259_2022 6.2", (Entry(*move, OIL, 2_500_000),))
        for move in moves
    ]
    assert all(outcome.stands for outcome in append(connection.connection, records))
    return found


def addresses(plan: Plan, works: Site) -> list[str]:
    register = [{"period": "2025-03", "table": "handed_over"}, {"period": "2025", "grain": "month"}]
    return [
        reverse("papers", args=[plan.id, works.pk]),
        reverse("exchange", args=[plan.id, works.pk]),
        reverse("paper-compared", args=[plan.id, works.pk, DECLARATION, "2025-03"]),
        *(reverse("waste-register", args=[plan.id, works.pk], query=query) for query in register),
        reverse("webhooks"),
    ]


def as_works(person: Person) -> None:
    """The signed-in person wears the firm's hat only."""
    person.hats.update(ended_at="2025-01-01T00:00Z")
    hats.give(person, "enterprise_handler", org="org-works")


@pytest.mark.parametrize(("size", "language"), [(DESK, CHINESE), (PHONE, ENGLISH)], ids=["desk", "phone"])
def test_begun_by_a_press_and_every_page_fits_and_is_accessible(
    open_page: Open,  # noqa: F811
    plan: Plan,
    works: Site,
    axe: Callable[[Page], list[str]],
    size: dict[str, int],
    language: str,
) -> None:
    page = open_page(size, language)
    as_works(Person.objects.get())
    page.goto(reverse("papers", args=[plan.id, works.pk]))
    row = page.locator("tr", has_text="2025年3月" if language == CHINESE else "March 2025")
    row.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        "危险废物申报" if language == CHINESE else "Declaration"
    )
    found = []
    for address in addresses(plan, works):
        assert page.goto(address).status == 200, address
        found += [f"{address}: {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{address}: wider than the screen")
    assert found == []
    assert page.said == []
