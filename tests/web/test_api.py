"""The API for programs: who may, what is refused and how, one outcome for each record."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from wufei.journal import new_id
from wufei.registry import tokens
from wufei.registry.models import Person
from wufei.web.api.callers import remembered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
RECORDS = "/api/v1/journal/records"
Post = Callable[..., Any]


@pytest.fixture
def token(person: Person) -> str:
    """A key of somebody of the city's office."""
    remembered.forget()
    return tokens.issue(person, "scales")[1]


@pytest.fixture
def post(client: Client, token: str) -> Post:
    """Post JSON with the key."""

    def send(path: str, body: Any, **headers: str) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        given = {"authorization": f"Bearer {token}"} | headers
        return client.post(path, text, content_type="application/json", headers=given)

    return send


def record(**fields: Any) -> dict[str, Any]:
    """A sound record."""
    entry = {"from": "origin:togtoh", "to": "storage:togtoh", "stream": "coal_fly_ash", "mass": "1.5 吨"}
    base = {
        "id": str(new_id()),
        "happened_at": "2025-03-05T08:00:00+08:00",
        "period": "2025-03",
        "basis": "measured",
        "rule": "hj_1259_2022 6.2",
        "entries": [entry],
    }
    return base | fields


def entry(**fields: Any) -> dict[str, Any]:
    """A record with one changed entry; a value of None takes the field away."""
    made = record()
    one = made["entries"][0] | fields
    made["entries"] = [{k: v for k, v in one.items() if v is not None}]
    return made


def said_whole(error: dict[str, Any]) -> bool:
    """Code, both languages and both remedies."""
    return all(error[key] for key in ("code", "zh", "en", "remedy_zh", "remedy_en")) and "place" in error


def test_one_record_is_appended_once(post: Post, person: Person) -> None:
    sent = record()
    first, again = post(RECORDS, sent), post(RECORDS, sent)
    assert first.status_code == again.status_code == 200
    assert first.json()["outcomes"][0]["outcome"] == "appended"
    assert again.json()["outcomes"][0] == first.json()["outcomes"][0] | {"outcome": "duplicate"}
    raw = connection.connection
    row = raw.execute("SELECT actor, acting_for FROM journal.record WHERE id = %s", (sent["id"],)).fetchone()
    assert row == (f"person-{person.pk}", "-")
    mass = raw.execute("SELECT mass_g FROM journal.entry ORDER BY seq DESC LIMIT 1").fetchone()
    assert mass == (1_500_000,)


def test_an_atomic_batch_holds_back_the_sound(post: Post) -> None:
    batch = [record(), entry(to="storage:nowhere"), record()]
    answer = post(RECORDS, {"records": batch})
    assert answer.status_code == 422
    told = answer.json()
    assert [t["outcome"] for t in told["outcomes"]] == ["held", "refused", "held"]
    error = told["outcomes"][1]["error"]
    assert error["code"] == "account_unknown"
    assert error["place"] == "records[1], part 1"
    assert said_whole(error)


def test_row_mode_lets_the_sound_through(post: Post) -> None:
    batch = [entry(mass="much"), record(), entry(stream="no_such"), {"id": 7}]
    answer = post(RECORDS, {"records": batch, "mode": "row"})
    assert answer.status_code == 207
    told = answer.json()
    assert (told["appended"], told["refused"]) == (1, 3)
    codes = [t["error"] and t["error"]["code"] for t in told["outcomes"]]
    assert codes == ["mass_unreadable", None, "stream_unknown", "payload_field_unreadable"]
    assert told["outcomes"][2]["error"]["place"] == "records[2], part 1"
    assert told["outcomes"][0]["id"] == batch[0]["id"]
    assert told["outcomes"][3]["id"] is None
    assert post(RECORDS, {"records": batch[:1], "mode": "row"}).status_code == 422


def test_the_same_id_with_other_content_is_refused(post: Post) -> None:
    sent = record()
    post(RECORDS, sent)
    answer = post(RECORDS, sent | {"note": "other"})
    assert answer.json()["outcomes"][0]["error"]["code"] == "idempotency_conflict"


@pytest.mark.parametrize(
    ("sent", "code", "place"),
    [
        (record(actor="person-1"), "payload_field_unknown", "records[0].actor"),
        (record(steps=[]), "payload_field_unknown", "records[0].steps"),
        (record(happened_at="2025-03-05T08:00:00"), "payload_field_unreadable", "records[0].happened_at"),
        (record(happened_at=1741132800), "payload_field_unreadable", "records[0].happened_at"),
        (record(happened_at="2999-03-05T08:00:00Z"), "time_in_future", "records[0]"),
        (record(period="March"), "record_period_unreadable", "records[0]"),
        (record(basis="guessed"), "basis_unknown", "records[0]"),
        (record(entries=[]), "record_empty", "records[0]"),
        (record(note="a\x00b"), "payload_field_unreadable", "records[0].note"),
        (record(id="1"), "payload_field_unreadable", "records[0].id"),
        (entry(mass=None), "mass_twice_or_never", "records[0].entries[0]"),
        (entry(mass_g=1), "mass_twice_or_never", "records[0].entries[0]"),
        (entry(mass=None, mass_g=1.0), "payload_field_unreadable", "records[0].entries[0].mass_g"),
        (entry(mass=None, mass_g=2**70), "payload_field_unreadable", "records[0].entries[0].mass_g"),
        (entry(mass=None, mass_g=0), "mass_not_positive", "records[0], part 1"),
        (entry(mass="-3 吨"), "mass_not_positive", "records[0], part 1"),
        (entry(mass="0.0000001 吨"), "mass_unreadable", "records[0].entries[0]"),
        (entry(to="origin:togtoh"), "account_to_itself", "records[0], part 1"),
        (record(evidence=[{"kind": "photo", "name": "a", "sha256": "0"}]), "payload_field_unreadable", None),
        (record(replaces=str(new_id())), "replaces_nothing", "records[0]"),
        (record(sd_ppm=-1), "sd_negative", "records[0]"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(post: Post, sent: Any, code: str, place: str | None) -> None:
    answer = post(RECORDS, sent)
    assert answer.status_code == 422
    error = answer.json()["outcomes"][0]["error"]
    assert error["code"] == code
    assert place is None or error["place"] == place
    assert said_whole(error)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (" ", 400, "body_unreadable"),
        ("[1]", 400, "body_unreadable"),
        ('{"records": []}', 400, "body_unreadable"),
        ('{"records": {}, "mode": "row"}', 400, "body_unreadable"),
        ('{"records": [{}], "mode": "all"}', 400, "body_unreadable"),
        ('{"records": [{}], "more": 1}', 400, "body_unreadable"),
        ("[" * 100_000, 400, "body_unreadable"),
        (b"\xff\xfe{}", 400, "body_unreadable"),
        ('{"a": NaN}', 400, "body_unreadable"),
        (json.dumps({"records": [{}] * 1001}), 422, "batch_too_large"),
        (" " * (2 * 1024 * 1024 + 1), 413, "body_too_large"),
    ],
    ids=["empty", "array", "none", "object", "mode", "more", "deep", "encoding", "nan", "many", "large"],
)
def test_bodies_that_are_none(post: Post, sent: Any, status: int, code: str) -> None:
    answer = post(RECORDS, sent)
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert said_whole(answer.json())


def test_reverse_and_correct(post: Post) -> None:
    sent, key = record(), str(new_id())
    post(RECORDS, sent)
    way = f"{RECORDS}/{sent['id']}/reverse"
    assert post(way, {}).json()["code"] == "payload_field_missing"
    back = post(way, {"note": "wrong scale", "id": key})
    assert back.json()["outcomes"][0]["outcome"] == "appended"
    assert post(way, {"note": "wrong scale", "id": key}).json()["outcomes"][0]["outcome"] == "duplicate"
    assert post(way, {"note": "again"}).json()["outcomes"][0]["error"]["code"] == "already_reversed"
    other = record()
    post(RECORDS, other)
    new = {k: v for k, v in copy.deepcopy(other).items() if k != "id"}
    new["entries"][0]["mass"] = "2 吨"
    both = post(f"{RECORDS}/{other['id']}/correct", {"note": "two, not one and a half", "record": new})
    assert both.json()["appended"] == 2
    raw = connection.connection
    row = raw.execute("SELECT count(*) FROM journal.record WHERE %s IN (reverses, replaces)", (other["id"],)).fetchone()
    assert row == (2,)


def test_a_correction_is_whole_or_not_at_all(post: Post) -> None:
    sent = record()
    post(RECORDS, sent)
    answer = post(f"{RECORDS}/{sent['id']}/correct", {"note": "x", "record": entry(stream="no_such")})
    assert answer.status_code == 422
    assert [t["outcome"] for t in answer.json()["outcomes"]] == ["held", "refused"]


def test_reversing_what_is_not_there(post: Post) -> None:
    answer = post(f"{RECORDS}/{new_id()}/reverse", {"note": "x"})
    assert (answer.status_code, answer.json()["code"]) == (404, "record_not_found")


def test_strangers_and_wrong_tokens(client: Client, post: Post) -> None:
    answer = client.post(RECORDS, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_needed")
    assert answer["WWW-Authenticate"] == "Bearer"
    for given in ("Bearer nonsense", "Bearer ", "Bearer \udcff"):
        wrong = post(RECORDS, record(), authorization=given)
        assert (wrong.status_code, wrong.json()["code"]) == (401, "api_token_invalid"), given
    assert post(RECORDS, record(), authorization="Basic eDp5").json()["code"] == "sign_in_needed"


def test_a_token_ends(post: Post, person: Person) -> None:
    kept = person.api_tokens.get()
    assert post(RECORDS, record()).status_code == 200
    assert tokens.revoke(person, kept.pk)
    remembered.forget()
    assert post(RECORDS, record()).json()["code"] == "api_token_invalid"
    old, key = tokens.issue(person, "old", lifetime=timedelta(days=1), now=timezone.now() - timedelta(days=2))
    assert post(RECORDS, record(), authorization=f"Bearer {key}").json()["code"] == "api_token_expired"
    assert key not in {old.token_hash, str(old)}


def test_a_session_needs_the_csrf_token(person: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    answer = strict.post(RECORDS, json.dumps(record()), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "request_forged")
    strict.get("/login/")
    strict.get("/account/")
    key = strict.cookies["csrftoken"].value
    sent = strict.post(RECORDS, json.dumps(record()), content_type="application/json", headers={"x-csrftoken": key})
    assert sent.status_code == 200


def test_other_types_methods_and_addresses(client: Client, post: Post, token: str) -> None:
    given = {"authorization": f"Bearer {token}"}
    form = client.post(RECORDS, {"a": "b"}, headers=given)
    assert (form.status_code, form.json()["code"]) == (415, "content_type_refused")
    gone = client.delete(RECORDS, headers=given)
    assert (gone.status_code, gone.json()["code"]) == (405, "method_refused")
    for path in ("/api/nowhere", "/api/v1/journal/records/7/reverse", "/api/v2/"):
        lost = post(path, {})
        assert (lost.status_code, lost.json()["code"]) == (404, "address_unknown"), path


def test_a_post_asks_the_same_however_much_it_carries(post: Post) -> None:
    post(RECORDS, record())

    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert post(RECORDS, {"records": [record() for _ in range(count)]}).status_code == 200
        return len(asked)

    assert statements(1) == statements(100) == 0  # Django's own; the append speaks to the driver


def test_lookups(client: Client, token: str) -> None:
    given = {"authorization": f"Bearer {token}"}
    for path, words, expected in (("streams", "粉煤灰", "coal_fly_ash"), ("places", "托克托县", "togtoh")):
        items = client.get(f"/api/v1/{path}", {"q": words}, headers=given).json()["items"]
        assert expected in {item["id"] for item in items}
    assert client.get("/api/v1/metrics", headers=given).json()["items"]


def test_the_schema_is_openapi_3_1_and_the_reference_shows_it(client: Client) -> None:
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    refs = set(json.dumps(schema).split('"$ref": "#/components/schemas/')[1:])
    assert {ref.split('"')[0] for ref in refs} <= set(schema["components"]["schemas"])
    page = client.get("/api/").content.decode()
    assert all(path in page for path in schema["paths"])
    assert "<script>" not in page


@pytest.fixture
def ask(client: Client, token: str) -> Callable[..., Any]:
    """Read with the key."""

    def get(path: str, **query: Any) -> Any:
        return client.get(f"/api/v1/journal/{path}", query, headers={"authorization": f"Bearer {token}"})

    return get


def test_a_record_reads_as_it_was_hashed(post: Post, ask: Callable[..., Any]) -> None:
    from wufei.journal.canonical import canonical, leaf_hash

    seen = {"metric": "mines", "place": "togtoh", "value": "12.50", "unit": "个"}
    connection.connection.execute("INSERT INTO journal.metric VALUES ('mines', '个') ON CONFLICT DO NOTHING")
    evidence = [{"kind": "photo", "name": "磅单 “7”.jpg", "sha256": "a" * 64}]
    sent = record(observations=[seen], evidence=evidence, note="称重\t一次", sd_ppm=5000)
    assert post(RECORDS, sent).status_code == 200
    told = ask(f"records/{sent['id']}").json()
    form = {k: v for k, v in told.items() if k not in {"seq", "leaf", "reversed_by", "replaced_by"}}
    assert leaf_hash(canonical(form)).hex() == told["leaf"]
    assert told["entries"] == [
        {"from": "origin:togtoh", "mass_g": 1_500_000, "stream": "coal_fly_ash", "to": "storage:togtoh"}
    ]


def test_records_page_by_cursor_and_narrow(post: Post, ask: Callable[..., Any]) -> None:
    batch = [record(period="2024-07") for _ in range(5)]
    post(RECORDS, {"records": batch})
    post(
        RECORDS,
        record(period="2024-07", entries=[record()["entries"][0] | {"stream": "fgd_gypsum", "to": "storage:wuchuan"}]),
    )
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = ask("records", period="2024-07", limit=2, **more).json()
        seen += [r["id"] for r in page["records"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
    assert seen[1:] == [r["id"] for r in reversed(batch)]
    for query, count in (
        ({"stream": "fgd_gypsum"}, 1),
        ({"place": "wuchuan"}, 1),
        ({"account": "origin:togtoh"}, 6),
        ({"account": "origin:togtoh", "stream": "fgd_gypsum"}, 1),
        ({"role": "storage", "place": "togtoh"}, 5),
        ({"basis": "declared"}, 0),
        ({"happened_from": "2025-03-05", "happened_to": "2025-03-05"}, 6),
        ({"happened_to": "2025-03-04"}, 0),
        ({"as_known_on": "2021-01-01T00:00:00Z"}, 0),
        ({"reversed": "false"}, 6),
        ({"reversed": "true"}, 0),
        ({"evidence": "true"}, 0),
        ({"rule": "hj_1259"}, 6),
    ):
        assert len(ask("records", period="2024-07", **query).json()["records"]) == count, query


def test_history_is_told_as_it_was_known(post: Post, ask: Callable[..., Any]) -> None:
    sent = record()
    post(RECORDS, sent)
    known = ask(f"records/{sent['id']}").json()["known_at"]
    new = {k: v for k, v in record().items() if k != "id"}
    post(f"{RECORDS}/{sent['id']}/correct", {"note": "x", "record": new})
    now = ask(f"records/{sent['id']}").json()
    assert now["reversed_by"]
    assert ask(f"records/{now['replaced_by'][0]}").json()["replaces"] == sent["id"]
    assert ask(f"records/{sent['id']}", as_known_on=known).json()["reversed_by"] is None
    assert ask(f"records/{sent['id']}", as_known_on="2020-01-01T00:00:00Z").status_code == 404


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "x"}, {"basis": "guess"}, {"happened_from": "soon"}, {"more": "1"}],
)
def test_parameters_are_read_strictly(ask: Callable[..., Any], query: dict[str, str]) -> None:
    answer = ask("records", **query)
    assert answer.status_code == 422
    assert said_whole(answer.json())
    assert answer.json()["place"] == next(iter(query))
