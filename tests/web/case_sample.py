"""Two firms, a carrier and a manifest between them, for the tests of the pages and the API of cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from tests.web.conftest import make_person
from tests.workflow.world import OIL, register
from wufei import catalog
from wufei.journal import Entry, Record, append
from wufei.journal.mirror import mirror
from wufei.registry import hats
from wufei.registry.access import Wearer
from wufei.registry.models import Person
from wufei.workflow import acting
from wufei.workflow.acting import Wish

STREAM = OIL
TRANSFER = "hazardous_waste_transfer"


@dataclass
class World:
    """Works, haulier and plant with one person each; oil stands at the works."""

    works: Person
    haulier: Person
    plant: Person
    works_site: str = "site-works"
    plant_site: str = "site-plant"
    vehicle: str = "vehicle-1"

    def values(self, **more: Any) -> dict[str, Any]:
        """A form that can be filed."""
        return {
            "transport": "road",
            "consignor_org": "works", "consignor_storage": self.works_site,
            "consignor_contact": self.works.actor, "emergency_measures": "围堵、吸附、报告",
            "consignee_org": "plant", "consignee_site": self.plant_site,
            "legs": [{"carrier_org": "haulier", "vehicle": self.vehicle}],
            "wastes": [{"stream": STREAM, "packaging": "桶", "planned_g": 1000, "dispatched_g": 1000}],
        } | more  # fmt: skip


def hat_of(person: Person) -> Wearer:
    """The person under the one hat."""
    return hats.wearer(person)[0]


def make_world() -> World:
    """The firms on register, and five tonnes of oil in the journal."""
    register()
    works = make_person("works-handler", "enterprise_handler", "works")
    haulier = make_person("haulier-driver", "driver", "haulier")
    plant = make_person("plant-keeper", "facility", "plant")
    connection.ensure_connection()
    mirror(connection.connection, catalog.current())
    now = timezone.now() - timedelta(days=2)
    entry = Entry("origin:site-works", "storage:site-works", OIL, 5_000_000)
    record = Record(now, now.strftime("%Y-%m"), "measured", works.actor, "works", "hj_1259_2022 6.2", (entry,))
    (outcome,) = append(connection.connection, [record])
    assert outcome.stands, outcome.error
    return World(works, haulier, plant)


def file(world: World, *, at: datetime | None = None, **more: Any) -> str:
    """A manifest that the works filed; its id."""
    wish = Wish("submit", world.values(**more), happened_at=at)
    return acting.begin(connection.connection, hat_of(world.works), TRANSFER, wish).case
