"""Markup that somebody writes stays text: through every field of every form, and in every text of the registry.

The forms are taken from the pages themselves, so that a new one is tried without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.test import Client

from tests.registry.access_world import Firm
from tests.web.test_permission_matrix import World, body, client_of, ours, samples, world  # noqa: F401
from wufei.registry.models import Change, Merge, Person
from wufei.web.clock import today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once"), pytest.mark.long]
MARKUP = '"><svg onload=x>'  # short enough for nearly every field
RAW = "<svg onload"
ROLES = ("enterprise_admin", "city_office")  # between them they write nearly everything
# What the code writes, not people.
WORDS = {"token_hash", "sha256", "role", "place", "password", "purpose", "kind", "processing", "wanted"}
SOUND = {"phone": "13800000000", "email": "a@example.cn"}  # for fields that are more than text
BY_ITSELF = 5  # texts of a form; a generated form of a case has a hundred, all drawn by one template
TEXTS = {"text", "search", "tel", "email", "url", ""}
LEAVES = ("/logout/", "/language/", "/theme/", "/hat/", "/account/sessions/", "/through/stop/")


@dataclass
class Form:
    """A form that sends: its fields with what is filled in, the texts among them, and its buttons."""

    action: str
    values: dict[str, str] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """Every form of a page that sends, filled in: markup in each text, today in each day, the last of each choice."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            self.found += [self._form] if self._form else []
        elif self._form is not None and given.get("name") and "disabled" not in given:
            self._field(self._form, tag, given)
        elif self._form is not None and tag == "option" and self._select and given.get("value"):
            self._form.values[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        self._form = None if tag == "form" else self._form
        self._select = "" if tag == "select" else self._select

    def _field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "")
        if tag == "button":
            form.buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._select = name
            form.values.setdefault(name, "")
        elif tag == "textarea" or (tag == "input" and kind in TEXTS):
            form.texts.add(name)
            form.values[name] = MARKUP[: int(given.get("maxlength") or 1000)]
        elif tag == "input":
            form.values[name] = today().isoformat() if kind == "date" else given.get("value") or "1"


def pages(world: World) -> Iterator[tuple[str, str]]:  # noqa: F811
    for pattern in ours():
        address = next(iter(samples(pattern, world.ids)))
        if not address.startswith(("/api/", *LEAVES)) and "/all." not in address:
            yield pattern.name or "", address


def shown(client: Client, person: Person, address: str) -> str:
    """The page as the person sees it, signed in whatever an earlier form did; nothing where it is no page."""
    client.force_login(person)
    return html(client.get(address))


def html(answer: Any) -> str:
    """What a browser would draw of an answer; a file is none of it."""
    return body(answer) if answer.get("Content-Type", "").startswith("text/html") else ""


def sent(client: Client, address: str, form: Form, done: set[str]) -> Iterator[tuple[str, Any]]:
    """Send the form by each of its buttons, and once more for each text with the others sound; not what is ``done``."""
    target = form.action or address
    for name, value in form.buttons or [("", "")]:
        pressed = {name: value} if name else {}
        yield "all", client.post(target, form.values | pressed)
        for text in sorted(form.texts - done) if 1 < len(form.texts) <= BY_ITSELF else ():
            others = {other: SOUND.get(other, "甲") for other in form.texts - {text}}
            yield text, client.post(target, form.values | others | pressed)


def test_markup_in_every_field_of_every_form_stays_text(world: World) -> None:  # noqa: F811
    tried: set[tuple[str, str]] = set()
    kept: set[tuple[str, str]] = set()
    for role in ROLES:
        client, person = client_of(role, world), Person.objects.get(username=f"try-{role}")
        for name, address in pages(world):
            found = Forms()
            found.feed(shown(client, person, address))
            for form in (form for form in found.found if not form.action.startswith(LEAVES)):
                done = {text for page, text in kept if page == name}
                for text, answer in sent(client, address, form, done):
                    assert RAW not in html(answer), (role, name, text)
                    assert answer.status_code < 500, (role, name, text)
                    tried.add((name, text))
                    kept |= {(name, text)} if answer.status_code in {200, 302} else set()
    forms = {name for name, _text in tried}
    assert {"people", "mandates", "contacts", "contracts", "own-data", "takeover", "close-site", "post"} <= forms
    assert {("people", "all"), ("contacts", "duty"), ("own-data", "details"), ("close-organisation", "all")} <= kept
    for role in ROLES:
        person = Person.objects.get(username=f"try-{role}")
        assert [name for name, address in pages(world) if RAW in shown(Client(), person, address)] == [], role


def texts_of(model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    """The columns of a table that hold free text, with markup in each; ids and words of the catalogue are left."""
    for each in model._meta.concrete_fields:
        if each.primary_key or each.unique or each.name in WORDS:
            continue
        room = getattr(each, "max_length", None) or 1000
        if isinstance(each, models.CharField | models.TextField) and room >= len(MARKUP):
            yield each.name, MARKUP
        elif isinstance(each, ArrayField) and isinstance(each.base_field, models.CharField):
            yield each.name, [MARKUP[: each.base_field.max_length or 1000]]


def fill(firm: Firm) -> int:
    """Put markup into every text of every row of the firm; returns how many columns."""
    count = 0
    for row in firm.rows.values():
        if isinstance(row, Merge | Change):
            continue
        for name, value in texts_of(type(row)):
            setattr(row, name, value)
            count += 1
        row.save()
    return count


def test_markup_in_every_text_of_the_registry_stays_text(world: World) -> None:  # noqa: F811
    assert fill(world.near) > 60
    for role in ROLES:
        client, person = client_of(role, world), Person.objects.get(username=f"try-{role}")
        told = {name: shown(client, person, address) for name, address in pages(world)}
        assert [name for name, said in told.items() if RAW in said] == [], role
        assert any("&lt;svg onload" in said for said in told.values()), role


def test_the_check_bites() -> None:
    found = Forms()
    found.feed(
        f'<form method="post"><input name="a" maxlength="3"><select name="b"><option value="x"></select></form>{RAW}'
    )
    assert (found.found[0].values, found.found[0].texts) == ({"a": MARKUP[:3], "b": "x"}, {"a"})
