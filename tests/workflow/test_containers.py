"""Containers: one code each, a lot that moves with the container, and manifests that take containers along."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from psycopg import Connection

from tests.registry.as_app import pages_as_app, rules_once  # noqa: F401
from tests.registry.rows import credit_code
from tests.workflow.conftest import FILLED
from tests.workflow.world import OIL
from wufei import catalog
from wufei.journal.mirror import mirror
from wufei.registry.access import Wearer
from wufei.registry.access.force import wear
from wufei.registry.container_code import number_of, read_container_code
from wufei.registry.models import Hat, Organisation, Person
from wufei.reports import papers  # noqa: F401  # makes the code of a new container known to the engine
from wufei.terms import NamedError
from wufei.workflow import acting, cases, engine
from wufei.workflow.acting import Wish
from wufei.workflow.cases import Case
from wufei.workflow.kinds import kind_of

CONTAINER = "hazardous_container"
CREDIT = credit_code(71)
DAY = date(2025, 3, 3)
TAKEN = {"opinion": "accepted", "difference": "none", "operation": "R9"}


class Field:
    """The works, the haulier and the plant, each under a hat of the role that the pages have."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        self.hats = {
            "works": self._hat("enterprise_handler", "works"), "plant": self._hat("facility", "plant"),
            "haulier": self._hat("driver", "haulier"), "elsewhere": self._hat("facility", "elsewhere"),
        }  # fmt: skip
        self.at = timezone.now() - timedelta(days=2)

    def _hat(self, role: str, org: str) -> Wearer:
        person = Person.objects.create(username=org)
        begun = "2025-01-01T00:00Z"
        return Wearer.of(Hat.objects.create(person=person, role=role, org_id=org, granted_by="x", granted_at=begun))

    def begin(self, who: str, workflow: str, step: str, values: dict[str, Any], **more: Any) -> str:
        self.at += timedelta(minutes=1)
        wear(self.hats[who])
        wish = Wish(step, values, happened_at=self.at, **more)
        return acting.begin(self.connection, self.hats[who], workflow, wish).case

    def go(self, who: str, case: str, step: str, reason: str = "", **changes: Any) -> Case:
        self.at += timedelta(minutes=1)
        wear(self.hats[who])
        acting.take(self.connection, self.hats[who], case, Wish(step, changes, happened_at=self.at, reason=reason))
        return engine.read(self.connection, case)

    def drum(self, mass_g: int | None = None, **more: Any) -> str:
        """A labelled drum of oil at the works, filled when a mass is given."""
        values = {
            "keeper_org": "works", "site": "site-works", "stream": OIL, "produced_on": DAY.isoformat(),
            "form": "liquid", "container_kind": "steel_drum", "volume_l": "200",
        } | more  # fmt: skip
        if mass_g is None:
            return self.begin("works", CONTAINER, "label", values)
        return self.begin("works", CONTAINER, "fill", values | {"filled_g": mass_g})

    def manifest(self, *drums: str, **more: Any) -> str:
        """A manifest that lists drums, filed; what each weighs is what it holds."""
        lines = [
            {"stream": OIL, "packaging": "桶", "planned_g": 900, "dispatched_g": 900, "lot": lot(d)} for d in drums
        ]
        return self.begin("works", "hazardous_waste_transfer", "submit", FILLED | {"wastes": lines} | more)

    def state(self, who: str, case: str) -> str:
        wear(self.hats[who])
        return engine.read(self.connection, case).state

    def holds(self, who: str, case: str, site: str) -> int:
        """Grams of the drum's lot in a site's storage."""
        wear(self.hats[who])
        return sum(cases.lots_on(self.connection, [(f"storage:{site}", lot(case))]).values())


def lot(case: str) -> str:
    return case.partition(":")[2]


def codes_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(NamedError) as caught:
        act()
    return [error.code for error in engine.errors_of(caught.value)]


@pytest.fixture
def field(journal: Connection[Any], catalogue: catalog.Catalog, rules_once: None) -> Iterator[Field]:  # noqa: F811
    catalog.install(catalogue)
    mirror(journal, catalogue)
    Organisation.objects.filter(pk="works").update(credit_code=CREDIT)
    made = Field(journal)
    with pages_as_app():
        yield made


def test_the_code_names_the_case_and_its_lot_and_is_given_once(field: Field) -> None:
    first, second = field.drum(1000), field.drum()
    wear(field.hats["works"])
    values = engine.read(field.connection, first).values
    code = read_container_code(values["code"])
    assert str(code) == f"{CREDIT}90024908{DAY:%Y%m%d}001"
    assert first == f"container:{code.number}"
    assert values["lot"] == lot(first)
    assert values["hazards"]
    assert field.holds("works", first, "site-works") == 1000
    assert engine.read(field.connection, second).values["code"].endswith("002")
    assert codes_of(lambda: field.drum(typed_code=values["code"])) == ["container_code_taken"]
    assert codes_of(lambda: field.drum(typed_code=values["code"][:-3] + "009", stream="900-214-08")) == [
        "container_code_other"
    ]
    assert field.drum(typed_code=f"{CREDIT}-90024908-{DAY:%Y%m%d}-777").endswith(
        str(number_of(f"{CREDIT}90024908{DAY:%Y%m%d}777"))
    )


def test_a_container_begun_twice_with_one_key_is_one(field: Field) -> None:
    values = {"keeper_org": "works", "site": "site-works", "stream": OIL, "produced_on": DAY.isoformat(),
              "form": "liquid", "container_kind": "steel_drum", "volume_l": "200"}  # fmt: skip
    one = field.begin("works", CONTAINER, "label", values, key="k")
    assert field.begin("works", CONTAINER, "label", values, key="k") == one
    assert codes_of(lambda: field.begin("works", CONTAINER, "fill", values | {"filled_g": 1}, key="k")) == [
        "idempotency_key_reused"
    ]


def test_what_is_split_and_poured_stays_in_the_storage_and_in_its_lots(field: Field) -> None:
    big, small = field.drum(1000), field.drum()
    field.go("works", big, "split", into=lot(small), part_g=300)
    assert (field.state("works", big), field.state("works", small)) == ("stored", "stored")
    assert (field.holds("works", big, "site-works"), field.holds("works", small, "site-works")) == (700, 300)
    refused = codes_of(lambda: field.go("works", big, "split", into=lot(small), part_g=701))
    assert refused == ["container_holds_less"]
    assert codes_of(lambda: field.go("works", big, "pour", into=lot(big))) == ["container_into_itself"]
    other = field.drum(stream="900-214-08")
    assert codes_of(lambda: field.go("works", big, "pour", into=lot(other))) == ["container_other_waste"]
    assert codes_of(lambda: field.go("works", big, "pour", into=str(UUID(int=5)))) == ["container_unknown"]
    field.go("works", big, "pour", into=lot(small))
    assert (field.state("works", big), field.holds("works", small, "site-works")) == ("emptied", 1000)
    wear(field.hats["works"])
    bench = cases.lots_on(field.connection, [("storage:site-works/repacking", lot(small))])
    assert bench == {}


def test_a_manifest_takes_its_containers_along_and_leaves_them_where_they_were_accepted(field: Field) -> None:
    kept, gone, bulk = field.drum(1000), field.drum(900), field.drum(900)
    assert codes_of(lambda: field.manifest(gone, gone)) == ["container_twice"]
    trip = field.manifest(gone, bulk)
    field.go("works", trip, "dispatch")
    assert {field.state("haulier", d) for d in (gone, bulk)} == {"on_road"}
    assert field.state("works", kept) == "stored"
    assert codes_of(lambda: field.go("works", gone, "move", storage="storage-1")) == ["step_not_open"]
    field.go("haulier", trip, "pick_up")
    wear(field.hats["plant"])
    lines = engine.read(field.connection, trip).values["wastes"]
    told = [lines[0] | TAKEN | {"accepted_g": 890}, lines[1] | TAKEN | {"opinion": "refused", "accepted_g": 0}]
    field.go("plant", trip, "accept_in_part", "一桶破损", wastes=told)
    assert (field.state("plant", gone), field.state("plant", bulk)) == ("stored", "on_road")
    assert field.holds("plant", gone, "site-plant") == 890
    wear(field.hats["plant"])
    assert engine.read(field.connection, gone).values["keeper_org"] == "plant"
    lines = engine.read(field.connection, trip).values["wastes"]
    back = [lines[0] | {"returned_g": 0}, lines[1] | {"returned_g": 900}]
    field.go("works", trip, "take_back", wastes=back)
    assert field.state("works", bulk) == "stored"
    assert field.holds("works", bulk, "site-works") == 900
    wear(field.hats["works"])
    assert cases.stock_of(field.connection, trip) == {}, "what the plant's scale lacked is posted by its lot"
    assert codes_of(lambda: field.go("works", gone, "close", "倒空")) == ["party_not_yours"]


def test_a_container_that_is_not_ones_own_is_neither_seen_nor_led(field: Field) -> None:
    drum = field.drum(1000)
    assert codes_of(lambda: field.state("elsewhere", drum)) == ["case_unknown"]
    assert codes_of(lambda: field.go("elsewhere", drum, "close", "x")) == ["case_unknown"]
    assert codes_of(lambda: field.go("works", drum, "dispatch")) == ["step_not_open"], "only a manifest dispatches it"
    lines = [{"stream": OIL, "packaging": "桶", "planned_g": 9, "dispatched_g": 9, "lot": lot(drum)}]
    own = {"consignor_org": "elsewhere", "consignor_storage": "site-else", "wastes": lines}
    trip = field.begin("elsewhere", "hazardous_waste_transfer", "submit", FILLED | own)
    field.go("elsewhere", trip, "dispatch")
    assert (field.state("works", drum), field.holds("works", drum, "site-works")) == ("stored", 1000)


def test_treatment_draws_on_a_container_until_it_is_empty(field: Field) -> None:
    drum = field.drum(1000)
    treat = {"operator_org": "works", "site": "site-works", "facility": "kiln", "operation": "D10"}
    for mass_g, state in ((400, "stored"), (600, "emptied")):
        put = treat | {"wastes": [{"stream": OIL, "mass_g": mass_g, "lot": lot(drum)}]}
        field.begin("works", "in_house_treatment", "put_in", put)
        assert field.state("works", drum) == state
    assert field.holds("works", drum, "site-works") == 0


def test_every_part_of_a_code_is_looked_at() -> None:
    good = f"{CREDIT}90024908{DAY:%Y%m%d}001"
    assert str(read_container_code(f"https://example.org/c/{good.lower()}")) == good
    assert read_container_code(f"{good[:18]}-{good[18:26]}-{good[26:34]}-{good[34:]}").serial == 1
    wrong = "A" if good[17] != "A" else "B"
    for text, code in (
        ("", "container_code_none"), ("联单 20251501000001", "container_code_none"), (good[:-2], "container_code_torn"),
        (good[:17] + wrong + good[18:], "container_code_torn"), (good[:26] + "20251340001", "container_code_torn"),
        (good[:20] + "A" + good[21:], "container_code_torn"),
    ):  # fmt: skip
        assert codes_of(lambda text=text: read_container_code(text)) == [code], text
    assert cases.case_id(kind_of(CONTAINER).workflow, {"code": good}) == f"container:{number_of(good)}"
