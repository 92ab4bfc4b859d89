"""What the tests of the pages share: people of every role, clients, and one sample of every address."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.registry.as_app import rules_once
from wufei import catalog
from wufei.journal.mirror import mirror
from wufei.registry import hats
from wufei.registry.models import Organisation, Person
from wufei.web.kinds import KINDS
from wufei.web.plan import Plan, plan_of
from wufei.web.search import index

PASSWORD = "a long enough pass phrase"
ENGLISH, CHINESE = "en", "zh-hans"


def make_person(name: str, role: str, org: str | None = None, **more: Any) -> Person:
    """Somebody with one hat; an organisation that is not on register yet is entered."""
    person = Person.objects.create_user(name, password=PASSWORD)
    if org:
        Organisation.objects.get_or_create(id=org, defaults={"name_zh": org, "kind": "enterprise"})
    hats.give(person, role, org=org, **more)
    return person


@pytest.fixture(autouse=True)
def installed(catalogue: catalog.Catalog) -> catalog.Catalog:
    """Every test of the pages reads the shipped catalogue."""
    catalog.install(catalogue)
    return catalogue


@pytest.fixture
def plan(installed: catalog.Catalog) -> Plan:
    """The plan of the first city."""
    return plan_of(min(installed.cities))


@pytest.fixture
def roles(installed: catalog.Catalog) -> list[str]:
    """Every role id."""
    return [role.id for role in installed.national.items("roles")]


@pytest.fixture
def person(db: None) -> Person:
    """Somebody of the city's office."""
    return make_person("reader", "city_office")


@pytest.fixture
def reader(client: Client, person: Person) -> Client:
    """A signed-in client that reads Chinese."""
    client.force_login(person)
    client.cookies["django_language"] = CHINESE
    return client


@pytest.fixture
def in_english() -> Callable[[Client], Client]:
    """Switch a client to English."""

    def switch(client: Client) -> Client:
        client.cookies["django_language"] = ENGLISH
        return client

    return switch


@pytest.fixture(scope="session")
def filled_once(catalogue: catalog.Catalog, django_db_setup: None, django_db_blocker: Any) -> None:
    """Fill the index for the whole run; a test that empties the tables finds it filled anew by ``indexed``."""
    catalog.install(catalogue)
    with django_db_blocker.unblock():
        index.refresh()


@pytest.fixture
def indexed(filled_once: None, db: None) -> int:
    """The search index filled; how many documents it holds."""
    return index.refresh()


@pytest.fixture(scope="session")
def mirrored_once(rules_once: None, catalogue: catalog.Catalog, django_db_setup: None, django_db_blocker: Any) -> None:
    """The journal knows the catalogue's streams, places and metrics, for the whole run."""
    from django.db import connection

    with django_db_blocker.unblock():
        connection.ensure_connection()
        mirror(connection.connection, catalogue)


@pytest.fixture
def mirrored(mirrored_once: None, db: None) -> None:
    """A journal that knows what records may name, inside the test's transaction.

    One statement opens that transaction: an append that came first would take itself for the outermost, and commit.
    """
    from django.db import connection

    connection.cursor().execute("SELECT 1")


def pages_of(plan: Plan) -> list[str]:
    """One address of every kind of page that a signed-in reader can open."""
    city = plan.id
    addresses = [reverse(name, args=[city]) for name in ("city", "timeline", "money", "project-places")]
    addresses += [reverse("list", args=[city, kind]) for kind in KINDS]
    paged = [kind for kind in KINDS if KINDS[kind].paged]
    addresses += [reverse("item", args=[city, kind, plan.items(kind)[0].id]) for kind in paged]
    addresses.append(reverse("text", args=[city, plan.source_id]))
    addresses.append(reverse("search", args=[city]) + "?q=粉煤灰")
    addresses.append(reverse("account"))
    return addresses


@pytest.fixture
def pages(plan: Plan) -> list[str]:
    """One address of every kind of page."""
    return pages_of(plan)


__all__ = ["rules_once"]
