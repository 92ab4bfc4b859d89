"""Values of form fields: read, checked by type, and kept as JSON can hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from wufei.catalog.forms import Form, FormField, LineField
from wufei.registry.container_code import read_container_code
from wufei.terms import NamedError, Period
from wufei.terms.period import PeriodUnreadable
from wufei.workflow.errors import FormFieldUnknown, FormValueInvalid

MOST_TEXT, MOST_LONG_TEXT, MOST_LINES = 200, 4000, 200
MOST_G = 2**63 - 1
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Values = dict[str, Any]
Why = tuple[str, str]


class _Unfit(Exception):
    """Why a value does not fit, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.why: Why = (zh, en)


def checked(form: Form, given: Mapping[str, Any]) -> tuple[Values, list[NamedError]]:
    """The values given, each as it is kept, and what is wrong with the others; None empties a field."""
    kept: Values = {}
    errors: list[NamedError] = []
    for name, value in given.items():
        field = form.own(name)
        if field is None:
            errors.append(FormFieldUnknown(place=name, field=name))
        elif value is None:
            kept[name] = None
        elif field.type == "lines":
            kept[name] = list(_lines(field, value, errors))
        else:
            _keep(kept, field, value, name, errors)
    return kept, errors


def _lines(field: FormField, value: Any, errors: list[NamedError]) -> Iterator[Values]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MOST_LINES:
        errors.append(
            _invalid(
                field, value, field.id, (f"应为不超过 {MOST_LINES} 行的列表", f"a list of at most {MOST_LINES} lines")
            )
        )
        return
    columns = {column.id: column for column in field.fields}
    for number, row in enumerate(value):
        line: Values = {}
        for name, cell in row.items() if isinstance(row, Mapping) else ():
            place = f"{field.id}[{number + 1}].{name}"
            if name not in columns:
                errors.append(FormFieldUnknown(place=place, field=f"{field.id}.{name}"))
            elif cell is not None:
                _keep(line, columns[name], cell, place, errors)
        if not isinstance(row, Mapping):
            errors.append(_invalid(field, row, f"{field.id}[{number + 1}]", ("应为一行的各项", "the fields of a line")))
        yield line


def _keep(kept: Values, field: LineField, value: Any, place: str, errors: list[NamedError]) -> None:
    try:
        kept[field.id] = _READERS.get(field.type, _id)(field, value)
    except _Unfit as unfit:
        errors.append(_invalid(field, value, place, unfit.why))


def _invalid(field: LineField, value: Any, place: str, why: Why) -> NamedError:
    shown = str(value)[:60]
    return FormValueInvalid(
        place=place, label_zh=field.zh, label_en=field.en, value=shown, why_zh=why[0], why_en=why[1]
    )


def _text(most: int) -> Callable[[FormField, Any], str]:
    def read(_field: LineField, value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or "\x00" in value:
            raise _Unfit(f"应为不超过 {most} 字的文字", f"text of at most {most} characters")
        return value.strip()

    return read


def _choice(field: LineField, value: Any) -> str:
    if value not in {option.id for option in field.options}:
        known = "、".join(option.id for option in field.options)
        raise _Unfit(f"只能取 {known}", f"one of {known}")
    return str(value)


def _yes_no(_field: LineField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit("应为是或否", "yes or no")
    return value


def _number(_field: LineField, value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise _Unfit("应为数字", "a number") from error
    if not number.is_finite() or isinstance(value, bool):
        raise _Unfit("应为数字", "a number")
    return str(number)


def _mass(_field: LineField, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_G:
        raise _Unfit("应为不小于零的整数克", "whole grams, zero or more")
    return value


def _date(_field: LineField, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise _Unfit("应为日期，如 2025-12-31", "a date such as 2025-12-31") from error


def _moment(_field: LineField, value: Any) -> str:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _Unfit(
            "应为时刻，如 2025-12-31T08:00:00+08:00", "an instant such as 2025-12-31T08:00:00+08:00"
        ) from error
    if at.utcoffset() is None:
        raise _Unfit("要写明时区", "an instant with its time zone")
    return at.isoformat()


def _period(_field: LineField, value: Any) -> str:
    try:
        return str(Period.parse(str(value)))
    except PeriodUnreadable as error:
        raise _Unfit("应为时段，如 2025、2025Q1 或 2025-03", "a period such as 2025, 2025Q1 or 2025-03") from error


def _lot(_field: LineField, value: Any) -> str:
    """A lot by its id, or by the code of the container that holds it."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value
    try:
        return str(read_container_code(str(value)[:MOST_TEXT]).number)
    except NamedError as error:
        raise _Unfit("应为批次编号或容器的数字识别码", "the id of a lot or the code of its container") from error


def _id(_field: LineField, value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _Unfit("应为登记的编号", "an id on register")
    return value


_READERS: dict[str, Callable[[FormField, Any], Any]] = {
    "text": _text(MOST_TEXT),
    "long_text": _text(MOST_LONG_TEXT),
    "choice": _choice,
    "yes_no": _yes_no,
    "number": _number,
    "mass": _mass,
    "date": _date,
    "moment": _moment,
    "lot": _lot,
    "period": _period,
}
