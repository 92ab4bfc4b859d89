"""Sessions: new keys, ends by time, everywhere; passwords; headers."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import get_hasher, identify_hasher, make_password
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import PASSWORD, make_person
from tests.web.sign_in import acts, said, sign_in
from wufei.registry import hats, passwords
from wufei.registry.models import OldPassword, Person
from wufei.web.plan import Plan
from wufei.web.security.gate import SEEN, SIGNED_IN

pytestmark = pytest.mark.django_db
GOOD = "another long pass phrase"


def aged(client: Client, **seconds: int) -> None:
    session = client.session
    for key, ago in seconds.items():
        session[key] = int(time.time()) - ago
    session.save()


def test_passwords_are_hashed_with_argon2() -> None:
    from wufei.app import settings as shipped

    assert shipped.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
    assert get_hasher("argon2").algorithm == "argon2"
    assert identify_hasher(make_password(GOOD, hasher="argon2")).algorithm == "argon2"


def test_a_session_from_before_sign_in_is_worth_nothing_after(client: Client, person: Person) -> None:
    client.get(reverse("login"))
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key
    sign_in(client, person.username)
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(reverse("account")).status_code == 302


def test_changing_hats_changes_the_key(client: Client) -> None:
    person = make_person("two", "enterprise_viewer", "org-two")
    other = hats.give(person, "driver", org="org-two")
    sign_in(client, "two")
    before = client.cookies["sessionid"].value
    client.post(reverse("change-hat"), {"hat": other.pk})
    assert client.cookies["sessionid"].value != before
    assert "hat_change" in [act for act, *_ in acts()]


@pytest.mark.parametrize(
    ("role", "idle", "lasted", "over"),
    [
        ("city_office", 59, 60, False),
        ("city_office", 63, 70, True),
        ("city_office", 1, 12 * 60 + 1, True),
        ("security_admin", 13, 60, False),
        ("security_admin", 18, 60, True),
        ("security_admin", 1, 8 * 60 + 1, True),
    ],
)
def test_sessions_end_by_time_sooner_for_who_administers(
    client: Client, role: str, idle: int, lasted: int, *, over: bool
) -> None:
    make_person("someone", role)
    sign_in(client, "someone")
    aged(client, **{SEEN: idle * 60, SIGNED_IN: lasted * 60})
    answer = client.get(reverse("account"))
    assert (answer.status_code == 302) is over
    if over:
        assert answer["Location"].startswith(reverse("login"))
        assert ("session_over", f"person-{Person.objects.get().pk}", f"person-{Person.objects.get().pk}") in acts()


def test_a_used_session_lives_on(client: Client, person: Person) -> None:
    sign_in(client, person.username)
    aged(client, **{SEEN: 50 * 60})
    client.get(reverse("account"))
    assert time.time() - client.session[SEEN] < 5


def test_programs_are_told_that_the_session_is_over(client: Client, person: Person) -> None:
    sign_in(client, person.username)
    aged(client, **{SEEN: 3 * 3600})
    told = client.get("/api/v1/streams")
    assert (told.status_code, told.json()["code"]) == (401, "session_over")


def test_signing_out_everywhere_ends_every_session(client: Client, person: Person) -> None:
    other = Client()
    for each in (client, other):
        sign_in(each, person.username)
    client.post(reverse("everywhere"))
    for each in (client, other):
        assert each.get(reverse("account")).status_code == 302


def test_a_new_password_ends_the_other_sessions_and_is_not_an_old_one(client: Client, person: Person) -> None:
    other = Client()
    for each in (client, other):
        sign_in(each, person.username)
    sent = {"old_password": PASSWORD, "new_password1": GOOD, "new_password2": GOOD}
    assert client.post(reverse("account"), sent).status_code == 302
    assert client.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302
    back = {"old_password": GOOD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert client.post(reverse("account"), back).status_code == 422
    assert client.post(reverse("account"), back | {"new_password1": GOOD, "new_password2": GOOD}).status_code == 422
    assert OldPassword.objects.filter(person=person).count() == 1
    assert "password_changed" in [act for act, *_ in acts()]


def test_who_is_asked_for_another_password_does_nothing_before(client: Client, person: Person, plan: Plan) -> None:
    passwords.ask_for_another(person)
    sign_in(client, person.username)
    assert client.get(reverse("city", args=[plan.id]))["Location"].startswith(reverse("account"))
    told = client.get("/api/v1/streams")
    assert (told.status_code, told.json()["code"]) == (403, "password_change_needed")
    sent = {"old_password": PASSWORD, "new_password1": GOOD, "new_password2": GOOD}
    client.post(reverse("account"), sent)
    assert client.get(reverse("city", args=[plan.id])).status_code == 200


def test_passwords_grow_old_only_when_the_setting_says_so(person: Person) -> None:
    later = timezone.now() + timedelta(days=91)
    assert not passwords.must_change(person, now=later)
    with said(password_days=90):
        assert passwords.must_change(person, now=later)
        assert not passwords.must_change(person, now=timezone.now())


def test_every_answer_carries_the_headers(reader: Client, plan: Plan) -> None:
    wanted = {
        "Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
        "Permissions-Policy": "camera=()",
    }  # fmt: skip
    for address in (reverse("login"), reverse("city", args=[plan.id]), "/nowhere/", "/api/v1/streams", "/privacy/"):
        answer = reader.get(address)
        for name, value in wanted.items():
            assert value in answer.headers.get(name, ""), (address, name)


def test_a_file_can_do_nothing_in_a_browser(reader: Client, plan: Plan) -> None:
    for address in (
        reverse("export", args=[plan.id, "tasks", "csv"]),
        reverse("export", args=[plan.id, "tasks", "xlsx"]),
    ):
        answer = reader.get(address)
        assert answer["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
