"""Sealed columns: clear text on the model, envelopes in the database, bound to their row, refused everywhere else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wufei.registry import key_ring
from wufei.registry.key_ring import KeyRing, PersonalKeysMissing, PersonalKeyUnknown
from wufei.registry.models import Contact, Organisation, Person
from wufei.registry.personal_data import HIDDEN, Sealed, rings
from wufei.registry.sealing import SealBroken

NOW = datetime(2026, 11, 24, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def column(table: str, name: str, row: object) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table} WHERE id = %s", [row])
        return str(cursor.fetchone()[0])


@pytest.fixture
def org() -> Organisation:
    return Organisation.objects.create(name_zh="甲厂", kind="enterprise", legal_person="王五")


def test_clear_on_the_model_sealed_in_the_database(org: Organisation) -> None:
    person = Person.objects.create(username="zhang", full_name="张三", phone="13812345678", email="z@example.org")
    for name in ("full_name", "phone", "email"):
        assert column("registry_person", name, person.pk).startswith("wf1.k1.")
    found = Person.objects.get(username="zhang")
    assert (found.full_name, found.phone, found.email) == ("张三", "13812345678", "z@example.org")
    assert Organisation.objects.get(pk=org.pk).legal_person == "王五"


def test_an_empty_value_needs_no_key() -> None:
    rings_now, rings._given = rings._given, KeyRing({}, "k0", b"")
    try:
        person = Person.objects.create(username="nobody")
        assert Person.objects.get(pk=person.pk).full_name == ""
    finally:
        rings._given = rings_now


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=80))
def test_any_name_round_trips(org: Organisation, name: str) -> None:
    contact = Contact.objects.create(org=org, name=name)
    assert Contact.objects.get(pk=contact.pk).name == name


def test_found_by_its_exact_value_however_it_is_written() -> None:
    person = Person.objects.create(username="zhang", phone="138 1234 5678")
    digest = Person._meta.get_field("phone_index").digest("+86-13812345678")
    assert Person.objects.get(phone_index=digest) == person
    assert "1234" not in person.phone_index
    person.phone = ""
    person.save()
    assert column("registry_person", "phone_index", person.pk) == ""


def test_saving_without_a_change_keeps_the_envelope(org: Organisation) -> None:
    before = column("registry_organisation", "legal_person", org.pk)
    found = Organisation.objects.get(pk=org.pk)
    found.save()
    found.legal_person = "王五"
    found.save()
    assert column("registry_organisation", "legal_person", org.pk) == before
    found.legal_person = "赵六"
    found.save()
    assert column("registry_organisation", "legal_person", org.pk) != before


def test_an_envelope_moved_to_another_row_or_column_does_not_open(org: Organisation) -> None:
    one = Contact.objects.create(org=org, name="张三", phone="1")
    two = Contact.objects.create(org=org, name="李四")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_contact SET name = (SELECT name FROM registry_contact WHERE id = %s), phone = name"
            " WHERE id = %s",
            [one.pk, two.pk],
        )
    moved = Contact.objects.get(pk=two.pk)
    with pytest.raises(SealBroken):
        _ = moved.name
    with pytest.raises(SealBroken):
        _ = moved.phone
    moved.name = "李四"  # written anew
    moved.save()
    assert Contact.objects.get(pk=two.pk).name == "李四"


@pytest.mark.parametrize("table", ["registry_person", "registry_contact"])
def test_the_database_refuses_clear_text(org: Organisation, table: str) -> None:
    Contact.objects.create(org=org)
    Person.objects.create(username="zhang")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET phone = '13812345678'")


def test_no_way_around_the_row(org: Organisation) -> None:
    contact = Contact.objects.create(org=org, name="张三")
    with pytest.raises(FieldError), transaction.atomic():
        Contact.objects.update(name="李四")
    with pytest.raises(FieldError):
        Contact.objects.filter(name="张三").exists()
    (seen,) = Contact.objects.values_list("name", flat=True)
    assert isinstance(seen, Sealed)
    assert f"{seen}{seen!r}" == HIDDEN * 2
    assert "张三" not in repr(contact.__dict__)


def test_a_lost_key_is_named(org: Organisation, tmp_path: Path, settings: object) -> None:
    rings_now, rings._given = rings._given, None
    try:
        settings.PERSONAL_KEYS = tmp_path / "keys.json"  # type: ignore[attr-defined]
        with pytest.raises(PersonalKeysMissing):
            _ = Organisation.objects.get(pk=org.pk).legal_person
        key_ring.save(
            KeyRing.fresh("aes-256-gcm", NOW).with_new_key("sm4-gcm", NOW).without_old_keys(), tmp_path / "keys.json"
        )
        with pytest.raises(PersonalKeyUnknown):
            _ = Organisation.objects.get(pk=org.pk).legal_person
    finally:
        rings._given = rings_now
