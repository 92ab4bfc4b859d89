"""Taking steps under a hat: what pages and programs both call. Beginning a case is its first step.

A step sent again with the same key is the same step. It rests on the number that its sender saw; when others moved the
case since, ``meanwhile`` says who and how. Who acts in another organisation's stead does so by a mandate that covers
the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db.models import Q
from django.utils import timezone
from psycopg import Connection

from wufei.catalog.workflows import Transition
from wufei.journal import Record
from wufei.journal.asking import ask
from wufei.journal.records import Evidence, new_id
from wufei.registry import mandates
from wufei.registry.access import Wearer
from wufei.registry.models import Mandate
from wufei.terms import NamedError
from wufei.workflow import engine, rules
from wufei.workflow.engine import Case, Kind, Move, Taken
from wufei.workflow.errors import CaseUnknown, StepOutdated
from wufei.workflow.kinds import kind_of, kind_of_case, signs
from wufei.workflow.rules import Signer
from wufei.workflow.working_days import CITY_TIME


class KeyReused(NamedError):
    """An idempotency key that was sent before with another step."""

    code = "idempotency_key_reused"
    zh = "这个幂等键已用于步骤“{step}”。"
    en = "The idempotency key was used for the step “{step}”."
    remedy_zh = "新的步骤请换一个键；重发同一步骤时内容须不变。"
    remedy_en = "Take another key for another step; send the same step again unchanged."


class RoleSignsNot(NamedError):
    """A role that takes no steps."""

    code = "role_signs_not"
    zh = "您的角色不能签署。"
    en = "Your role does not sign."
    remedy_zh = "请由有签署权的人员办理。"
    remedy_en = "Let somebody with a signing role do it."


@dataclass(frozen=True, slots=True)
class Wish:
    """A step that somebody asks for.

    ``rests_on`` is the number of the last step seen (None: whatever it is now); ``acting_for`` an organisation that
    gave a mandate; ``key`` makes the step the same when it is sent again.
    """

    transition: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    rests_on: int | None = None
    happened_at: datetime | None = None
    reason: str = ""
    acting_for: str | None = None
    evidence: tuple[Evidence, ...] = ()
    device: str = ""
    method: str = "account"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A step that stands: of which case, as which number, ``appended`` now or a ``duplicate`` of before."""

    case: str
    no: int
    outcome: str
    record: UUID


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one of several steps."""

    case: str
    done: Done | None = None
    error: NamedError | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A step that the hat may take now, for which organisation, and whether by a mandate."""

    step: Transition
    acting_for: str | None
    by_mandate: bool = False


def givers(hat: Wearer) -> frozenset[str]:
    """The organisations whose mandates in force name the hat's organisation or person: one query."""
    return frozenset(_held_by(hat).values_list("org_id", flat=True)) - {hat.org}


def organisations(hat: Wearer) -> frozenset[str]:
    """Its own organisation and those it may act for."""
    return givers(hat) | ({hat.org} if hat.org else frozenset())


def openings(kind: Kind, case: Case, hat: Wearer, orgs: frozenset[str]) -> tuple[Opening, ...]:
    """The steps that the hat may take in the case, for its own organisation first, else for one of ``orgs``."""
    if not signs(hat):
        return ()
    found: dict[str, Opening] = {}
    for org in (hat.org, *sorted(orgs - {hat.org})):
        for step in rules.steps_for(kind.workflow, case.state, case.values, Signer(org, hat.role)):
            found.setdefault(step.id, Opening(step, org, org != hat.org))
    return tuple(found[t.id] for t in kind.workflow.transitions if t.id in found)


def begin(connection: Connection[Any], hat: Wearer, workflow_id: str, wish: Wish) -> Done:
    """Open a case by its first step. Raises WorkflowUnknown and what ``take`` raises."""
    move_id = _id_of(hat, wish)
    at = wish.happened_at or datetime.now(UTC)
    kind = kind_of(workflow_id, at.astimezone(CITY_TIME).date())
    case_id = f"{kind.workflow.case}:{move_id}"
    try:
        case = engine.read(connection, case_id)
    except CaseUnknown:
        case = Case(case_id, kind.workflow.id, kind.workflow.start)
    return _take(connection, hat, kind, case, wish, move_id)


def take(connection: Connection[Any], hat: Wearer, case_id: str, wish: Wish) -> Done:
    """Take a step of a case under a hat.

    Raises CaseUnknown, KeyReused, StepOutdated, RoleSignsNot, the mandate's own errors, what ``engine.draft`` raises
    and what the journal refuses with.
    """
    case = engine.read(connection, case_id)
    return _take(connection, hat, kind_of_case(case), case, wish, _id_of(hat, wish))


def take_many(connection: Connection[Any], hat: Wearer, wishes: Sequence[tuple[str, Wish]]) -> list[Told]:
    """Each step by itself, in order: one that is refused stops none of the others."""
    told = []
    for case_id, wish in wishes:
        try:
            told.append(Told(case_id, take(connection, hat, case_id, wish)))
        except NamedError as error:
            told.append(Told(case_id, error=error))
    return told


def meanwhile(connection: Connection[Any], case_id: str, seen: int) -> tuple[Taken, ...]:
    """The steps taken after the one that somebody saw."""
    return tuple(step for step in engine.read(connection, case_id).steps if step.no > seen)


def _id_of(hat: Wearer, wish: Wish) -> UUID:
    """The record's id: made of who sends and the key, so that a key of somebody else's is another."""
    if not wish.key:
        return new_id()
    return uuid5(NAMESPACE_URL, f"wufei-step:{hat.actor}:{hat.org or ''}:{wish.key}")


def _take(connection: Connection[Any], hat: Wearer, kind: Kind, case: Case, wish: Wish, move_id: UUID) -> Done:
    earlier = next((step for step in case.steps if step.record == move_id), None)
    if earlier is not None:
        if earlier.transition != wish.transition:
            raise KeyReused(step=earlier.transition)
        return Done(case.id, earlier.no, "duplicate", move_id)
    if not signs(hat):
        raise RoleSignsNot
    if wish.rests_on is not None and wish.rests_on != case.no:
        raise StepOutdated(case=case.id, now=case.no, seen=wish.rests_on)
    move = _move(connection, hat, kind, case, wish, move_id)
    outcome = engine.act(connection, kind, case, move)
    if outcome.error is not None:
        raise outcome.error
    return Done(case.id, case.no + 1, outcome.outcome, outcome.id)


def _move(connection: Connection[Any], hat: Wearer, kind: Kind, case: Case, wish: Wish, move_id: UUID) -> Move:
    org = _speaks_for(hat, kind, case, wish)
    move = Move(
        wish.transition, wish.changes, case.no, wish.happened_at or datetime.now(UTC), hat.actor,
        Signer(org, hat.role), method=wish.method, reason=wish.reason, evidence=wish.evidence, device=wish.device,
        id=move_id,
    )  # fmt: skip
    if org is None or org == hat.org:
        return move
    mandate = _covering(connection, hat, kind, case, move, org)
    return replace(move, mandate=str(mandate.pk), method="standing_mandate")


def _speaks_for(hat: Wearer, kind: Kind, case: Case, wish: Wish) -> str | None:
    """The organisation named in the wish; else the hat's own, unless only one that gave it a mandate is the party."""
    if wish.acting_for:
        return wish.acting_for
    step = kind.workflow.transition(wish.transition)
    parties = _party_orgs(kind, step, case.values | dict(wish.changes)) if step else set()
    if not parties or hat.org in parties:
        return hat.org
    given = sorted(parties & givers(hat))
    return given[0] if given else hat.org


def _party_orgs(kind: Kind, step: Transition, values: Mapping[str, Any]) -> set[str]:
    return {org for p in kind.workflow.parties if p.id in step.by and (org := rules.org_of(p, values))}


def _held_by(hat: Wearer) -> Any:
    taken = Q(to_person=hat.person_id) | (Q(to_org=hat.org) if hat.org else Q(pk=None))
    return mandates.in_force(timezone.localdate()).filter(taken)


def _covering(connection: Connection[Any], hat: Wearer, kind: Kind, case: Case, move: Move, org: str) -> Mandate:
    """The first mandate of ``org`` that covers the step; raises what stands against the last one looked at."""
    record = engine.draft(kind, case, move, engine.held_by(connection, case.id))
    step = kind.workflow.transition(move.transition)
    values = case.values | dict(move.changes)
    acts = [
        p.act for p in kind.workflow.parties if step and p.id in step.by and rules.org_of(p, values) == org and p.act
    ]
    refusal: NamedError = mandates.MandateActOutside(act=move.transition)
    for mandate in _held_by(hat).filter(org=org).order_by("granted_at", "pk"):
        try:
            _covers(connection, mandate, acts[0] if acts else move.transition, record)
        except NamedError as error:
            refusal = error
        else:
            return mandate
    raise refusal


def _covers(connection: Connection[Any], mandate: Mandate, act: str, record: Record) -> None:
    terms, day, used = mandates.terms_of(mandate), timezone.localdate(), used_g(connection, mandate)
    if not record.entries:
        mandates.covers(terms, act, (), "", 0, used, day)
    for entry in record.entries:
        ends = (entry.from_account, entry.to_account)
        site = next((end.partition(":")[2] for end in ends if not end.startswith("transit:")), "")
        mandates.covers(terms, act, mandates.stream_line(entry.stream), site, entry.mass_g, used, day)
        used += entry.mass_g


_USED = """
SELECT coalesce(sum(e.mass_g), 0)::bigint FROM journal.record r JOIN journal.step s USING (seq)
JOIN journal.entry e USING (seq) WHERE r.acting_for = %s AND s.data::jsonb #>> '{signed,mandate}' = %s"""


def used_g(connection: Connection[Any], mandate: Mandate) -> int:
    """Grams that were moved under the mandate so far."""
    row = ask(connection, _USED, (mandate.org_id, str(mandate.pk))).fetchone()
    return int(row[0]) if row else 0
