"""Findings, the dossier and the check on the road in a real browser: they fit a desk and a phone and are accessible."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.web.conftest import CHINESE, ENGLISH
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from wufei.app import findings
from wufei.journal import Entry, Record, append
from wufei.journal.mirror import mirror
from wufei.journal.signed_papers import road_statement
from wufei.journal.signing import ensure_signer, register
from wufei.registry.models import Organisation, Site, Storage
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def works(installed: Any, transactional_db: None) -> Site:
    """A works whose storage point holds more than it may."""
    connection.ensure_connection()
    mirror(connection.connection, installed)
    org = Organisation.objects.create(id="org-works", name_zh="试验药业", kind="enterprise", place="togtoh")
    found = Site.objects.create(org=org, name_zh="托县厂区", place="togtoh")  # a new id: the journal forgets nothing
    Storage.objects.create(site=found, name_zh="贮存点", kind="storage_point")
    now = datetime.now(UTC)
    entry = Entry(f"origin:{found.pk}", f"storage:{found.pk}", "900-214-08", 5_000_000)
    record = Record(now, now.strftime("%Y-%m"), "measured", "person-1", org.pk, "hj_1259_2022 6.2", (entry,))
    assert append(connection.connection, [record])[0].stands
    raised = findings.run(connection.connection, installed, now.date(), now, sites=(found.pk,))
    assert [finding.rule.id for finding in raised.findings] == ["storage_point_over"]
    return found


@pytest.mark.parametrize(("size", "language"), [(DESK, CHINESE), (PHONE, ENGLISH)], ids=["desk", "phone"])
def test_every_page_fits_and_is_accessible(
    open_page: Open,  # noqa: F811
    plan: Plan,
    works: Site,
    axe: Callable[[Page], list[str]],
    size: dict[str, int],
    language: str,
) -> None:
    page = open_page(size, language)
    page.goto(reverse("findings", args=[plan.id], query={"site": works.pk}))
    name = "贮存点超过实时贮存量上限" if language == CHINESE else "More at a storage point than may lie there"
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    found = []
    addresses = [
        page.url, reverse("findings", args=[plan.id]), reverse("finding-rules", args=[plan.id]),
        reverse("dossier", args=[plan.id, works.pk]),
        reverse("road-check", args=[plan.id], query={"q": "蒙A10001"}),
    ]  # fmt: skip
    for address in addresses:
        assert page.goto(address).status == 200, address
        found += [f"{address}: {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{address}: wider than the screen")
    assert found == []
    assert page.said == []


def test_a_picture_of_a_drivers_code_is_read_and_checked(
    open_page: Open,  # noqa: F811
    plan: Plan,
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.SIGNING_KEY = tmp_path / "signing-key"
    signer, until = ensure_signer(settings.SIGNING_KEY), datetime.now(UTC) + timedelta(hours=1)
    register(connection.connection, signer)
    told = {
        "case": "manifest:0199a000-0000-7000-8000-000000000001", "number": "20261501000001", "plate": "蒙A10001",
        "carrier": "青城危货运输公司", "from": "托克托机械厂", "to": "大青山再生油公司",
        "until": int(until.timestamp()), "state": "in_transit",
        "wastes": [["900-249-08", 1_500_000], ["772-003-18", 800_000]],
    }  # fmt: skip
    picture = tmp_path / "code.png"
    segno.make(road_statement(told, signer), error="l", boost_error=False).save(str(picture), scale=4, border=4)
    page = open_page(PHONE, CHINESE)
    page.goto(reverse("road-check", args=[plan.id]))
    page.locator("#scan-picture").set_input_files(str(picture))
    expect(page.get_by_text("核验码真实")).to_be_visible()
    expect(page.get_by_text("没有与此相符的在途联单")).to_be_visible()
    assert page.said == []
