"""The rules of a case, over plain values: who may act, what is sealed, what is missing, and what a step posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from wufei.catalog.forms import Form, FormField, LineField, Requirement, When
from wufei.catalog.workflows import CASE, REST, End, Party, Posting, Transition, Workflow
from wufei.journal.records import Entry
from wufei.terms import NamedError
from wufei.workflow.errors import FormFieldEarly, FormFieldMissing, FormFieldSealed
from wufei.workflow.values import Values

Held = Mapping[str, int]  # grams on the case's own account, by stream


@dataclass(frozen=True, slots=True)
class Signer:
    """Who takes a step: the organisation acted for and the role worn."""

    org: str | None
    role: str


def holds(when: When, values: Mapping[str, Any], line: Mapping[str, Any] | None = None) -> bool:
    """Whether every field named has one of the values listed: of the line where it has the field, else of the form."""
    return all(_word(_look(name, values, line)) in wanted for name, wanted in when.items())


def _look(name: str, values: Mapping[str, Any], line: Mapping[str, Any] | None) -> Any:
    name = name.rpartition(".")[2] if line is not None else name
    return line[name] if line is not None and name in line else values.get(name)


def _word(value: Any) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def org_of(party: Party, values: Mapping[str, Any]) -> str | None:
    """The organisation that is the party in this case; None when nobody is named yet or the party is a role."""
    if party.field is None:
        return None
    head, _dot, rest = party.field.partition(".")
    if not rest:
        found = values.get(head)
        return str(found) if found else None
    lines = values.get(head) or []
    turn = int(values.get(party.turn) or 0) if party.turn else 0
    return str(lines[turn].get(rest) or "") or None if turn < len(lines) else None


def orgs_of(workflow: Workflow, values: Mapping[str, Any]) -> set[str]:
    """Every organisation that is a party of the case or, in a relay, was or will be one."""
    found: set[str] = set()
    for party in workflow.parties:
        head, _dot, rest = (party.field or "").partition(".")
        named = [line.get(rest) for line in values.get(head) or []] if rest else [values.get(head)]
        found |= {str(org) for org in named if org}
    return found


def is_party(party: Party, signer: Signer, values: Mapping[str, Any]) -> bool:
    """Whether ``signer`` is ``party`` in a case with these values. A first step names its own party."""
    if party.roles and signer.role not in party.roles:
        return False
    if party.field is None:
        return bool(party.roles)
    return signer.org is not None and org_of(party, values) == signer.org


def open_steps(workflow: Workflow, state: str, values: Mapping[str, Any]) -> tuple[Transition, ...]:
    """The steps that can be taken from ``state`` with these values, whoever takes them."""
    return tuple(t for t in workflow.open_from(state) if holds(t.when, values))


def steps_for(workflow: Workflow, state: str, values: Mapping[str, Any], signer: Signer) -> tuple[Transition, ...]:
    """Those of them that ``signer`` may take."""
    parties = {p.id: p for p in workflow.parties}
    return tuple(
        t for t in open_steps(workflow, state, values) if any(is_party(parties[p], signer, values) for p in t.by)
    )


def refusals_of_changes(
    form: Form, step: Transition, taken: Iterable[str], changes: Values, old: Values
) -> Iterator[NamedError]:
    """What stands against changing these fields at ``step``, after the steps ``taken``."""
    done = set(taken)
    for name, value in changes.items():
        field = form.own(name)
        if field is None or value == old.get(name):
            continue
        if field.type == "lines":
            yield from _line_changes(field, step, done, value or [], old.get(name) or [])
        else:
            yield from _change(field, step, done, name)


def _line_changes(
    field: FormField, step: Transition, done: set[str], now: list[Values], was: list[Values]
) -> Iterator[NamedError]:
    if len(now) != len(was):
        yield from _change(field, step, done, field.id)
    for number, (line, old) in enumerate(zip(now, was, strict=False)):
        for column in field.fields:
            if line.get(column.id) != old.get(column.id):
                yield from _change(column, step, done, f"{field.id}[{number + 1}].{column.id}")


def _change(field: LineField, step: Transition, done: set[str], place: str) -> Iterator[NamedError]:
    if field.sealed_from in done:
        yield FormFieldSealed(
            place=place, label_zh=field.zh, label_en=field.en, step_zh=field.sealed_from, step_en=field.sealed_from
        )
    elif field.fill and step.id not in field.fill:
        yield FormFieldEarly(place=place, label_zh=field.zh, label_en=field.en)


def missing(form: Form, step: str, values: Values, opened_on: date) -> Iterator[NamedError]:
    """The fields that must be filled when ``step`` is signed and are not, by the rules of the day of opening."""
    for field in form.fields:
        if _wanted(field.required, step, values, None, opened_on) and values.get(field.id) in (None, "", []):
            yield _missing(field, field.id)
        for number, line in enumerate(values.get(field.id) or [] if field.type == "lines" else []):
            for column in field.fields:
                if _wanted(column.required, step, values, line, opened_on) and line.get(column.id) in (None, ""):
                    yield _missing(column, f"{field.id}[{number + 1}].{column.id}")


def _wanted(rules: Iterable[Requirement], step: str, values: Values, line: Values | None, day: date) -> bool:
    return any(r.at == step and r.holds_on(day) and holds(r.when, values, line) for r in rules)


def _missing(field: LineField, place: str) -> NamedError:
    return FormFieldMissing(place=place, label_zh=field.zh, label_en=field.en)


def entries(step: Transition, case: str, values: Values, held: Held) -> tuple[Entry, ...]:
    """The entries that ``step`` makes; ``held`` is what stands on the case's account before it, by stream."""
    left = dict(held)
    made: list[Entry] = []
    for posting in step.posts:
        for line in values.get(posting.each) or [] if posting.each else [None]:
            if holds(posting.when, values, line):
                made += _entry(posting, case, values, line, left)
    return tuple(made)


def _entry(posting: Posting, case: str, values: Values, line: Values | None, left: dict[str, int]) -> Iterator[Entry]:
    def look(name: str | None) -> Any:
        return None if name is None else _look(name, values, line)

    stream, to_stream = str(look(posting.stream)), look(posting.to_stream)
    source, target = _account(posting.leaves, case, look), _account(posting.enters, case, look)
    mass_g = left.get(stream, 0) if posting.mass == REST else int(look(posting.mass) or 0)
    if posting.leaves.at == CASE:
        left[stream] = left.get(stream, 0) - mass_g
    if posting.enters.at == CASE:
        left[str(to_stream or stream)] = left.get(str(to_stream or stream), 0) + mass_g
    if mass_g < 0:  # more came out than was put in: the rest flows the other way
        source, target, mass_g = target, source, -mass_g
    if mass_g:
        from_lot, to_lot = look(posting.from_lot), look(posting.to_lot)
        yield Entry(
            source, target, stream, mass_g,
            from_lot=UUID(from_lot) if from_lot else None, to_lot=UUID(to_lot) if to_lot else None,
            to_stream=str(to_stream) if to_stream and to_stream != stream else None,
        )  # fmt: skip


def _account(end: End, case: str, look: Any) -> str:
    return f"{end.role}:{case.rpartition(':')[2] if end.at == CASE else look(end.at)}"
