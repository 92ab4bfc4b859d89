"""A site whose hazardous waste was generated, stored, treated, sent away, taken back and corrected."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection

from wufei import catalog
from wufei.journal import Entry, Record, append
from wufei.journal.moments import CITY_TIME
from wufei.registry.access import Wearer
from wufei.registry.models import Facility, Organisation, Site, Storage, WasteSource
from wufei.terms import NamedError
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish
from wufei.workflow.engine import Case

SITE, OTHER = "site-works", "site-plant"
OIL, ASH = "900-214-08", "772-002-18"
TRIP = "transit:0199a000-0000-7000-8000-000000000001"


@pytest.fixture(autouse=True)
def installed(catalogue: catalog.Catalog) -> catalog.Catalog:
    """Every report reads the shipped catalogue."""
    catalog.install(catalogue)
    return catalogue


@pytest.fixture
def connection(db: None) -> Connection[Any]:
    """The journal, which knows two sites and three streams; the third is not hazardous."""
    from django.db import connection

    connection.ensure_connection()
    raw = connection.connection
    raw.execute("INSERT INTO journal.place VALUES (%s), (%s) ON CONFLICT DO NOTHING", (SITE, OTHER))
    for metric in ("hazardous_waste_declared", "planned_hazardous_generation", "planned_hazardous_transfer"):
        raw.execute("INSERT INTO journal.metric (id, unit) VALUES (%s, '克') ON CONFLICT DO NOTHING", (metric,))
    for stream, hazardous in ((OIL, True), (ASH, True), ("coal_fly_ash", False)):
        raw.execute("INSERT INTO journal.stream (id, hazardous) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                    (stream, hazardous))  # fmt: skip
    return raw


def moved(
    source: str, target: str, mass_g: int, *, stream: str = OIL, month: int = 3, day: int = 5, **more: Any
) -> Record:
    """A record of 2025 with one entry."""
    fields = {"to_stream": more.pop("to_stream", None), "from_lot": more.pop("from_lot", None)}
    at = datetime(2025, month, day, 10, tzinfo=CITY_TIME)
    base = {"basis": "measured", "actor": "person-1", "acting_for": "org-works", "rule": "hj_1259_2022 6.2"}
    entry = Entry(source, target, stream, mass_g, to_lot=more.pop("to_lot", None), **fields)
    return Record(at, f"2025-{month:02}", entries=(entry,), **(base | more))


def post(connection: Connection[Any], *records: Record) -> list[UUID]:
    """Append them all."""
    outcomes = append(connection, list(records))
    assert all(outcome.stands for outcome in outcomes), [outcome.error for outcome in outcomes]
    return [record.id for record in records]


@pytest.fixture
def year(connection: Connection[Any]) -> Connection[Any]:
    """What happened at the works in 2025."""
    origin, shed = f"origin:{SITE}", f"storage:{SITE}/shed-1"
    wrong = moved(origin, shed, 700, day=6)
    post(
        connection,
        moved(origin, shed, 5_000, month=1, day=9),
        moved(origin, shed, 9_000, stream=ASH),
        moved(origin, shed, 99, stream="coal_fly_ash"),
        moved(origin, shed, 3_000),
        wrong,
        moved(shed, f"process:{SITE}/kiln", 1_500, day=7),
        moved(shed, TRIP, 4_000, day=8, basis="manifested"),
        moved(TRIP, f"storage:{OTHER}", 3_900, day=9, basis="manifested"),
        moved(TRIP, f"storage:{SITE}/shed-1", 100, day=10, basis="manifested"),
    )
    back = moved(shed, origin, 700, day=6, reverses=wrong.id)
    post(connection, back)
    return connection


@pytest.fixture
def works(year: Connection[Any]) -> Site:
    """The site on register, as the place of that journal, with its shed, kiln and a licence of its own."""
    org = Organisation.objects.create(id="org-works", name_zh="试验化工", kind="enterprise", place="togtoh")
    site = Site.objects.create(
        id=SITE, org=org, name_zh="托县厂区", place="togtoh", in_operation_since=date(2015, 5, 1), address="工业大街1号"
    )
    Storage.objects.create(site=site, name_zh="危废库", code="shed-1", kind="storehouse")
    Facility.objects.create(
        site=site,
        name_zh="焚烧炉",
        code="kiln",
        kind="hazardous_disposal",
        capacity=10,
        unit="吨/日",
        operations=["D10"],
    )
    WasteSource.objects.create(site=site, stream=OIL, name_zh="废机油", step="检修", expected_g_per_year=8_000)
    return site


def hat(role: str = "enterprise_handler", org: str | None = "org-works", person: int = 1) -> Wearer:
    """Somebody of the works, or of the city's office."""
    return Wearer(person, person, role, org=org, actor=f"person-{person}", acting_for=org or "-")


OFFICE = hat("city_office", None, 2)


class Paper:
    """One case under hats, read again after each step."""

    def __init__(self, connection: Connection[Any], workflow: str, **first: Any) -> None:
        self.connection = connection
        self.id = acting.begin(connection, hat(), workflow, Wish("begin", first)).case

    def go(self, who: Wearer, step: str, reason: str = "", **changes: Any) -> Case:
        """Take a step."""
        acting.take(self.connection, who, self.id, Wish(step, changes, reason=reason))
        return self.case

    @property
    def case(self) -> Case:
        """As it stands."""
        return engine.read(self.connection, self.id)

    def refused(self, who: Wearer, step: str, **changes: Any) -> list[str]:
        """The codes of what stands against a step, with their places."""
        with pytest.raises(NamedError) as caught:
            self.go(who, step, **changes)
        return [f"{error.code} {error.place or ''}".strip() for error in engine.errors_of(caught.value)]
