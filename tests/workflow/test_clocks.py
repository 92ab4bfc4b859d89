"""Clocks tell once, before, at and after; one that leads to a step takes it; the job does both and is idempotent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.workflow.conftest import FILLED, MONDAY, Journey
from wufei.app import clockwork
from wufei.catalog import Catalog
from wufei.workflow import clocks, engine
from wufei.workflow.cases import Kind
from wufei.workflow.errors import PartyNotYours
from wufei.workflow.rules import Signer

FLOWS = ["hazardous_waste_transfer"]
DUE = MONDAY + timedelta(days=7, hours=15)  # five working days from a Monday end with the next


def told(journey: Journey) -> list[tuple[str, list[str]]]:
    """Every notice written: which, and to whom."""
    query = "SELECT transition, data FROM journal.step WHERE workflow = 'clock_alerts' ORDER BY seq, no"
    return [(transition, json.loads(data)["told"]) for transition, data in journey.connection.execute(query)]


@pytest.fixture
def road(journey: Journey) -> Journey:
    journey.go("consignor", "submit", **FILLED)
    journey.go("consignor", "dispatch")
    journey.go("carrier", "pick_up")
    return journey


def test_a_receipt_is_told_of_before_at_and_after_each_once(road: Journey) -> None:
    def tell(days: float) -> int:
        return clocks.tell_all(road.connection, lambda *_: road.kind, FLOWS, DUE + timedelta(days=days))

    assert [tell(days) for days in (-3, -0.5, -0.4, 0, 1, 6.1, 7)] == [0, 1, 0, 1, 0, 1, 0]
    assert told(road) == [(when, ["plant", "works", "authority"]) for when in ("before", "up", "after")]


def test_what_was_missed_is_told_later_in_order(road: Journey) -> None:
    assert clocks.tell_all(road.connection, lambda *_: road.kind, FLOWS, DUE + timedelta(days=6)) == 3


def test_a_clock_that_was_stopped_tells_nothing(road: Journey) -> None:
    road.go("consignee", "refuse", reason="类别不符")
    road.go("consignor", "redirect", consignee_org="elsewhere", consignee_site="site-else", reason="改送")
    assert clocks.tell_all(road.connection, lambda *_: road.kind, FLOWS, DUE + timedelta(hours=1)) > 0
    assert {name for _when, names in told(road) for name in names} == {"elsewhere", "works", "authority"}


def test_notices_leave_the_case_alone(road: Journey) -> None:
    clocks.tell_all(road.connection, lambda *_: road.kind, FLOWS, DUE)
    assert engine.read(road.connection, road.case.id).no == 3


@pytest.fixture
def silent(manifest: Kind) -> Kind:
    """The manifest with a clock by which silence takes the load back to the consignor's desk."""
    flow = manifest.workflow
    led = [clock.model_copy(update={"leads_to": "refuse"}) if clock.id == "receipt" else clock for clock in flow.clocks]
    return Kind(flow.model_copy(update={"clocks": tuple(led)}), manifest.form, manifest.calendar)


def test_silence_leads_to_a_step_when_the_time_is_up(road: Journey, silent: Kind) -> None:
    early = clocks.take_led(road.connection, lambda *_: silent, FLOWS, DUE - timedelta(minutes=1))
    late = [clocks.take_led(road.connection, lambda *_: silent, FLOWS, DUE) for _ in range(2)]
    assert (early, late) == (0, [1, 0])
    step = engine.read(road.connection, road.case.id).steps[-1]
    assert (step.transition, step.actor, step.state) == ("refuse", "system:clocks", "returning")


def test_nobody_passes_for_the_clock(road: Journey, silent: Kind, manifest: Kind) -> None:
    clock = Signer(None, engine.CLOCK)
    for kind, at in ((manifest, DUE), (silent, DUE - timedelta(minutes=1))):
        move = engine.Move("refuse", {}, road.case.no, at, "person-x", clock, reason="冒充")
        with pytest.raises(PartyNotYours):
            engine.act(road.connection, kind, road.case, move)


def test_the_job_does_all_of_it(road: Journey, catalogue: Catalog) -> None:
    from wufei import catalog

    catalog.install(catalogue)
    changed: Any = [FILLED["wastes"][0] | {"dispatched_g": 900}]  # type: ignore[index]
    road.go("consignor", "propose_correction", wastes=changed, reason="磅单看错")
    road.go("carrier", "consent_correction")
    assert road.balance("storage:site-works") == 4000
    assert clockwork.run_once(road.connection, road.now, tell=False) == (1, 0, 0)
    assert (road.balance("storage:site-works"), road.held()) == (4100, {FILLED["wastes"][0]["stream"]: 900})  # type: ignore[index]
    assert clockwork.run_once(road.connection, DUE + timedelta(days=1)) == (0, 0, 2)
    assert clockwork.run_once(road.connection, DUE + timedelta(days=1)) == (0, 0, 0)
