"""Corrections of what was signed: minor fields at once and visibly, any other by the consent of the other signers.

A correction is a step of the case and leaves its state alone, so that it can be asked for on the road as well as years
after the end. Who refuses ends it; who is silent lets the clock run, after which the authority decides. Masses are
corrected in the book as well: once agreed, the background job posts the difference (wufei.workflow.settling), since
no single party may post at the accounts of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from wufei.catalog.forms import Form, LineField
from wufei.catalog.workflows import Clock, Corrections, Transition
from wufei.journal import Record, Step
from wufei.journal.records import new_id
from wufei.terms import NamedError
from wufei.workflow import checks, deadlines, replay, rules, signing
from wufei.workflow.cases import Case, Kind, Move, Taken
from wufei.workflow.correction_errors import (
    CorrectionDeclared,
    CorrectionEmpty,
    CorrectionKept,
    CorrectionLines,
    CorrectionNone,
    CorrectionNotMinor,
    CorrectionNotYet,
    CorrectionPending,
    CorrectionsNone,
    CorrectionStepUnknown,
)
from wufei.workflow.errors import PartyNotYours, ReasonMissing, StepOutdated, StepRefused, StepUnknown
from wufei.workflow.facts import NOTHING_KNOWN, Facts
from wufei.workflow.rules import Signer
from wufei.workflow.values import Values, checked
from wufei.workflow.working_days import CITY_TIME

SYSTEM = "system:corrections"
MINOR, PROPOSE, CONSENT, OBJECT = "amend_minor", "propose_correction", "consent_correction", "object_correction"
WITHDRAW, GRANT, REJECT, SETTLE = "withdraw_correction", "grant_correction", "reject_correction", "settle_correction"
_WORDS = {
    MINOR: ("更正次要内容", "Correct minor content"),
    PROPOSE: ("提出更正", "Propose a correction"),
    CONSENT: ("同意更正", "Consent to the correction"),
    OBJECT: ("不同意更正", "Object to the correction"),
    WITHDRAW: ("撤回更正", "Withdraw the correction"),
    GRANT: ("准予更正", "Grant the correction"),
    REJECT: ("不予更正", "Reject the correction"),
    SETTLE: ("更正过账", "Post the correction"),
}
STEPS = frozenset(_WORDS) - {SETTLE}
_REASONED = {PROPOSE, OBJECT, GRANT, REJECT}
CHANGING = frozenset({MINOR, PROPOSE})
_OPEN = ("asked", "consented")


@dataclass(frozen=True, slots=True)
class Pending:
    """A correction that waits: proposed at step ``no``, by whom, what it changes, who is asked and who consented."""

    no: int
    by: str
    changes: Values
    asks: tuple[str, ...]
    consents: tuple[str, ...]
    begun_at: datetime
    agreed: bool = False
    at: int = 0  # the number of the earlier step whose values it changes

    @property
    def earlier(self) -> Values:
        """What the step with which an earlier step's correction stands says of it; nothing of any other."""
        return {"at": self.at, "changes": self.changes} if self.at else {}

    @property
    def open_to(self) -> tuple[str, ...]:
        """Who has yet to answer."""
        return tuple(org for org in self.asks if org not in self.consents)


def pending(case: Case) -> Pending | None:
    """The correction that waits for an answer, or agreed for its posting; None when there is none."""
    found: Pending | None = None
    for step in case.steps:
        told = step.data.get("correction")
        if told is None or step.transition == MINOR:
            continue
        if step.transition == PROPOSE:
            asks = tuple(told["asks"])
            found = Pending(step.no, step.acting_for, told["changes"], asks, (), step.happened_at, at=told.get("at", 0))
        elif found is not None and told["outcome"] == "consented":
            found = replace(found, consents=(*found.consents, told["answers"]))
        if found is not None and told["outcome"] not in _OPEN:
            found = replace(found, agreed=True) if told["outcome"] == "agreed" else None
    return found


def due(kind: Kind, case: Case) -> datetime | None:
    """When the others must have answered the correction that waits; None when none does."""
    waits, declared = pending(case), kind.workflow.corrections
    return None if waits is None or waits.agreed or declared is None else _due(kind, declared, waits.begun_at)


def _due(kind: Kind, declared: Corrections, begun_at: datetime) -> datetime:
    return kind.calendar.due(begun_at, declared.answer)


def clock(kind: Kind, case: Case) -> deadlines.Running | None:
    """The clock of the correction that waits, as if it were declared; None when none does."""
    waits, up, declared = pending(case), due(kind, case), kind.workflow.corrections
    if waits is None or up is None or declared is None:
        return None
    made = Clock(
        id="correction", zh="更正答复", en="Answer to the correction", starts=(PROPOSE,), stops=(CONSENT,),
        limit=declared.answer, owner=declared.decides, tells=declared.by,
    )  # fmt: skip
    return deadlines.Running(made, waits.no, waits.begun_at, up)


def steps_for(kind: Kind, case: Case, signer: Signer) -> tuple[Transition, ...]:
    """The steps of a correction that are open to ``signer`` now, as transitions that lead nowhere else."""
    declared = kind.workflow.corrections
    if declared is None or not case.steps or case.state in declared.locked:
        return ()
    waits, own = pending(case), _is_party(kind, case, signer, declared.by)
    names = [MINOR] if own else []
    if waits is None and own and signed_by(case):
        names.append(PROPOSE)
    if waits is not None and not waits.agreed:
        names += [CONSENT, OBJECT] if any(map(signer.speaks_for, waits.open_to)) else []
        names += [WITHDRAW] if signer.speaks_for(waits.by) else []
        names += [GRANT, REJECT] if _is_party(kind, case, signer, (declared.decides,)) else []
    return tuple(transition(name, case.state) for name in names)


def transition(name: str, state: str) -> Transition:
    """A step of a correction as a transition from ``state`` to itself, for pages that list what can be done."""
    zh, en = _WORDS[name]
    return Transition(id=name, zh=zh, en=en, leaves=(state,), enters=state, by=("-",), reason=name in _REASONED)


def signed_by(case: Case) -> tuple[str, ...]:
    """The organisations that have signed, in order."""
    return tuple(dict.fromkeys(s.acting_for for s in case.steps if s.signed and s.acting_for != "-"))


def draft(kind: Kind, case: Case, move: Move, known: Facts = NOTHING_KNOWN) -> Record:
    """The record of one step of a correction, given what is known of those named in the form.

    Raises StepUnknown, StepOutdated, PartyNotYours, the errors of ``correction_errors``, and StepRefused with several.
    """
    declared = kind.workflow.corrections
    if declared is None or move.transition not in STEPS:
        known = "、".join(t.id for t in kind.workflow.transitions)
        raise StepUnknown(workflow=kind.workflow.id, step=move.transition, open=known)
    if move.rests_on != case.no:
        raise StepOutdated(case=case.id, now=case.no, seen=move.rests_on)
    if not case.steps or case.state in declared.locked:
        state = kind.workflow.state(case.state)
        told = (state.zh, state.en) if state else (case.state, case.state)
        raise CorrectionsNone(case=case.id, state_zh=told[0], state_en=told[1])
    zh, en = _WORDS[move.transition]
    errors: list[NamedError] = list(signing.refusals(case, move))
    if move.transition in _REASONED and not move.reason.strip():
        errors.append(ReasonMissing(place="reason", step_zh=zh, step_en=en))
    if errors:
        raise StepRefused(errors)
    changes, told = _DRAFTS[move.transition](kind, case, move, known)
    if move.transition in CHANGING:
        refused, _warned = checks.judge(declared, case.values | told.get("changes", changes), known, move)
        if refused:
            raise StepRefused(refused)
    return _record(kind, case, move, changes, told)


Drafted = tuple[Values, Values]  # what the step sets, and what it says of the correction


def _minor(kind: Kind, case: Case, move: Move, _known: Facts) -> Drafted:
    declared = _declared(kind)
    _must_be(kind, case, move, declared.by)
    changes, diff, fields = _changes(kind.form, case.values, move)
    material = [field for field in fields if not field.minor]
    if material:
        raise StepRefused([CorrectionNotMinor(label_zh=f.zh, label_en=f.en) for f in material])
    return changes, {"outcome": "applied", "diff": diff}


def _propose(kind: Kind, case: Case, move: Move, known: Facts) -> Drafted:
    declared, waits = _declared(kind), pending(case)
    _must_be(kind, case, move, declared.by)
    if waits is not None:
        raise CorrectionPending(no=waits.no)
    changes, diff, fields = _changes(kind.form, _base(kind, case, move), move)
    kept = [f for place, f in zip((d["place"] for d in diff), fields, strict=True) if _plain(place) in declared.keeps]
    if kept:
        raise StepRefused([CorrectionKept(label_zh=f.zh, label_en=f.en) for f in kept])
    at = move.corrects
    posts = replay.differences(kind, case, changes, at)
    _not_declared(case, posts, known)
    parties = rules.orgs_of(kind.workflow, case.values)
    asks = [org for org in signed_by(case) if org in parties and not move.signer.speaks_for(org)]
    told: Values = {"outcome": "asked", "changes": changes, "asks": asks, "diff": diff} | ({"at": at} if at else {})
    if asks:
        return {}, told
    if posts:
        return {}, told | {"outcome": "agreed"}
    return replay.standing_changes(kind, case, changes, at), told | {"outcome": "applied"}


def _base(kind: Kind, case: Case, move: Move) -> Values:
    """What a correction is laid over: the values now, or at an earlier step. Raises CorrectionStepUnknown."""
    return values_at(kind, case, move.corrects) if move.corrects else case.values


def values_at(kind: Kind, case: Case, no: int) -> Values:
    """The form as it was at the step ``no``, corrections made since laid over it. Raises CorrectionStepUnknown."""
    if not any(step.no == no and "correction" not in step.data for step in case.steps):
        raise CorrectionStepUnknown(no=no, count=case.no)
    return replay.as_told(kind, case)[no - 1]


def _plain(place: str) -> str:
    """A place such as ``wastes[1].stream`` as the name of its field: ``wastes.stream``."""
    head, _bracket, rest = place.partition("[")
    return head + (rest[rest.index("]") + 1 :] if rest else "")


def _not_declared(case: Case, posts: list[tuple[int, tuple[Any, ...]]], known: Facts) -> None:
    """Raise CorrectionDeclared when a mass would change that stands in a closed declaration."""
    for number, entries in posts:
        day = case.steps[number - 1].happened_at.astimezone(CITY_TIME).date()
        for entry in entries:
            for key in (entry.from_account, entry.to_account):
                site = key.partition(":")[2].partition("/")[0]
                period = next((p for p in known.declared.get(site, ()) if day in p), None)
                if period is not None:
                    raise CorrectionDeclared(site=site, period=str(period))


def _consent(kind: Kind, case: Case, move: Move, _known: Facts) -> Drafted:
    waits = _waits(case)
    org = _asked(waits, move.signer)
    told: Values = {"of": waits.no, "answers": org, "outcome": "consented"}
    if set(waits.open_to) - {org}:
        return {}, told
    return _agreed(kind, case, waits, told)


def _agreed(kind: Kind, case: Case, waits: Pending, told: Values) -> Drafted:
    """Set at once what moves no mass; what does is set when its difference is posted."""
    if replay.differences(kind, case, waits.changes, waits.at):
        return {}, told | {"outcome": "agreed"}
    changes = replay.standing_changes(kind, case, waits.changes, waits.at)
    return changes, told | {"outcome": "applied"} | waits.earlier


def _object(_kind: Kind, case: Case, move: Move, _known: Facts) -> Drafted:
    waits = _waits(case)
    return {}, {"of": waits.no, "answers": _asked(waits, move.signer), "outcome": "refused"}


def _withdraw(_kind: Kind, case: Case, move: Move, _known: Facts) -> Drafted:
    waits = _waits(case)
    if not move.signer.speaks_for(waits.by):
        raise CorrectionNone
    return {}, {"of": waits.no, "outcome": "withdrawn"}


def _decide(kind: Kind, case: Case, move: Move, _known: Facts) -> Drafted:
    declared, waits = _declared(kind), _waits(case)
    _must_be(kind, case, move, (declared.decides,))
    up = _due(kind, declared, waits.begun_at)
    if move.happened_at < up:
        raise CorrectionNotYet(due_at=up.astimezone(CITY_TIME).isoformat(timespec="minutes"))
    told: Values = {"of": waits.no, "outcome": "refused"}
    return _agreed(kind, case, waits, told) if move.transition == GRANT else ({}, told)


_DRAFTS: dict[str, Callable[[Kind, Case, Move, Facts], Drafted]] = {
    MINOR: _minor,
    PROPOSE: _propose,
    CONSENT: _consent,
    OBJECT: _object,
    WITHDRAW: _withdraw,
    GRANT: _decide,
    REJECT: _decide,
}


def _declared(kind: Kind) -> Corrections:
    assert kind.workflow.corrections is not None  # noqa: S101  # ``draft`` has looked
    return kind.workflow.corrections


def _waits(case: Case) -> Pending:
    waits = pending(case)
    if waits is None or waits.agreed:
        raise CorrectionNone
    return waits


def _asked(waits: Pending, signer: Signer) -> str:
    org = next(filter(signer.speaks_for, waits.open_to), None)
    if org is None:
        raise CorrectionNone
    return org


def _is_party(kind: Kind, case: Case, signer: Signer, names: tuple[str, ...]) -> bool:
    """Whether the signer is one of the parties, or was one: a carrier of a leg that is over may correct as well."""
    parties = [p for p in kind.workflow.parties if p.id in names]
    if any(rules.is_party(p, signer, case.values) for p in parties):
        return True
    orgs = rules.orgs_of(kind.workflow, case.values) if any(p.field for p in parties) else set()
    return any(map(signer.speaks_for, orgs))


def _must_be(kind: Kind, case: Case, move: Move, names: tuple[str, ...]) -> None:
    if not _is_party(kind, case, move.signer, names):
        parties = [p for p in kind.workflow.parties if p.id in names]
        zh, en = _WORDS[move.transition]
        told = {"parties_zh": "、".join(p.zh for p in parties), "parties_en": ", ".join(p.en for p in parties)}
        raise PartyNotYours(step_zh=zh, step_en=en, **told)


def _changes(form: Form, base: Values, move: Move) -> tuple[Values, list[Values], list[LineField]]:
    """What a correction changes as kept, as a diff, and the field of each line of the diff. Raises StepRefused."""
    changes, errors = checked(form, move.changes)
    for name, value in changes.items():
        field = form.own(name)
        if field is not None and field.type == "lines" and len(value or []) != len(base.get(name) or []):
            errors.append(CorrectionLines(place=name, label_zh=field.zh, label_en=field.en))
    if errors:
        raise StepRefused(errors)
    diff, fields = [], []
    for (name, number, column), was, now in replay.changed_cells(base, changes):
        place = name if number is None else f"{name}[{number + 1}].{column}"
        field = form.field(name if column is None else f"{name}.{column}")
        if field is not None:
            diff.append({"place": place, "was": was, "now": now})
            fields.append(field)
    if not diff:
        raise CorrectionEmpty
    return changes, diff, fields


def _record(kind: Kind, case: Case, move: Move, changes: Values, told: Values) -> Record:
    step = step_of(kind, case, move.transition, changes, told, move.happened_at)
    values = case.values | changes | {"correction": told}
    data = (step.data or {}) | {"signed": signing.signature(case, move, values)}
    return Record(
        happened_at=move.happened_at,
        period=move.happened_at.astimezone(CITY_TIME).strftime("%Y-%m"),
        basis="manifested",
        actor=move.actor,
        acting_for=move.signer.org or "-",
        rule=rule(kind),
        steps=(replace(step, data=data),),
        evidence=move.evidence,
        note=move.reason.strip() or None,
        id=move.id,
    )


def rule(kind: Kind) -> str:
    """What the correction rests on, as records cite it."""
    cites = _declared(kind).cites or kind.workflow.cites
    return f"{cites[0].source} {cites[0].clause}"


def step_of(kind: Kind, case: Case, name: str, changes: Values, told: Values, at: datetime) -> Step:
    """The step: the case stays where it is; who is asked holds it until all have answered."""
    parties = sorted(rules.concerned(kind.workflow, kind.form, case.values))
    data: Values = {"set": changes, "parties": parties, "correction": told}
    taken = Taken(case.no + 1, name, case.state, "-", "-", at, at, new_id(), data)
    after = replace(case, no=case.no + 1, steps=(*case.steps, taken))
    waits = pending(after)
    holder = SYSTEM if waits and waits.agreed else waits.open_to[0] if waits else _holder(kind, case)
    ups = [running.due_at for running in deadlines.clocks(kind, case)]
    ups += [up for up in (due(kind, after),) if up is not None]
    return Step(case.id, case.no + 1, kind.workflow.id, name, case.state, holder, min(ups, default=None), data)


def _holder(kind: Kind, case: Case) -> str | None:
    """Who must act next, corrections apart."""
    for step in reversed(case.steps):
        if (found := kind.workflow.transition(step.transition)) is not None:
            party = next((p for p in kind.workflow.parties if p.id == found.holder), None)
            return (rules.org_of(party, case.values) or party.id) if party else None
    return None
