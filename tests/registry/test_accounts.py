"""The first administrator's link and the demonstration accounts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from wufei.registry import accounts
from wufei.registry.models import FirstLoginToken, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installed")]
GOOD = "a long enough pass phrase"


def test_the_link_opens_the_account_once() -> None:
    token = accounts.create_first_admin()
    person = accounts.redeem(token, GOOD)
    assert [hat.role for hat in person.hats.all()] == ["system_admin"]
    assert person.check_password(GOOD)
    with pytest.raises(accounts.FirstLoginInvalid):
        accounts.redeem(token, "another long pass phrase")
    person.refresh_from_db()
    assert person.check_password(GOOD)


def test_the_token_itself_is_not_kept() -> None:
    token = accounts.create_first_admin()
    kept = FirstLoginToken.objects.get()
    assert token not in {kept.token_hash, str(kept)}
    assert len(kept.token_hash) == 64


def test_a_new_link_replaces_the_old_until_one_is_used() -> None:
    old = accounts.create_first_admin()
    new = accounts.create_first_admin()
    with pytest.raises(accounts.FirstLoginInvalid):
        accounts.redeem(old, GOOD)
    accounts.redeem(new, GOOD)
    assert accounts.create_first_admin() is None
    assert Person.objects.count() == 1


def test_a_link_expires() -> None:
    now = timezone.now()
    token = accounts.create_first_admin(now=now)
    with pytest.raises(accounts.FirstLoginExpired):
        accounts.redeem(token, GOOD, now=now + timedelta(hours=24))
    assert accounts.redeem(token, GOOD, now=now + timedelta(hours=23, minutes=59))


def test_a_weak_password_changes_nothing() -> None:
    token = accounts.create_first_admin()
    with pytest.raises(accounts.PasswordTooWeak):
        accounts.redeem(token, "1234567890")
    assert not Person.objects.get().has_usable_password()
    assert accounts.redeem(token, GOOD)


def test_an_invented_token_opens_nothing() -> None:
    accounts.create_first_admin()
    with pytest.raises(accounts.FirstLoginInvalid):
        accounts.redeem("invented", GOOD)


def test_demonstration_accounts_are_marked_and_made_once() -> None:
    first = accounts.create_demo_people(["driver", "auditor"], GOOD)
    again = accounts.create_demo_people(["driver", "auditor"], "some other phrase")
    assert [person.username for person in again] == ["driver", "auditor"]
    assert all(person.is_demo and person.hats.get().role == person.username for person in first)
    assert all(person.check_password(GOOD) for person in Person.objects.all())


def test_a_real_account_is_never_turned_into_a_demonstration_account() -> None:
    Person.objects.create_user("driver", password=GOOD)
    assert accounts.create_demo_people(["driver"], "some other phrase") == []
    assert Person.objects.get().check_password(GOOD)


def test_a_demonstration_administrator_does_not_hide_the_first_link() -> None:
    accounts.create_demo_people(["system_admin"], GOOD)
    assert accounts.create_first_admin()
