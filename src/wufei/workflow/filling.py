"""What a step asks for: the fields that it must or may fill, and why the others stand still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from wufei.catalog.forms import Form, FormField, LineField
from wufei.catalog.workflows import Transition
from wufei.workflow.rules import holds
from wufei.workflow.values import Values


@dataclass(frozen=True, slots=True)
class Slot:
    """A field at a step.

    ``must``: the step cannot be taken without it, as far as the values tell. ``own``: the field names this step as the
    one that fills it, or must be filled by it. ``sealed_by`` is the step whose signature covers it, None without one.
    """

    field: LineField
    may: bool
    must: bool
    own: bool
    sealed_by: str | None
    columns: tuple[Slot, ...] = ()

    @property
    def grows(self) -> bool:
        """Whether lines may be added and taken away: the field is open and no column of a standing line is sealed."""
        return self.may and not any(column.sealed_by for column in self.columns)

    @property
    def open(self) -> bool:
        """Whether anything of it can be filled in."""
        return self.may if not self.columns else self.may and any(column.may for column in self.columns)


def slots(form: Form, step: Transition, taken: Iterable[str], values: Values, opened_on: date) -> tuple[Slot, ...]:
    """Every field of the form as it stands at ``step``, after the steps ``taken``."""
    done = frozenset(taken)
    return tuple(_slot(field, step, done, values, opened_on) for field in form.fields)


def _slot(field: LineField, step: Transition, done: frozenset[str], values: Values, day: date) -> Slot:
    columns = tuple(_slot(c, step, done, values, day) for c in field.fields) if isinstance(field, FormField) else ()
    sealed = field.sealed_from if field.sealed_from in done else None
    may = sealed is None and (not field.fill or step.id in field.fill)
    lines = values.get(field.id) if columns else None
    must = may and any(_asks(field, step, values, line, day) for line in [None, *(lines or [])])
    own = may and (must or step.id in field.fill or any(column.own for column in columns))
    return Slot(field, may, must, own, sealed, columns)


def _asks(field: LineField, step: Transition, values: Values, line: Values | None, day: date) -> bool:
    return any(r.at == step.id and r.holds_on(day) and holds(r.when, values, line) for r in field.required)


def sealed_by(form: Form, taken: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each field (``wastes`` or ``wastes.stream``) that a signature covers, and the step that was signed."""
    done = frozenset(taken)
    for field in form.fields:
        for name, one in ((field.id, field), *((f"{field.id}.{c.id}", c) for c in field.fields)):
            if one.sealed_from in done:
                yield name, str(one.sealed_from)
