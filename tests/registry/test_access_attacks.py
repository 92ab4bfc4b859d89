"""Attacks on row-level security by whoever gets hold of a connection as the pages' role (docs/security-attacks.md)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import Connection

from tests.registry.access_world import worn
from tests.registry.apart import Apart
from wufei.registry.access import Wearer
from wufei.registry.access.force import AT_THE_DOOR, signed

pytestmark = pytest.mark.django_db
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName)
TABLES = (
    "registry_organisation",
    "registry_site",
    "registry_person",
    "registry_hat",
    "journal.record",
    "journal.entry",
)
# What the pages' role may call of the schema `access`: questions about the hat in force, answered for that hat alone.
CALLABLE = {
    "accounts", "acting_for", "actor", "below", "grantable", "has", "hat", "journal_places", "mandated_sites",
    "mandates", "mine", "org_of", "orgs_in", "parties", "people_of", "person_of", "places_of", "reads_journal",
    "scopes_of", "sees_all", "sites_of", "today", "worn",
}  # fmt: skip


def wear_text(app: Connection[Any], text: str) -> None:
    app.execute("SELECT set_config('wufei.hat', %s, false)", (text,))


def sees_nothing(app: Connection[Any]) -> bool:
    return all(app.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,) for table in TABLES)


def later() -> int:
    return int(time.time()) + 600


@pytest.fixture
def office(apart: Apart) -> Wearer:
    return worn("city_office", apart.near)


def test_without_a_hat_nothing_is_seen(apart: Apart, office: Wearer) -> None:
    with apart.app() as app:
        assert sees_nothing(app)
        for text in ("", "|||||||", "1|1|city_office", "city_office", "\x01", "|".join(["1"] * 9), "|" * 8):
            wear_text(app, text)
            assert sees_nothing(app)
    with apart.app(office) as app:
        assert not sees_nothing(app)


def test_a_forged_signature_opens_nothing(apart: Apart, office: Wearer) -> None:
    with apart.app() as app:
        sound = signed(office, app.info.backend_pid, until=later())
        said, _bar, mac = sound.rpartition("|")
        for text in (f"{said}|{'0' * 64}", f"{said}|{mac.upper()}", f"{said}|{mac[:-1]}", f"{said}| {mac}", f"{said}|"):
            wear_text(app, text)
            assert sees_nothing(app), text
        wear_text(app, sound)
        assert not sees_nothing(app)


@pytest.mark.parametrize("part", range(8))
def test_no_word_of_a_signed_hat_can_be_changed(apart: Apart, part: int) -> None:
    with apart.app() as app:
        viewer = worn("enterprise_viewer", apart.near)
        words = signed(viewer, app.info.backend_pid, until=later()).split("|")
        words[part] = ("7", "7", "city_office", "org-far", "site-far", "wuchuan", "person-7", str(later() + 9999))[part]
        wear_text(app, "|".join(words))
        assert sees_nothing(app)


def test_a_hat_made_with_another_secret_opens_nothing(apart: Apart, office: Wearer) -> None:
    real = settings.SECRET_KEY
    with apart.app() as app:
        try:
            settings.SECRET_KEY = "guessed"
            wear_text(app, signed(office, app.info.backend_pid, until=later()))
        finally:
            settings.SECRET_KEY = real
        assert sees_nothing(app)


def test_an_old_hat_and_one_of_another_connection_open_nothing(apart: Apart, office: Wearer) -> None:
    with apart.app() as one, apart.app() as other:
        wear_text(one, signed(office, one.info.backend_pid, until=int(time.time()) - 1))
        assert sees_nothing(one)
        wear_text(one, signed(office, one.info.backend_pid, until=later()))
        assert not sees_nothing(one)
        (copied,) = one.execute("SELECT current_setting('wufei.hat')").fetchone() or ("",)
        wear_text(other, copied)
        assert sees_nothing(other)


def test_an_id_with_a_bar_is_never_signed(office: Wearer) -> None:
    with pytest.raises(ValueError, match="bar"):
        signed(replace(office, org="x|y"), 1, until=later())


def test_the_key_and_the_rules_are_the_owner_s(apart: Apart, office: Wearer) -> None:
    with apart.app(office) as app:
        for table in ("key", "scope", "place", "role_grant"):
            for statement in (
                f"SELECT * FROM access.{table}", f"DELETE FROM access.{table}", f"TRUNCATE access.{table}",
                f"INSERT INTO access.{table} SELECT * FROM access.{table}", f"DROP TABLE access.{table}",
                f"COPY access.{table} TO STDOUT",
            ):  # fmt: skip
                with pytest.raises(REFUSED):
                    app.execute(statement)


def test_the_rules_cannot_be_switched_off(apart: Apart) -> None:
    viewer = worn("enterprise_viewer", apart.near)
    with apart.app(viewer) as app:
        for statement in (
            "SET ROLE wufei_owner", "SET SESSION AUTHORIZATION wufei_owner", "SET ROLE wufei_superuser",
            "ALTER ROLE wufei_app BYPASSRLS", "ALTER TABLE registry_site DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE registry_site NO FORCE ROW LEVEL SECURITY", "DROP POLICY hat_select ON registry_site",
            "CREATE POLICY mine ON registry_site USING (true)", "ALTER POLICY hat_select ON registry_site USING (true)",
            "ALTER VIEW journal.book SET (security_invoker = false)", "ALTER TABLE registry_site OWNER TO wufei_app",
            "CREATE OR REPLACE FUNCTION access.worn() RETURNS text[] LANGUAGE sql AS $$ SELECT '{}'::text[] $$",
            "CREATE FUNCTION access.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE TABLE access.mine (n int)",
            "CREATE VIEW public.mine AS SELECT * FROM registry_site", "DROP TRIGGER append_of_hat ON journal.receipt",
            "ALTER TABLE journal.receipt DISABLE TRIGGER append_of_hat", "SET session_replication_role = replica",
            "CREATE TEMPORARY TABLE registry_site AS SELECT 1 AS id", "CREATE SCHEMA mine",
            "SELECT access.check_append()", "LOCK TABLE registry_site IN ACCESS EXCLUSIVE MODE",
            "CREATE RULE mine AS ON SELECT TO registry_site DO INSTEAD SELECT 1", "TRUNCATE registry_site CASCADE",
        ):  # fmt: skip
            with pytest.raises(psycopg.Error):
                app.execute(statement)
        app.execute("SET row_security = off")
        with pytest.raises(REFUSED):
            app.execute("SELECT * FROM registry_site")


def test_a_search_path_of_one_s_own_changes_no_answer(apart: Apart) -> None:
    viewer = worn("enterprise_viewer", apart.near)
    with apart.app(viewer) as app:
        app.execute("SET search_path = pg_temp, journal, access, public")
        assert app.execute("SELECT id FROM public.registry_site").fetchall() == [("site-near",)]
        app.execute("SET wufei.role = 'city_office'; SET role = DEFAULT")
        assert app.execute("SELECT id FROM public.registry_site").fetchall() == [("site-near",)]


LEAKS = (
    "SELECT id FROM registry_site WHERE 1 / (CASE WHEN name_zh = 'far' THEN 0 ELSE 1 END) = 1",
    "SELECT id FROM registry_site WHERE (CASE WHEN name_zh = 'far' THEN name_zh ELSE '1' END)::int = 1",
    "SELECT id FROM registry_site ORDER BY 1 / (CASE WHEN name_zh = 'far' THEN 0 ELSE 1 END)",
    "SELECT max(1 / (CASE WHEN name_zh = 'far' THEN 0 ELSE 1 END)) FROM registry_site",
    "SELECT id FROM registry_site WHERE lpad('x', CASE WHEN name_zh = 'far' THEN 2000000000 ELSE 1 END) = 'x'",
)


@pytest.mark.parametrize("query", LEAKS)
def test_an_error_tells_nothing_of_a_row_that_is_not_seen(apart: Apart, query: str) -> None:
    with apart.app(worn("enterprise_viewer", apart.near)) as app:
        app.execute(query)
    with apart.app(worn("city_office", apart.near)) as app, pytest.raises(psycopg.Error):
        app.execute(query)


def test_other_ways_of_reading_are_bound_too(apart: Apart) -> None:
    with apart.app(worn("enterprise_viewer", apart.near)) as app:
        with app.cursor() as cursor, cursor.copy("COPY (SELECT id FROM registry_site) TO STDOUT") as copy:
            assert b"".join(bytes(block) for block in copy) == b"site-near\n"
        with pytest.raises(psycopg.Error), app.cursor() as cursor, cursor.copy("COPY registry_site FROM STDIN"):
            pass
        assert app.execute("SELECT count(*) FROM pg_stats WHERE tablename LIKE 'registry%'").fetchone() == (0,)
        assert app.execute("SELECT id FROM registry_site FOR SHARE").fetchall() == []  # may look, not hold
        changed = "UPDATE registry_organisation SET place = 'saihan' RETURNING id"
        assert app.execute(changed).fetchall() == []
        assert app.execute("DELETE FROM registry_permitscope RETURNING id").fetchall() == []
        for table in ("django_session", "registry_firstlogintoken", "registry_person_groups"):
            assert app.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_functions_of_the_owner_answer_for_the_hat_alone(apart: Apart) -> None:
    with apart.app(worn("enterprise_viewer", apart.near)) as app:
        rows = app.execute(
            "SELECT proname, prosecdef, coalesce(proconfig, '{}'), has_function_privilege(oid, 'EXECUTE') "
            "FROM pg_proc WHERE pronamespace = 'access'::regnamespace"
        ).fetchall()
        assert {name for name, _, _, allowed in rows if allowed} == CALLABLE
        for name, _definer, config, _ in rows:
            assert any(c.startswith("search_path=") and c.endswith("pg_temp") for c in config), name
        assert app.execute("SELECT access.sites_of('sites', 'read')").fetchone() == (["site-near"],)


def grant(app: Connection[Any], person: int, role: str, org: str | None) -> int:
    """Try to give a hat by raw SQL; how many rows were written."""
    query = (
        "INSERT INTO registry_hat (person_id, role, org_id, place, granted_by, granted_at, ended_by) "
        "VALUES (%s, %s, %s, '', 'x', now(), '')"
    )
    try:
        with app.transaction(force_rollback=True):
            return app.execute(query, (person, role, org)).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return 0


def test_nobody_raises_their_own_rights(apart: Apart) -> None:
    person, mine = apart.near.person.pk, apart.near.org.pk
    roles = ("city_office", "security_admin", "auditor", "system_admin", "county_office")
    with apart.app(worn("enterprise_admin", apart.near)) as app:
        assert [grant(app, person, role, mine) for role in roles] == [0] * 5
        assert grant(app, person, "driver", "org-far") == 0
        assert grant(app, person, "driver", mine) == 1
        for change in ("role = 'city_office'", "org_id = 'org-far'", "person_id = 999"):
            with pytest.raises(psycopg.Error):
                app.execute(f"UPDATE registry_hat SET {change}")
    for role in ("enterprise_viewer", "city_office", "county_office", "auditor", "driver", "public"):
        with apart.app(worn(role, apart.near)) as app:
            assert [grant(app, person, each, mine) for each in (*roles, "driver")] == [0] * 6, role


def test_the_three_administrators_do_not_do_each_other_s_work(apart: Apart) -> None:
    person = apart.near.person.pk
    with apart.app(worn("system_admin", apart.near)) as app:
        assert grant(app, person, "security_admin", None) == 1  # while there is none
        assert [grant(app, person, role, None) for role in ("auditor", "city_office", "system_admin")] == [0] * 3
        assert app.execute("SELECT count(*) FROM journal.record").fetchone() == (0,)
        assert app.execute("SELECT count(*) FROM registry_site").fetchone() == (0,)
        with app.transaction(force_rollback=True):
            with apart.owner() as owner:
                owner.execute("INSERT INTO registry_hat (person_id, role, place, granted_by, granted_at, ended_by) "
                              "VALUES (%s, 'security_admin', '', 'x', now(), '')", (person,))  # fmt: skip
            assert grant(app, apart.far.person.pk, "security_admin", None) == 0
    with apart.app(worn("security_admin", apart.near)) as app:
        assert grant(app, person, "auditor", None) == 1
        assert app.execute("SELECT count(*) FROM journal.step WHERE workflow = 'audit'").fetchone() == (0,)
    with apart.app(worn("auditor", apart.near)) as app:
        assert app.execute("UPDATE registry_person SET is_active = true WHERE id <> %s", (person,)).rowcount == 0
        assert app.execute("UPDATE registry_organisation SET place = place").rowcount == 0


def test_the_door_opens_on_accounts_and_nothing_else(apart: Apart) -> None:
    with apart.app(AT_THE_DOOR) as app:
        assert app.execute("SELECT count(*) > 0 FROM registry_person").fetchone() == (True,)
        for table in ("registry_site", "registry_permit", "registry_contact", "journal.record", "journal.entry"):
            assert app.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
