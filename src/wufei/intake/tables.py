"""Rows of a file: CSV as a stream, workbooks sheet by sheet; row numbers are those a spreadsheet shows."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import python_calamine

from wufei.intake import xlsx
from wufei.intake.errors import TableBroken, WorkbookBroken
from wufei.intake.sniff import Sniffed

Rows = Iterator[tuple[int, list[Any]]]
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, the delimiter of a text, and ``rows()``, a fresh run over (row number, cells)."""

    sheet: str
    rows: Callable[[], Rows]
    delimiter: str | None = None


def tables(path: Path, sniffed: Sniffed) -> list[Table]:
    """The sheets of a file in their order; a text has one, with an empty name."""
    if sniffed.form == "text":
        encoding = sniffed.encoding or "utf-8"
        delimiter = _delimiter(path, encoding)
        return [Table("", lambda: _text_rows(path, encoding, delimiter), delimiter)]
    if _is_xlsx(path):
        return [Table(name, lambda n=name: xlsx.rows(path, n)) for name in xlsx.sheet_names(path)]
    return _calamine(path)


def _is_xlsx(path: Path) -> bool:
    return zipfile.is_zipfile(path) and "xl/workbook.xml" in zipfile.ZipFile(path).namelist()


def _calamine(path: Path) -> list[Table]:
    """The older formats (XLS, XLSB, ODS), which are read whole."""
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = book.sheet_names
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise WorkbookBroken(why=error) from error
    return [Table(name, lambda n=name: _calamine_rows(book, n)) for name in names]


def _calamine_rows(book: Any, name: str) -> Rows:
    sheet = book.get_sheet_by_name(name)
    first = sheet.start[0] if sheet.start else 0
    left = [""] * (sheet.start[1] if sheet.start else 0)
    for number, cells in enumerate(sheet.iter_rows(), first + 1):
        yield number, left + cells


def _delimiter(path: Path, encoding: str) -> str:
    """The delimiter that splits the first lines into most cells."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [file.readline(100_000) for _ in range(10)]
    return max(DELIMITERS, key=lambda mark: (max(line.count(mark) for line in lines), -DELIMITERS.index(mark)))


def _text_rows(path: Path, encoding: str, delimiter: str) -> Rows:
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for number, cells in enumerate(reader, 1):
                yield number, cells
        except csv.Error as error:
            raise TableBroken(row=number + 1, why=error) from error


def letter(column: int) -> str:
    """The letters of a column, counted from 0: A, B … Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def shown(cell: Any) -> str:
    """A cell as text, as an error shows it."""
    text = "" if cell is None else str(cell)
    return text if len(text) <= 80 else text[:79] + "…"
