"""Signatures: what was signed is checked again, and one signs on another one's device by a code that is shown once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from tests.registry.as_app import as_app, rules_once
from tests.workflow.conftest import FILLED, Journey
from wufei import catalog
from wufei.journal.mirror import mirror
from wufei.registry.access import Wearer
from wufei.registry.models import Hat, Person, SigningCode
from wufei.terms import NamedError
from wufei.workflow import codes, engine, facts, signing

NOW = datetime(2025, 3, 3, 6, 0, tzinfo=UTC)
__all__ = ["rules_once"]


def hat(org: str, role: str) -> Hat:
    person = Person.objects.create_user(username=f"{org}-{role}", password=None)
    return Hat.objects.create(person=person, role=role, org_id=org, granted_by="setup", granted_at=NOW)


@pytest.fixture
def loaded(journey: Journey) -> Journey:
    """A manifest whose consignor has signed; the driver stands beside the lorry."""
    journey.go("consignor", "submit", **FILLED)
    journey.go("consignor", "dispatch")
    return journey


def refused(journey: Journey, text: str, now: datetime = NOW) -> str:
    with pytest.raises(NamedError) as caught:
        codes.redeem(journey.connection, journey.kind, journey.case.id, text, now)
    return caught.value.code


def test_every_signature_is_checked_again(loaded: Journey) -> None:
    told = signing.verify(loaded.connection, loaded.case.id)
    assert [(each.no, each.transition, each.holds) for each in told] == [(1, "submit", True), (2, "dispatch", True)]


def test_a_form_that_was_altered_is_found_from_there_on(loaded: Journey) -> None:
    first, *rest = loaded.case.steps
    altered = replace(first, data=first.data | {"set": first.data["set"] | {"emergency_measures": "无"}})
    told = list(signing.checked(replace(loaded.case, steps=(altered, *rest))))
    assert [each.holds for each in told] == [False, False]


def test_a_code_signs_in_the_name_of_whoever_showed_it(loaded: Journey) -> None:
    driver = Wearer.of(hat("haulier", "driver"))
    shown = codes.issue(loaded.kind, loaded.case, driver, "pick_up", {}, NOW)
    spaced = f" {shown.text[:4].lower()}-{shown.text[4:]} "
    assert codes.redeem(loaded.connection, loaded.kind, loaded.case.id, spaced, NOW, device="works-tablet").stands
    step = engine.read(loaded.connection, loaded.case.id).steps[-1]
    assert (step.transition, step.actor, step.acting_for) == ("pick_up", driver.actor, "haulier")
    assert (step.data["signed"]["method"], step.data["signed"]["device"]) == ("one_time_code", "works-tablet")
    assert refused(loaded, shown.text) == "signing_code_over"


def test_a_code_is_kept_as_a_digest_and_lasts_five_minutes(loaded: Journey) -> None:
    shown = codes.issue(loaded.kind, loaded.case, Wearer.of(hat("haulier", "driver")), "pick_up", {}, NOW)
    (row,) = SigningCode.objects.all()
    assert shown.text not in str(row.__dict__)
    assert refused(loaded, shown.text, NOW + timedelta(minutes=5)) == "signing_code_over"


def test_three_wrong_tries_lock(loaded: Journey) -> None:
    shown = codes.issue(loaded.kind, loaded.case, Wearer.of(hat("haulier", "driver")), "pick_up", {}, NOW)
    tries = [refused(loaded, "WRONGONE") for _ in range(3)]
    assert tries == ["signing_code_wrong", "signing_code_wrong", "signing_code_locked"]
    assert refused(loaded, shown.text) == "signing_code_locked"
    fresh = codes.issue(loaded.kind, loaded.case, Wearer.of(Hat.objects.get()), "pick_up", {}, NOW)
    assert codes.redeem(loaded.connection, loaded.kind, loaded.case.id, fresh.text, NOW).stands


def test_a_code_is_for_this_step_of_this_case(loaded: Journey) -> None:
    shown = codes.issue(loaded.kind, loaded.case, Wearer.of(hat("haulier", "driver")), "pick_up", {}, NOW)
    case = loaded.case.id
    loaded.go("carrier", "not_loaded", reason="车辆故障")
    assert refused(loaded, shown.text) == "step_outdated"
    with pytest.raises(codes.CodeWrong):
        codes.redeem(loaded.connection, loaded.kind, case + "-other", shown.text, NOW)


def test_somebody_elses_code_signs_nothing_that_is_not_theirs(loaded: Journey) -> None:
    shown = codes.issue(loaded.kind, loaded.case, Wearer.of(hat("plant", "facility")), "pick_up", {}, NOW)
    assert refused(loaded, shown.text) == "party_not_yours"


def test_a_firm_is_checked_against_the_others_without_seeing_their_rows(
    journal: Connection[Any], journey: Journey, catalogue: catalog.Catalog, rules_once: None
) -> None:
    """The works see no row of the plant, and yet its licence, stock and openness decide."""
    mirror(journal, catalogue)
    works = Wearer.of(hat("works", "enterprise_handler"))
    move = journey.move("consignor", "submit", **FILLED)
    with as_app(works) as raw:
        assert raw.execute("SELECT count(*) FROM registry_permit WHERE org_id = 'plant'").fetchone() == (0,)
        known = facts.gather(raw, journey.kind, journey.case, move)
        assert {permit.org for permit in known.permits} == {"haulier", "plant"}
        assert (known.known, known.sites["site-plant"].org) == (True, "plant")


def test_facts_take_two_questions_however_long_the_form(journey: Journey) -> None:
    asked: list[str] = []

    class Counting:
        def execute(self, query: Any, *values: Any, **more: Any) -> Any:
            asked.append(str(query))
            return journey.connection.execute(query, *values, **more)

    long = FILLED | {"national_number": "20251501000001", "wastes": FILLED["wastes"] * 50, "legs": FILLED["legs"] * 9}  # type: ignore[operator]
    move = journey.move("consignor", "submit", **long)
    facts.gather(Counting(), journey.kind, journey.case, move)  # type: ignore[arg-type]
    assert len(asked) == 2  # and what was handed over, where a plan is filed
