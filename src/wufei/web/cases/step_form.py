"""The form of a step: what it must and may fill as inputs, the lines with theirs, and the values that were typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from wufei.catalog.forms import LineField
from wufei.catalog.workflows import Transition
from wufei.terms import NamedError
from wufei.web.cases.boxes import Box, Unreadable, box, offer, read
from wufei.web.cases.things import Things
from wufei.web.language import lang
from wufei.workflow import rules
from wufei.workflow.engine import Case, Kind
from wufei.workflow.filling import Slot, slots, starting
from wufei.workflow.values import MOST_LINES, Values

_PLACE = re.compile(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?")


@dataclass
class Line:
    """One line of a table: its inputs, and which line of the case it was (empty for a new one)."""

    number: int
    old: str
    boxes: list[Box]


@dataclass
class Lines:
    """A table: its lines, and whether lines may be added and taken away."""

    field: LineField
    label: str
    help: str
    grows: bool
    must: bool
    rows: list[Line]
    errors: list[str] = field(default_factory=list)

    @property
    def lines(self) -> bool:
        """A table, not a single input (asked by the template)."""
        return True


class StepForm:
    """The form of one step, or of several that begin a case (a draft and its filing): what any of them may fill.

    ``given`` is what was sent, None when nothing was; ``start`` are values to begin with.
    """

    def __init__(
        self, things: Things, kind: Kind, case: Case, steps: Sequence[Transition], day: date,
        given: Mapping[str, Any] | None = None, start: Values | None = None,
    ) -> None:  # fmt: skip
        self.things, self.kind, self.case, self.given = things, kind, case, given
        self.held = starting(kind, case, steps[0]) | (start or {})
        found = [slots(kind, case, step, self.held, day) for step in steps]
        turns = {party.turn for party in kind.workflow.parties}
        joined = [_joined(same) for same in zip(*found, strict=True)]
        self.slots = [s for s in joined if s.field.id not in turns or s.field.required]  # the others follow from steps
        self.errors: list[str] = []
        self._built: dict[str, list[int]] = {}
        self.parts = {slot.field.id: self._part(slot) for slot in self.slots if slot.open}
        offer(things, list(self._boxes()), [*sorted(rules.orgs_of(kind.workflow, self.held)), things.hat.org or ""])

    @property
    def own(self) -> list[Box | Lines]:
        """What the step asks for."""
        return [self.parts[s.field.id] for s in self.slots if s.field.id in self.parts and s.own]

    @property
    def others(self) -> list[Box | Lines]:
        """What may be changed besides."""
        return [self.parts[s.field.id] for s in self.slots if s.field.id in self.parts and not s.own]

    def _boxes(self) -> Iterator[Box]:
        for part in self.parts.values():
            yield from (b for row in part.rows for b in row.boxes) if isinstance(part, Lines) else (part,)

    def _part(self, slot: Slot) -> Box | Lines:
        if slot.columns:
            return self._lines(slot)
        made = box(self.things, slot.field, f"f-{slot.field.id}", self.held.get(slot.field.id), self.given)
        made.must = slot.must
        return made

    def _lines(self, slot: Slot) -> Lines:
        one, english = slot.field, lang() == "en"
        rows = [self._line(slot, n, source) for n, source in enumerate(self._sources(slot))]
        return Lines(one, one.label(lang()), one.help_en if english else one.help_zh, slot.grows, slot.must, rows)

    def _sources(self, slot: Slot) -> list[tuple[int, str]]:
        """The lines to show: under which number they were sent, and which line of the case each was."""
        name = slot.field.id
        old = self.held.get(name) or []
        if self.given is None or f"n-{name}" not in self.given:
            return [(n, str(n)) for n in range(len(old))] or ([(0, "")] if slot.must or slot.own else [])
        count = _number(self.given.get(f"n-{name}")) or 0
        kept = [(n, str(self.given.get(f"o-{name}-{n}", ""))) for n in range(min(count, MOST_LINES))]
        kept = [(n, was) for n, was in kept if self.given.get("drop") != f"{name}-{n}"]
        return kept + ([(count, "")] if self.given.get("more") == name and len(kept) < MOST_LINES else [])

    def _line(self, slot: Slot, number: int, source: tuple[int, str]) -> Line:
        sent, was = source
        old = self._old(slot.field.id, was)
        boxes = []
        for column in slot.columns:
            name = f"f-{slot.field.id}-{sent}-{column.field.id}"
            made = box(self.things, column.field, name, old.get(column.field.id), self.given)
            made.name, made.must = f"f-{slot.field.id}-{number}-{column.field.id}", column.must
            if not column.may_at(number if was else MOST_LINES, self.held):
                made.fixed = self.things.show(column.field, old.get(column.field.id))
            if made.fixed is None or made.fixed.text:
                boxes.append(made)
        return Line(number, was, boxes)

    def _old(self, name: str, was: str) -> Values:
        lines, at = self.held.get(name) or [], _number(was)
        return lines[at] if at is not None and at < len(lines) else {}

    def changes(self) -> Values:
        """What was typed, where the step asks for it or it differs; what cannot be read is told at its input."""
        found: Values = {}
        for slot in self.slots:
            name, part = slot.field.id, self.parts.get(slot.field.id)
            if part is None:
                continue
            value = self._read_lines(slot, part) if isinstance(part, Lines) else self._read(slot.field, part)
            empty = value in (None, []) and name not in self.case.values
            if not empty and (slot.own or value != self.case.values.get(name)):
                found[name] = value
        return found

    def _read(self, one: LineField, made: Box) -> Any:
        try:
            return read(self.things, one, made.name, {made.name: made.value, f"{made.name}-unit": made.unit})
        except Unreadable as error:
            made.errors.append(str(error))
            return None

    def _read_lines(self, slot: Slot, table: Lines) -> list[Values]:
        lines, self._built[slot.field.id] = [], []
        for row in table.rows:
            line = dict(self._old(slot.field.id, row.old))
            for made in row.boxes:
                if made.fixed is None:
                    line[made.field.id] = self._read(made.field, made)
            line = {name: value for name, value in line.items() if value is not None}
            if line or row.old:
                lines.append(line)
                self._built[slot.field.id].append(row.number)
        return lines

    @property
    def wrong(self) -> bool:
        """Whether something that was typed cannot be read."""
        return any(made.errors for made in self._boxes())

    def tell(self, errors: Sequence[NamedError]) -> None:
        """Put each error at its input; those that belong to none stand above the form."""
        for error in errors:
            words = f"{error.text(lang())} {error.remedy(lang())}"
            target = self._target(error.place or "")
            (target.errors if target is not None else self.errors).append(words)

    def _target(self, place: str) -> Box | Lines | None:
        found = _PLACE.fullmatch(place)
        part = self.parts.get(found[1]) if found else None
        if found is None or not isinstance(part, Lines) or found[2] is None:
            return part
        built, at = self._built.get(found[1], []), int(found[2]) - 1
        row = next((r for r in part.rows if at < len(built) and r.number == built[at]), None)
        cell = next((b for b in row.boxes if b.field.id == found[3]), None) if row else None
        return cell or part


def _number(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 5 else None


def _joined(same: Sequence[Slot]) -> Slot:
    """One field at several steps: open when it is at any of them."""
    first = next((slot for slot in same if slot.may), same[0])
    columns = tuple(_joined(columns) for columns in zip(*(slot.columns for slot in same), strict=True))
    said = {name: any(getattr(slot, name) for slot in same) for name in ("may", "must", "own")}
    return replace(first, columns=columns, **said)
