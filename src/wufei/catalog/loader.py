"""Turn a folder of YAML and CSV files into items, gathering every error instead of stopping at the first."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wufei.catalog.errors import (
    CitationMissing,
    FieldInvalid,
    FieldUnknown,
    HeadIncomplete,
    IdMismatch,
    KindUnknown,
    TableUnreadable,
    ValidityOverlap,
)
from wufei.catalog.items import Item
from wufei.catalog.yaml_file import line_of, read_yaml
from wufei.terms import NamedError

Versions = tuple[Item, ...]
Shelf = dict[str, dict[str, Versions]]

_WHY_ZH = {
    "literal_error": "只能取规定的几个值之一",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "string_type": "应为文字（数字编号请加引号）",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "只能用字母、数字、下划线和连字符",
    "date_type": "应为日期，如 2025-12-31",
    "date_from_datetime_parsing": "应为日期，如 2025-12-31",
    "date_parsing": "应为日期，如 2025-12-31",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "tuple_type": "应为列表",
    "dict_type": "应为键值对",
    "model_type": "应为键值对",
    "model_attributes_type": "应为键值对",
    "dataclass_type": "应为键值对",
    "too_short": "至少要有一项",
}


@dataclass(frozen=True, slots=True)
class Note:
    """A reference or unit met while reading: what kind, in which field, with which value."""

    item: Item
    kind: str
    field: str
    value: str


@dataclass(slots=True)
class Reading:
    """What one scope's folder gave: items by kind and id, references to check, and errors."""

    shelf: Shelf = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    errors: list[NamedError] = field(default_factory=list)


def read_scope(folder: Path, models: Mapping[str, type[Item]]) -> Reading:
    """Read every kind's folder below ``folder``; errors are gathered, never raised."""
    reading = Reading()
    for kind_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        model = models.get(kind_folder.name)
        if model is None:
            known = ", ".join(sorted(models))
            reading.errors.append(KindUnknown(place=str(kind_folder), kind=kind_folder.name, known=known))
            continue
        for path in sorted(kind_folder.rglob("*.yaml")):
            _read_file(path, model, reading)
    return reading


def _read_file(path: Path, model: type[Item], reading: Reading) -> None:
    try:
        data = read_yaml(path)
    except NamedError as error:
        reading.errors.append(error)
        return
    if not isinstance(data, dict):
        reading.errors.append(
            FieldInvalid(place=f"{path}:1", field="-", value=data, why_zh="应为键值对", why_en="not a mapping")
        )
        return
    if data.get("id") != path.stem:
        place = f"{path}:{line_of(path, ('id',))}"
        reading.errors.append(IdMismatch(place=place, stem=path.stem, id=data.get("id")))
        return
    if "table" in data:
        _read_table(path, data, model, reading)
    else:
        _build(path, data, model, reading, place=None)


def _read_table(path: Path, head: dict[str, Any], model: type[Item], reading: Reading) -> None:
    table = path.parent / str(head["table"])
    try:
        rows = list(_rows(table))
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        reading.errors.append(TableUnreadable(place=str(path), table=head["table"], why=error))
        return
    shared = {key: value for key, value in head.items() if key not in {"table", "id", "zh", "en"}}
    for line, row in rows:
        own = {key: value for key, value in row.items() if value is not None or key not in shared}
        _build(path, {**shared, **own}, model, reading, place=f"{table}:{line}")


def _rows(table: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with table.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"line {reader.line_num} has not as many cells as the first row")
            yield reader.line_num, {key: (value if value != "" else None) for key, value in row.items()}


_HEAD = ("id", "zh", "en", "valid_from", "valid_to", "cites", "checked_on")


def _inside(path: Path, data: dict[str, Any], model: type[Item], reading: Reading, place: str | None) -> dict[str, Any]:
    """Items that are written inside this one lie on their own shelf afterwards; the field then names them."""
    for name, kind in model.inline.items():
        if isinstance(inner := data.get(name), dict):
            whole = {key: data[key] for key in _HEAD if key in data} | inner
            _build(path, whole, kind, reading, place, (name,))
            data = data | {name: whole.get("id")}
    return data


def _build(
    path: Path, data: dict[str, Any], model: type[Item], reading: Reading, place: str | None, at: tuple[str, ...] = ()
) -> None:
    data = _inside(path, data, model, reading, place)
    noted: list[tuple[str, str, str]] = []
    if place is not None:
        data = {key: value for key, value in data.items() if value is not None or _wants_null(model, key)}
    try:
        item = model.model_validate(data, context={"noted": noted})
    except ValidationError as error:
        reading.errors.extend(_named(path, place, model, detail, at) for detail in error.errors())
        return
    item._path = path
    reading.notes.extend(Note(item, kind, name, value) for kind, name, value in noted)
    _shelve(item, reading, place)
    for made in item.declares():
        made._path = path
        _shelve(made, reading, place)


def _wants_null(model: type[Item], key: str) -> bool:
    known = model.model_fields.get(key)
    return known is None or known.is_required()


def _shelve(item: Item, reading: Reading, place: str | None) -> None:
    versions = reading.shelf.setdefault(item.kind, {}).get(item.id, ())
    for other in versions:
        if _overlap(item, other):
            where = place or f"{item.path}:{line_of(item.path, ('valid_from',))}"
            day = max(item.valid_from, other.valid_from)
            reading.errors.append(ValidityOverlap(place=where, id=item.id, day=day, other=other.path))
            return
    reading.shelf[item.kind][item.id] = tuple(sorted((*versions, item), key=lambda v: v.valid_from))


def _overlap(left: Item, right: Item) -> bool:
    return (left.valid_to is None or right.valid_from <= left.valid_to) and (
        right.valid_to is None or left.valid_from <= right.valid_to
    )


def _named(path: Path, place: str | None, model: type[Item], detail: ErrorDetails, at: tuple[str, ...]) -> NamedError:
    """Give a validation error its name, place and remedy; ``at`` is where in the file the item lies."""
    loc = tuple(step for step in detail["loc"] if isinstance(step, int | str))
    name = ".".join(map(str, loc)) or "-"
    where = place or f"{path}:{line_of(path, (*at, *loc))}"
    if loc[:1] == ("cites",) and detail["type"] in {"missing", "too_short", "tuple_type"}:
        return CitationMissing(place=where)
    if detail["type"] in {"missing", "missing_argument"}:
        return HeadIncomplete(place=where, field=name)
    if detail["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
        return FieldUnknown(place=where, kind=model.kind, field=name)
    why_zh = _WHY_ZH.get(detail["type"], "不符合要求")
    return FieldInvalid(place=where, field=name, value=detail["input"], why_zh=why_zh, why_en=detail["msg"])
