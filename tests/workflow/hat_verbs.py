"""What people of a story do under hats of theirs: sign by hat, show and enter codes, sign many at once, look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.registry.as_app import as_app
from wufei import catalog
from wufei.journal.mirror import mirror
from wufei.registry import hats
from wufei.registry.access import Wearer
from wufei.registry.models import Person
from wufei.workflow import acting, codes, engine
from wufei.workflow.acting import Wish
from wufei.workflow.errors import CaseUnknown

if TYPE_CHECKING:
    from tests.workflow.stories import Told

WRONG = "22222222"


def wearer(name: str, role: str = "") -> Wearer:
    """Somebody under the hat of a role, else under the first one that is open, else bareheaded."""
    person = Person.objects.get(username=name)
    wanted = person.hats.filter(role=role, ended_at=None).first() if role else None
    return hats.wearer(person, wanted.pk if wanted else None)[0]


def does(told: Told, step: Mapping[str, Any], changes: Mapping[str, Any], now: datetime) -> None:
    """A step of a case as the pages take it: under a hat, by a mandate where it is another organisation's."""
    hat, name = wearer(step["as"], step.get("role", "")), step.get("case", "a")
    wish = Wish(
        step["does"], changes, step.get("rests_on"), now, step.get("reason", ""), step.get("acting_for"),
        key=step.get("key", ""),
    )  # fmt: skip
    begun = told.cases.get(name)
    if begun is None or not begun.no:
        done = acting.begin(told.connection, hat, told.workflow, wish)
    else:
        done = acting.take(told.connection, hat, begun.id, wish)
    told.cases[name] = engine.read(told.connection, done.case)


def shows(told: Told, step: Mapping[str, Any]) -> None:
    """Somebody makes a code for a step and shows it."""
    case = told.case(step.get("case", "a"))
    hat = wearer(step["as"], step.get("role", ""))
    told.codes.append(codes.issue(told.kind(step.get("case", "a")), case, hat, step["shows"], {}, told.now).text)


def enters(told: Told, step: Mapping[str, Any]) -> None:
    """Somebody enters a code on their own device: the ``right`` one that was shown last, or a ``wrong`` one."""
    name = step.get("case", "a")
    text = told.codes[-1] if step["enters"] == "right" else WRONG
    case, kind, device = told.case(name), told.kind(name), step.get("device", "")
    outcome = codes.redeem(told.connection, kind, case.id, text, told.now, device=device)
    assert outcome.stands, outcome.error
    told.cases[name] = engine.read(told.connection, case.id)


def files_many(told: Told, step: Mapping[str, Any], form: Mapping[str, Any], other: Mapping[int, Any]) -> None:
    """So many cases are begun by the same step, some of them with ``other`` values; called ``slip-1`` and so on."""
    hat = wearer(step["as"])
    for number in range(1, step["files_many"] + 1):
        wish = Wish("submit", other.get(number, form), None, told.now)
        done = acting.begin(told.connection, hat, told.workflow, wish)
        told.cases[f"slip-{number}"] = engine.read(told.connection, done.case)


def signs_many(told: Told, step: Mapping[str, Any]) -> None:
    """One step of all those cases at once, each seen at number 1: how many stand, and why others do not."""
    slips = {case.id: name for name, case in told.cases.items() if name.startswith("slip-")}
    names = step.get("cases") or list(slips.values())
    wishes = [
        (told.cases[name].id, Wish(step["signs_many"], {}, 1, told.now, key=f"{step['signs_many']}:{name}"))
        for name in names
    ]
    came = acting.take_many(told.connection, wearer(step["as"]), wishes)
    refused = {slips[t.case]: [e.code for e in engine.errors_of(t.error)] for t in came if t.error is not None}
    assert refused == step["refused_each"], refused
    outcomes = [t.done.outcome for t in came if t.done is not None]
    found = {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
    assert found == step["came"], found
    for case, name in slips.items():
        told.cases[name] = engine.read(told.connection, case)


def looks(told: Told, step: Mapping[str, Any]) -> None:
    """Whether somebody sees a case, asked of the database as the role that the pages have."""
    case = told.case(step.get("case", "a"))
    mirror(told.connection, catalog.current())
    with as_app(wearer(step["looks"])) as raw:
        try:
            engine.read(raw, case.id)
            seen = True
        except CaseUnknown:
            seen = False
    assert seen is step["sees"], f"sees: {seen}"
