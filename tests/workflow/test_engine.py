"""The engine over the shipped manifest: every way leaves the accounts as the scales say, and each refusal is named."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.workflow.conftest import FILLED, SIGNERS, Journey, wastes
from tests.workflow.world import OIL
from wufei.journal.records import Evidence
from wufei.terms import NamedError
from wufei.workflow import engine, rules
from wufei.workflow.errors import PartyNotYours, StepNotOpen, StepOutdated, StepRefused, StepUnknown


def refused(journey: Journey, party: str, transition: str, **changes: Any) -> list[str]:
    """The codes of what stands against a step."""
    with pytest.raises(NamedError) as caught:
        journey.go(party, transition, **changes)
    return sorted(error.code for error in engine.errors_of(caught.value))


def on_the_road(journey: Journey, **waste: Any) -> None:
    journey.go("consignor", "submit", **(FILLED | {"wastes": wastes(**waste)}))
    journey.go("consignor", "dispatch")
    journey.go("carrier", "pick_up")


def received(accepted_g: int, **columns: Any) -> list[dict[str, Any]]:
    """The one waste as the consignee takes it in."""
    return wastes(
        **{"opinion": "accepted", "difference": "none", "operation": "R9", "accepted_g": accepted_g} | columns
    )


def test_from_filing_to_receipt(journey: Journey) -> None:
    journey.go("consignor", "save", consignor_org="works", transport="road")
    journey.go("consignor", "submit", **FILLED)
    assert (journey.case.state, journey.balance("storage:site-works")) == ("submitted", 5000)
    journey.go("consignor", "dispatch")
    journey.go("carrier", "pick_up")
    assert (journey.balance("storage:site-works"), journey.held()) == (4000, {OIL: 1000})
    journey.go("consignee", "accept", wastes=received(990))
    assert journey.case.state == "completed"
    assert journey.held() == {}
    assert journey.balance("storage:site-plant") == 990
    assert journey.balance("unexplained:site-plant") == 10
    assert [step.transition for step in journey.case.steps] == ["save", "submit", "dispatch", "pick_up", "accept"]


def test_heavier_on_arrival_is_told_as_well(journey: Journey) -> None:
    on_the_road(journey)
    ticket = (Evidence("ticket", "磅单", "0" * 64),)
    assert refused(journey, "consignee", "accept", wastes=received(1050)) == ["weight_differs"]
    told = {"wastes": received(1050, difference="quantity"), "reason": "磅差", "evidence": ticket}
    journey.go("consignee", "accept", **told)
    assert journey.held() == {}
    assert (journey.balance("storage:site-plant"), journey.balance("unexplained:site-plant")) == (1050, -50)


def test_two_legs_a_partial_refusal_and_a_return(journey: Journey) -> None:
    legs = [{"carrier_org": "haulier", "vehicle": "vehicle-1"}, {"carrier_org": "railway", "vehicle": "vehicle-2"}]
    journey.go("consignor", "submit", **(FILLED | {"legs": legs}))
    journey.go("consignor", "dispatch")
    journey.go("carrier", "pick_up")
    assert refused(journey, "second", "stop", reason="夜间") == ["party_not_yours"]
    journey.go("carrier", "hand_over", next_leg="1")
    journey.go("second", "take_over")
    journey.go("second", "stop", reason="夜间")
    journey.go("second", "go_on")
    part = wastes(opinion="partly", difference="quantity", accepted_g=600, operation="R9")
    journey.go("consignee", "accept_in_part", wastes=part, reason="四桶破损")
    assert (journey.case.state, journey.held()) == ("returning_part", {OIL: 400})
    journey.go("consignor", "take_back", wastes=[part[0] | {"returned_g": 395}])
    assert journey.held() == {}
    assert journey.balance("storage:site-plant") == 600
    assert journey.balance("storage:site-works") == 5000 - 1000 + 395
    assert journey.balance("unexplained:site-works") == 5


def test_refused_and_sent_to_another_consignee(journey: Journey) -> None:
    on_the_road(journey)
    journey.go("consignee", "refuse", reason="类别不符")
    journey.go("consignor", "redirect", consignee_org="elsewhere", consignee_site="site-else", reason="改送")
    assert refused(journey, "consignee", "accept", wastes=wastes(accepted_g=1000)) == ["party_not_yours"]
    journey.go("other", "accept", wastes=received(1000))
    assert (journey.balance("storage:site-else"), journey.balance("storage:site-plant")) == (1000, 0)
    assert journey.held() == {}


def test_what_is_missing_is_named_field_by_field(journey: Journey) -> None:
    codes = refused(journey, "consignor", "submit", consignor_org="works", transport="road", wastes=[{"stream": OIL}])
    assert set(codes) == {"form_field_missing"}
    with pytest.raises(StepRefused) as caught:
        journey.go("consignor", "submit", consignor_org="works", transport="road", wastes=[{"stream": OIL}])
    assert "wastes[1].planned_g" in {error.place for error in caught.value.errors}


def test_rail_needs_no_vehicle_of_ours(journey: Journey) -> None:
    journey.go("consignor", "submit", **(FILLED | {"transport": "rail", "legs": [{"carrier_org": "haulier"}]}))
    journey.go("consignor", "dispatch")
    journey.go("carrier", "pick_up")
    assert journey.case.state == "in_transit"


def test_a_lorry_must_be_named_by_the_departure(journey: Journey) -> None:
    journey.go("consignor", "submit", **(FILLED | {"legs": [{"carrier_org": "haulier"}]}))
    assert refused(journey, "consignor", "dispatch") == ["form_field_missing"]
    journey.go("consignor", "dispatch", legs=[{"carrier_org": "haulier", "vehicle": "vehicle-1"}])


def test_signed_fields_are_sealed(journey: Journey) -> None:
    on_the_road(journey)
    assert refused(journey, "carrier", "stop", transport="rail", reason="夜间") == ["form_field_sealed"]
    assert refused(journey, "carrier", "stop", wastes=wastes(dispatched_g=900), reason="夜间") == ["form_field_sealed"]
    assert refused(journey, "carrier", "stop", wastes=wastes(accepted_g=1), reason="夜间") == ["form_field_early"]


def test_reasons_parties_and_states(journey: Journey) -> None:
    on_the_road(journey)
    assert refused(journey, "consignee", "refuse") == ["reason_missing"]
    with pytest.raises(PartyNotYours, match="consignee"):
        journey.go("carrier", "accept")
    with pytest.raises(StepNotOpen, match="on the road"):
        journey.go("consignor", "submit")
    with pytest.raises(StepUnknown):
        journey.go("consignor", "teleport")


def test_bad_values_are_named_by_place(journey: Journey) -> None:
    line = {"stream": OIL, "planned_g": -5, "color": "red"}
    bad = FILLED | {"transport": "balloon", "nonsense": 1, "wastes": [line]}
    with pytest.raises(StepRefused) as caught:
        journey.go("consignor", "submit", **bad)
    told = {error.place: error.code for error in caught.value.errors}
    assert told["transport"] == told["wastes[1].planned_g"] == "form_value_invalid"
    assert told["nonsense"] == told["wastes[1].color"] == "form_field_unknown"


def test_the_same_move_again_is_no_second_step(journey: Journey) -> None:
    move = journey.move("consignor", "submit", **FILLED)
    first = engine.act(journey.connection, journey.kind, journey.case, move)
    journey.case = engine.read(journey.connection, journey.case.id)
    again = engine.act(journey.connection, journey.kind, journey.case, move)
    assert (first.outcome, again.outcome, journey.case.no) == ("appended", "duplicate", 1)


def test_a_move_that_rests_on_an_older_step_is_refused(journey: Journey) -> None:
    old = journey.case
    journey.go("consignor", "save", consignor_org="works")
    journey.case = old
    with pytest.raises(StepOutdated):
        journey.go("consignor", "save", consignor_org="works")


def test_the_clock_of_the_consignee(journey: Journey) -> None:
    """Dispatched on Monday 3 March 2025: five working days end with Monday the 10th."""
    on_the_road(journey)
    desk = "SELECT due_at, holder FROM journal.desk WHERE case_id = %s"
    ((due, holder),) = journey.connection.execute(desk, (journey.case.id,)).fetchall()
    assert due == datetime(2025, 3, 10, 16, 0, tzinfo=UTC)
    assert holder == "haulier"
    journey.go("consignee", "refuse", reason="类别不符")
    ((due, holder),) = journey.connection.execute(desk, (journey.case.id,)).fetchall()
    assert holder == "works"
    assert due == datetime(2025, 3, 10, 16, 0, tzinfo=UTC)


def test_who_may_do_what_now(journey: Journey) -> None:
    on_the_road(journey)
    flow, case = journey.kind.workflow, journey.case

    def may(party: str) -> set[str]:
        return {t.id for t in rules.steps_for(flow, case.state, case.values, SIGNERS[party])}

    assert may("consignee") == {"accept", "accept_in_part", "refuse"}
    assert may("carrier") == {"hand_over", "stop", "go_direct"}
    assert may("consignor") == may("other") == set()


def test_every_signature_hashes_the_whole_form(journey: Journey) -> None:
    on_the_road(journey)
    contents = [step.data["signed"]["content"] for step in journey.case.steps]
    assert len(set(contents)) == 3
    assert all(len(content) == 64 for content in contents)


@pytest.mark.django_db(transaction=True)
def test_of_many_signers_at_once_one_succeeds(journey: Journey) -> None:
    """Each with a connection of its own, all resting on the same step."""
    import psycopg
    from django.db import connection

    journey.go("consignor", "submit", **FILLED)
    case, kind = journey.case, journey.kind
    start, results = threading.Barrier(8), []

    def sign() -> None:
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as own:
            start.wait()
            try:
                move = journey.move("consignor", "dispatch")
                results.append(engine.act(own, kind, case, move).outcome)
            except StepOutdated:
                results.append("outdated")

    threads = [threading.Thread(target=sign) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["appended"] + ["outdated"] * 7
    assert journey.held() == {OIL: 1000}
