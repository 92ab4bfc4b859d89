"""Signed actions of phones: taken once in whatever order they come, and what cannot be taken is kept and shown."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.registry.as_app import pages_as_app
from tests.web.case_sample import STREAM, World, file, hat_of, make_world
from tests.web.conftest import make_person
from tests.web.phone import Phone, outcomes
from wufei.registry import mandates
from wufei.registry.mandate_errors import MandateRevoked
from wufei.registry.models import FieldAction, FieldDevice, Hat, Mandate, Organisation
from wufei.web.api.callers import remembered
from wufei.web.plan import Plan
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]
EACH = 7  # statements for one more action of a batch: whose organisation, the inbox (3 copies and a look), the append
QUERIES = 6  # session, person, hats, how many, the rows, their signers


@pytest.fixture
def world() -> World:
    remembered.forget()
    return make_world()


def states(case: str) -> list[str]:
    return [step.transition for step in engine.read(connection.connection, case).steps]


def mandate_to(org: str) -> Mandate:
    """The works lets somebody dispatch in its stead."""
    giver, taker, day = Organisation.objects.get(pk="works"), Organisation.objects.get(pk=org), timezone.localdate()
    wish = mandates.Wish(("dispatch_waste",), day, day + timedelta(days=30), to_org=taker)
    return mandates.give(giver, wish, by="person-1")


def hand_over(works: Phone, haulier: Phone, case: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The consignor signs the dispatch, the driver on top of it; neither has a network."""
    offer = works.sign(case, "dispatch", 1)
    answer = haulier.sign(case, "pick_up", 2, after=offer["body"]["id"])
    return offer, answer


@pytest.mark.parametrize("first", ["works", "haulier"])
def test_two_phones_hand_over_and_end_alike_whoever_comes_online_first(world: World, first: str) -> None:
    case = file(world)
    works, haulier = Phone(world.works), Phone(world.haulier)
    offer, answer = hand_over(works, haulier, case)
    phones = {"works": works, "haulier": haulier}
    with pages_as_app():
        assert outcomes(phones[first].send([answer, offer])) == ["applied", "applied"]
        other = haulier if first == "works" else works
        assert outcomes(other.send([offer, answer])) == ["already", "already"]
    assert states(case) == ["submit", "dispatch", "pick_up"]
    steps = engine.read(connection.connection, case).steps
    assert [s.actor for s in steps[1:]] == [world.works.actor, world.haulier.actor]
    assert {s.data["signed"]["method"] for s in steps[1:]} == {"device_key"}
    assert engine.held_by(connection.connection, case) == {STREAM: 1000}


def test_what_rests_on_an_action_that_has_not_come_waits_for_it(world: World) -> None:
    case = file(world)
    works, haulier = Phone(world.works), Phone(world.haulier)
    hand_over(works, haulier, case)
    told = haulier.send()
    assert (outcomes(told), told[0]["error"]["code"]) == (["waiting"], "field_waiting")
    assert states(case) == ["submit"]
    assert outcomes(works.send()) == ["applied"]
    assert states(case) == ["submit", "dispatch", "pick_up"]
    assert outcomes(haulier.send()) == ["already"]


def test_a_case_is_begun_and_moved_on_without_a_network(world: World) -> None:
    works = Phone(world.works)
    begun = works.sign("", "submit", 0, changes=world.values())
    works.sign("", "dispatch", 1, after=begun["body"]["id"])
    told = works.send(list(reversed(works.queue)))
    assert outcomes(told) == ["applied", "applied"], told
    assert told[0]["case"] == told[1]["case"]
    assert states(told[0]["case"]) == ["submit", "dispatch"]
    assert outcomes(works.send()) == ["already", "already"]


def test_the_same_step_on_two_phones_of_one_firm_is_one_and_another_one_is_a_conflict(world: World) -> None:
    same, other = file(world), file(world)
    one, two = Phone(world.works), Phone(world.works)
    for phone, grams in ((one, 1000), (two, 900)):
        phone.sign(same, "dispatch", 1)
        wastes = [world.values()["wastes"][0] | {"dispatched_g": grams}]
        phone.sign(other, "dispatch", 1, changes={"wastes": wastes})
    assert outcomes(one.send()) == ["applied", "applied"]
    told = two.send()
    assert outcomes(told) == ["applied", "conflict"]
    assert told[1]["error"]["code"] == "step_outdated"
    assert states(same) == states(other) == ["submit", "dispatch"]
    row = FieldAction.objects.get(pk=two.queue[1]["body"]["id"])
    assert (row.state, row.body["changes"]["wastes"][0]["dispatched_g"]) == ("conflict", 900)


def test_a_changed_content_an_unknown_phone_and_a_forged_name_are_refused_by_name(world: World) -> None:
    case = file(world)
    works, stranger = Phone(world.works), Phone(world.haulier, enrol=False)
    true = works.sign(case, "dispatch", 1)
    changed = copy.deepcopy(true)
    changed["body"]["transition"] = "withdraw"
    forged = stranger.sign(case, "dispatch", 1)
    as_works = copy.deepcopy(forged)
    as_works["body"]["device"] = str(works.id)
    told = stranger.send([changed, forged, as_works, {"body": 7}, {"body": {**true["body"], "sequence": -1}}])
    assert outcomes(told) == ["refused"] * 5
    assert [t["error"]["code"] for t in told] == [
        "field_signature_wrong", "field_device_unknown", "field_signature_wrong", *["field_action_unreadable"] * 2,
    ]  # fmt: skip
    assert not FieldAction.objects.exists()
    assert states(case) == ["submit"]


def test_an_id_used_again_and_a_chain_that_forks_are_seen(world: World) -> None:
    first, second = file(world), file(world)
    works = Phone(world.works)
    sent = works.sign(first, "dispatch", 1)
    assert outcomes(works.send()) == ["applied"]
    works.sequence, works.head = 0, ""  # a phone restored from a copy
    again = works.sign(second, "dispatch", 1, id=sent["body"]["id"])
    forked = works.sign(second, "dispatch", 1, sequence=1, previous="")
    told = works.send([again, forked])
    assert [(t["outcome"], t["error"]["code"]) for t in told] == [
        ("refused", "field_action_changed"), ("conflict", "field_chain_broken"),
    ]  # fmt: skip
    assert states(second) == ["submit"]


def test_a_clock_wrong_by_a_day_is_set_right_and_told(world: World) -> None:
    case, works = file(world), Phone(world.works)
    works.late = timedelta(hours=26)
    works.sign(case, "dispatch", 1)
    assert outcomes(works.send()) == ["applied"]
    step = engine.read(connection.connection, case).steps[-1]
    assert abs(step.happened_at - timezone.now()) < timedelta(minutes=5)
    assert [w["code"] for w in step.data["warnings"] if w["code"] == "device_clock_wrong"]


def test_what_arrives_after_the_phone_was_ended_or_the_hat_was_lost_is_kept_as_a_conflict(world: World) -> None:
    case, works, haulier = file(world), Phone(world.works), Phone(world.haulier)
    works.sign(case, "dispatch", 1)
    FieldDevice.objects.filter(pk=works.id).update(revoked_at=timezone.now(), revoked_why="lost")
    told = works.send()
    assert (outcomes(told), told[0]["error"]["code"]) == (["conflict"], "field_enrolment_over")
    acting.take(connection.connection, hat_of(world.works), case, Wish("dispatch"))
    haulier.sign(case, "pick_up", 2)
    Hat.objects.filter(person=world.haulier).update(ended_at=timezone.now())
    plant = Phone(world.plant)
    told = plant.send(haulier.queue)
    assert (outcomes(told), told[0]["error"]["code"]) == (["conflict"], "field_hat_over")
    assert states(case) == ["submit", "dispatch"]


def test_a_mandate_that_was_revoked_meanwhile_is_a_conflict_until_another_covers_the_step(
    world: World, client: Client, plan: Plan
) -> None:
    case, agent = file(world), Phone(make_person("agent", "enterprise_handler", "agent"))
    other, given = Phone(world.haulier), mandate_to("agent")
    agent.sign(case, "dispatch", 1, acting_for="works")
    mandates.revoke(given, "合同终止", by=world.works.actor)
    with pages_as_app():
        told = other.send(agent.queue)  # by whichever phone it comes
    assert (outcomes(told), told[0]["error"]["code"]) == (["conflict"], "mandate_revoked")
    assert states(case) == ["submit"]
    address = reverse("field-conflicts", args=[plan.id])
    colleague, office = make_person("agent-2", "enterprise_handler", "agent"), make_person("office", "city_office")
    for person, sees in ((agent.person, True), (colleague, True), (office, True), (world.plant, False)):
        client.force_login(person)
        with pages_as_app():
            assert (MandateRevoked.remedy_zh in client.get(address).content.decode()) is sees, person
    settling = reverse("field-settle", args=[plan.id, told[0]["id"]])
    client.force_login(agent.person)
    with pages_as_app():
        client.post(settling, {"confirm": "1"})
    assert states(case) == ["submit"]
    mandate_to("agent")
    client.force_login(colleague)
    with pages_as_app():
        client.post(settling, {"confirm": "1"})
    assert states(case) == ["submit", "dispatch"]
    step = engine.read(connection.connection, case).steps[-1]
    assert (step.acting_for, step.actor, step.data["signed"]["method"]) == (
        "works", agent.person.actor, "standing_mandate",
    )  # fmt: skip


def test_a_batch_asks_little_for_each_action_and_waits_for_the_disk_before_it_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    asked = {name: getattr(psycopg.Cursor, name) for name in ("execute", "copy")}

    def listening(name: str) -> Any:
        def listen(self: Any, query: Any, *given: Any, **more: Any) -> Any:
            said.append(query if isinstance(query, str) else query.as_string(None))
            return asked[name](self, query, *given, **more)

        return listen

    phone, counts = Phone(world.works), []
    for name in asked:
        monkeypatch.setattr(psycopg.Cursor, name, listening(name))
    for count in (2, 12):
        said.clear()
        sent = [phone.sign("", "save", 0, changes={"consignor_org": "works"}) for _n in range(count)]
        assert set(outcomes(phone.send(sent))) == {"applied"}
        counts.append(len(said))
    assert (counts[1] - counts[0]) / 10 <= EACH
    off, on = said.index("SET synchronous_commit = off"), said.index("RESET synchronous_commit")
    writes = [n for n, query in enumerate(said) if "append_few" in query]
    kept = next(n for n, query in enumerate(said) if query.strip().startswith("UPDATE public.registry_fieldaction"))
    assert off < min(writes) <= max(writes) < on < kept


def test_a_queue_of_many_is_taken_in_batches_and_a_batch_too_large_is_refused(world: World) -> None:
    works = Phone(world.works)
    for _n in range(201):
        works.sign("", "save", 0, changes={"consignor_org": "works"})
    answer = works.post("/sync", {"device": str(works.id), "actions": works.queue})
    assert answer.status_code == 422
    assert FieldAction.objects.count() == 0
    assert set(outcomes(works.send(works.queue[100:]))) == {"applied"}
    assert set(outcomes(works.send(works.queue[:100]))) == {"applied"}
    assert FieldDevice.objects.get(pk=works.id).sequence == 201


def test_a_phone_takes_along_its_own_cases_and_nobody_elses(world: World) -> None:
    case, haulier = file(world), Phone(world.haulier)
    stranger = Phone(make_person("elsewhere", "driver", "elsewhere"))
    with pages_as_app():
        told = haulier.client.get("/api/v1/field/pack").json()
    assert [c["id"] for c in told["cases"]] == [case]
    assert told["me"]["org"] == "haulier"
    assert told["names"]["works"]["zh"]
    assert "hazardous_waste_transfer" in told["kinds"]
    with pages_as_app():
        assert stranger.client.get("/api/v1/field/pack").json()["cases"] == []


def test_enrolling_asks_for_the_private_half_and_is_the_same_when_sent_again(world: World) -> None:
    phone, other = Phone(world.works, enrol=False), Phone(world.haulier, enrol=False)
    assert phone.enrol(proof=other.signed(str(phone.id).encode())).json()["code"] == "field_key_unreadable"
    first, again = phone.enrol().json(), phone.enrol().json()
    assert first["certificate"]["body"] == again["certificate"]["body"]
    other.id = phone.id
    assert other.enrol().json()["code"] == "field_device_taken"
    for _n in range(4):
        Phone(world.works)
    assert Phone(world.works, enrol=False).enrol().json()["code"] == "field_devices_many"


def conflict_of(world: World, phone: Phone, case: str) -> str:
    """A conflict: signed on the phone, then overtaken by another step."""
    phone.sign(case, "dispatch", 1)
    acting.take(connection.connection, hat_of(world.haulier), case, Wish("decline", reason="车坏了"))
    acting.take(connection.connection, hat_of(world.works), case, Wish("submit"))
    told = phone.send()
    assert (outcomes(told), told[0]["error"]["code"]) == (["conflict"], "step_outdated")
    return str(told[0]["id"])


def test_the_signer_takes_a_conflict_on_top_of_what_stands_now(world: World, client: Client, plan: Plan) -> None:
    case, works, haulier = file(world), Phone(world.works), Phone(world.haulier)
    action = conflict_of(world, works, case)
    haulier.sign(case, "pick_up", 2, after=action)
    assert outcomes(haulier.send()) == ["waiting"]
    client.force_login(world.works)
    address = reverse("field-conflicts", args=[plan.id])
    with pages_as_app():
        said = client.get(address).content.decode()
        assert "装车移出" in said
        assert client.post(reverse("field-settle", args=[plan.id, action]), {"confirm": "1"}).status_code == 302
        assert "装车移出" not in client.get(address).content.decode()
    assert states(case)[-2:] == ["dispatch", "pick_up"]


def test_a_conflict_is_given_up_with_a_reason_only_and_by_its_own_firm_only(
    world: World, client: Client, plan: Plan
) -> None:
    case, works = file(world), Phone(world.works)
    action = conflict_of(world, works, case)
    address = reverse("field-settle", args=[plan.id, action])
    for person, sent, state in (
        (world.plant, {"give_up": "1", "reason": "mine"}, "conflict"),
        (world.works, {"give_up": "1", "reason": " "}, "conflict"),
        (world.works, {"give_up": "1", "reason": "改日再运"}, "dropped"),
    ):
        client.force_login(person)
        with pages_as_app():
            assert client.post(address, sent).status_code == 302
        assert FieldAction.objects.get(pk=action).state == state
    assert outcomes(works.send()) == ["dropped"]
    assert FieldAction.objects.get(pk=action).reason == "改日再运"


def test_a_person_ends_their_own_phone_and_nobody_elses(world: World, client: Client) -> None:
    phone, other = Phone(world.works), Phone(world.haulier)
    client.force_login(world.works)
    with pages_as_app():
        assert str(other.id) not in client.get(reverse("field-devices")).content.decode()
        assert client.post(reverse("field-devices"), {"end": str(other.id)}).status_code == 404
        assert client.post(reverse("field-devices"), {"end": "nonsense"}).status_code == 404
        assert client.post(reverse("field-devices"), {"end": str(phone.id)}).status_code == 302
    ended = {d.pk: d.revoked_at is not None for d in FieldDevice.objects.all()}
    assert ended == {phone.id: True, other.id: False}


@pytest.mark.parametrize("count", [1, 7])
def test_the_list_of_conflicts_asks_the_same_however_long_it_is(
    world: World, client: Client, plan: Plan, count: int
) -> None:
    works = Phone(world.works)
    for _n in range(count):
        works.sign("manifest:none", "dispatch", 1)
    assert set(outcomes(works.send())) == {"conflict"}
    client.force_login(world.works)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("field-conflicts", args=[plan.id]))
    assert len([q for q in asked.captured_queries if "SAVEPOINT" not in q["sql"]]) == QUERIES
