"""Steps under hats: whose organisation, which mandate, which key, and what others did meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from psycopg import Connection

from tests.workflow.conftest import FILLED, MONDAY, wastes
from wufei import catalog
from wufei.registry import mandates
from wufei.registry.access import Wearer
from wufei.registry.mandates import Wish as Leave
from wufei.registry.models import Organisation
from wufei.terms import NamedError
from wufei.workflow import acting, engine, in_stead
from wufei.workflow.acting import Wish, begin, take
from wufei.workflow.kinds import beginnings, kind_of, kinds_for

TRANSFER = "hazardous_waste_transfer"
FORM = FILLED | {"wastes": wastes()}


@pytest.fixture(autouse=True)
def _installed(catalogue: catalog.Catalog, journal: Connection[Any]) -> None:
    catalog.install(catalogue)


def hat(org: str | None, role: str = "enterprise_handler", person: int = 1) -> Wearer:
    return Wearer(person, person, role, org=org, actor=f"person-{person}", acting_for=org or "-")


WORKS, PLANT, HAULIER = hat("works"), hat("plant", "facility", 2), hat("haulier", "driver", 3)


def filing(**more: Any) -> Wish:
    return Wish("submit", FORM, happened_at=MONDAY, **more)


def code_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(NamedError) as caught:
        act()
    return [error.code for error in engine.errors_of(caught.value)]


def test_a_case_begun_twice_with_one_key_is_one_case(journal: Connection[Any]) -> None:
    first = begin(journal, WORKS, TRANSFER, filing(key="slip-7"))
    again = begin(journal, WORKS, TRANSFER, filing(key="slip-7"))
    assert (first.outcome, again.outcome) == ("appended", "duplicate")
    assert (first.case, first.no) == (again.case, again.no)
    assert begin(journal, WORKS, TRANSFER, filing(key="slip-8")).case != first.case


def test_a_key_belongs_to_who_sent_it_and_to_one_step(journal: Connection[Any]) -> None:
    done = begin(journal, WORKS, TRANSFER, filing(key="k"))
    assert code_of(lambda: begin(journal, WORKS, TRANSFER, Wish("save", FORM, key="k"))) == ["idempotency_key_reused"]
    taken = take(journal, WORKS, done.case, Wish("dispatch", rests_on=1, key="k2", happened_at=MONDAY))
    assert (taken.no, taken.outcome) == (2, "appended")
    assert take(journal, WORKS, done.case, Wish("dispatch", rests_on=1, key="k2")).outcome == "duplicate"


def test_what_others_did_meanwhile_is_told(journal: Connection[Any]) -> None:
    done = begin(journal, WORKS, TRANSFER, filing())
    take(journal, HAULIER, done.case, Wish("decline", reason="车辆故障", happened_at=MONDAY))
    assert code_of(lambda: take(journal, WORKS, done.case, Wish("submit", rests_on=1))) == ["step_outdated"]
    (step,) = acting.meanwhile(journal, done.case, 1)
    assert (step.transition, step.actor, step.acting_for) == ("decline", "person-3", "haulier")


def test_each_of_many_is_taken_by_itself(journal: Connection[Any]) -> None:
    cases = [begin(journal, WORKS, TRANSFER, filing()).case for _ in range(3)]
    take(journal, HAULIER, cases[1], Wish("decline", reason="车辆故障", happened_at=MONDAY))
    wishes = [(case, Wish("dispatch", rests_on=1, happened_at=MONDAY)) for case in (*cases, "manifest:none")]
    told = acting.take_many(journal, WORKS, wishes)
    assert [t.done and t.done.no for t in told] == [2, None, 2, None]
    assert [t.error and t.error.code for t in told] == [None, "step_outdated", None, "case_unknown"]


def test_a_role_that_signs_not_takes_no_step(journal: Connection[Any]) -> None:
    looker = hat("works", "enterprise_viewer")
    assert code_of(lambda: begin(journal, looker, TRANSFER, filing())) == ["role_signs_not"]
    assert beginnings(kind_of(TRANSFER), looker, frozenset({"works"})) == ()
    assert TRANSFER in {kind.workflow.id for kind in kinds_for(WORKS, frozenset({"works"}))}


def test_the_open_steps_are_the_partys_own(journal: Connection[Any]) -> None:
    done = begin(journal, WORKS, TRANSFER, filing())
    case = engine.read(journal, done.case)
    kind = kind_of(TRANSFER)
    own = {t.id for t in kind.workflow.transitions}
    steps = {}
    for who in (WORKS, PLANT, HAULIER):
        found = acting.openings(kind, case, who, in_stead.signers(journal, who))
        steps[who.org] = [opening.step.id for opening in found if opening.step.id in own]
    assert steps == {"works": ["withdraw", "dispatch"], "plant": [], "haulier": ["decline"]}


@pytest.fixture
def leave(journal: Connection[Any]) -> Callable[..., Any]:
    """The works give the broker leave."""
    works = Organisation.objects.get(pk="works")
    broker = Organisation.objects.create(id="broker", name_zh="broker", kind="enterprise")

    def give(acts: tuple[str, ...] = ("dispatch_waste",), **bounds: Any) -> Any:
        today = timezone.localdate()
        days: tuple[date, date] = (today, today + timedelta(days=30))
        return mandates.give(works, Leave(acts, *days, to_org=broker, **bounds), by="person-1")

    return give


BROKER = hat("broker", person=4)


def test_somebody_with_a_mandate_signs_in_the_partys_place(journal: Connection[Any], leave: Callable[..., Any]) -> None:
    mandate = leave()
    done = begin(journal, BROKER, TRANSFER, filing())
    (step,) = engine.read(journal, done.case).steps
    assert (step.actor, step.acting_for) == ("person-4", "works")
    assert step.data["signed"]["mandate"] == str(mandate.pk)
    assert step.data["signed"]["method"] == "standing_mandate"
    assert step.data["parties"] == ["haulier", "plant", "site-plant", "site-works", "works"]


def test_a_mandate_for_something_else_or_used_up_covers_nothing(
    journal: Connection[Any], leave: Callable[..., Any]
) -> None:
    leave(("file_plan",))
    assert code_of(lambda: begin(journal, BROKER, TRANSFER, filing())) == ["mandate_act_outside"]
    mandate = leave(most_g=1500)
    for expected in (["appended"], ["mandate_used_up"]):
        case = begin(journal, BROKER, TRANSFER, filing()).case
        wish = Wish("dispatch", happened_at=MONDAY)
        found = [take(journal, BROKER, case, wish).outcome] if expected == ["appended"] else code_of(
            lambda case=case, wish=wish: take(journal, BROKER, case, wish))  # fmt: skip
        assert found == expected
    assert in_stead.used_g(journal, mandate) == 1000


def test_without_a_mandate_the_party_stays_the_party(journal: Connection[Any]) -> None:
    assert code_of(lambda: begin(journal, BROKER, TRANSFER, filing())) == ["party_not_yours"]
