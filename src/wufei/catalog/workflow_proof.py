"""What is proved of every declared workflow before anything runs: names, ways, clocks and mass.

Mass conserves by construction, since a posting is an entry from one account to another. What remains to prove is that
no way through the workflow leaves mass on the account of the case (in transit) when the case ends, and that none takes
from it what was never put there. Each state is visited with the account empty or perhaps not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from wufei.catalog.forms import Form, LineField, When
from wufei.catalog.workflow_errors import (
    WorkflowClockNeverStops,
    WorkflowClockOwnerless,
    WorkflowDeadEnd,
    WorkflowFieldMistyped,
    WorkflowFinalLeft,
    WorkflowMassFromNothing,
    WorkflowMassLeft,
    WorkflowNameTwice,
    WorkflowNameUnknown,
    WorkflowPostingUnsound,
    WorkflowStateUnreachable,
)
from wufei.catalog.workflow_given import prove_given
from wufei.catalog.workflows import CASE, REST, Posting, Transition, Workflow
from wufei.terms import NamedError

Place = Callable[[tuple[int | str, ...]], str]
Errors = Iterator[NamedError]
_SITES = ("site", "storage", "facility")


def prove(workflow: Workflow, form: Form, place: Place) -> Errors:
    """Every error of ``workflow`` over ``form``; ``place`` gives file and line of a field of the workflow's file."""
    names = [*_twice(workflow, form, place), *_names(workflow, form, place), *prove_given(workflow, form, place)]
    yield from names
    if names:
        return  # ways and postings only make sense over names that exist
    yield from _ways(workflow, place)
    yield from _clocks(workflow, place)
    for number, step in enumerate(workflow.transitions):
        for at, posting in enumerate(step.posts):
            yield from _posting(form, step, posting, place(("transitions", number, "posts", at)))
    yield from _mass(workflow, place)


def _twice(workflow: Workflow, form: Form, place: Place) -> Errors:
    groups: tuple[tuple[str, Iterable[Any]], ...] = (
        ("states", workflow.states), ("transitions", workflow.transitions), ("parties", workflow.parties),
        ("clocks", workflow.clocks), ("fields", form.fields), *(("fields", f.fields) for f in form.fields),
    )  # fmt: skip
    for key, things in groups:
        seen: set[str] = set()
        for number, thing in enumerate(things):
            if thing.id in seen:
                yield WorkflowNameTwice(place=place((key, number) if key != "fields" else ()), name=thing.id)
            seen.add(thing.id)


def _names(workflow: Workflow, form: Form, place: Place) -> Errors:
    states, steps = {s.id for s in workflow.states}, {t.id for t in workflow.transitions}
    parties = {p.id for p in workflow.parties}

    def unknown(names: Iterable[str | None], known: set[str], what: tuple[str, str], at: str) -> Errors:
        for name in names:
            if name is not None and name not in known:
                yield WorkflowNameUnknown(place=at, what_zh=what[0], what_en=what[1], name=name)

    state, step, party = ("状态", "state"), ("步骤", "step"), ("参与方", "party")
    yield from unknown([workflow.start], states, state, place(("start",)))
    for number, t in enumerate(workflow.transitions):
        at = place(("transitions", number))
        yield from unknown([*t.leaves, t.enters], states, state, at)
        yield from unknown([*t.by, *t.tells, t.holder], parties, party, at)
        yield from _unknown_fields(form, _when_fields(t.when), at)
    for number, c in enumerate(workflow.clocks):
        at = place(("clocks", number))
        yield from unknown([*c.starts, *c.stops, c.leads_to], steps, step, at)
        yield from unknown(c.tells, parties, party, at)
        if c.until is not None:
            yield from _typed(form, c.until, ("moment",), ("期限", "The deadline"), at)
    for number, p in enumerate(workflow.parties):
        fields = [p.field] if p.field else []
        yield from _unknown_fields(form, fields + ([p.turn] if p.turn else []), place(("parties", number)))
    for field in _every_field(form):
        named = [*field.fill, field.sealed_from, *(r.at for r in field.required)]
        yield from unknown(named, steps, step, place(("form",)))


def _every_field(form: Form) -> Iterator[LineField]:
    for field in form.fields:
        yield field
        yield from field.fields


def _when_fields(when: When) -> list[str]:
    return list(when)


def _unknown_fields(form: Form, names: Iterable[str], at: str) -> Errors:
    for name in names:
        if form.field(name) is None:
            yield WorkflowNameUnknown(place=at, what_zh="表单项", what_en="field", name=name)


def _ways(workflow: Workflow, place: Place) -> Errors:
    reached = _reached([workflow.start], lambda s: {t.enters for t in workflow.open_from(s)})
    finals = [s.id for s in workflow.states if s.final]
    ending = _reached(finals, lambda s: {left for t in workflow.transitions if t.enters == s for left in t.leaves})
    for number, state in enumerate(workflow.states):
        at = place(("states", number))
        if state.id not in reached:
            yield WorkflowStateUnreachable(place=at, state=state.id)
        elif state.id not in ending:
            yield WorkflowDeadEnd(place=at, state=state.id)
    for number, step in enumerate(workflow.transitions):
        for left in sorted(set(step.leaves) & set(finals)):
            yield WorkflowFinalLeft(place=place(("transitions", number)), step=step.id, state=left)


def _reached(begin: Iterable[str], follow: Callable[[str], set[str]]) -> set[str]:
    reached, queue = set(begin), deque(begin)
    while queue:
        for other in follow(queue.popleft()) - reached:
            reached.add(other)
            queue.append(other)
    return reached


def _clocks(workflow: Workflow, place: Place) -> Errors:
    parties = {p.id for p in workflow.parties}
    for number, clock in enumerate(workflow.clocks):
        at = place(("clocks", number))
        if clock.owner not in parties:
            yield WorkflowClockOwnerless(place=at, clock=clock.id, owner=clock.owner)
        for start in clock.starts:
            begun = workflow.transition(start)
            after = _reached([begun.enters], lambda s: {t.enters for t in workflow.open_from(s)}) if begun else set()
            stops = [workflow.transition(stop) for stop in clock.stops]
            if not any(stop and after & set(stop.leaves) for stop in stops):
                yield WorkflowClockNeverStops(place=at, clock=clock.id)


def _posting(form: Form, step: Transition, posting: Posting, at: str) -> Errors:
    leaves, enters = posting.leaves, posting.enters

    def unsound(why_zh: str, why_en: str) -> NamedError:
        return WorkflowPostingUnsound(place=at, step=step.id, why_zh=why_zh, why_en=why_en)

    if (leaves.role, leaves.at, leaves.detail) == (enters.role, enters.at, enters.detail):
        yield unsound("转出和转入是同一个账户", "it leaves and enters one account")
    if posting.to_stream is not None and not {"process", "adjustment"} & {leaves.role, enters.role}:
        yield unsound("只有处理过程或调整可以改变废物种类", "only a process or an adjustment changes the stream")
    for end in (leaves, enters):
        if (end.role == "transit") != (end.at == CASE):
            yield unsound("在途账户只能属于案件本身", "transit belongs to the case itself, and nothing else does")
    prefix = f"{posting.each}." if posting.each else ""
    if posting.each is not None:
        yield from _typed(form, posting.each, ("lines",), ("逐行过账", "Posting line by line"), at)
    wanted: list[tuple[str | None, tuple[str, ...], tuple[str, str]]] = [
        (posting.stream, ("stream",), ("废物种类", "The stream")),
        (posting.to_stream, ("stream",), ("废物种类", "The stream")),
        (None if posting.mass == REST else posting.mass, ("mass",), ("质量", "The mass")),
        (posting.from_lot, ("lot",), ("批次", "The lot")),
        (posting.to_lot, ("lot",), ("批次", "The lot")),
        *((None if end.at == CASE else end.at, _SITES, ("场所", "The place")) for end in (leaves, enters)),
    ]
    for name, types, use in wanted:
        if name is not None:
            yield from _typed(form, prefix + name if form.field(prefix + name) else name, types, use, at)


def _typed(form: Form, name: str, types: tuple[str, ...], use: tuple[str, str], at: str) -> Errors:
    field = form.field(name)
    if field is None:
        yield WorkflowNameUnknown(place=at, what_zh="表单项", what_en="field", name=name)
    elif field.type not in types:
        wanted = "/".join(types)
        yield WorkflowFieldMistyped(place=at, field=name, type=field.type, wanted=wanted, use_zh=use[0], use_en=use[1])


def _mass(workflow: Workflow, place: Place) -> Errors:
    """Walk every state with the case's account empty or perhaps not; name the shortest way to each error."""
    finals = {s.id for s in workflow.states if s.final}
    ways: dict[tuple[str, bool], tuple[str, ...]] = {(workflow.start, False): ()}
    queue = deque(ways)
    told: set[str] = set()
    while queue:
        state, held = queue.popleft()
        way = ways[state, held]
        if state in finals and held and state not in told:
            told.add(state)
            yield WorkflowMassLeft(place=place(("states",)), path=" → ".join(way))
        for step in workflow.open_from(state):
            for after, sound in _after(step, held):
                if not sound and step.id not in told:
                    told.add(step.id)
                    path = " → ".join((*way, step.id))
                    yield WorkflowMassFromNothing(place=place(("transitions",)), step=step.id, path=path)
                if (step.enters, after) not in ways:
                    ways[step.enters, after] = (*way, step.id)
                    queue.append((step.enters, after))


def _after(step: Transition, held: bool) -> Iterator[tuple[bool, bool]]:  # noqa: FBT001  # a state of the walk
    """What may stand on the case's account after ``step``, and whether the step takes only what may be there."""
    into = [p for p in step.posts if p.enters.role == "transit"]
    out = [p for p in step.posts if p.leaves.role == "transit"]
    sound = held or bool(into) or not any(p.mass != REST for p in out)
    emptied = any(p.mass == REST and not p.when for p in out)
    after = (held or bool(into)) and not emptied
    yield after, sound
    if after and not held and all(p.when for p in into):
        yield False, sound  # none of the conditions held: nothing was put there
