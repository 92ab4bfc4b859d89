"""The history of the registry's rows: written by the database, without secrets, never changed."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from django.db import connection, transaction

from wufei.registry import history
from wufei.registry.models import Change, Contact, Organisation, Person, Site, Tenure

pytestmark = pytest.mark.django_db


def make(**more: object) -> Organisation:
    return Organisation.objects.create(name_zh="青山化工", kind="enterprise", **more)


def test_insert_update_delete_are_told_with_what_was_and_is() -> None:
    org = make()
    Organisation.objects.filter(pk=org.pk).update(name_zh="青山新材料", name_en="Qingshan")
    Organisation.objects.filter(pk=org.pk).delete()
    gone, changed, made = history.of_row("registry_organisation", org.pk)
    assert (made.act, changed.act, gone.act) == ("insert", "update", "delete")
    assert made.before is None
    assert made.after["name_zh"] == "青山化工"
    assert changed.before == {"name_zh": "青山化工", "name_en": ""}
    assert changed.after == {"name_zh": "青山新材料", "name_en": "Qingshan"}
    assert gone.before["name_zh"] == "青山新材料"
    assert gone.after is None


def test_an_update_that_changes_nothing_is_not_told() -> None:
    org = make()
    org.save()
    assert history.of_row("registry_organisation", org.pk).count() == 1


def test_a_change_outside_the_pages_bears_the_role() -> None:
    found = history.of_row("registry_organisation", make().pk).get()
    assert found.actor.startswith("role:")
    assert found.acting_for == "-"


def test_bulk_changes_are_told_row_by_row() -> None:
    made = Organisation.objects.bulk_create(Organisation(name_zh=f"第{n}厂", kind="enterprise") for n in range(5))
    assert history.of_rows(made).count() == 5


def test_secrets_and_personal_data_do_not_enter() -> None:
    values = {"full_name": "王小明", "phone": "13912345678", "email": "wang@example.org"}
    person = Person.objects.create(username="wang", password="secret-1", **values)
    person.password = "secret-2"
    person.save()
    contact = Contact.objects.create(org=make(), name="张三丰", phone="13812345678", duty="值班")
    told = [c for row in (person, contact) for c in history.of_row(row._meta.db_table, row.pk)]
    text = " ".join(f"{c.before} {c.after}" for c in told)
    for secret in ("王小明", "13912345678", "wang@example.org", "secret-1", "secret-2", "张三丰", "13812345678"):
        assert secret not in text
    assert told[0].after["password"] == "…"
    sealed = Contact.objects.raw("SELECT id, phone FROM registry_contact WHERE id = %s", [contact.pk])
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_index FROM registry_contact WHERE id = %s", [contact.pk])
        stored = cursor.fetchone()
    assert sealed[0].pk == contact.pk
    assert not [value for value in stored if value and value in text]


def test_a_sign_in_is_no_change() -> None:
    person = Person.objects.create(username="li")
    Person.objects.filter(pk=person.pk).update(last_login="2026-01-01T00:00:00Z")
    assert history.of_row("registry_person", person.pk).count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_change SET actor = 'x'",
        "DELETE FROM registry_change",
        "TRUNCATE registry_change",
    ],
)
def test_the_history_is_append_only_even_for_the_owner(statement: str) -> None:
    make()
    with pytest.raises(Exception, match="registry_history_append_only") as caught, transaction.atomic():
        connection.cursor().execute(statement)
    assert isinstance(caught.value.__cause__, psycopg.Error)


def test_every_table_of_the_registry_is_watched() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relname LIKE 'registry\\_%' AND NOT EXISTS "
            "(SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'history')"
        )
        unwatched = {name for (name,) in cursor.fetchall()}
    assert "registry_change" in unwatched
    known = {m._meta.db_table for m in history.watched()}
    assert not unwatched & known


def test_installing_again_changes_nothing() -> None:
    history.install(connection)
    assert history.of_row("registry_organisation", make().pk).count() == 1


def test_a_new_site_is_a_place_of_the_journal() -> None:
    org = make()
    site = Site.objects.create(org=org, name_zh="一厂区", place="togtoh")
    Tenure.objects.create(site=site, org=org, valid_from=date(2025, 1, 1))
    many = Site.objects.bulk_create(Site(org=org, name_zh=f"{n}", place="togtoh") for n in range(3))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM journal.place WHERE id = ANY (%s)", [[s.pk for s in (site, *many)]])
        assert cursor.fetchone() == (4,)
    assert Change.objects.filter(table="registry_site", row=site.pk).exists()
