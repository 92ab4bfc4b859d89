"""The pages of people in a real browser: accessible, no wider than a phone, both languages, both themes of words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from tests.web.conftest import CHINESE, ENGLISH
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from wufei.journal.mirror import mirror
from wufei.registry import hats, invitations, mandates, subject_requests
from wufei.registry.invitations import Offer
from wufei.registry.models import Attachment, Claim, Organisation, Person
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = (
    "people",
    "person",
    "mandates",
    "decide-claims",
    "requests",
    "keeping",
    "checklist",
    "own-data",
    "own-claims",
    "privacy",
)


@pytest.fixture
def filled(installed: Any, transactional_db: None, person: Person) -> dict[str, list[Any]]:
    """Something on every page; the reader may open all of them."""
    connection.ensure_connection()
    mirror(connection.connection, installed)
    today, now = timezone.localdate(), timezone.now()
    org = Organisation.objects.create(
        id="org-plant", name_zh="呼和浩特试验化工有限责任公司", kind="enterprise", place="saihan"
    )
    hats.give(person, "enterprise_admin", org=org)
    zhang = Person.objects.create_user("zhang", password="x" * 12, full_name="张三", phone="13812345678")
    hats.give(zhang, "enterprise_handler", org=org)
    wish = mandates.Wish(["dispatch_waste", "accept_waste"], today, today, to_person=zhang, streams=["HW08"], most_g=5)
    mandates.give(org, wish, by="person-1")
    invitations.invite(Offer(org, "driver", "小赵"), by=person.actor, by_role="enterprise_admin")
    subject_requests.make(zhang, "erasure", details="我已离职")
    subject_requests.make(person, "access")
    proof = Attachment.objects.create(
        org=org, name="授权书.pdf", media_type="application/pdf", size_bytes=1, sha256="0" * 64, uploaded_by=zhang,
        uploaded_at=now, purpose="claim",
    )  # fmt: skip
    Claim.objects.create(org=org, person=zhang, proof=proof, made_at=now)
    return {"people": ["org-plant"], "person": ["org-plant", zhang.pk], "mandates": ["org-plant"]}


def address(plan: Plan, filled: dict[str, list[Any]], name: str) -> str:
    plain = {"own-data", "own-claims", "privacy"}
    return reverse(name, args=[] if name in plain else [plan.id, *filled.get(name, [])])


ROLES = {
    "people": "enterprise_admin",
    "person": "enterprise_admin",
    "mandates": "enterprise_admin",
    "requests": "security_admin",
}


@pytest.mark.parametrize(("size", "language"), [(DESK, CHINESE), (PHONE, ENGLISH)], ids=["desk", "phone"])
def test_every_page_fits_and_is_accessible(
    open_page: Open,  # noqa: F811
    plan: Plan,
    person: Person,
    filled: dict[str, list[Any]],
    axe: Callable[[Page], list[str]],
    size: dict[str, int],
    language: str,
) -> None:
    page, found = open_page(size, language), []
    for name in PAGES:
        role = ROLES.get(name, "city_office")
        person.hats.exclude(role=role).update(ended_at=timezone.now())
        hats.give(person, role, org="org-plant" if role == "enterprise_admin" else None)
        answer = page.goto(address(plan, filled, name))
        assert answer is not None
        assert answer.status == 200, name
        found += [f"{name}: {line}" for line in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name}: wider than the screen")
    assert found == []
