"""Every file that the pages hand out: no cell of it is a formula, whatever people wrote."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.web.conftest import make_person
from wufei.registry.models import Mandate, Organisation, Permit, Site, Vehicle
from wufei.web.kinds import KINDS
from wufei.web.plan import Plan
from wufei.web.registry.lists import LISTS

pytestmark = pytest.mark.django_db
FORMULA = '=HYPERLINK("http://x.invalid","+1")'
RISKY = ("=", "+", "-", "@", "\t", "\r")


def patterns(found: Any = None) -> list[URLPattern]:
    listed = []
    for pattern in found if found is not None else get_resolver().url_patterns:
        listed += patterns(pattern.url_patterns) if isinstance(pattern, URLResolver) else [pattern]
    return listed


def exports(plan: Plan, org: str) -> list[str]:
    """Every address that takes a suffix, once per kind of list."""
    found = []
    for pattern in patterns():
        taken = pattern.pattern.converters
        if "suffix" not in taken or pattern.name == "import-template":
            continue
        fixed = {"org_id": org, "site_id": "site-evil", "layout": "industrial_flows", "attachment_id": "none"}
        fixed["indicator"] = "industrial_utilization_rate"
        several = [("kind", KINDS)] if "kind" in taken else [("listed", LISTS)] if "listed" in taken else [("", [""])]
        for key, values in several:
            for value in values:
                kwargs = (
                    {"city": plan.id} | {k: v for k, v in fixed.items() if k in taken} | ({key: value} if key else {})
                )
                found += [reverse(pattern.name, kwargs=kwargs | {"suffix": s}) for s in ("csv", "xlsx")]
    return found


@pytest.fixture
def hostile(mirrored: None) -> str:
    """Rows in every list of the registry whose every text is a formula."""
    org = Organisation.objects.create(
        id="org-evil", name_zh=FORMULA, name_en=FORMULA, kind="enterprise", place="saihan", industry="=1+1"
    )
    site = Site.objects.create(id="site-evil", org=org, name_zh=FORMULA, place="saihan", address="@SUM(A1)")
    Permit.objects.create(org=org, site=site, kind="x", number="+1+1", issuer=FORMULA, valid_from="2026-01-01")
    Vehicle.objects.create(org=org, plate="=A1", plate_kind="x", kind="x", transport_permit_no="-1+1")
    other = Organisation.objects.create(id="org-two", name_zh="@two", kind="enterprise")
    mandate = Mandate.objects.create(
        org=org, to_org=other, acts=["carry_waste"], valid_from="2026-01-01", valid_to="2027-01-01", granted_by="x",
        granted_at="2026-01-01T00:00Z", revoked_reason="=1",
    )  # fmt: skip
    mandate.sites.set([site])
    person = make_person("=cmd|' /C calc'!A0", "enterprise_admin", "org-evil")
    person.full_name, person.phone = FORMULA, "+8613800000000"
    person.save()
    return org.pk


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.parametrize("role", ["city_office", "security_admin", "enterprise_admin"])
def test_no_export_holds_a_formula(client: Client, plan: Plan, hostile: str, role: str) -> None:
    client.get(reverse("home"))  # the gate listens to sign-ins from the first request on
    client.force_login(make_person("reader", role, hostile if role == "enterprise_admin" else None))
    seen = 0
    for address in exports(plan, hostile):
        answer = client.get(address)
        if answer.status_code in {403, 404}:
            continue
        assert answer.status_code == 200, address
        assert answer["Content-Disposition"].startswith("attachment;"), address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        seen += 1
        if address.split("?")[0].endswith("csv"):
            rows = list(csv.reader(io.StringIO(body_of(answer).decode("utf-8-sig"))))
            risky = [c for row in rows for c in row if c.startswith(RISKY) and not _number(c)]
            assert not risky, (address, risky[:3])
        else:
            with zipfile.ZipFile(io.BytesIO(body_of(answer))) as book:
                sheets = [book.read(n) for n in book.namelist() if n.startswith("xl/worksheets/sheet")]
            assert not [address for sheet in sheets if b"<f>" in sheet or b"<f " in sheet]
    assert seen > 20


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
