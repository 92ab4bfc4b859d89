"""What a case can know by itself: values that a function of the reports gives, and that nobody types.

A workflow names the function and the steps at which it is asked. Fields marked ``given`` take what it gives, whatever
was sent; all others are suggestions, taken where the sender said nothing. Lines are matched by the form's ``line_key``;
a column that ``starts_as`` a given one follows it until somebody writes something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from psycopg import Connection

from wufei.catalog.forms import FormField
from wufei.terms import NamedError
from wufei.workflow.cases import Case, Kind
from wufei.workflow.values import Values

Giver = Callable[[Connection[Any], Values], Values]
_givers: dict[str, Giver] = {}


class PrefillUnknown(NamedError):
    """A workflow names a function that nobody provides."""

    code = "prefill_unknown"
    zh = "流程“{workflow}”要用“{name}”预填，但没有这项功能。"
    en = "The workflow “{workflow}” is filled by “{name}”, which does not exist."
    remedy_zh = "可用：{known}。请改正流程文件中的 prefill。"
    remedy_en = "There are: {known}. Correct prefill in the workflow's file."


def giver(name: str) -> Callable[[Giver], Giver]:
    """Provide a function under the name that workflows use: the values known so far in, more values out."""

    def provide(function: Giver) -> Giver:
        _givers[name] = function
        return function

    return provide


def filled(connection: Connection[Any], kind: Kind, case: Case, transition: str, changes: Mapping[str, Any]) -> Values:
    """The changes of a step with what the system gives; the same where the workflow asks for nothing at the step.

    Raises PrefillUnknown and what the function raises.
    """
    asked = kind.workflow.prefill
    if asked is None or transition not in asked.at:
        return dict(changes)
    if asked.by not in _givers:
        raise PrefillUnknown(workflow=kind.workflow.id, name=asked.by, known="、".join(sorted(_givers)) or "-")
    made = _givers[asked.by](connection, case.values | dict(changes))
    found = {name: value for name, value in changes.items() if not _is_given(kind, name)}
    for field in kind.form.fields:
        if field.type == "lines" and field.id in made:
            found[field.id] = lines(field, made[field.id], changes.get(field.id), case.values.get(field.id))
        elif field.given:
            found[field.id] = made.get(field.id)
        elif field.id in made and field.id not in changes and case.values.get(field.id) in (None, "", []):
            found[field.id] = made[field.id]
    return found


def _is_given(kind: Kind, name: str) -> bool:
    field = kind.form.own(name)
    return field is not None and field.given


def lines(field: FormField, made: list[Values], sent: list[Values] | None, old: list[Values] | None) -> list[Values]:
    """The lines given, with what people said of each; lines that only people know follow without given columns."""
    said = {_key(field, line): line for line in (old if sent is None else sent) or [] if isinstance(line, Mapping)}
    before = {_key(field, line): line for line in old or []}
    found = []
    for line in made:
        key = _key(field, line)
        found.append(_line(field, line, said.pop(key, None), before.get(key)))
    given = {column.id for column in field.fields if column.given}
    return found + [{name: value for name, value in line.items() if name not in given} for line in said.values()]


def _key(field: FormField, line: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(line.get(name) for name in field.line_key)


def _line(field: FormField, made: Values, said: Mapping[str, Any] | None, old: Mapping[str, Any] | None) -> Values:
    kept = {c.id: made.get(c.starts_as) for c in field.fields if c.starts_as} | made
    for column in field.fields:
        value = said.get(column.id) if said is not None else None
        stale = column.starts_as and old is not None and value == old.get(column.starts_as)
        if not column.given and value is not None and not stale:
            kept[column.id] = value
    return {name: value for name, value in kept.items() if value is not None}
