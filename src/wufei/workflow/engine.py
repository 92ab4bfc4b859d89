"""Cases in the journal: open one, take a step, read where it stands.

A step is one record: the step itself, with what it changed in the form and a hash over the whole form as signed, and
the entries that it posts. The journal refuses a second step of one number, so of many signers at once one succeeds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from wufei.catalog.forms import Form
from wufei.catalog.workflows import Clock, Transition, Workflow
from wufei.journal import Outcome, Record, Step, append
from wufei.journal.asking import ask
from wufei.journal.canonical import canonical
from wufei.journal.records import Evidence, new_id
from wufei.terms import NamedError
from wufei.workflow import rules
from wufei.workflow.errors import (
    CaseUnknown,
    PartyNotYours,
    ReasonMissing,
    StepNotOpen,
    StepOutdated,
    StepRefused,
    StepUnknown,
)
from wufei.workflow.rules import Signer
from wufei.workflow.values import Values, checked
from wufei.workflow.working_days import CITY_TIME, WorkCalendar

OPENED = "open"


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


@dataclass(frozen=True, slots=True)
class Move:
    """A step that somebody wants to take: what it changes, when it happened, and on which number it rests.

    ``id`` is the idempotency key: the same move sent again is the same step. ``method`` says how it was signed;
    ``mandate`` by whose leave, when it was not the party's own organisation.
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
    mandate: str = ""
    id: UUID = field(default_factory=new_id)


def new_case(kind: Kind) -> Case:
    """A case that has not begun; its first step opens it."""
    return Case(f"{kind.workflow.case}:{new_id()}", kind.workflow.id, kind.workflow.start)


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


def draft(kind: Kind, case: Case, move: Move, held: rules.Held) -> Record:
    """The record that ``move`` makes, given what stands on the case's account.

    Raises StepUnknown, StepNotOpen, StepOutdated, PartyNotYours, and StepRefused whose ``errors`` name every field
    that stands against the step.
    """
    step = _open_step(kind, case, move)
    changes, errors = checked(kind.form, move.changes)
    values = case.values | changes
    _parties(kind, step, move, case.values, values)
    opened_on = case.opened_on or move.happened_at.astimezone(CITY_TIME).date()
    errors += rules.refusals_of_changes(kind.form, step, case.taken, changes, case.values)
    invalid = {error.place for error in errors}
    errors += [e for e in rules.missing(kind.form, step.id, values, opened_on) if e.place not in invalid]
    if step.reason and not move.reason.strip():
        errors.append(ReasonMissing(step_zh=step.zh, step_en=step.en))
    if errors:
        raise StepRefused(errors)
    posted = rules.entries(step, case.id, values, held)
    return Record(
        happened_at=move.happened_at,
        period=move.happened_at.astimezone(CITY_TIME).strftime("%Y-%m"),
        basis=step.posts[0].basis if step.posts else "manifested",
        actor=move.actor,
        acting_for=move.signer.org or "-",
        rule=_rule(kind.workflow, step),
        entries=posted,
        steps=(_journal_step(kind, case, step, move, changes, values),),
        evidence=move.evidence,
        note=move.reason.strip() or None,
        id=move.id,
    )


def _open_step(kind: Kind, case: Case, move: Move) -> Transition:
    workflow = kind.workflow
    step = workflow.transition(move.transition)
    if step is None:
        names = "、".join(t.id for t in workflow.transitions)
        raise StepUnknown(workflow=workflow.id, step=move.transition, open=names)
    if move.rests_on != case.no:
        raise StepOutdated(case=case.id, now=case.no, seen=move.rests_on)
    open_now = rules.open_steps(workflow, case.state, case.values | dict(move.changes))
    if step not in open_now:
        state = workflow.state(case.state)
        raise StepNotOpen(
            case=case.id,
            state_zh=state.zh if state else case.state,
            state_en=state.en if state else case.state,
            step_zh=step.zh,
            step_en=step.en,
            open_zh="、".join(t.zh for t in open_now) or "无",
            open_en=", ".join(t.en for t in open_now) or "none",
        )
    return step


def _parties(kind: Kind, step: Transition, move: Move, old: Values, values: Values) -> None:
    """Who a party is stands in the form before the step; the step itself names only whom nobody was named for."""
    parties = [p for p in kind.workflow.parties if p.id in step.by]
    if not any(rules.is_party(p, move.signer, old if rules.org_of(p, old) else values) for p in parties):
        raise PartyNotYours(
            step_zh=step.zh,
            step_en=step.en,
            parties_zh="、".join(p.zh for p in parties),
            parties_en=", ".join(p.en for p in parties),
        )


def _rule(workflow: Workflow, step: Transition) -> str:
    cite = (step.cites or workflow.cites)[0]
    return f"{cite.source} {cite.clause}"


def _journal_step(kind: Kind, case: Case, step: Transition, move: Move, changes: Values, values: Values) -> Step:
    no = case.no + 1
    content = canonical({"case": case.id, "no": no, "transition": step.id, "values": values})
    signed = {"content": hashlib.sha256(content).hexdigest(), "method": move.method}
    if move.device:
        signed["device"] = move.device
    if move.mandate:
        signed["mandate"] = move.mandate
    orgs = sorted(rules.orgs_of(kind.workflow, values) | rules.orgs_of(kind.workflow, case.values))
    data: Values = {"set": changes, "parties": orgs} | ({"signed": signed} if step.signs or move.mandate else {})
    holder = next((p for p in kind.workflow.parties if p.id == step.holder), None)
    return Step(
        case=case.id,
        no=no,
        workflow=kind.workflow.id,
        transition=step.id,
        state=step.enters,
        holder=(rules.org_of(holder, values) or holder.id) if holder else None,
        due_at=due_after(kind, case, step, move.happened_at),
        data=data,
    )


def due_after(kind: Kind, case: Case, step: Transition, at: datetime) -> datetime | None:
    """When the first clock that runs after ``step`` is up; None when none runs."""
    ups = [kind.calendar.due(begun, clock.limit) for clock, begun in running(kind, case, step.id, at)]
    return min(ups, default=None)


def running(kind: Kind, case: Case, last: str, at: datetime) -> list[tuple[Clock, datetime]]:
    """The clocks that run once ``last`` is taken at ``at``, and since when."""
    found = []
    history = [(step.transition, step.happened_at) for step in case.steps] + [(last, at)]
    for clock in kind.workflow.clocks:
        begun: datetime | None = None
        for transition, when in history:
            if transition in clock.stops:
                begun = None
            if transition in clock.starts:
                begun = when
        if begun is not None:
            found.append((clock, begun))
    return found


def act(connection: Connection[Any], kind: Kind, case: Case, move: Move) -> Outcome:
    """Take a step: draft its record and append it; the same move again is a duplicate.

    Raises what ``draft`` raises, and StepOutdated when somebody else was first.
    """
    if any(step.record == move.id for step in case.steps):
        return Outcome(move.id, "duplicate")
    with connection.transaction():
        outcome = append(connection, [draft(kind, case, move, held_by(connection, case.id))])[0]
    if outcome.error is not None and outcome.error.code == "step_taken":
        raise StepOutdated(case=case.id, now=case.no + 1, seen=case.no) from outcome.error
    return outcome


def errors_of(error: NamedError) -> list[NamedError]:
    """The single errors of a refusal, or the error itself."""
    return list(error.errors) if isinstance(error, StepRefused) else [error]
