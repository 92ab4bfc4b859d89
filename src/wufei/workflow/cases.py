"""What a case is: its kind, the steps taken so far, and a step that somebody wants to take; read from the journal."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg import Connection

from wufei.catalog.forms import Form
from wufei.catalog.workflows import Transition, Workflow
from wufei.journal import case_log
from wufei.journal.asking import ask
from wufei.journal.case_log import Taken
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
    said when it sent) and ``place`` say on what and where; ``received_at`` is the server's time. ``led_by`` is the case
    whose step takes this one along.
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
    led_by: str = ""
    corrects: int = 0  # the number of the step whose values a correction changes; 0: those that stand now
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


def read(connection: Connection[Any], case_id: str) -> Case:
    """The case as its steps tell it. Raises CaseUnknown."""
    steps = case_log.of_case(connection, case_id)
    if not steps:
        raise CaseUnknown(case=case_id)
    values: Values = {}
    for step in steps:
        values = values | step.data.get("set", {})
    return Case(case_id, steps[0].workflow, steps[-1].state, steps[-1].no, values, steps)


_TAKEN_AS = """
SELECT s.case_id, s.no, s.transition, r.id FROM journal.record r JOIN journal.step s USING (seq) WHERE r.id = %s"""


def taken_as(connection: Connection[Any], record: UUID) -> tuple[str, int, str, UUID] | None:
    """The step that stands in a record: its case, number and transition; None when there is none."""
    return ask(connection, _TAKEN_AS, (record,)).fetchone()


_STOCK = "SELECT stream, lot::text, g FROM public.registry_case_stock(%s)"
_LOTS = """
SELECT a.key, s.id, m.lot::text, sum(m.g)::bigint FROM unnest(%s::text[], %s::uuid[]) AS named (key, lot)
JOIN journal.account a ON a.key = named.key, LATERAL (
    SELECT e.to_stream_n AS stream_n, e.to_lot AS lot, e.mass_g AS g FROM journal.entry e
    WHERE e.to_lot = named.lot AND e.to_n = a.n
    UNION ALL SELECT e.stream_n, e.from_lot, -e.mass_g FROM journal.entry e
    WHERE e.from_lot = named.lot AND e.from_n = a.n) AS m
JOIN journal.stream s ON s.n = m.stream_n GROUP BY 1, 2, 3 HAVING sum(m.g) <> 0"""


def stock_of(connection: Connection[Any], case_id: str) -> dict[tuple[str, str, str | None], int]:
    """Grams on the case's own account (in transit), by stream and lot."""
    key = f"transit:{case_id.rpartition(':')[2]}"
    return {(key, stream, lot): g for stream, lot, g in ask(connection, _STOCK, (key,))}


def lots_on(connection: Connection[Any], named: Collection[tuple[str, str]]) -> dict[tuple[str, str, str | None], int]:
    """Grams of lots on accounts, each named by the account's key and the lot's id: by account, stream and lot."""
    if not named:
        return {}
    keys, lots = zip(*sorted(named), strict=True)
    return {(key, stream, lot): g for key, stream, lot, g in ask(connection, _LOTS, (list(keys), list(lots)))}


_HELD = """
SELECT s.id, sum(t.mass_g)::bigint FROM journal.transit t
JOIN journal.account a ON a.n = t.account_n JOIN journal.stream s ON s.n = t.stream_n
WHERE a.key = %s GROUP BY s.id HAVING sum(t.mass_g) <> 0"""


def held_by(connection: Connection[Any], case_id: str) -> dict[str, int]:
    """Grams on the case's own account (in transit), by stream."""
    key = f"transit:{case_id.rpartition(':')[2]}"
    return dict(ask(connection, _HELD, (key,)).fetchall())


_FILLED = "SELECT case_id, data FROM journal.step WHERE case_id = ANY(%s) ORDER BY case_id, no"


def values_of(connection: Connection[Any], cases: Collection[str]) -> Mapping[str, Values]:
    """The form of each case as its steps have filled it: one query."""
    found: dict[str, Values] = {case: {} for case in cases}
    for case, data in ask(connection, _FILLED, (list(cases),)) if cases else ():
        found[case] |= json.loads(data or "{}").get("set", {})
    return found
