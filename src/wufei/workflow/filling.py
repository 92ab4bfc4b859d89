"""What a step asks for: the fields that it must or may fill, and why the others stand still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from wufei.catalog.forms import FormField, LineField
from wufei.catalog.workflows import Transition
from wufei.workflow import corrections
from wufei.workflow.engine import Case, Kind
from wufei.workflow.rules import carried, holds
from wufei.workflow.values import Values


@dataclass(frozen=True, slots=True)
class Slot:
    """A field at a step.

    ``may``: it can be filled (of lines: added and taken away); ``must``: the step cannot be taken without it, as far as
    the values tell. ``own``: the step is the one that fills it. ``sealed_by`` is the step whose signature covers it,
    None without one; a seal may cover only the lines up to a number: ``fills`` is whether the others can be filled.
    """

    field: LineField
    may: bool
    must: bool
    own: bool
    fills: bool
    sealed_by: str | None
    columns: tuple[Slot, ...] = ()
    counted: bool = True

    @property
    def partly(self) -> bool:
        """Whether the seal covers only some lines."""
        return self.sealed_by is not None and self.field.sealed_up_to is not None

    @property
    def grows(self) -> bool:
        """Whether lines may be added and taken away: the field is open and no column of a standing line is sealed."""
        return self.may and self.counted and not any(c.sealed_by and not c.partly for c in self.columns)

    @property
    def open(self) -> bool:
        """Whether anything of it can be filled in."""
        return any(c.may or (c.partly and c.fills) for c in self.columns) if self.columns else self.may

    def may_at(self, number: int, values: Values) -> bool:
        """Whether the column can be filled in the line of that number (from 0)."""
        if self.may or not self.partly:
            return self.may
        return self.fills and number > int(values.get(str(self.field.sealed_up_to)) or 0)


def starting(kind: Kind, case: Case, step: Transition) -> Values:
    """The values that a form begins with: without those that the step asks for afresh."""
    return carried(kind.form, step.id, case.values)


def slots(kind: Kind, case: Case, step: Transition, values: Values, day: date) -> tuple[Slot, ...]:
    """Every field of the form as it stands at ``step``, over ``values``; ``day`` is that of the case's opening."""
    if step.id in corrections.STEPS:
        return tuple(_corrected(kind, step, field) for field in kind.form.fields)
    done = case.sealing(kind.workflow)
    return tuple(_slot(field, step, done, values, day) for field in kind.form.fields)


def _slot(field: LineField, step: Transition, done: frozenset[str], values: Values, day: date) -> Slot:
    columns = tuple(_slot(c, step, done, values, day) for c in field.fields) if isinstance(field, FormField) else ()
    sealed = field.sealed_from if field.sealed_from in done else None
    fills = not field.given and (not field.fill or step.id in field.fill)
    may = sealed is None and fills
    lines = values.get(field.id) if columns else None
    must = may and any(_asks(field, step, values, line, day) for line in [None, *(lines or [])])
    own = (may and (must or step.id in field.fill)) or any(column.own for column in columns)
    return Slot(field, may, must, own, fills, sealed, columns)


def _asks(field: LineField, step: Transition, values: Values, line: Values | None, day: date) -> bool:
    return any(r.at == step.id and r.holds_on(day) and holds(r.when, values, line) for r in field.required)


def _corrected(kind: Kind, step: Transition, field: LineField) -> Slot:
    """A field at a correction: minor ones at once, the others by proposal, none where somebody only answers."""
    declared = kind.workflow.corrections
    keeps = declared.keeps if declared else ()

    def may(one: LineField, name: str) -> bool:
        if one.given or name in keeps:
            return False
        return one.minor if step.id == corrections.MINOR else step.id == corrections.PROPOSE

    inner = field.fields if isinstance(field, FormField) else ()
    columns = tuple(_changed(c, may=may(c, f"{field.id}.{c.id}")) for c in inner)
    own = any(column.may for column in columns) if columns else may(field, field.id)
    return _changed(field, may=own, columns=columns)


def _changed(field: LineField, *, may: bool, columns: tuple[Slot, ...] = ()) -> Slot:
    return Slot(field, may, must=False, own=may, fills=may, sealed_by=None, columns=columns, counted=False)


def sealed_by(kind: Kind, case: Case) -> Iterator[tuple[str, str]]:
    """Each field (``wastes`` or ``wastes.stream``) that a signature covers, and the step that was signed."""
    done = case.sealing(kind.workflow)
    for field in kind.form.fields:
        for name, one in ((field.id, field), *((f"{field.id}.{c.id}", c) for c in field.fields)):
            if one.sealed_from in done:
                yield name, str(one.sealed_from)
