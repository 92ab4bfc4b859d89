"""The demonstration's cases: entered through the checks, once, each in the state that it shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tests.registry.test_demonstration import furnished
from wufei.catalog import Catalog
from wufei.catalog.demo_cases import DemoCase
from wufei.journal.balances import Held, balances
from wufei.journal.mirror import mirror
from wufei.registry.access import database
from wufei.synth import demonstration

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(catalogue: Catalog) -> Catalog:
    with connection.cursor() as cursor:
        database.apply(cursor, settings.SECRET_KEY)
        mirror(cursor.connection, catalogue)
    furnished(catalogue)
    return catalogue


def test_every_case_stands_and_a_second_start_enters_none(city: Catalog) -> None:
    declared = city.city("hohhot").items(DemoCase.kind)
    now = timezone.now()
    assert demonstration.enter(connection.connection, city, now) == (len(declared), [])
    states = connection.connection.execute("SELECT state FROM journal.desk ORDER BY 1").fetchall()
    assert [state for (state,) in states] == [
        "completed", "draft", "in_transit", "in_transit", "loaded", "submitted",
    ]  # fmt: skip
    assert demonstration.enter(connection.connection, city, now + timedelta(days=1)) == (0, [])
    (received,) = balances(connection.connection, Held(account="storage:site-demo-facility")).items
    assert received.mass_g == 6_380_000


def test_what_the_journal_refuses_is_said_and_leaves_nothing(city: Catalog) -> None:
    early = timezone.now() - timedelta(days=20_000)  # before the organisations' permits
    entered, refused = demonstration.enter(connection.connection, city, early)
    assert entered < len(city.city("hohhot").items(DemoCase.kind))
    assert refused
    assert all(error.remedy("zh") for error in refused)
