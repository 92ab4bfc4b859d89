"""The shipped manifest, a journal that knows its places, and a journey in a few words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection

from tests.workflow.world import ASH, OIL, SITES, register
from wufei import catalog
from wufei.journal import Entry, Outcome, Record, append
from wufei.workflow import engine
from wufei.workflow.engine import Case, Kind, Move
from wufei.workflow.rules import Signer
from wufei.workflow.working_days import WorkCalendar

MONDAY = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
SIGNERS = {
    "consignor": Signer("works", "enterprise_handler"),
    "carrier": Signer("haulier", "driver"),
    "second": Signer("railway", "carrier_dispatcher"),
    "consignee": Signer("plant", "facility"),
    "other": Signer("elsewhere", "facility"),
    "authority": Signer("office", "city_office"),
    "clinic": Signer("clinic", "medical_institution"),
    "foreign": Signer("foreign", "driver"),
    "unknown": Signer("nobody", "enterprise_handler"),
}
JOINED: dict[str, frozenset[str]] = {}  # what an organisation goes on as, in a story
FILLED = {
    "transport": "road",
    "consignor_org": "works",
    "consignor_storage": "site-works",
    "consignor_contact": "person-1",
    "emergency_measures": "围堵、吸附、报告",
    "consignee_org": "plant",
    "consignee_site": "site-plant",
    "legs": [{"carrier_org": "haulier", "vehicle": "vehicle-1"}],
    "wastes": [{"stream": OIL, "packaging": "桶", "planned_g": 1000, "dispatched_g": 1000}],
}


@pytest.fixture(scope="session")
def manifest(catalogue: catalog.Catalog) -> Kind:
    """The shipped workflow of hazardous waste transfers."""
    national = catalogue.national
    years = [(h.year, h.days_off, h.days_worked) for h in national.items("holidays")]
    flow = national.get("workflows", "hazardous_waste_transfer")
    return Kind(flow, national.get("forms", flow.form), WorkCalendar.of(years))


@pytest.fixture
def journal(db: None) -> Connection[Any]:
    """A journal with two streams and three sites; five kilograms of oil stand at the works."""
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    register()
    put = "INSERT INTO journal.stream (id, hazardous) VALUES (%s, true), (%s, true) ON CONFLICT DO NOTHING"
    raw.execute(put, (OIL, ASH))
    raw.execute("INSERT INTO journal.place SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", (list(SITES),))
    entries = tuple(Entry("origin:site-works", "storage:site-works", s, 5000) for s in (OIL, ASH))
    record = Record(MONDAY - timedelta(days=9), "2025-02", "measured", "person-1", "works", "hj_1259_2022 6.2", entries)
    assert append(raw, [record])[0].stands
    return raw


Go = Callable[..., Outcome]


class Journey:
    """One case, moved by parties that are called by name."""

    def __init__(self, connection: Connection[Any], kind: Kind) -> None:
        self.connection, self.kind = connection, kind
        self.case: Case = engine.new_case(kind)
        self.now = MONDAY

    def move(self, party: str, transition: str, **changes: Any) -> Move:
        """What the party would send; ``reason`` is no field."""
        reason, evidence = changes.pop("reason", ""), changes.pop("evidence", ())
        at = changes.pop("at", None) or self.now
        rests_on, actor, signer = self.case.no, f"person-{party}", SIGNERS[party]
        return Move(transition, changes, rests_on, at, actor, signer, reason=reason, evidence=evidence)

    def go(self, party: str, transition: str, **changes: Any) -> Outcome:
        """Take the step and read the case again."""
        self.now += timedelta(hours=1)
        outcome = engine.act(self.connection, self.kind, self.case, self.move(party, transition, **changes))
        assert outcome.stands, outcome.error
        self.case = engine.read(self.connection, self.case.id)
        return outcome

    def held(self) -> dict[str, int]:
        """What stands in transit."""
        return engine.held_by(self.connection, self.case.id)

    def balance(self, key: str, stream: str = OIL) -> int:
        """Grams on an account."""
        row = self.connection.execute(
            "SELECT coalesce(sum(mass_g), 0)::bigint FROM journal.book b JOIN journal.account a ON a.n = b.account_n "
            "JOIN journal.stream s ON s.n = b.stream_n WHERE a.key = %s AND s.id = %s",
            (key, stream),
        ).fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def journey(journal: Connection[Any], manifest: Kind) -> Journey:
    """A manifest that has not begun."""
    return Journey(journal, manifest)


def wastes(**columns: Any) -> list[dict[str, Any]]:
    """The one waste of the journey with more columns filled."""
    return [FILLED["wastes"][0] | columns]  # type: ignore[index]
