"""The declared rules in the database: the same own, foreign and no rows for raw SQL as the role of the pages."""

from __future__ import annotations

import psycopg
import pytest
from django.db import models

from tests.registry.access_world import FAR, NEAR, Firm, make_firm, worn
from tests.registry.as_app import as_app
from tests.registry.test_access import expected, roles
from wufei.registry.access import STRANGER, Wearer
from wufei.registry.access.policy import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installed", "rules_once")]


@pytest.fixture
def near(db: None) -> Firm:
    return make_firm("near", NEAR)


@pytest.fixture
def far(db: None) -> Firm:
    return make_firm("far", FAR)


def key(row: models.Model) -> str:
    return row._meta.pk.column


def seen(raw: psycopg.Connection, row: models.Model) -> set[object]:
    query = f"SELECT {key(row)} FROM {row._meta.db_table}"
    return {pk for (pk,) in raw.execute(query)}


def touched(raw: psycopg.Connection, row: models.Model) -> set[object]:
    query = f"UPDATE {row._meta.db_table} SET {key(row)} = {key(row)} RETURNING {key(row)}"
    return {pk for (pk,) in raw.execute(query)}


@pytest.mark.parametrize(
    "role",
    [
        "auditor",
        "carrier_dispatcher",
        "city_office",
        "county_office",
        "driver",
        "enterprise_admin",
        "enterprise_handler",
        "enterprise_viewer",
        "facility",
        "inspector",
        "lead_bureau",
        "medical_institution",
        "public",
        "responsible_bureau",
        "security_admin",
        "system_admin",
    ],
)
def test_raw_sql_sees_and_changes_what_the_rules_say(near: Firm, far: Firm, role: str) -> None:
    for table, row in near.rows.items():
        rule, both = kept().by_table[table], (row, far.rows[table])
        for verb, ask in (("read", seen), ("change", touched)):
            wanted = {r.pk for r, sees in zip(both, expected(rule, role, verb), strict=True) if sees}
            if rule.grants and verb == "change" and role == "system_admin":
                continue  # may name a security administrator and touch no other hat: tested with the attacks
            with as_app(worn(role, near)) as raw:
                found = ask(raw, row) & {r.pk for r in both}
            readable = {r.pk for r, sees in zip(both, expected(rule, role, "read"), strict=True) if sees}
            assert found == wanted & readable, (table, verb)


def test_the_roles_tried_are_all_there_are() -> None:
    marks = test_raw_sql_sees_and_changes_what_the_rules_say.pytestmark  # type: ignore[attr-defined]
    assert list(marks[0].args[1]) == roles()


def test_without_a_hat_nothing_is_visible(near: Firm) -> None:
    for row in near.rows.values():
        with as_app(None) as raw:
            assert seen(raw, row) == set(), row
        with as_app(STRANGER) as raw:
            assert seen(raw, row) == set(), row


def test_a_hat_without_organisation_or_place_sees_nothing_of_others(near: Firm) -> None:
    for role in roles():
        for table, row in near.rows.items():
            if "all" not in kept().by_table[table].scopes("read", role):
                with as_app(Wearer(near.person.pk + 1000, 1, role)) as raw:
                    assert row.pk not in seen(raw, row), (role, table)
