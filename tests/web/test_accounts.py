"""Signing in and out, the one-time link, language, theme, password."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import PASSWORD
from wufei.registry import accounts
from wufei.registry.models import Person

pytestmark = pytest.mark.django_db
GOOD = "another long pass phrase"


def sign_in(client: Client, name: str, password: str, **more: str) -> Any:
    return client.post(reverse("login"), {"username": name, "password": password, **more})


def test_signing_in_leads_on_to_the_page_asked_for(client: Client, person: Person) -> None:
    response = sign_in(client, person.username, PASSWORD, next=reverse("account"))
    assert (response.status_code, response["Location"]) == (302, reverse("account"))
    assert client.get(reverse("home")).status_code == 302


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org", "javascript:alert(1)", "\\\\example.org"])
def test_nobody_is_sent_to_another_site(client: Client, person: Person, target: str) -> None:
    assert sign_in(client, person.username, PASSWORD, next=target)["Location"] == reverse("home")
    assert client.post(reverse("language"), {"language": "en", "next": target})["Location"] == reverse("home")
    assert client.post(reverse("theme"), {"theme": "dark", "next": target})["Location"] == reverse("home")


def test_a_wrong_password_is_told_without_saying_which(client: Client, person: Person) -> None:
    for name in (person.username, "nobody"):
        response = sign_in(client, name, "wrong")
        assert response.status_code == 422
        assert "请输入一个正确的" in response.content.decode()


def test_signing_in_speaks_the_persons_language(client: Client, person: Person) -> None:
    person.language = "en"
    person.save()
    sign_in(client, person.username, PASSWORD)
    assert '<html lang="en"' in client.get(reverse("account")).content.decode()


def test_signing_out_ends_the_session(reader: Client) -> None:
    assert reader.post(reverse("logout")).status_code == 302
    assert reader.get(reverse("account")).status_code == 302


def test_the_first_link_sets_a_password_once(client: Client) -> None:
    address = reverse("first", args=[accounts.create_first_admin()])
    assert "设置密码" in client.get(address).content.decode()
    response = client.post(address, {"password": GOOD, "again": GOOD})
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert client.get(reverse("account")).status_code == 200
    again = Client().get(address)
    assert again.status_code == 410
    assert "重新启动 wufei run" in again.content.decode()


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("short", "short", "密码"),
        (GOOD, "different", "两次输入的密码不一致"),
        ("", "", "必填"),
        ("1234567890123", "1234567890123", "数字"),
    ],
)
def test_a_bad_first_password_leaves_the_link_good(client: Client, first: str, second: str, told: str) -> None:
    address = reverse("first", args=[accounts.create_first_admin()])
    response = client.post(address, {"password": first, "again": second})
    assert response.status_code == 422
    assert told in response.content.decode()
    assert client.post(address, {"password": GOOD, "again": GOOD}).status_code == 302


def test_an_old_first_link_says_when_it_expired(client: Client) -> None:
    token = accounts.create_first_admin(now=timezone.now() - timedelta(days=2))
    response = client.get(reverse("first", args=[token]))
    assert response.status_code == 410
    assert "过期" in response.content.decode()


def test_the_language_switch_stays_on_the_page(reader: Client, person: Person, pages: list[str]) -> None:
    for address in pages[:3]:
        response = reader.post(reverse("language"), {"language": "en", "next": address})
        assert response["Location"] == address
    assert '<html lang="en"' in reader.get(pages[0]).content.decode()
    person.refresh_from_db()
    assert person.language == "en"
    reader.post(reverse("language"), {"language": "xx", "next": pages[0]})
    assert '<html lang="en"' in reader.get(pages[0]).content.decode()


@pytest.mark.parametrize(("asked", "shown"), [("dark", "dark"), ("light", "light"), ("auto", "auto"), ("<b>", "auto")])
def test_the_theme_is_kept_on_the_device(reader: Client, asked: str, shown: str) -> None:
    reader.post(reverse("theme"), {"theme": asked, "next": "/"})
    assert f'data-theme="{shown}"' in reader.get(reverse("account")).content.decode()


def test_a_password_is_changed_with_the_old_one(reader: Client, person: Person) -> None:
    wrong = {"old_password": "wrong", "new_password1": GOOD, "new_password2": GOOD}
    assert reader.post(reverse("account"), wrong).status_code == 422
    assert reader.post(reverse("account"), wrong | {"old_password": PASSWORD}).status_code == 302
    assert "密码已修改" in reader.get(reverse("account")).content.decode()
    person.refresh_from_db()
    assert person.check_password(GOOD)


def test_a_demonstration_account_is_marked_and_keeps_its_password(
    client: Client, in_english: Callable[[Client], Client]
) -> None:
    [demo] = accounts.create_demo_people(["auditor"], PASSWORD)
    client.force_login(demo)
    assert "演示账户" in client.get(reverse("account")).content.decode()
    client.post(reverse("account"), {"old_password": PASSWORD, "new_password1": GOOD, "new_password2": GOOD})
    demo.refresh_from_db()
    assert demo.check_password(PASSWORD)
    assert "Demonstration account" in in_english(client).get(reverse("account")).content.decode()
