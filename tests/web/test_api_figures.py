"""Balances, statements and flows through the API, and garbage of every kind: never a 5xx."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.test_api import RECORDS, ask, entry, post, record, said_whole, token  # noqa: F401
from wufei.web.api.core import POLICIES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]


def test_balance_statement_and_flow_agree(post: Any, ask: Any) -> None:  # noqa: F811
    into = record()
    out = {"from": "storage:togtoh/shed", "to": "process:togtoh", "stream": "fgd_gypsum", "mass_g": 400_000}
    into["entries"] = [
        {"from": "origin:togtoh", "to": "storage:togtoh/shed", "stream": "fgd_gypsum", "mass": "1 吨"},
        out,
    ]
    assert post(RECORDS, into).status_code == 200
    told = ask("balances", account="storage:togtoh/shed").json()
    assert told["balances"] == [{"account": "storage:togtoh/shed", "stream": "fgd_gypsum", "mass_g": 600_000}]
    largest = [b["mass_g"] for b in ask("balances", order="mass").json()["balances"]]
    assert largest[0] == 600_000
    assert largest == sorted(largest, reverse=True)
    days = {"first_day": "2025-03-01", "last_day": "2025-03-31"}
    paper = ask("accounts/storage:togtoh/shed/statement", **days).json()
    assert (paper["opening_g"], paper["in_g"], paper["out_g"], paper["closing_g"]) == (0, 1_000_000, 400_000, 600_000)
    assert [line["balance_g"] for line in paper["lines"]] == [1_000_000, 600_000]
    flows = ask("flows", period="2025", stream="fgd_gypsum", by=["from_role", "to_role"]).json()["flows"]
    assert {(f["from_role"], f["to_role"]): f["mass_g"] for f in flows} == {
        ("origin", "storage"): 1_000_000,
        ("storage", "process"): 400_000,
    }
    post(f"{RECORDS}/{into['id']}/reverse", {"note": "wrong"})
    assert ask("balances", account="storage:togtoh/shed").json()["balances"] == []


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("balances", {"cursor": "x"}, "cursor_unreadable"),
        ("balances", {"role": "pond"}, "payload_field_unreadable"),
        ("balances", {"as_known_on": "2999-01-01T00:00:00Z"}, "instant_in_future"),
        ("balances", {"as_known_on": "2025-01-01"}, "instant_without_zone"),
        ("flows", {"period": "soon"}, "period_unreadable"),
        ("flows", {}, "payload_field_missing"),
        ("accounts/storage:togtoh/statement", {"first_day": "2025-01-01"}, "payload_field_missing"),
        ("accounts/x/statement", {"first_day": "0001-01-01", "last_day": "9999-12-31"}, "payload_field_unreadable"),
        ("records", {"happened_to": "9999-12-31"}, "payload_field_unreadable"),
        ("records", {"account": "a\x00b"}, "payload_field_unreadable"),
    ],
)
def test_what_cannot_be_asked_is_named(ask: Any, path: str, query: dict[str, str], code: str) -> None:  # noqa: F811
    answer = ask(path, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert said_whole(answer.json())


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "id",
    "happened_at",
    "period",
    "basis",
    "rule",
    "entries",
    "observations",
    "sd_ppm",
    "evidence",
    "note",
    "replaces",
)
BOUNDED = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@BOUNDED
@given(
    st.dictionaries(st.sampled_from(FIELDS), JUNK, max_size=4), st.dictionaries(st.text(max_size=9), JUNK, max_size=2)
)
def test_a_record_of_junk_is_refused_by_name(post: Any, junk: dict[str, Any], more: dict[str, Any]) -> None:  # noqa: F811
    for sent in (record(**junk) | more, entry() | {"entries": [record()["entries"][0] | more]}, more):
        answer = post(RECORDS, json.dumps(sent))
        assert answer.status_code < 500, sent
        told = answer.json()
        errors = [told] if "code" in told else [t["error"] for t in told["outcomes"] if t["error"]]
        assert all(said_whole(error) for error in errors)


@BOUNDED
@given(st.binary(max_size=200))
def test_bytes_of_junk_are_refused_by_name(post: Any, body: bytes) -> None:  # noqa: F811
    answer = post(RECORDS, body or b" ")
    assert 400 <= answer.status_code < 500


@BOUNDED
@given(
    st.sampled_from(["records", "balances", "flows", "accounts/storage:togtoh/statement"]),
    st.dictionaries(
        st.sampled_from(
            [
                "period",
                "stream",
                "basis",
                "role",
                "place",
                "account",
                "cursor",
                "limit",
                "by",
                "as_known_on",
                "first_day",
                "last_day",
            ]
        ),
        st.text(max_size=12)
        | st.sampled_from(["2025", "2025-03-01", "0001-01-01", "9999-12-31", "storage", "1", "account"]),
        max_size=5,
    ),
)
def test_questions_of_junk_are_refused_by_name(ask: Any, path: str, query: dict[str, str]) -> None:  # noqa: F811
    answer = ask(path, **query)
    assert answer.status_code < 500, (path, query)
    assert answer.status_code == 200 or said_whole(answer.json())


def test_the_schema_describes_every_operation(client: Client) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    operations = [told for methods in schema["paths"].values() for told in methods.values()]
    assert len(operations) == sum(len(methods) for methods in POLICIES.values())
    assert all(told["summary"] and told["description"] and told["security"] for told in operations)
