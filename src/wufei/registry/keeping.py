"""How rows of the registry are written: only by named fields, each read and checked, all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import models, transaction

from wufei.catalog import Catalog
from wufei.registry.fields import Reader, missing
from wufei.terms import NamedError

Row = TypeVar("Row", bound=models.Model)
Check = Callable[[Any, Catalog], Iterable[NamedError]]
Prepare = Callable[[dict[str, Any], Any, Catalog], dict[str, Any]]


class FieldNotKept(NamedError):
    """A field that may not be written here."""

    code = "field_not_kept"
    zh = "字段“{field}”不能这样填写。"
    en = "The field “{field}” cannot be written here."
    remedy_zh = "请只提交表单上的字段；关闭、合并、接管和类别调整各有专门的操作。"
    remedy_en = "Send the form's fields only; closing, merging, takeover and class overrides have acts of their own."


class SeveralWrong(NamedError):
    """More than one thing is wrong; ``problems`` holds each with its field."""

    code = "several_wrong"
    zh = "有 {count} 处需要改正：{told_zh}"
    en = "{count} things need correction: {told_en}"
    remedy_zh = "请逐处改正后再提交。"
    remedy_en = "Correct each and send it again."

    problems: tuple[NamedError, ...] = ()


def refuse(problems: Iterable[NamedError]) -> None:
    """Raise what is wrong: the one error, or SeveralWrong; return when nothing is."""
    found = tuple(problems)
    if len(found) == 1:
        raise found[0]
    if found:
        told = {f"told_{lang}": " ".join(f"{p.place}: {p.text(lang)}" for p in found) for lang in ("zh", "en")}
        error = SeveralWrong(count=len(found), **told)
        error.problems = found
        raise error


def problems_of(error: NamedError) -> tuple[NamedError, ...]:
    """Each thing that an error tells, with its field as ``place``."""
    return getattr(error, "problems", ()) or (error,)


@dataclass(frozen=True)
class Entity(Generic[Row]):
    """What may be written of a table: a reader per field, the fields that must not be empty, and the checks.

    ``prepare`` rewrites the values before they are read (a position of three fields). ``checks`` look at the row alone,
    ``stored`` at what else is on register; an import makes up for the latter in bulk.
    """

    model: type[Row]
    readers: Mapping[str, Reader]
    needed: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    stored: tuple[Check, ...] = ()
    prepare: Prepare | None = None
    extra: frozenset[str] = field(default_factory=frozenset)


def fill(entity: Entity[Row], row: Row, values: Mapping[str, Any], catalog: Catalog) -> list[NamedError]:
    """Set the fields of an unsaved or loaded row; returns everything that is wrong with it, without the database."""
    problems: list[NamedError] = []
    given = dict(values)
    for name in sorted(given.keys() - entity.readers.keys() - entity.extra):
        problems.append(FieldNotKept(place=name, field=name))
        del given[name]
    if entity.prepare:
        try:
            given = entity.prepare(given, row, catalog)
        except NamedError as error:
            error.place = error.place or "longitude"
            problems.append(error)
            given = {name: value for name, value in given.items() if name not in entity.extra}
            given.pop("longitude", None)
            given.pop("latitude", None)
    for name, value in given.items():
        try:
            setattr(row, name, entity.readers[name](value, catalog))
        except NamedError as error:
            error.place = name
            problems.append(error)
    wrong = {problem.place for problem in problems}
    problems += [p for p in missing(row, entity.needed) if p.place not in wrong]
    if not problems:
        problems += [p for check in entity.checks for p in check(row, catalog)]
    return problems


@transaction.atomic
def enter(entity: Entity[Row], values: Mapping[str, Any], catalog: Catalog) -> Row:
    """A new row. Raises what is wrong (the one named error, or SeveralWrong); nothing is written then."""
    row = entity.model()
    _checked(entity, row, values, catalog)
    row.save(force_insert=True)
    return row


@transaction.atomic
def amend(entity: Entity[Row], row: Row, values: Mapping[str, Any], catalog: Catalog) -> Row:
    """Change some fields of a row, read afresh and locked. Raises as ``enter``; the row given is brought up to date."""
    fresh = entity.model._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    _checked(entity, fresh, values, catalog)
    fresh.save()
    row.refresh_from_db()
    return row


def _checked(entity: Entity[Row], row: Row, values: Mapping[str, Any], catalog: Catalog) -> None:
    problems = fill(entity, row, values, catalog)
    refuse(problems or [p for check in entity.stored for p in check(row, catalog)])
