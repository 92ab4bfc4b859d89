"""Rotation: everything sealed anew, interrupted and gone on with, broken cells named, old keys destroyed last."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from wufei.registry import key_ring, rotation
from wufei.registry.key_ring import PersonalKeysMissing, PersonalKeyUnknown
from wufei.registry.models import Contact, Organisation, Person
from wufei.registry.personal_data import rings

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path: Path, settings: Any) -> Any:
    """A key file in force instead of the run's own ring."""
    settings.PERSONAL_KEYS = tmp_path / "keys.json"
    rotation.ready_ring(settings.PERSONAL_KEYS, "aes-256-gcm", NOW)
    given, rings._given = rings._given, None
    yield settings.PERSONAL_KEYS
    rings._given = given


@pytest.fixture
def people(path: Path) -> Organisation:
    org = Organisation.objects.create(name_zh="甲厂", kind="enterprise", legal_person="王五")
    for number in range(7):
        Contact.objects.create(org=org, name=f"联系人{number}", phone=f"1380000000{number}")
        Person.objects.create(username=f"p{number}", full_name=f"人员{number}")
    return org


def clear() -> list[str]:
    names = [c.name + c.phone for c in Contact.objects.order_by("created_at")]
    return sorted(names + [p.full_name for p in Person.objects.all()])


def test_everything_is_sealed_anew_and_reads_the_same(path: Path, people: Organisation) -> None:
    before, told = clear(), []
    done = rotation.rotate(path, "sm4-gcm", NOW, progress=lambda *step: told.append(step), batch=3)
    assert (done.key, done.cells, done.broken) == ("k2", 7 * 3 + 1, [])
    assert told[-1][1:] == (7, 7)
    assert rotation.left_over("k2") == 0
    assert clear() == before
    assert key_ring.load(path).sealer.cipher == "sm4-gcm"


def test_an_interrupted_rotation_goes_on(path: Path, people: Organisation) -> None:
    before = clear()

    def stop(_column: str, done: int, _whole: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(path, "aes-256-gcm", NOW, progress=stop, batch=2)
    assert 0 < rotation.left_over("k2") < 22
    assert clear() == before
    assert rotation.rotate(path, "aes-256-gcm", NOW).key == "k2"
    assert rotation.left_over("k2") == 0
    assert clear() == before


def test_old_keys_go_last_and_late(path: Path, people: Organisation) -> None:
    ring = key_ring.load(path)
    key_ring.save(ring.with_new_key("aes-256-gcm", NOW), path)
    with pytest.raises(rotation.RetirementTooEarly):
        rotation.retire(path, NOW)
    with pytest.raises(rotation.KeysStillUsed):
        rotation.retire(path, LATER)
    rotation.rotate(path, "aes-256-gcm", NOW)
    assert rotation.retire(path, LATER) == ["k1"]
    assert len(clear()) == 14
    with pytest.raises(PersonalKeyUnknown):  # what an old backup holds
        key_ring.load(path).of("wf1.k1." + "A" * 40)


def test_a_cell_that_does_not_open_is_named_and_left(path: Path, people: Organisation) -> None:
    first = Contact.objects.first()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_contact SET name = phone WHERE id = %s", [first.pk])
    done = rotation.rotate(path, "aes-256-gcm", NOW)
    assert done.broken == [f"registry_contact.name.{first.pk}"]
    assert rotation.left_over("k2") == 1


def test_a_lost_file_is_not_made_anew(path: Path, people: Organisation) -> None:
    path.unlink()
    with pytest.raises(PersonalKeysMissing):
        rotation.ready_ring(path, "aes-256-gcm", NOW)
    with pytest.raises(PersonalKeysMissing):
        rotation.rotate(path, "aes-256-gcm", NOW)
    assert not path.exists()
