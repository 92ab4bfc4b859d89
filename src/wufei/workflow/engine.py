"""Cases in the journal: open one, take a step, read where it stands.

A step is one record: the step itself, with what it changed in the form and a hash over the whole form as signed, and
the entries that it posts. The journal refuses a second step of one number, so of many signers at once one succeeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from psycopg import Connection

from wufei.catalog.workflows import Transition, Workflow
from wufei.journal import Outcome, Record, Step, append
from wufei.terms import NamedError
from wufei.workflow import checks, corrections, facts, leading, rules, signing
from wufei.workflow.cases import Case, Kind, Move, Taken, held_by, lots_on, new_case, read, stock_of, taken_as
from wufei.workflow.deadlines import due_after, running, up_at
from wufei.workflow.errors import (
    EvidenceMissing,
    PartyNotYours,
    ReasonMissing,
    StepNotOpen,
    StepOutdated,
    StepRefused,
    StepTakenBefore,
    StepUnknown,
)
from wufei.workflow.facts import NOTHING_KNOWN, Facts
from wufei.workflow.rules import Signer
from wufei.workflow.values import Values, checked
from wufei.workflow.working_days import CITY_TIME, WorkCalendar

__all__ = [
    "Case", "Kind", "Move", "Signer", "Taken", "WorkCalendar", "act", "draft", "due_after", "errors_of", "held_by",
    "new_case", "read", "running", "taken_as",
]  # fmt: skip
OPENED = "open"
CLOCK = "clock"  # the role of the clock itself, when a step is taken because nobody answered


def draft(kind: Kind, case: Case, move: Move, held: rules.Held, known: Facts = NOTHING_KNOWN) -> Record:
    """The record that ``move`` makes, given what stands on the case's accounts and what is known of those named in it.

    Raises StepUnknown, StepNotOpen, StepOutdated, StepTakenBefore, PartyNotYours, and StepRefused whose ``errors``
    name everything that stands against the step.
    """
    step = _open_step(kind, case, move)
    changes, errors = checked(kind.form, move.changes)
    changes |= _set_by(kind, case, step, changes)
    values = case.values | changes
    _parties(kind, case, step, move, values)
    sealing, given = case.sealing(kind.workflow), _given(move, changes)
    errors += rules.refusals_of_changes(kind.form, step, sealing, given, case.values)
    invalid = {error.place for error in errors}
    opened_on = case.opened_on or move.day
    errors += [e for e in rules.missing(kind.form, step.id, values, opened_on) if e.place not in invalid]
    errors += _unsaid(step, move)
    errors += signing.refusals(case, move)
    known = replace(known, transit_g=rules.of_stream(held, rules.own_account(case.id)))
    refused, warned = checks.judge(step, values, known, move) if not errors else ([], [])
    if errors or refused:
        raise StepRefused([*errors, *refused])
    warned += signing.warnings(move)
    posted = rules.entries(step, case.id, values, held)
    return Record(
        happened_at=move.happened_at,
        period=(step.period and values.get(step.period)) or move.happened_at.astimezone(CITY_TIME).strftime("%Y-%m"),
        basis=step.posts[0].basis if step.posts else "manifested",
        actor=move.actor,
        acting_for=move.signer.org or "-",
        rule=_rule(kind.workflow, step),
        entries=posted,
        observations=rules.observations(step, values, case.values_at(step.id)),
        steps=(_journal_step(kind, case, step, move, changes, checks.kept(warned)),),
        evidence=move.evidence,
        note=move.reason.strip() or None,
        id=move.id,
    )


def _given(move: Move, changes: Values) -> Values:
    return {name: value for name, value in changes.items() if name in move.changes}


def _set_by(kind: Kind, case: Case, step: Transition, changes: Values) -> Values:
    """What the step itself sets: fields asked for afresh and not given are empty again, others are copied."""
    left = rules.carried(kind.form, step.id, case.values)
    made = {name: left.get(name) for name, was in case.values.items() if left.get(name) != was and name not in changes}
    return made | {field: (case.values | changes).get(other) for field, other in step.copies.items()}


def _unsaid(step: Transition, move: Move) -> Iterator[NamedError]:
    if step.reason and not move.reason.strip():
        yield ReasonMissing(place="reason", step_zh=step.zh, step_en=step.en)
    if step.evidence and not move.evidence:
        yield EvidenceMissing(place="evidence", step_zh=step.zh, step_en=step.en)


def _open_step(kind: Kind, case: Case, move: Move) -> Transition:
    workflow = kind.workflow
    step = workflow.transition(move.transition)
    if step is None:
        names = "、".join(t.id for t in workflow.transitions)
        raise StepUnknown(workflow=workflow.id, step=move.transition, open=names)
    if move.rests_on != case.no:
        raise StepOutdated(case=case.id, now=case.no, seen=move.rests_on)
    open_now = rules.open_steps(workflow, case.state, case.values | dict(move.changes))
    along = bool(move.led_by) and step.led and case.state in step.leaves
    if step not in open_now and not along:
        raise _not_open(workflow, case, step, open_now)
    return step


def _not_open(
    workflow: Workflow, case: Case, step: Transition, open_now: tuple[Transition, ...]
) -> StepNotOpen | StepTakenBefore:
    before = next((taken for taken in reversed(case.steps) if taken.transition == step.id), None)
    state = workflow.state(case.state)
    if before is not None and state is not None and state.final:
        at = before.happened_at.astimezone(CITY_TIME).date().isoformat()
        return StepTakenBefore(case=case.id, at=at, org=before.acting_for, step_zh=step.zh, step_en=step.en)
    return StepNotOpen(
        case=case.id,
        state_zh=state.zh if state else case.state,
        state_en=state.en if state else case.state,
        step_zh=step.zh,
        step_en=step.en,
        open_zh="、".join(t.zh for t in open_now) or "无",
        open_en=", ".join(t.en for t in open_now) or "none",
    )


def _parties(kind: Kind, case: Case, step: Transition, move: Move, values: Values) -> None:
    """Who a party is stands in the form before the step; the step itself names only whom nobody was named for."""
    if move.signer.role == CLOCK and _led_to(kind, case, step, move):
        return
    if move.led_by and step.bound and case.values.get(step.bound) == move.led_by:
        return
    parties = [p for p in kind.workflow.parties if p.id in step.by]
    old = case.values
    if not any(rules.is_party(p, move.signer, old if rules.org_of(p, old) else values) for p in parties):
        raise PartyNotYours(
            step_zh=step.zh,
            step_en=step.en,
            parties_zh="、".join(p.zh for p in parties),
            parties_en=", ".join(p.en for p in parties),
        )


def _led_to(kind: Kind, case: Case, step: Transition, move: Move) -> bool:
    """Whether a clock that leads to the step is up."""
    last = case.steps[-1] if case.steps else None
    if last is None:
        return False
    return any(
        clock.leads_to == step.id and up_at(kind, clock, begun, case.values) <= move.happened_at
        for clock, begun in running(kind, case, "", last.happened_at)
    )


def _rule(workflow: Workflow, step: Transition) -> str:
    cite = (step.cites or workflow.cites)[0]
    return f"{cite.source} {cite.clause}"


def _journal_step(kind: Kind, case: Case, step: Transition, move: Move, changes: Values, warned: list[Values]) -> Step:
    values = case.values | changes
    seen_by = [rules.concerned(kind.workflow, kind.form, told) for told in (values, case.values)]
    data: Values = {"set": changes, "parties": sorted(set().union(*seen_by))}
    if move.led_by:
        data["led_by"] = move.led_by
    if step.signs or move.mandate:
        data["signed"] = signing.signature(case, move, values)
    if warned:
        data["warnings"] = warned
    holder = next((p for p in kind.workflow.parties if p.id == step.holder), None)
    ups = (due_after(kind, replace(case, values=values), step.id, move.happened_at), corrections.due(kind, case))
    return Step(
        case=case.id,
        no=case.no + 1,
        workflow=kind.workflow.id,
        transition=step.id,
        state=step.enters,
        holder=(rules.org_of(holder, values) or holder.id) if holder else None,
        due_at=min((up for up in ups if up is not None), default=None),
        data=data,
    )


def act(connection: Connection[Any], kind: Kind, case: Case, move: Move) -> Outcome:
    """Take a step: draft its record and append it; the same move again is a duplicate.

    Corrections (wufei.workflow.corrections) are steps as well. Raises what ``draft`` raises, and StepOutdated when
    somebody else was first.
    """
    if any(step.record == move.id for step in case.steps):
        return Outcome(move.id, "duplicate")
    with connection.transaction():
        outcomes = append(connection, _records(connection, kind, case, move))
    refused = next((o for o in outcomes if o.error is not None), outcomes[0])
    if refused.error is not None and refused.error.code == "step_taken":
        raise StepOutdated(case=case.id, now=case.no + 1, seen=case.no) from refused.error
    return replace(outcomes[0], error=refused.error)


def _records(connection: Connection[Any], kind: Kind, case: Case, move: Move) -> list[Record]:
    """The record of the step, and those of the steps of other cases that go along."""
    if move.transition in corrections.STEPS:
        asked = move.transition in corrections.CHANGING
        known = facts.gather(connection, kind, case, move) if asked else NOTHING_KNOWN
        return [corrections.draft(kind, case, move, known)]
    step = kind.workflow.transition(move.transition)
    known = facts.gather(connection, kind, case, move) if step is not None and step.checks else NOTHING_KNOWN
    record = draft(kind, case, move, stock(connection, kind, case, move), known)
    return [record, *leading.records(connection, kind, case, move, record, draft)]


def stock(connection: Connection[Any], kind: Kind, case: Case, move: Move) -> dict[rules.Stock, int]:
    """What stands on the case's own account, and of the lots whose rest the step posts."""
    step, changes = kind.workflow.transition(move.transition), dict(move.changes)
    held: dict[rules.Stock, int] = stock_of(connection, case.id) if _loaded(kind, case) else {}
    return held | (lots_on(connection, rules.rests(step, case.id, case.values | changes)) if step else {})


def _loaded(kind: Kind, case: Case) -> bool:
    """Whether anything can stand on the case's account: no step taken so far that posts leaves it empty."""
    steps = (kind.workflow.transition(name) for name in case.taken)
    return any(step is None or step.posts for step in steps)


def errors_of(error: NamedError) -> list[NamedError]:
    """The single errors of a refusal, or the error itself."""
    return list(error.errors) if isinstance(error, StepRefused) else [error]
