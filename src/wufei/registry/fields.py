"""Read what somebody wrote into one field of the registry: text, word of a list, day, amount, reference.

A reader takes the raw value and the catalogue and returns the value as it is kept. Empty is kept as empty; unclear is a
named error, whose ``place`` is set to the field by ``wufei.registry.keeping``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models

from wufei.catalog import Catalog
from wufei.terms import NamedError, UnitUnknown, unit

Reader = Callable[[Any, Catalog], Any]
_LARGEST_G = 2**63 - 1
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")


class FieldMissing(NamedError):
    """A field that must be filled is empty."""

    code = "registry_field_missing"
    zh = "“{field}”必须填写。"
    en = "“{field}” must be filled in."
    remedy_zh = "请填写。"
    remedy_en = "Fill it in."


class FieldTooLong(NamedError):
    """A text beyond its limit."""

    code = "field_too_long"
    zh = "有 {length} 个字，最多 {limit} 个。"
    en = "It has {length} characters, at most {limit} are kept."
    remedy_zh = "请缩短。"
    remedy_en = "Shorten it."


class FieldUnreadable(NamedError):
    """A text with control characters, or a day, amount or list that cannot be read."""

    code = "field_unreadable"
    zh = "“{value}”不是{what_zh}。"
    en = "“{value}” is not {what_en}."
    remedy_zh = "请改正后再提交。"
    remedy_en = "Correct it and send it again."


class WordNotDeclared(NamedError):
    """A word that the catalogue's list does not have."""

    code = "word_not_declared"
    zh = "列表 {kind} 里没有“{value}”。"
    en = "The list {kind} has no “{value}”."
    remedy_zh = "请从列表里选择：{known}。"
    remedy_en = "Choose one of: {known}."


class PlaceNotDeclared(NamedError):
    """A place that no city of the catalogue has."""

    code = "place_not_declared"
    zh = "没有“{value}”这个区划。"
    en = "There is no place “{value}”."
    remedy_zh = "请填旗县区、开发区或乡镇的编号。"
    remedy_en = "Give the id of a county, a zone or a township."


class RowNotFound(NamedError):
    """A reference to something that is not on register, or not for this reader."""

    code = "row_not_found"
    zh = "登记簿里没有“{value}”。"
    en = "“{value}” is not on register."
    remedy_zh = "请核对编号；可能尚未登记，或您无权查看。"
    remedy_en = "Check the id; it may not be entered yet, or not be yours to see."


def empty(value: object) -> bool:
    """Whether nothing was written."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def plain(value: Any) -> str:
    """A text in composed form without outer gaps. Raises FieldUnreadable where it has control characters."""
    told = unicodedata.normalize("NFC", str(value)).strip()
    if _CONTROL.search(told):
        shown = _CONTROL.sub("?", told)[:60]
        raise FieldUnreadable(value=shown, what_zh="一行文字（含控制字符）", what_en="one line of text")
    return told


def text(limit: int) -> Reader:
    """Text of at most ``limit`` characters."""

    def read(value: Any, _catalog: Catalog) -> str:
        told = "" if empty(value) else plain(value)
        if len(told) > limit:
            raise FieldTooLong(length=len(told), limit=limit)
        return told

    return read


def texts(limit: int) -> Reader:
    """A list of texts, each of at most ``limit`` characters, each once."""
    one = text(limit)

    def read(value: Any, catalog: Catalog) -> list[str]:
        given = [value] if isinstance(value, str) else list(value or ())
        return list(dict.fromkeys(t for t in (one(v, catalog) for v in given) if t))

    return read


def word(kind: str) -> Reader:
    """The id of an item of the nation's ``kind``."""

    def read(value: Any, catalog: Catalog) -> str:
        if empty(value):
            return ""
        told = plain(value)
        if catalog.national.find(kind, told) is None:
            known = "、".join(item.id for item in catalog.national.items(kind))
            raise WordNotDeclared(kind=kind, value=told[:60], known=known[:400])
        return told

    return read


def streams(value: Any, catalog: Catalog) -> list[str]:
    """Ids of streams, each once."""
    given = [value] if isinstance(value, str) else list(value or ())
    return list(dict.fromkeys(stream(each, catalog) for each in given if not empty(each)))


def stream(value: Any, catalog: Catalog) -> str:
    """The id of a stream, the nation's or a city's."""
    told = "" if empty(value) else plain(value)
    scopes = (catalog.national, *catalog.cities.values())
    if told and not any(scope.find("streams", told) for scope in scopes):
        raise WordNotDeclared(kind="streams", value=told[:60], known="coal_fly_ash…")
    return told


def place(value: Any, catalog: Catalog) -> str:
    """The id of a division of one of the cities."""
    told = "" if empty(value) else plain(value)
    if told and city_of(told, catalog) is None:
        raise PlaceNotDeclared(value=told[:60])
    return told


def city_of(place_id: str, catalog: Catalog) -> str | None:
    """The city that a place belongs to; None when none has it."""
    return next((city for city, scope in catalog.cities.items() if scope.find("places", place_id)), None)


def day(value: Any, _catalog: Catalog) -> date | None:
    """A calendar day, from a date or from year, month and day as written."""
    if empty(value):
        return None
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    match = _DAY.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
    try:
        return date(*map(int, match.groups())) if match else _unreadable_day(value)
    except ValueError:
        return _unreadable_day(value)


def _unreadable_day(value: Any) -> date:
    raise FieldUnreadable(value=str(value)[:60], what_zh="日期（年-月-日）", what_en="a day (year-month-day)")


def decimal(value: Any, _catalog: Catalog) -> Decimal | None:
    """A number that is not negative."""
    if empty(value):
        return None
    try:
        found = value if isinstance(value, Decimal) else Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise FieldUnreadable(value=str(value)[:60], what_zh="不小于零的数", what_en="a number from zero up")
    return found


def grams(value: Any, catalog: Catalog) -> int | None:
    """Whole grams, from a number of grams or a Mass."""
    if empty(value):
        return None
    number = decimal(getattr(value, "g", value), catalog)
    if number is None or number != number.to_integral_value() or number > _LARGEST_G:
        raise FieldUnreadable(value=str(value)[:60], what_zh="整克数", what_en="a whole number of grams")
    return int(number)


def months(value: Any, catalog: Catalog) -> int | None:
    """A whole number of months, up to a hundred years."""
    number = decimal(value, catalog)
    if number is None:
        return None
    if number != number.to_integral_value() or number > 1200:
        raise FieldUnreadable(value=str(value)[:60], what_zh="月数", what_en="a number of months")
    return int(number)


def unit_symbol(value: Any, _catalog: Catalog) -> str:
    """A unit of measurement that terms/units.txt defines."""
    told = "" if empty(value) else plain(value)
    if told:
        try:
            unit(told)
        except UnitUnknown:
            raise FieldUnreadable(value=told[:60], what_zh="已定义的计量单位", what_en="a defined unit") from None
    return told


def row(model: type[models.Model], *follow: str) -> Reader:
    """A row of another table, by itself or by its id; ``follow`` names a reference to go along while it is set."""

    def read(value: Any, _catalog: Catalog) -> models.Model | None:
        if empty(value):
            return None
        found = value if isinstance(value, model) else model._default_manager.filter(pk=str(value)).first()
        if found is None:
            raise RowNotFound(value=str(value)[:60])
        for name in follow:
            while getattr(found, name) is not None:
                found = getattr(found, name)
        return found

    return read


def missing(row_: models.Model, names: Iterable[str]) -> list[FieldMissing]:
    """The fields of ``names`` that are empty in a row, as errors with their place."""
    found = []
    for name in names:
        value = getattr(row_, row_._meta.get_field(name).attname)  # a reference by its id: the other row may be unseen
        if empty(value):
            found.append(FieldMissing(place=name, field=name))
    return found
