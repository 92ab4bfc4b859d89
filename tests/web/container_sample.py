"""Labelled and filled containers of the works, for the tests of their pages."""

from __future__ import annotations

from typing import Any

from django.db import connection

from tests.registry.rows import credit_code
from tests.web.case_sample import World, hat_of, make_world
from tests.workflow.world import OIL
from wufei.registry.models import Organisation
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish

CONTAINER = "hazardous_container"
CREDIT = credit_code(71)
VALUES = {
    "keeper_org": "works", "site": "site-works", "stream": OIL, "produced_on": "2025-03-03", "form": "liquid",
    "container_kind": "steel_drum", "volume_l": "200",
}  # fmt: skip


def make_works() -> World:
    """The firms, the works with its credit code."""
    world = make_world()
    Organisation.objects.filter(pk="works").update(credit_code=CREDIT)
    return world


def drum(world: World, filled_g: int | None = None) -> dict[str, Any]:
    """A drum of the works: its case, lot and code."""
    changes = VALUES | ({"filled_g": filled_g} if filled_g else {})
    wish = Wish("fill" if filled_g else "label", changes)
    case = acting.begin(connection.connection, hat_of(world.works), CONTAINER, wish).case
    values = engine.read(connection.connection, case).values
    return {"case": case, "lot": values["lot"], "code": values["code"]}
