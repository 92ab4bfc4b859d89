"""Two phones without a network moved the same drum: the later place stands, whichever phone comes online first."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.utils import timezone

from tests.registry.as_app import pages_as_app
from tests.registry.rows import credit_code
from tests.web.case_sample import STREAM, hat_of, make_world
from tests.web.phone import Phone, outcomes
from wufei.registry.models import FieldAction, Organisation, Storage
from wufei.reports import papers  # noqa: F401  # makes the code of a new container known to the engine
from wufei.web.api.callers import remembered
from wufei.workflow import acting, engine
from wufei.workflow.acting import Wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mirrored", "rules_once")]


@pytest.mark.parametrize("order", list(permutations(("early", "late"))))
def test_the_later_place_stands_in_either_order_and_nothing_is_lost(order: tuple[str, str]) -> None:
    remembered.forget()
    world = make_world()
    Organisation.objects.filter(pk="works").update(credit_code=credit_code(71))
    sheds = [Storage.objects.create(site_id="site-works", name_zh=f"库{n}", kind="storehouse") for n in (1, 2, 3)]
    values = {
        "keeper_org": "works", "site": "site-works", "stream": STREAM, "produced_on": date(2025, 3, 3).isoformat(),
        "form": "liquid", "container_kind": "steel_drum", "volume_l": "200", "filled_g": 900, "storage": sheds[0].pk,
    }  # fmt: skip
    at = timezone.now() - timedelta(hours=2)
    drum = acting.begin(
        connection.connection, hat_of(world.works), "hazardous_container", Wish("fill", values, happened_at=at)
    ).case
    phones = {"early": Phone(world.works), "late": Phone(world.works)}
    for minutes, (name, shed) in enumerate(zip(phones, sheds[1:], strict=True)):
        signed_at = at + timedelta(minutes=10 + 30 * minutes)
        phones[name].sign(drum, "move", 1, workflow="hazardous_container", changes={"storage": shed.pk}, at=signed_at)
    with pages_as_app():
        told = {name: phones[name].send() for name in order}
    case = engine.read(connection.connection, drum)
    assert case.values["storage"] == sheds[2].pk, told
    assert outcomes(told["late"]) == ["applied"]
    early = told["early"][0]
    if order[0] == "early":
        assert (early["outcome"], [step.transition for step in case.steps]) == ("applied", ["fill", "move", "move"])
    else:
        assert (early["outcome"], early["error"]["code"]) == ("conflict", "field_overtaken")
    assert FieldAction.objects.count() == 2
