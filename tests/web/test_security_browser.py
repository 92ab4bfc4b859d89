"""The pages of signing in and of security in a real browser: passkeys with Chromium's own authenticator, every page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.web.conftest import CHINESE, ENGLISH, PASSWORD, make_person
from tests.web.sign_in import said, sign_in, with_authenticator
from tests.web.test_browser import DESK, PHONE, Open, open_page, site  # noqa: F401
from wufei.journal.mirror import mirror
from wufei.registry import hats
from wufei.registry.models import Person, SecondFactor
from wufei.web.plan import Plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ready(installed: Any, transactional_db: None) -> Iterator[None]:
    connection.ensure_connection()
    mirror(connection.connection, installed)
    with said(second_factor="required"):
        yield


@pytest.fixture
def handler() -> Person:
    return make_person("handler", "enterprise_admin", "org-handler")


def authenticator(page: Page) -> Any:
    """A device inside Chromium that verifies its user; returns its protocol session and its id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def log_in(page: Page, name: str) -> None:
    page.goto(reverse("login"))
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.locator("main button[type=submit]").click()


def test_a_passkey_is_made_and_signs_in(open_page: Open, handler: Person) -> None:  # noqa: F811
    page = open_page(known=False)
    session, device = authenticator(page)
    log_in(page, "handler")
    expect(page.get_by_role("heading", level=1)).to_have_text("第二因素")
    page.get_by_label("设备名称").last.fill("办公电脑")
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.locator("[data-passkey-codes] li")).to_have_count(10)
    kept = SecondFactor.objects.get(person=handler, kind="passkey")
    assert kept.label == "办公电脑"
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    page.context.clear_cookies(name="sessionid")
    log_in(page, "handler")
    expect(page.get_by_role("heading", level=1)).to_have_text("第二因素验证")
    page.get_by_role("button", name="使用通行密钥").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    kept.refresh_from_db()
    assert kept.last_used_at is not None
    assert page.said == []


def test_a_device_that_does_not_know_its_user_is_told_of(open_page: Open, handler: Person) -> None:  # noqa: F811
    page = open_page(known=False)
    session, device = authenticator(page)
    log_in(page, "handler")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.get_by_role("button", name="添加通行密钥").click()
    expect(page.locator("[data-passkey-error]")).to_be_visible()
    assert not SecondFactor.objects.filter(person=handler, kind="passkey").exists()


def pages(plan: Plan) -> list[tuple[str, str, str]]:
    """Name, role and address of every page of security."""
    return [
        ("factor", "enterprise_admin", reverse("factor")),
        ("factors", "enterprise_admin", reverse("factors")),
        ("account", "enterprise_admin", reverse("account")),
        ("tokens", "enterprise_admin", reverse("tokens")),
        ("audit", "auditor", reverse("audit", args=[plan.id])),
        ("impersonate", "system_admin", reverse("impersonate", args=[plan.id])),
    ]


@pytest.mark.parametrize(("size", "language"), [(DESK, CHINESE), (PHONE, ENGLISH)], ids=["desk", "phone"])
def test_every_page_fits_and_is_accessible(
    open_page: Open,  # noqa: F811
    plan: Plan,
    handler: Person,
    axe: Callable[[Page], list[str]],
    size: dict[str, int],
    language: str,
) -> None:
    page = open_page(size, language)
    reader, found = Person.objects.get(username="reader"), []
    with said(second_factor="offered"):
        sign_in(Client(), "handler")
        with_authenticator(reader)
        page.goto(reverse("factor"))
        for name, role, address in pages(plan):
            reader.hats.exclude(role=role).update(ended_at=timezone.now())
            hats.give(reader, role, org="org-handler" if role == "enterprise_admin" else None)
            if name == "factors":
                SecondFactor.objects.filter(person=reader).update(confirmed_at=None)  # the picture is shown
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == 200, name
            found += [f"{name}: {line}" for line in axe(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{name}: wider than the screen")
    page.context.clear_cookies(name="sessionid")
    page.goto(reverse("login"))
    found += [f"login: {line}" for line in axe(page)]
    assert found == []


def test_each_page_asks_as_often_however_much_there_is(plan: Plan) -> None:
    """Ten more people, sign-ins and devices: no more queries."""
    roles = ("enterprise_admin", "auditor", "system_admin")
    people = {role: make_person(f"q-{role}", role) for role in roles}

    def counted() -> dict[str, int]:
        told = {}
        for name, role, address in pages(plan)[1:]:
            client = Client()
            client.force_login(people[role])
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200, name
            told[name] = len([q for q in asked.captured_queries if not re.match("SAVEPOINT|RELEASE", q["sql"])])
        return told

    with said(second_factor="offered"):
        sign_in(Client(), "q-auditor")
        few = counted()
        for n in range(10):
            make_person(f"more-{n}", "enterprise_handler")
            sign_in(Client(), f"more-{n}")
        assert counted() == few
