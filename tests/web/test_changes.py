"""The change feed: everything that a hat may see, once, in the order in which it was sealed."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests.registry.access_world import FAR, NEAR, Firm, make_firm, worn
from tests.registry.as_app import as_app
from tests.web.journal_sample import record
from wufei.journal import append, changes, new_id
from wufei.journal.records import Step
from wufei.journal.sealing import seal
from wufei.journal.signing import new_signer
from wufei.registry import tokens
from wufei.registry.models import Person
from wufei.web.api.callers import remembered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]


def put(*firms: Firm, **more: Any) -> list[Any]:
    """A record at each firm's site, sealed in this order."""
    connection.ensure_connection()
    made = [record((f"origin:{f.site.pk}", f"storage:{f.site.pk}", "coal_fly_ash", 7), acting_for=f.org.pk, **more)
            for f in firms]  # fmt: skip
    assert all(outcome.stands for outcome in append(connection.connection, made))
    seal(connection.connection, new_signer())
    return [each.id for each in made]


@pytest.fixture
def firms(db: None) -> tuple[Firm, Firm]:
    return make_firm("near", NEAR), make_firm("far", FAR)


def read_all(raw: Any, size: int) -> list[Any]:
    """Every change from the beginning, a few at a time."""
    found: list[Any] = []
    at, more = 0, True
    while more:
        some = changes.changes(raw, at, size)
        found += [(each.position, each.stored.record.id) for each in some.items]
        at, more = some.reached, some.more
    return found


def test_each_change_is_told_once_in_the_order_of_the_tree(firms: tuple[Firm, Firm]) -> None:
    near, far = firms
    begin = changes.end_of(connection.connection)
    ids = put(near, far, near) + put(far)
    for size in (1, 2, 100):
        told = read_all(connection.connection, size)[-4:]
        assert [id_ for _at, id_ in told] == ids
        assert [at for at, _id in told] == list(range(begin, begin + 4))


def test_what_is_not_sealed_yet_is_not_told(firms: tuple[Firm, Firm]) -> None:
    end = changes.end_of(connection.connection)
    append(connection.connection, [record(("origin:site-near", "storage:site-near", "coal_fly_ash", 1))])
    assert changes.end_of(connection.connection) == end


def test_a_firm_is_told_what_concerns_it_only(firms: tuple[Firm, Firm]) -> None:
    near, far = firms
    ids = put(near, far, near)
    with as_app(worn("enterprise_admin", near)) as raw:
        assert [id_ for _at, id_ in read_all(raw, 2)] == [ids[0], ids[2]]
    with as_app(worn("enterprise_admin", far)) as raw:
        assert [id_ for _at, id_ in read_all(raw, 2)] == [ids[1]]


def test_the_api_pages_by_cursor_and_names_the_cases(client: Client, person: Person, firms: tuple[Firm, Firm]) -> None:
    remembered.forget()
    headers = {"authorization": f"Bearer {tokens.issue(person, 'feed')[1]}"}

    def ask(**query: Any) -> Any:
        answer = client.get("/api/v1/changes", query, headers=headers)
        assert answer.status_code == 200, answer.content
        return answer.json()

    start = ask(latest="true")["next"]
    case = f"manifest:{new_id()}"
    step = Step(case, 1, "hazardous_waste_transfer", "submit", "submitted", data={"set": {}, "parties": []})
    put(firms[0], steps=(step,))
    put(firms[1])
    first = ask(cursor=start, limit=1)
    (change,) = first["changes"]
    assert (change["cases"], change["record"]["steps"][0]["transition"]) == ([case], "submit")
    assert (change["position"], first["next"], first["more"]) == (start, start + 1, True)
    second = ask(cursor=first["next"])
    assert (len(second["changes"]), second["more"]) == (1, False)
    assert ask(cursor=second["next"]) == {"changes": [], "next": second["next"], "more": False}


@pytest.mark.parametrize("query", [{"cursor": "-1"}, {"cursor": "x"}, {"limit": "0"}, {"limit": "501"}, {"other": "1"}])
def test_parameters_are_read_strictly(client: Client, person: Person, query: dict[str, str]) -> None:
    remembered.forget()
    headers = {"authorization": f"Bearer {tokens.issue(person, 'feed')[1]}"}
    assert client.get("/api/v1/changes", query, headers=headers).status_code == 422
