"""A manifest as the pages drive it: each party over a connection of its own, under its hat and the pages' role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.registry.apart import Apart, apart
from tests.registry.as_app import rules_once
from tests.workflow.conftest import FILLED, MONDAY
from tests.workflow.world import ASH, OIL, SITES, register
from wufei.app import clockwork
from wufei.catalog import Catalog
from wufei.journal import Entry, Record, append
from wufei.journal.account import balance_at
from wufei.registry.access import Wearer
from wufei.workflow import engine, signing
from wufei.workflow.cases import Case, Kind, Move
from wufei.workflow.errors import CaseUnknown, StepRefused
from wufei.workflow.rules import Signer

__all__ = ["apart", "rules_once"]
pytestmark = pytest.mark.django_db
ACCOUNTS = ("storage:site-works", "storage:site-plant", "unexplained:site-plant")
HATS = {
    name: Wearer(n, n, role, org=org, actor=f"person-{n}", acting_for=org)
    for n, (name, org, role) in enumerate(
        [("consignor", "works", "enterprise_handler"), ("carrier", "haulier", "driver"),
         ("consignee", "plant", "facility"), ("other", "elsewhere", "facility")], 901
    )
}  # fmt: skip


class Road:
    """One manifest, whose parties sign over their own connections."""

    def __init__(self, apart: Apart, kind: Kind) -> None:
        self.apart, self.kind, self.case, self.now = apart, kind, engine.new_case(kind), MONDAY

    def go(self, party: str, transition: str, reason: str = "", **changes: Any) -> None:
        """Take a step as the party and read the case as it sees it."""
        hat, self.now = HATS[party], self.now + timedelta(hours=1)
        with self.apart.app(hat) as own:
            case: Case = engine.read(own, self.case.id) if self.case.no else self.case
            move = Move(transition, changes, case.no, self.now, hat.actor, Signer(hat.org, hat.role), reason=reason)
            outcome = engine.act(own, self.kind, case, move)
            assert outcome.stands, outcome.error
            self.case = engine.read(own, case.id)


@pytest.fixture(scope="module")
def road(apart: Apart, manifest: Kind, catalogue: Catalog, django_db_blocker: Any) -> Road:
    """The world, committed in the copy, and a stock at the works."""
    with django_db_blocker.unblock():
        register()
    with apart.owner() as owner:
        owner.execute("INSERT INTO journal.place SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", (list(SITES),))
        put = "INSERT INTO journal.stream (id, hazardous) SELECT unnest(%s::text[]), true ON CONFLICT DO NOTHING"
        owner.execute(put, ([OIL, ASH],))
        stock = (Entry("origin:site-works", "storage:site-works", OIL, 5000),)
        record = Record(MONDAY, "2025-03", "measured", "person-1", "works", "hj_1259_2022 6.2", stock)
        assert append(owner, [record])[0].stands
    return Road(apart, manifest)


def test_each_party_signs_its_part_and_a_correction_is_posted_for_all(road: Road, apart: Apart) -> None:
    road.go("consignor", "submit", **FILLED)
    road.go("consignor", "dispatch")
    with apart.app(HATS["other"]) as stranger, pytest.raises(CaseUnknown):
        engine.read(stranger, road.case.id)
    road.go("carrier", "pick_up")
    got = {"opinion": "accepted", "difference": "none", "operation": "R9", "accepted_g": 990}
    road.go("consignee", "accept", wastes=[FILLED["wastes"][0] | got])  # type: ignore[index]
    less = [line | {"dispatched_g": 995} for line in road.case.values["wastes"]]
    road.go("consignor", "propose_correction", reason="磅单看错", wastes=less)
    road.go("carrier", "consent_correction")
    road.go("consignee", "consent_correction")
    with apart.owner() as owner:
        assert clockwork.run_once(owner, datetime.now(UTC), tell=False) == (1, 0, 0)
        far = datetime.now(UTC) + timedelta(days=1)
        found = [
            balance_at(owner, key, OIL, far)
            for key in ("storage:site-works", "storage:site-plant", "unexplained:site-plant")
        ]
        assert found == [4005, 990, 5]
    for party in ("consignor", "carrier", "consignee"):
        with apart.app(HATS[party]) as own:
            assert all(each.holds for each in signing.verify(own, road.case.id))
            assert engine.read(own, road.case.id).state == "completed"


def test_what_the_law_wants_of_the_other_party_is_known_to_who_signs(road: Road, apart: Apart) -> None:
    with apart.owner() as owner:
        owner.execute("UPDATE registry_permit SET revoked_on = '2025-03-01' WHERE org_id = 'plant'")
    road.case = engine.new_case(road.kind)
    with pytest.raises(StepRefused) as caught:
        road.go("consignor", "submit", **FILLED)
    assert [error.code for error in caught.value.errors] == ["licence_missing"]
