"""Read one cell into a value: one function per form that a column can have. Nothing is guessed: unclear is an error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from wufei.catalog.sheets import SheetColumn
from wufei.intake.cell_errors import (
    CellFormulaFailed,
    CellMassUnreadable,
    CellPeriodUnreadable,
    CellUnitDiffers,
    DateAmbiguous,
    DecimalComma,
    HashUnreadable,
    NumberUnreadable,
    PercentOutside,
    PeriodIsDate,
    TextTooLong,
    TimeUnreadable,
)
from wufei.intake.xlsx import Failed, Percent
from wufei.terms import Mass, MassUnreadable, Period, PeriodUnreadable
from wufei.terms.mass import GRAMS, LARGEST_G

BEIJING = timezone(timedelta(hours=8))
TEXT_LIMIT, KEY_LIMIT = 2000, 200
RISKY = ("=", "+", "-", "@", "\t", "\r")
_SERIALS = range(20_000, 80_000)  # days since 1899-12-30: the years 1954 to 2119
_FULL = 10  # characters of 2025-03-05
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(.+))?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TURNED = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?|[+-]?\.\d+")
_DIGITS = re.compile(r"\d{1,15}(\.\d{1,15})?", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?e[+-]?\d{1,3}", re.IGNORECASE)


def text_of(cell: Any) -> str:
    """A cell as text: full-width letters and digits stay, outer spaces go. Raises CellFormulaFailed."""
    if type(cell) is str:
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, Failed):
        raise CellFormulaFailed(cell=str(cell))
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}"
    return str(cell)


def read_text(cell: Any) -> str:
    """Text as written. Raises TextTooLong."""
    text = text_of(cell)
    if len(text) > TEXT_LIMIT:
        raise TextTooLong(length=len(text), limit=TEXT_LIMIT)
    return text


def unescaped(cell: Any) -> Any:
    """A cell of a CSV without the apostrophe that our exports put before a risky first character."""
    if isinstance(cell, str) and cell[:1] == "'" and cell.lstrip("'").startswith(RISKY):
        return cell[1:]
    return cell


def read_key(cell: Any) -> str:
    """An idempotency key: any text that is not too long."""
    text = read_text(cell)
    if len(text) > KEY_LIMIT:
        raise TextTooLong(length=len(text), limit=KEY_LIMIT)
    return text


def read_time(cell: Any) -> datetime:
    """A moment; without a zone it is Beijing time, without a time the day's first instant. Serial days are taken."""
    if type(cell) is str and cell[4:5] == "-" and len(cell) >= _FULL:
        try:
            found = datetime.fromisoformat(cell)
            return found if found.tzinfo else found.replace(tzinfo=BEIJING)
        except ValueError:
            pass  # another way of writing it; looked at below
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=BEIJING)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), BEIJING)
    if isinstance(cell, int | float) and not isinstance(cell, bool) and int(cell) in _SERIALS:
        return _serial(Decimal(f"{cell:.15g}"))
    text = _narrow(text_of(cell))
    try:
        return _parse_time(text)
    except (ValueError, OverflowError):
        if _TURNED.fullmatch(text):
            raise DateAmbiguous(cell=text) from None
        raise TimeUnreadable(cell=text) from None


def _serial(days: Decimal) -> datetime:
    return datetime(1899, 12, 30, tzinfo=BEIJING) + timedelta(milliseconds=round(days * 86_400_000))


def _parse_time(text: str) -> datetime:
    if (match := _COMPACT.fullmatch(text)) or ((match := _DAY.fullmatch(text)) and not match[4]):
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=BEIJING)
    if match and match[4]:
        text = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}T{_clock(match[4])}"
    elif re.fullmatch(r"\d{5}(\.\d+)?", text) and int(Decimal(text)) in _SERIALS:
        return _serial(Decimal(text))
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=BEIJING)


def _clock(text: str) -> str:
    return f"0{text}" if re.match(r"\d:", text) else text


def read_period(cell: Any) -> str:
    """A reporting period. A cell that the spreadsheet made a date is refused: month or day cannot be told."""
    if isinstance(cell, date):
        raise PeriodIsDate(cell=cell.date() if isinstance(cell, datetime) else cell)
    text = _narrow(text_of(cell)).upper()
    try:
        period = Period.parse(text)
    except PeriodUnreadable:
        raise CellPeriodUnreadable(cell=text) from None
    if period.kind == "plan":
        raise CellPeriodUnreadable(cell=text)
    return str(period)


def read_number(cell: Any) -> Decimal:
    """An exact decimal; a workbook's number to the 15 digits that a spreadsheet keeps."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)
    text = _narrow(text_of(cell))
    plain = text.replace(" ", "")
    if _NUMBER.fullmatch(plain):
        return Decimal(plain.replace(",", ""))
    if _EXPONENT.fullmatch(plain):
        return Decimal(plain)
    if re.fullmatch(r"[+-]?[\d.,]+", plain) and "," in plain:
        raise DecimalComma(cell=text)
    raise NumberUnreadable(cell=text)


def read_percent(cell: Any) -> int:
    """A relative standard deviation in per cent as millionths; a cell formatted as a percentage holds the fraction."""
    if isinstance(cell, Percent):
        share = read_number(float(cell)) * 100
    else:
        text = cell if isinstance(cell, int | float) else _narrow(text_of(cell)).removesuffix("%").strip()
        share = read_number(text)
    if not 0 <= share <= 1000:
        raise PercentOutside(cell=cell)
    return int((share * 10_000).to_integral_value())


def read_hash(cell: Any) -> str:
    """A SHA-256 in hexadecimal, lower case."""
    text = text_of(cell).lower()
    if not _HASH.fullmatch(text):
        raise HashUnreadable(cell=text[:80])
    return text


def read_mass(cell: Any, unit: str | None) -> Decimal | Mass:
    """Grams when the unit is known (the column's, or one in the cell), else the bare number."""
    if unit and type(cell) is str and _DIGITS.fullmatch(cell):
        return _whole_grams(cell, unit) or mass(Decimal(cell), unit, cell)
    if isinstance(cell, str):
        bare = _narrow(cell.strip())
        number = re.match(r"[+-]?[\d.,]*\d", bare)
        own = bare[number.end() :].strip() if number else ""
        if number and own in GRAMS:
            if unit and GRAMS[own] != GRAMS[unit]:
                raise CellUnitDiffers(cell=bare, unit=unit)
            return mass(read_number(number[0]), own, cell)
    number_read = read_number(cell)
    return mass(number_read, unit, cell) if unit else number_read


def _whole_grams(text: str, unit: str) -> Mass | None:
    """Plain digits as a mass without the detour of a decimal; None when they are finer than a gram, nothing or much."""
    whole, _, part = text.partition(".")
    grams, finer = divmod(int(whole + part) * GRAMS[unit], 10 ** len(part))
    return Mass(grams) if 0 < grams <= LARGEST_G and not finer else None


def mass(number: Decimal, unit: str, cell: Any) -> Mass:
    """The mass in whole grams; a workbook's fraction of a gram (a formula's result) is rounded to the gram."""
    if isinstance(cell, float) and unit in GRAMS:
        number = (number * GRAMS[unit]).to_integral_value() / GRAMS[unit]
    try:
        found = Mass.of(number, unit, text=text_of(cell))
    except MassUnreadable as error:
        raise CellMassUnreadable(cell=text_of(cell), **{k: error.values[k] for k in ("why_zh", "why_en")}) from None
    except (InvalidOperation, OverflowError):
        raise CellMassUnreadable(cell=text_of(cell), why_zh="数值过大", why_en="too large") from None
    if found.g <= 0:
        raise CellMassUnreadable(cell=text_of(cell), why_zh="不大于零", why_en="not above zero")
    return found


def _narrow(text: str) -> str:
    """Full-width digits, signs and spaces as plain ones; non-breaking and thin spaces too."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).replace("−", "-").strip()


READERS: dict[str, Callable[[Any], Any]] = {
    "time": read_time,
    "period": read_period,
    "number": read_number,
    "percent": read_percent,
    "hash": read_hash,
    "text": read_text,
    "key": read_key,
}


_ESCAPED = {"text", "key"}


def reader(column: SheetColumn, names: Callable[[SheetColumn], Any], *, escaped: bool) -> Callable[[Any], Any]:
    """The function that reads a column's cells; ``names`` gives the look-up of a column that names things.

    ``escaped`` says that the cells are a CSV's, in which text may bear an apostrophe against formulas.
    """
    if escaped and column.form in _ESCAPED:
        read = READERS[column.form]
        return lambda cell: read(unescaped(cell))
    if column.form in READERS:
        return READERS[column.form]
    if column.form == "mass":
        return lambda cell: read_mass(cell, column.unit)
    look = names(column)
    return lambda cell: look.get(text_of(cell))
