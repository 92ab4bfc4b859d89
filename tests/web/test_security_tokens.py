"""Tokens: one hat, some scopes, an end; limits shared by all web processes."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.conftest import make_person
from tests.web.sign_in import said
from wufei.registry import hats, tokens
from wufei.registry.models import ApiToken, Person
from wufei.web.api.callers import remembered
from wufei.web.security.limits import Counters, TooManyRequests, counters, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    counters.clear()
    remembered.forget()
    yield
    counters.clear()
    remembered.forget()


def call(key: str, address: str = "/api/v1/streams", method: str = "get", **more: Any) -> Any:
    return getattr(Client(), method)(address, HTTP_AUTHORIZATION=f"Bearer {key}", **more)


@pytest.mark.usefixtures("mirrored")
def test_a_token_does_what_its_scopes_say(person: Person) -> None:
    _row, lists = tokens.issue(person, "a", scopes=["lists:read"])
    _row, reads = tokens.issue(person, "b", scopes=["journal:read"])
    _row, posts = tokens.issue(person, "c", scopes=["journal:post"])
    assert call(lists).status_code == 200
    for key, address, method in (
        (lists, "/api/v1/journal/records", "get"), (reads, "/api/v1/streams", "get"),
        (reads, "/api/v1/journal/records", "post"), (posts, "/api/v1/journal/records", "get"),
    ):  # fmt: skip
        sent = {"data": "{}", "content_type": "application/json"} if method == "post" else {}
        told = call(key, address, method, **sent)
        assert (told.status_code, told.json()["code"]) == (403, "token_scope_missing"), (address, method)
    assert call(reads, "/api/v1/journal/records").status_code == 200
    posted = call(posts, "/api/v1/journal/records", "post", data="{}", content_type="application/json")
    assert posted.status_code == 422


@pytest.mark.parametrize("scopes", [[], ["everything"], ["lists:read", "x"]])
def test_a_token_for_nothing_or_everything_is_not_issued(person: Person, scopes: list[str]) -> None:
    with pytest.raises(tokens.ApiTokenScopes):
        tokens.issue(person, "x", scopes=scopes)


def test_a_token_acts_under_its_hat_and_ends_with_it(reader: Client) -> None:
    person = make_person("two", "enterprise_viewer", "org-two")
    second = hats.give(person, "driver", org="org-two")
    row, key = tokens.issue(person, "x", hat_id=second.pk)
    assert row.hat_id == second.pk
    assert call(key).status_code == 200
    hats.end(second, by="person-1")
    remembered.forget()
    assert call(key).status_code == 401
    with pytest.raises(tokens.ApiTokenHat):
        tokens.issue(person, "x", hat_id=second.pk)


def test_nobody_issues_a_token_for_somebody_elses_hat(person: Person) -> None:
    other = make_person("other", "auditor").hats.get()
    with pytest.raises(tokens.ApiTokenHat):
        tokens.issue(person, "x", hat_id=other.pk)


def test_the_page_binds_the_token_to_the_hat_that_is_worn(reader: Client, person: Person) -> None:
    sent = {"label": "scale", "days": 3, "scopes": ["lists:read"]}
    assert reader.post(reverse("tokens"), sent).status_code == 200
    row = ApiToken.objects.get()
    assert (row.hat_id, row.scopes) == (person.hats.get().pk, ["lists:read"])
    assert row.expires_at - timezone.now() < timedelta(days=3)
    assert reader.post(reverse("tokens"), sent | {"scopes": []}).status_code == 422


def test_too_many_requests_are_told_to_wait(person: Person) -> None:
    _row, key = tokens.issue(person, "x")
    with said(rate_per_token=3):
        told = [call(key) for _n in range(4)]
    assert [t.status_code for t in told] == [200, 200, 200, 429]
    assert [t.headers.get("RateLimit-Remaining") for t in told[:3]] == ["2", "1", "0"]
    assert told[0]["RateLimit-Limit"] == "3"
    assert 1 <= int(told[3]["Retry-After"]) <= 60
    assert told[3].json()["code"] == "too_many_requests"


def test_an_organisation_and_an_address_have_limits_of_their_own() -> None:
    firm = [make_person(f"p{n}", "enterprise_viewer", "org-firm") for n in range(2)]
    keys = [tokens.issue(person, "x")[1] for person in firm]
    with said(rate_per_org=3):
        assert [call(keys[n % 2]).status_code for n in range(4)] == [200, 200, 200, 429]
    counters.clear()
    with said(rate_per_address=2):
        assert [call("wrong").status_code for _n in range(3)] == [401, 401, 429]
        assert Client(REMOTE_ADDR="10.9.9.9").get("/api/v1/streams").status_code == 401


def test_a_window_ends() -> None:
    what = ("x", "x")
    for _n in range(3):
        take("key", 3, what=what, now=1000 * 60)
    with pytest.raises(TooManyRequests):
        take("key", 3, what=what, now=1000 * 60 + 59)
    assert take("key", 3, what=what, now=1001 * 60).remaining == 2


def test_processes_share_the_counters_and_lose_none() -> None:
    shared, children = Counters(1024), []
    now = time.time()
    for _child in range(2):
        child = os.fork()
        if not child:
            for _n in range(2000):
                shared.add("key", now=now)
            os._exit(0)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert shared.add("key", now=now) == 4001


def test_a_counter_costs_next_to_nothing() -> None:
    began = time.perf_counter()
    for n in range(2000):
        counters.add(f"key-{n}")
    assert time.perf_counter() - began < 1  # a generous bound: some twenty microseconds each


def test_full_of_keys_the_oldest_gives_way() -> None:
    small = Counters(16)
    for n in range(500):
        small.add(f"key-{n}", now=60 * n)
    assert small.add("key-499", now=60 * 499) == 2
