"""Attacks on sign-in: guessing, telling who has an account, forging, replaying, planting, injecting."""

import threading
import time
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.conftest import PASSWORD, make_person
from tests.web.sign_in import acts, said, sign_in
from tests.web.test_permissions import every_pattern
from wufei.registry import accounts, lockout, people, tokens
from wufei.registry.models import Person, SignInCount
from wufei.web.api.callers import remembered
from wufei.web.plan import Plan
from wufei.web.security import fetch
from wufei.web.security.gate import address_of

pytestmark = pytest.mark.django_db
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def test_guessing_one_password_locks_the_name_not_the_person(client: Client, person: Person) -> None:
    told = [sign_in(client, person.username, f"wrong {n}").status_code for n in range(7)]
    assert told == [422] * 5 + [429] * 2
    assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), person.username).status_code == 429
    assert [act for act, *_ in acts()].count("locked") == 1
    assert [act for act, *_ in acts()].count("sign_in_failed") == 5


def test_guessing_many_names_locks_the_address(client: Client) -> None:
    told = [sign_in(client, f"name-{n}", "guess").status_code for n in range(22)]
    assert told == [422] * 20 + [429] * 2
    assert sign_in(Client(REMOTE_ADDR="10.9.9.9"), "name-99", "guess").status_code == 422


def test_a_lock_ends_and_success_forgets_failures(client: Client, person: Person) -> None:
    for n in range(4):
        sign_in(client, person.username, f"wrong {n}")
    assert sign_in(client, person.username).status_code == 302
    assert not SignInCount.objects.filter(key=lockout.name_key(person.username)).exists()
    other = Client()
    for n in range(6):
        sign_in(other, person.username, f"wrong {n}")
    SignInCount.objects.update(locked_until="2020-01-01T00:00Z")
    assert sign_in(other, person.username).status_code == 302


def test_many_people_behind_one_address_do_not_lock_it(client: Client, person: Person) -> None:
    for _turn in range(30):
        assert sign_in(Client(), person.username).status_code == 302


def test_a_locked_name_and_an_unknown_one_are_told_the_same(client: Client, person: Person) -> None:
    known, unknown = [], []
    for name, into in ((person.username, known), ("nobody-at-all", unknown)):
        for n in range(7):
            answer = sign_in(Client(REMOTE_ADDR=f"10.0.0.{n}"), name, "wrong")
            body = answer.content.decode().replace(name, "NAME")
            into.append((answer.status_code, "".join(part for part in body.split('"') if len(part) != 64)))
    assert known == unknown


def test_an_unknown_name_takes_as_long_as_a_known_one(client: Client, person: Person) -> None:
    from django.conf import settings as django_settings

    before = django_settings.PASSWORD_HASHERS
    django_settings.PASSWORD_HASHERS = [h for h in before if "MD5" not in h]
    try:
        person.set_password(PASSWORD)
        person.save()
        sign_in(Client(), "warm-up", "wrong")
        spent: dict[str, list[float]] = {person.username: [], "nobody-at-all": []}
        with said(tries=100):
            for _turn in range(5):
                for name, times in spent.items():
                    began = time.perf_counter()
                    sign_in(Client(), name, "wrong")
                    times.append(time.perf_counter() - began)
    finally:
        django_settings.PASSWORD_HASHERS = before
    known, unknown = (min(times) for times in spent.values())
    assert 0.3 < known / unknown < 3, spent


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_time_get_no_more_tries() -> None:
    refused: list[bool] = []

    def guess() -> None:
        from django.db import connection

        try:
            lockout.attempt(lockout.name_key("racer"))
            refused.append(False)
        except lockout.SignInLocked:
            refused.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused.count(False) == 5


def test_no_address_can_be_forged_but_behind_our_proxy(rf: RequestFactory) -> None:
    from django.conf import settings as django_settings

    request = rf.get("/", REMOTE_ADDR="10.1.1.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 5.6.7.8")
    assert address_of(request) == "10.1.1.1"
    django_settings.BEHIND_PROXY = True
    try:
        assert address_of(request) == "5.6.7.8"
    finally:
        django_settings.BEHIND_PROXY = False


def test_every_post_of_a_page_wants_its_token(person: Person, plan: Plan) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    tried = 0
    for pattern in every_pattern():
        if not pattern.name or pattern.name.startswith("api") or hasattr(pattern.callback, "policies"):
            continue
        address = _any_address(pattern)
        answer = strict.post(address, {"x": "y"})
        assert answer.status_code in {403, 404, 405}, (address, answer.status_code)
        tried += answer.status_code == 403
    assert tried > 40


def _any_address(pattern: Any) -> str:
    found = get_resolver().reverse_dict.getlist(pattern.name)
    names = {name for possible, *_ in found for _text, taken in possible for name in taken}
    record = "00000000-0000-7000-8000-000000000000"
    values = {"city": "hohhot", "kind": "tasks", "person_id": 1, "webhook_id": 1, "suffix": "csv", "record_id": record}
    values |= {"listed": "sites", "action_id": record}
    return reverse(pattern.name, kwargs={name: values.get(name, "none") for name in names})


def test_a_used_first_link_opens_nothing(client: Client) -> None:
    address = reverse("first", args=[accounts.create_first_admin()])
    sent = {"password": "another long pass phrase", "again": "another long pass phrase"}
    assert client.post(address, sent).status_code == 302
    thief = Client()
    assert thief.post(address, sent).status_code == 410
    assert thief.get(reverse("account")).status_code == 302
    assert "first_link" in [act for act, *_ in acts()]


def test_a_leavers_token_and_session_open_nothing(client: Client) -> None:
    leaver = make_person("leaver", "city_office")
    _row, key = tokens.issue(leaver, "scale")
    sign_in(client, "leaver")
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    assert Client().get("/api/v1/streams", **bearer).status_code == 200
    people.deactivate(leaver, by="person-1", reason="离职")
    remembered.forget()
    assert Client().get("/api/v1/streams", **bearer).status_code == 401
    assert client.get(reverse("account")).status_code == 302
    assert sign_in(Client(), "leaver").status_code == 422


@pytest.mark.parametrize("field", ["label"])
def test_what_people_write_is_never_run(reader: Client, plan: Plan, field: str) -> None:
    sent = {"label": XSS[:80], "days": 3, "scopes": ["lists:read"]}
    said_back = reader.post(reverse("tokens"), sent).content.decode()
    for body in (said_back, reader.get(reverse("tokens")).content.decode()):
        assert "<script>alert" not in body
        assert "&lt;script&gt;alert" in body


def test_a_name_at_the_sign_in_page_is_never_run(client: Client) -> None:
    body = sign_in(client, XSS, "x").content.decode()
    assert "<script>alert" not in body


def test_an_agent_in_the_audit_log_is_never_run(client: Client, plan: Plan) -> None:
    sign_in(Client(HTTP_USER_AGENT=XSS), "nobody", "x")
    client.force_login(make_person("auditor", "auditor"))
    body = client.get(reverse("audit", args=[plan.id])).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1]/",
        "https://0.0.0.0/", "https://2130706433/", "https://0x7f000001/", "https://user:pw@127.0.0.1/", "file:///etc/passwd",
        "gopher://127.0.0.1/", "https:///nothing", "https://224.0.0.1/", "javascript:alert(1)", "https://[", "",
    ],
)  # fmt: skip
def test_the_system_calls_no_private_address(url: str) -> None:
    with pytest.raises(fetch.AddressRefused):
        fetch.checked(url)


def test_a_private_address_is_called_only_when_the_setting_says_so() -> None:
    with said(private_urls=True):
        assert fetch.checked("http://127.0.0.1:9/x") == ("127.0.0.1", 9, "127.0.0.1")


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["'; DROP TABLE journal.record; --", "1 OR 1=1", "%' OR '1'='1", "\\'; SELECT pg_sleep(5)--", "{0}", "%(x)s"]
    ),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(HOSTILE, min_size=6, max_size=6))
def test_filters_take_any_text(client: Client, plan: Plan, words: list[str]) -> None:
    if not Person.objects.filter(username="auditor").exists():
        make_person("auditor", "auditor")
    client.force_login(Person.objects.get(username="auditor"))
    for name, keys in (
        ("audit", ("act", "actor", "about", "from", "to", "cursor")),
        ("records", ("account", "actor", "rule", "period", "stream", "cursor")),
    ):
        pairs = zip(keys, words, strict=True)
        query = "&".join(f"{key}={quote(word.encode('utf-8', 'surrogatepass'))}" for key, word in pairs)
        answer = client.get(reverse(name, args=[plan.id]) + "?" + query)
        assert answer.status_code in {200, 404, 422}, (name, words)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=HOSTILE, password=HOSTILE)
def test_sign_in_takes_any_text(client: Client, name: str, password: str) -> None:
    SignInCount.objects.all().delete()
    assert sign_in(client, name, password).status_code in {422, 429}
