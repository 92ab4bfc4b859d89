"""What a case is: its kind, the steps taken so far, and a step that somebody wants to take; read from the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg import Connection

from wufei.catalog.forms import Form
from wufei.catalog.workflows import Transition, Workflow
from wufei.journal.asking import ask
from wufei.journal.records import Evidence, new_id
from wufei.workflow.errors import CaseUnknown
from wufei.workflow.rules import Signer
from wufei.workflow.values import Values
from wufei.workflow.working_days import CITY_TIME, WorkCalendar


@dataclass(frozen=True, slots=True)
class Kind:
    """A declared kind of case: its workflow, its form, and the calendar that its clocks follow."""

    workflow: Workflow
    form: Form
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken."""

    no: int
    transition: str
    state: str
    actor: str
    acting_for: str
    happened_at: datetime
    known_at: datetime
    record: UUID
    data: Values

    @property
    def signed(self) -> Values | None:
        """The signature of the step; None for one that was not signed."""
        return self.data.get("signed")


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its steps so far, the state reached, and the form as they have filled it."""

    id: str
    workflow: str
    state: str
    no: int = 0
    values: Values = field(default_factory=dict)
    steps: tuple[Taken, ...] = ()

    @property
    def taken(self) -> frozenset[str]:
        """The transitions taken at least once."""
        return frozenset(step.transition for step in self.steps)

    @property
    def opened_on(self) -> date | None:
        """The day of the first step, whose law holds for the case."""
        return self.steps[0].happened_at.astimezone(CITY_TIME).date() if self.steps else None

    def values_at(self, transition: str) -> Values:
        """The form as it was when ``transition`` was last taken; empty when it never was."""
        last = max((step.no for step in self.steps if step.transition == transition), default=0)
        found: Values = {}
        for step in self.steps:
            if step.no <= last:
                found = found | step.data.get("set", {})
        return found

    def sealing(self, workflow: Workflow) -> frozenset[str]:
        """The steps whose seals hold: a seal is lifted where the case is back at a state in which it is signed anew."""
        known: dict[str, Transition | None] = {name: workflow.transition(name) for name in self.taken}
        return frozenset(name for name, step in known.items() if step is None or self.state not in step.leaves)


@dataclass(frozen=True, slots=True)
class Move:
    """A step that somebody wants to take: what it changes, when it happened, and on which number it rests.

    ``id`` is the idempotency key: the same move sent again is the same step. ``method`` says how it was signed;
    ``mandate`` by whose leave, when it was not the party's own organisation. ``device``, ``device_at`` (what its clock
    said when it sent) and ``place`` say on what and where; ``received_at`` is the server's time.
    """

    transition: str
    changes: Mapping[str, Any]
    rests_on: int
    happened_at: datetime
    actor: str
    signer: Signer
    method: str = "account"
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()
    device: str = ""
    device_at: datetime | None = None
    received_at: datetime | None = None
    place: str = ""
    mandate: str = ""
    id: UUID = field(default_factory=new_id)

    @property
    def day(self) -> date:
        """The day on which the step happened, in the city's time."""
        return self.happened_at.astimezone(CITY_TIME).date()


def new_case(kind: Kind, values: Mapping[str, Any] | None = None, number: UUID | None = None) -> Case:
    """A case that has not begun; its first step opens it. Its id follows from ``values`` where the workflow says so."""
    return Case(case_id(kind.workflow, values or {}, number), kind.workflow.id, kind.workflow.start)


def case_id(workflow: Workflow, values: Mapping[str, Any], number: UUID | None = None) -> str:
    """The id of the case with these first values: made of those of ``one_per``, else ``number`` or a new one."""
    told = [str(values.get(name) or "") for name in workflow.one_per]
    if told and all(told):
        number = uuid5(NAMESPACE_URL, "wufei-case:" + json.dumps([workflow.case, *told], ensure_ascii=False))
    return f"{workflow.case}:{number or new_id()}"


_STEPS = """
SELECT s.no, s.workflow, s.transition, s.state, r.actor, r.acting_for, r.happened_at, r.known_at, r.id, s.data
FROM journal.step s JOIN journal.record r USING (seq) WHERE s.case_id = %s ORDER BY s.no"""


def read(connection: Connection[Any], case_id: str) -> Case:
    """The case as its steps tell it. Raises CaseUnknown."""
    rows = ask(connection, _STEPS, (case_id,)).fetchall()
    if not rows:
        raise CaseUnknown(case=case_id)
    case = Case(case_id, rows[0][1], rows[0][3])
    for no, _workflow, transition, state, actor, org, happened, known, record, data in rows:
        step = Taken(no, transition, state, actor, org, happened, known, record, json.loads(data or "{}"))
        values = case.values | step.data.get("set", {})
        case = replace(case, state=state, no=no, values=values, steps=(*case.steps, step))
    return case


_HELD = """
SELECT s.id, sum(t.mass_g)::bigint FROM journal.transit t
JOIN journal.account a ON a.n = t.account_n JOIN journal.stream s ON s.n = t.stream_n
WHERE a.key = %s GROUP BY s.id HAVING sum(t.mass_g) <> 0"""


def held_by(connection: Connection[Any], case_id: str) -> dict[str, int]:
    """Grams on the case's own account (in transit), by stream."""
    key = f"transit:{case_id.rpartition(':')[2]}"
    return dict(ask(connection, _HELD, (key,)).fetchall())
