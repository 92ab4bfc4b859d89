"""Cases through the API: open, read with what is open, take a step or many, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.web.case_sample import STREAM, TRANSFER, World, file, make_world
from wufei.registry import tokens
from wufei.registry.models import Person
from wufei.web.api.callers import remembered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored")]
CASES = "/api/v1/cases"


@pytest.fixture
def world() -> World:
    remembered.forget()
    return make_world()


class Program:
    """A firm's own system with a token."""

    def __init__(self, person: Person) -> None:
        _kept, token = tokens.issue(person, "erp")
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(address, query)

    def post(self, address: str, body: Any, **headers: str) -> Any:
        return self.client.post(address, json.dumps(body), content_type="application/json", headers=headers)


def test_from_filing_to_receipt(world: World) -> None:
    works, haulier, plant = Program(world.works), Program(world.haulier), Program(world.plant)
    opened = works.post(CASES, {"workflow": TRANSFER, "transition": "submit", "values": world.values()})
    assert opened.status_code == 201, opened.content
    address = f"{CASES}/{opened.json()['case']}"
    read = haulier.get(address)
    assert (read["ETag"], read.json()["state"]) == ('"1"', "submitted")
    assert "decline" in {o["transition"] for o in read.json()["open"]}
    sent = works.post(address + "/steps", {"transition": "dispatch"}, **{"If-Match": read["ETag"]})
    assert (sent.status_code, sent["ETag"]) == (200, '"2"'), sent.content
    assert haulier.post(address + "/steps", {"transition": "pick_up", "rests_on": 2}).status_code == 200
    assert haulier.get(address).json()["in_transit"] == {STREAM: 1000}
    received = {"opinion": "accepted", "difference": "none", "operation": "R9", "accepted_g": 990}
    wastes = [world.values()["wastes"][0] | received]
    accepted = plant.post(address + "/steps", {"transition": "accept", "values": {"wastes": wastes}, "rests_on": 3})
    assert accepted.status_code == 200, accepted.content
    whole = works.get(address).json()
    assert (whole["state"], whole["in_transit"]) == ("completed", {})
    assert [step["acting_for"] for step in whole["steps"]] == ["works", "works", "haulier", "plant"]


def test_sent_twice_it_is_one_case_and_one_step(world: World) -> None:
    works = Program(world.works)
    body = {"workflow": TRANSFER, "transition": "submit", "values": world.values()}
    first, again = (works.post(CASES, body, **{"Idempotency-Key": "erp-77"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["case"] == again.json()["case"]
    assert again.json()["outcome"] == "duplicate"


def test_a_step_says_what_it_rests_on_and_hears_what_others_did(world: World) -> None:
    case, haulier, works = file(world), Program(world.haulier), Program(world.works)
    address = f"{CASES}/{case}/steps"
    blind = works.post(address, {"transition": "withdraw", "reason": "改期"})
    assert (blind.status_code, blind.json()["code"]) == (428, "step_unseen")
    haulier.post(address, {"transition": "decline", "reason": "车坏了", "rests_on": 1})
    late = works.post(address, {"transition": "withdraw", "reason": "改期"}, **{"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"]) == (409, "step_outdated")
    assert [(s["transition"], s["acting_for"]) for s in late.json()["meanwhile"]] == [("decline", "haulier")]


def test_every_field_that_stands_against_a_step_is_named(world: World) -> None:
    values = world.values(emergency_measures=None, transport="balloon", nonsense=1)
    answer = Program(world.works).post(CASES, {"workflow": TRANSFER, "transition": "submit", "values": values})
    assert (answer.status_code, answer.json()["code"]) == (422, "step_refused")
    found = {error["place"]: error["code"] for error in answer.json()["errors"]}
    expected = {"transport": "form_value_invalid", "nonsense": "form_field_unknown"}
    assert expected | {"emergency_measures": "form_field_missing"} == found


def test_refusals_have_their_status(world: World) -> None:
    case, plant = file(world), Program(world.plant)
    foreign = plant.post(f"{CASES}/{case}/steps", {"transition": "dispatch", "rests_on": 1})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "party_not_yours")
    assert plant.get(f"{CASES}/manifest:none").json()["code"] == "case_unknown"
    assert plant.get("/api/v1/workflows/none").status_code == 404
    unknown = plant.post(CASES, {"workflow": "none", "transition": "x"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "workflow_unknown")


def test_many_steps_one_of_which_is_late(world: World) -> None:
    cases, works, haulier = [file(world) for _ in range(3)], Program(world.works), Program(world.haulier)
    haulier.post(f"{CASES}/{cases[1]}/steps", {"transition": "decline", "reason": "车坏了", "rests_on": 1})
    steps = [{"case": case, "transition": "dispatch", "rests_on": 1} for case in cases]
    works = Program(world.works)
    answer = works.post(f"{CASES}/steps", {"steps": steps}, **{"Idempotency-Key": "round-1"})
    assert answer.status_code == 207
    codes = [o["error"] and o["error"]["code"] for o in answer.json()["outcomes"]]
    assert codes == [None, "step_outdated", None]
    again = works.post(f"{CASES}/steps", {"steps": steps}, **{"Idempotency-Key": "round-1"}).json()
    assert [o["done"] and o["done"]["outcome"] for o in again["outcomes"]] == ["duplicate", None, "duplicate"]


def test_the_list_narrows_and_turns_its_pages(world: World) -> None:
    cases, haulier, plant = [file(world) for _ in range(5)], Program(world.haulier), Program(world.plant)
    waiting = Program(world.works).get(CASES, waiting="true").json()["cases"]
    assert {c["id"] for c in waiting} == set(cases)
    assert plant.get(CASES, waiting="true").json()["cases"] == []
    first = haulier.get(CASES, limit=3).json()
    rest = haulier.get(CASES, limit=3, cursor=first["next"]).json()
    assert sorted(c["id"] for c in first["cases"] + rest["cases"]) == sorted(cases)
    assert rest["next"] is None
    assert haulier.get(CASES, state="completed").json()["cases"] == []
    number = cases[0].partition(":")[2]
    assert [c["id"] for c in haulier.get(CASES, number=number).json()["cases"]] == [cases[0]]


def test_a_workflow_tells_its_form_as_json_schema(world: World) -> None:
    told = Program(world.works).get(f"/api/v1/workflows/{TRANSFER}").json()
    assert {"submit", "dispatch"} <= {t["id"] for t in told["transitions"]}
    columns = told["form"]["properties"]["wastes"]["items"]["properties"]
    assert columns["planned_g"] | {"type": "integer", "minimum": 0} == columns["planned_g"]
    assert TRANSFER in {w["id"] for w in Program(world.works).get("/api/v1/workflows").json()["workflows"]}
