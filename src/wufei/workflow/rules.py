"""The rules of a case, over plain values: who may act, what is sealed, what is missing, and what a step posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from wufei.catalog.forms import Form, FormField, LineField, Requirement, When
from wufei.catalog.workflows import CASE, REST, End, Observing, Party, Posting, Transition, Workflow
from wufei.journal.records import Entry, Observation
from wufei.terms import NamedError
from wufei.workflow.errors import FormFieldEarly, FormFieldMissing, FormFieldSealed
from wufei.workflow.values import Values

Stock = tuple[str, str, str | None]  # an account, a stream, and a lot (its id as text)
Held = Mapping[Stock, int]  # grams
GRAMS = "克"  # the unit of the metrics that steps observe


@dataclass(frozen=True, slots=True)
class Signer:
    """Who takes a step: the organisation acted for and the role worn.

    ``also`` are the ids of organisations that were merged into it: it goes on with what they began.
    """

    org: str | None
    role: str
    also: frozenset[str] = frozenset()

    def speaks_for(self, org: str | None) -> bool:
        """Whether the signer acts for ``org`` or for what it went on as."""
        return org is not None and (org == self.org or org in self.also)


def holds(when: When, values: Mapping[str, Any], line: Mapping[str, Any] | None = None) -> bool:
    """Whether every field named has one of the values listed: of the line where it has the field, else of the form."""
    return all(_word(look(name, values, line)) in wanted for name, wanted in when.items())


def look(name: str, values: Mapping[str, Any], line: Mapping[str, Any] | None) -> Any:
    """The value of a field: of the line where it has it, else of the form."""
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


def concerned(workflow: Workflow, form: Form, values: Mapping[str, Any]) -> set[str]:
    """Whom and where a case concerns: its organisations, and the sites that the form names; they see it."""
    sites = {str(values[field.id]) for field in form.fields if field.type == "site" and values.get(field.id)}
    return orgs_of(workflow, values) | sites


def is_party(party: Party, signer: Signer, values: Mapping[str, Any]) -> bool:
    """Whether ``signer`` is ``party`` in a case with these values. A first step names its own party."""
    if party.roles and signer.role not in party.roles:
        return False
    if party.field is None:
        return bool(party.roles)
    return signer.org is not None and signer.speaks_for(org_of(party, values))


def open_steps(workflow: Workflow, state: str, values: Mapping[str, Any]) -> tuple[Transition, ...]:
    """The steps that can be taken from ``state`` with these values, whoever takes them."""
    return tuple(t for t in workflow.open_from(state) if not t.led and holds(t.when, values))


def steps_for(workflow: Workflow, state: str, values: Mapping[str, Any], signer: Signer) -> tuple[Transition, ...]:
    """Those of them that ``signer`` may take."""
    parties = {p.id: p for p in workflow.parties}
    return tuple(
        t for t in open_steps(workflow, state, values) if any(is_party(parties[p], signer, values) for p in t.by)
    )


def carried(form: Form, step: str, old: Values) -> Values:
    """The values that hold before ``step``: without those that it asks for afresh."""
    kept = dict(old)
    for field in form.fields:
        if field.anew and step in field.fill:
            kept.pop(field.id, None)
        again = {column.id for column in field.fields if column.anew and step in column.fill}
        if again and kept.get(field.id):
            kept[field.id] = [{k: v for k, v in line.items() if k not in again} for line in kept[field.id]]
    return kept


def refusals_of_changes(
    form: Form, step: Transition, taken: Iterable[str], changes: Values, old: Values
) -> Iterator[NamedError]:
    """What stands against changing these fields at ``step``, after the steps ``taken`` whose seals hold."""
    done = set(taken)
    for name, value in changes.items():
        field = form.own(name)
        if field is None or value == old.get(name):
            continue
        if field.type == "lines":
            yield from _line_changes(field, step, done, changes, old)
        else:
            yield from _change(field, step, done, name)


def _line_changes(
    field: FormField, step: Transition, done: set[str], changes: Values, values: Values
) -> Iterator[NamedError]:
    now, was = changes[field.id] or [], values.get(field.id) or []
    if len(now) != len(was):
        yield from _change(field, step, done, field.id)
    for number, (line, old) in enumerate(zip(now, was, strict=False)):
        for column in field.fields:
            if line.get(column.id) != old.get(column.id):
                past = column.sealed_up_to is None or number <= int(values.get(column.sealed_up_to) or 0)
                yield from _change(column, step, done if past else set(), f"{field.id}[{number + 1}].{column.id}")


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
                rules = [r for r in column.required if not r.line_of or number == int(values.get(r.line_of) or 0)]
                if _wanted(rules, step, values, line, opened_on) and line.get(column.id) in (None, ""):
                    yield _missing(column, f"{field.id}[{number + 1}].{column.id}")


def _wanted(rules: Iterable[Requirement], step: str, values: Values, line: Values | None, day: date) -> bool:
    return any(
        r.at == step and r.holds_on(day) and holds(r.when, values, line) and _differs(r, values, line) for r in rules
    )


def _differs(rule: Requirement, values: Values, line: Values | None) -> bool:
    pairs = ((look(a, values, line or {}), look(b, values, line or {})) for a, b in rule.differs)
    return not rule.differs or any(a != b for a, b in pairs)


def _missing(field: LineField, place: str) -> NamedError:
    return FormFieldMissing(place=place, label_zh=field.zh, label_en=field.en)


def observations(step: Transition, values: Values, before: Values) -> tuple[Observation, ...]:
    """What ``step`` observes; ``before`` is the form as it was when the step was last taken."""
    made: list[Observation] = []
    for each in step.observes:
        place = str(values.get(each.place) or "")
        if each.unit is not None:
            number = values.get(each.value)
            made += (
                [Observation(each.metric, place, Decimal(str(number)), each.unit)] if number not in {None, ""} else []
            )
            continue
        now, then = _sums(each, values), _sums(each, before)
        made += [
            Observation(each.metric, place, Decimal(now.get(stream, 0)), GRAMS, stream or None)
            for stream in sorted({*now, *then})
        ]
    return tuple(made)


def _sums(each: Observing, values: Values) -> dict[str, int]:
    """Grams by stream; all together under an empty name where no stream is named."""
    found: dict[str, int] = {} if each.stream or not values else {"": 0}
    for line in values.get(each.each) or []:
        name = str(line.get(each.stream) or "") if each.stream else ""
        found[name] = found.get(name, 0) + int(line.get(each.value) or 0)
    return found


def entries(step: Transition, case: str, values: Values, held: Held) -> tuple[Entry, ...]:
    """The entries that ``step`` makes; ``held`` is what stands on the accounts that a ``rest`` leaves, before it."""
    left = dict(held)
    made: list[Entry] = []
    for posting in step.posts:
        lines = values.get(posting.each) or [] if posting.each else [None]
        of_it = [line for line in lines if holds(posting.when, values, line)]
        streams = [str(look(posting.stream, values, line)) for line in of_it]
        for number, line in enumerate(of_it):
            last = streams[number] not in streams[number + 1 :]
            made += _posted(posting, case, values, line, left, last=last)
    return tuple(made)


def after(held: Held, made: Iterable[Entry]) -> dict[Stock, int]:
    """What stands on the accounts once these entries were made."""
    left = dict(held)
    for entry in made:
        _book(left, entry)
    return left


def of_stream(held: Held, account: str) -> dict[str, int]:
    """Grams on an account by stream, lots together."""
    found: dict[str, int] = {}
    for (key, stream, _lot), grams in held.items():
        if key == account and grams:
            found[stream] = found.get(stream, 0) + grams
    return {stream: grams for stream, grams in found.items() if grams}


def own_account(case: str) -> str:
    """The account on which a case holds mass."""
    return f"transit:{case.rpartition(':')[2]}"


def rests(step: Transition, case: str, values: Values) -> set[tuple[str, str]]:
    """The accounts and lots whose rest ``step`` posts, other than the case's own."""
    found = set()
    for posting in step.posts if any(p.mass == REST and p.leaves.at != CASE for p in step.posts) else ():
        for line in values.get(posting.each) or [] if posting.each else [None]:
            lot = look(posting.from_lot, values, line) if posting.from_lot else None
            if lot and posting.mass == REST:
                found.add((_account(posting.leaves, case, _looker(values, line)), str(lot)))
    return found


def _looker(values: Values, line: Values | None) -> Any:
    return lambda name: None if name is None else look(name, values, line)


def _posted(
    posting: Posting, case: str, values: Values, line: Values | None, left: dict[Stock, int], *, last: bool
) -> Iterator[Entry]:
    told = _looker(values, line)
    stream, source = str(told(posting.stream)), _account(posting.leaves, case, told)
    from_lot, to_lot = told(posting.from_lot), told(posting.to_lot)
    parts = [(from_lot, to_lot, int(told(posting.mass) or 0) if posting.mass != REST else None)]
    if posting.mass == REST:
        parts = [(from_lot, to_lot, left.get((source, stream, from_lot), 0))]
        others = [lot for key, kind, lot in left if (key, kind) == (source, stream) and lot != from_lot]
        if last and posting.leaves.at == CASE:
            parts += [(o, o if posting.to_lot else None, left[source, stream, o]) for o in sorted(others, key=str)]
    to_stream, target = told(posting.to_stream), _account(posting.enters, case, told)
    for lot, into, mass_g in parts:
        if mass_g:
            entry = _entry(source, target, stream, to_stream, mass_g, lot, into)
            _book(left, entry)
            yield entry


def _entry(
    source: str, target: str, stream: str, to_stream: Any, mass_g: int, from_lot: Any, to_lot: Any
) -> Entry:  # fmt: skip
    """The entry; where more came out than was put in (a mass below zero), the rest flows the other way."""
    if mass_g < 0:
        source, target, from_lot, to_lot, mass_g = target, source, to_lot, from_lot, -mass_g
    return Entry(
        source, target, stream, mass_g,
        from_lot=UUID(from_lot) if from_lot else None, to_lot=UUID(to_lot) if to_lot else None,
        to_stream=str(to_stream) if to_stream and to_stream != stream else None,
    )  # fmt: skip


def _book(left: dict[Stock, int], entry: Entry) -> None:
    out = (entry.from_account, entry.stream, str(entry.from_lot) if entry.from_lot else None)
    into = (entry.to_account, entry.to_stream or entry.stream, str(entry.to_lot) if entry.to_lot else None)
    left[out] = left.get(out, 0) - entry.mass_g
    left[into] = left.get(into, 0) + entry.mass_g


def _account(end: End, case: str, told: Any) -> str:
    place = case.rpartition(":")[2] if end.at == CASE else told(end.at)
    return f"{end.role}:{place}" + (f"/{end.detail}" if end.detail else "")
