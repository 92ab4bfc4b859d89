"""Attacks by hats: another's, an ended one, an invented number; and two powers in one hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.registry.as_app import pages_as_app
from tests.web.conftest import make_person
from wufei.registry import hats
from wufei.registry.models import Hat, Person
from wufei.web.hats import SESSION_KEY
from wufei.web.plan import Plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules_once")]
APART = ("system_admin", "security_admin", "auditor")


@pytest.fixture
def two_hats(db: None) -> Person:
    """Somebody of an enterprise who also drives for another."""
    person = make_person("both", "enterprise_viewer", "org-one")
    make_person("helper", "driver", "org-two")
    hats.give(person, "driver", org="org-two")
    return person


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def worn(client: Client) -> int:
    return client.get(reverse("account")).wsgi_request.hat.hat_id


def test_a_person_changes_between_their_own_hats(two_hats: Person) -> None:
    client = signed_in(two_hats)
    first, second = two_hats.hats.order_by("pk")
    with pages_as_app():
        assert worn(client) == first.pk
        before = client.session.session_key
        assert client.post(reverse("change-hat"), {"hat": second.pk}).status_code == 302
        assert worn(client) == second.pk
        assert client.session.session_key not in {None, before}


def test_somebody_else_s_an_ended_and_an_invented_hat_are_not_worn(two_hats: Person) -> None:
    client = signed_in(two_hats)
    first, second = two_hats.hats.order_by("pk")
    foreign = Hat.objects.exclude(person=two_hats).get()
    hats.end(second, by="setup")
    numbers = [foreign.pk, second.pk, 10**12, 0, -1, "1 OR 1=1", "", "１", "9" * 40, f"{first.pk}\x00"]
    with pages_as_app():
        for number in numbers:
            assert client.post(reverse("change-hat"), {"hat": number}).status_code == 404, number
            assert worn(client) == first.pk
        assert client.get(reverse("change-hat")).status_code == 405


@pytest.mark.parametrize("value", ["foreign", "ended", "text", None, -1, {"a": 1}])
def test_a_forged_number_in_the_session_counts_for_nothing(two_hats: Person, value: object) -> None:
    client = signed_in(two_hats)
    first, second = two_hats.hats.order_by("pk")
    hats.end(second, by="setup")
    foreign = Hat.objects.exclude(person=two_hats).get()
    session = client.session
    ids = {"foreign": foreign.pk, "ended": second.pk}
    session[SESSION_KEY] = ids.get(value, value) if isinstance(value, str) else value
    session.save()
    with pages_as_app():
        assert worn(client) == first.pk


def test_a_hat_that_ends_or_runs_out_opens_nothing_from_the_next_page_on(two_hats: Person, plan: Plan) -> None:
    client = signed_in(two_hats)
    with pages_as_app():
        assert client.get(reverse("records", args=[plan.id])).status_code == 200
    two_hats.hats.update(valid_to=timezone.localdate() - timedelta(days=1))
    with pages_as_app():
        assert client.get(reverse("records", args=[plan.id])).status_code == 403
        assert worn(client) is None


def test_a_person_who_is_closed_out_wears_nothing(two_hats: Person) -> None:
    Person.objects.filter(pk=two_hats.pk).update(is_active=False)
    two_hats.refresh_from_db()
    assert hats.wearer(two_hats)[0].role == "public"


@pytest.mark.parametrize("one", APART)
@pytest.mark.parametrize("other", APART)
def test_no_person_gets_two_powers_that_must_be_apart(db: None, one: str, other: str) -> None:
    person = make_person("powers", one)
    if one == other:
        assert hats.give(person, other).pk == person.hats.get().pk
        return
    with pytest.raises(hats.RolesMustBeSeparate):
        hats.give(person, other)
    hats.end(person.hats.get(), by="setup")
    assert hats.give(person, other).role == other


def test_a_role_that_is_none_is_refused_by_name(db: None) -> None:
    with pytest.raises(hats.RoleUnknown):
        hats.give(Person.objects.create_user("x"), "emperor")
