"""Steps of other cases that a step takes along: a manifest its containers, one container another.

The case that is led has a lot for its number. Its step is drafted over what stands once the leading record is posted,
and both are appended together, so that either both stand or neither does.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from psycopg import Connection

from wufei.catalog.workflows import CASE, NOTHING, Lead, Transition, Workflow
from wufei.journal.records import Record
from wufei.workflow import rules
from wufei.workflow.cases import Case, Kind, Move, case_id, lots_on, read
from wufei.workflow.errors import CaseUnknown
from wufei.workflow.kinds import kind_of, kind_of_case
from wufei.workflow.values import Values, checked

Draft = Callable[[Kind, Case, Move, rules.Held], Record]


def records(
    connection: Connection[Any], kind: Kind, case: Case, move: Move, record: Record, draft: Draft
) -> Iterator[Record]:
    """The record of each step that ``move`` takes along. Raises what drafting them raises."""
    step = kind.workflow.transition(move.transition)
    values = case.values | ((record.steps[0].data or {})["set"] if step and step.leads else {})
    for lead in step.leads if step else ():
        for line in values.get(lead.each) or [] if lead.each else [None]:
            lot = rules.look(lead.lot, values, line)
            if lot and rules.holds(lead.when, values, line):
                given = _given(kind.workflow, lead, case, values, line)
                yield from _led(connection, lead, str(lot), replace(move, changes=given, led_by=case.id), record, draft)


def _led(
    connection: Connection[Any], lead: Lead, lot: str, move: Move, record: Record, draft: Draft
) -> Iterator[Record]:
    """The step of the one case; none where the lot is no such case, or none that the signer may see."""
    with contextlib.suppress(CaseUnknown):
        other = read(connection, named(lead, lot))
        kind = kind_of_case(other)
        name = lead.emptied if lead.emptied and not _left(connection, other, lot, record) else lead.step
        changes, _errors = checked(kind.form, move.changes)
        led = replace(
            move, transition=name, changes=changes, rests_on=other.no, method="account", reason="", mandate="",
            evidence=(), id=uuid5(NAMESPACE_URL, f"wufei-led:{move.id}:{other.id}"),
        )  # fmt: skip
        step = kind.workflow.transition(name)
        if step is None or (step.bound and not _with(other, step, move.led_by)):
            return
        held = lots_on(connection, rules.rests(step, other.id, other.values | changes))
        yield draft(kind, other, led, rules.after(held, record.entries))


def _with(other: Case, step: Transition, leading: str) -> bool:
    """Whether the other case is with the leading one now: it may have left it on the way."""
    return other.values.get(str(step.bound)) == leading and other.state in step.leaves


def prefix_of(lead: Lead) -> str:
    """How the ids of the cases that ``lead`` leads begin."""
    return kind_of(lead.workflow).workflow.case


def named(lead: Lead, lot: str) -> str:
    """The id of the case that ``lead`` leads: its number is the lot, or follows from the value that it is one by."""
    return case_id(kind_of(lead.workflow).workflow, {lead.by: lot}) if lead.by else f"{prefix_of(lead)}:{lot}"


def _left(connection: Connection[Any], other: Case, lot: str, record: Record) -> int:
    """Grams of the lot where the container stands, once the record is posted."""
    account = f"storage:{other.values.get('site')}"
    held = rules.after(lots_on(connection, [(account, lot)]), record.entries)
    return sum(g for (key, _stream, of_lot), g in held.items() if (key, of_lot) == (account, lot))


def _given(workflow: Workflow, lead: Lead, case: Case, values: Values, line: Values | None) -> Values:
    parties = {p.id: p for p in workflow.parties}

    def value(name: str) -> Any:
        if name in {CASE, NOTHING}:
            return case.id if name == CASE else None
        return rules.org_of(parties[name], values) if name in parties else rules.look(name, values, line)

    return {field: value(name) for field, name in lead.gives.items()}
