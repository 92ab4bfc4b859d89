"""Taking steps under a hat: what pages and programs both call. Beginning a case is its first step.

A step sent again with the same key is the same step. It rests on the number that its sender saw; when others moved the
case since, ``meanwhile`` says who and how. Who acts in another organisation's stead does so by a mandate that covers
the step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from psycopg import Connection

from wufei.catalog.workflows import Transition
from wufei.journal.records import Evidence, new_id
from wufei.registry.access import Wearer
from wufei.terms import NamedError
from wufei.workflow import corrections, engine, in_stead, prefill, rules
from wufei.workflow.cases import new_case
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
    gave a mandate; ``key`` makes the step the same when it is sent again, and so does ``id``, the record's own, where
    whoever asks has made it. ``device``, ``device_at`` (its clock) and ``place`` tell on what and where it was signed;
    ``received_at`` is when it arrived, where that was not now.
    """

    transition: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    rests_on: int | None = None
    happened_at: datetime | None = None
    reason: str = ""
    acting_for: str | None = None
    evidence: tuple[Evidence, ...] = ()
    device: str = ""
    device_at: datetime | None = None
    place: str = ""
    method: str = "account"
    key: str = ""
    id: UUID | None = None
    received_at: datetime | None = None
    corrects: int = 0  # the number of an earlier step, to correct it


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


def openings(kind: Kind, case: Case, hat: Wearer, signers: tuple[Signer, ...]) -> tuple[Opening, ...]:
    """The steps that the hat may take in the case, corrections last; for its own organisation where it can."""
    if not signs(hat):
        return ()
    found: dict[str, Opening] = {}
    for signer in signers:
        steps = rules.steps_for(kind.workflow, case.state, case.values, signer)
        for step in (*steps, *corrections.steps_for(kind, case, signer)):
            found.setdefault(step.id, Opening(step, signer.org, signer.org != hat.org))
    order = {t.id: n for n, t in enumerate(kind.workflow.transitions)}
    return tuple(sorted(found.values(), key=lambda o: order.get(o.step.id, len(order))))


def begin(connection: Connection[Any], hat: Wearer, workflow_id: str, wish: Wish, *, fresh: bool = False) -> Done:
    """Open a case by its first step; ``fresh`` says that it was never tried before, so that no such number is sought.

    Raises WorkflowUnknown and what ``take`` raises.
    """
    move_id = _id_of(hat, wish)
    at = wish.happened_at or datetime.now(UTC)
    kind = kind_of(workflow_id, at.astimezone(CITY_TIME).date())
    if wish.key and kind.workflow.one_per and (before := engine.taken_as(connection, move_id)):
        return _again(before, wish)  # what the system gives may be another number by now
    wish = _prefilled(connection, kind, new_case(kind), wish)
    case = new_case(kind, wish.changes, move_id)
    named = bool(wish.key or wish.id) and not fresh  # else the number is new, and there is nothing to find
    if named or kind.workflow.one_per:
        with contextlib.suppress(CaseUnknown):
            case = engine.read(connection, case.id)
    return _take(connection, hat, kind, case, wish, move_id)


def take(connection: Connection[Any], hat: Wearer, case_id: str, wish: Wish) -> Done:
    """Take a step of a case under a hat.

    Raises CaseUnknown, KeyReused, StepOutdated, RoleSignsNot, the mandate's own errors, what ``engine.draft`` raises
    and what the journal refuses with.
    """
    return take_in(connection, hat, engine.read(connection, case_id), wish)


def take_in(connection: Connection[Any], hat: Wearer, case: Case, wish: Wish) -> Done:
    """The same in a case as it was just read; whoever moves it meanwhile is seen by the journal."""
    kind = kind_of_case(case)
    return _take(connection, hat, kind, case, _prefilled(connection, kind, case, wish), _id_of(hat, wish))


def _prefilled(connection: Connection[Any], kind: Kind, case: Case, wish: Wish) -> Wish:
    """The wish with what the system itself gives at the step."""
    return replace(wish, changes=prefill.filled(connection, kind, case, wish.transition, wish.changes))


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
    if wish.id is not None:
        return wish.id
    if not wish.key:
        return new_id()
    return uuid5(NAMESPACE_URL, f"wufei-step:{hat.actor}:{hat.org or ''}:{wish.key}")


def _take(connection: Connection[Any], hat: Wearer, kind: Kind, case: Case, wish: Wish, move_id: UUID) -> Done:
    earlier = next((step for step in case.steps if step.record == move_id), None)
    if earlier is not None:
        return _again((case.id, earlier.no, earlier.transition, move_id), wish)
    if not signs(hat):
        raise RoleSignsNot
    if wish.rests_on is not None and wish.rests_on != case.no:
        raise StepOutdated(case=case.id, now=case.no, seen=wish.rests_on)
    move = _move(connection, hat, kind, case, wish, move_id)
    outcome = engine.act(connection, kind, case, move)
    if outcome.error is not None:
        raise outcome.error
    return Done(case.id, case.no + 1, outcome.outcome, outcome.id)


def _again(before: tuple[str, int, str, UUID], wish: Wish) -> Done:
    """A step that was taken under the same key before. Raises KeyReused."""
    case, no, transition, record = before
    if transition != wish.transition:
        raise KeyReused(step=transition)
    return Done(case, no, "duplicate", record)


def _move(connection: Connection[Any], hat: Wearer, kind: Kind, case: Case, wish: Wish, move_id: UUID) -> Move:
    org = _speaks_for(hat, kind, case, wish)
    now, speaker = datetime.now(UTC), in_stead.signer(connection, hat, org)
    move = Move(
        wish.transition, wish.changes, case.no, wish.happened_at or now, hat.actor, speaker, method=wish.method,
        reason=wish.reason, evidence=wish.evidence, device=wish.device, device_at=wish.device_at,
        received_at=wish.received_at or now,
        place=wish.place, corrects=wish.corrects, id=move_id,
    )  # fmt: skip
    if org is None or org == hat.org:
        return move
    mandate = in_stead.covering(connection, hat, kind, case, move)
    return replace(move, mandate=str(mandate.pk), method="standing_mandate")


def _speaks_for(hat: Wearer, kind: Kind, case: Case, wish: Wish) -> str | None:
    """The organisation named in the wish; else the hat's own, unless only one that gave it a mandate is the party."""
    if wish.acting_for:
        return wish.acting_for
    parties = in_stead.party_orgs(kind, case, dict(wish.changes), wish.transition)
    if not parties or hat.org in parties:
        return hat.org
    given = sorted(parties & in_stead.givers(hat)) or sorted(parties & in_stead.once_givers(hat))
    return given[0] if given else hat.org
