"""The daily job: due once a day, closes who is stale, erases what is over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from wufei import catalog
from wufei.app import housekeeping
from wufei.registry.models import Contact, Organisation, Person, RetentionRun

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cat(catalogue: catalog.Catalog) -> None:
    catalog.install(catalogue)


def test_it_is_due_once_a_day() -> None:
    now = timezone.now()
    assert housekeeping.due(now)
    housekeeping.run_once(now, 90)
    assert not housekeeping.due(now + timedelta(hours=23))
    assert housekeeping.due(now + timedelta(hours=25))


def test_a_dry_run_does_not_count() -> None:
    now = timezone.now()
    housekeeping.run_once(now, 90)
    RetentionRun.objects.update(dry_run=True)
    assert housekeeping.due(now)


def test_it_closes_and_erases() -> None:
    now = timezone.now()
    old = now - timedelta(days=400)
    asleep = Person.objects.create_user("asleep", password="x" * 12, last_login=old)
    org = Organisation.objects.create(name_zh="甲厂", kind="enterprise")
    Contact.objects.create(org=org, name="李四", phone="138", closed_on=old.date())
    assert housekeeping.run_once(now, 90) == (1, 1)
    asleep.refresh_from_db()
    assert not asleep.is_active
    assert Contact.objects.get().name == ""
    assert housekeeping.run_once(now, 90) == (0, 0)
