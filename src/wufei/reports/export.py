"""Write the rows of a list as CSV or as an Excel workbook, safe to open."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from wufei.reports.table import Cell, Column, Row, labels
from wufei.terms.spreadsheet import RISKY, safe_text, workbook


def exported(columns: Sequence[Column]) -> list[Column]:
    """The columns that belong in a file."""
    return [column for column in columns if column.exported]


def csv_bytes(columns: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """The rows as CSV in UTF-8 with a byte-order mark, so that Excel reads the Chinese."""
    columns = exported(columns)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(labels(columns))
    for row in rows:
        writer.writerow([_csv_value(row.cells[column.key], column) for column in columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _csv_value(cell: Cell, column: Column) -> str:
    if column.number and _is_number(cell.value):
        return str(cell.value)
    return safe_text(cell.text)


def xlsx_bytes(title: str, note: str, columns: Sequence[Column], rows: Sequence[Row]) -> bytes:
    """The rows as a workbook: title, a row with source and date, headings, then the rows.

    Text is stored as text and marked as quoted, so a cell that begins with ``=`` stays text.
    """
    columns = exported(columns)
    out = io.BytesIO()
    book = workbook(out, in_memory=True)
    sheet = book.add_worksheet(_sheet_name(title))
    style = _Styles(book)
    sheet.write_string(0, 0, title, style.title)
    sheet.write_string(1, 0, note, style.note)
    for at, label in enumerate(labels(columns)):
        sheet.write_string(2, at, label, style.head)
    widths = [len(label) for label in labels(columns)]
    for line, row in enumerate(rows, start=3):
        for at, column in enumerate(columns):
            written = _write(sheet, line, at, row.cells[column.key], column, style)
            widths[at] = max(widths[at], min(written, 36))
    for at, width in enumerate(widths):
        sheet.set_column(at, at, 2 * width + 3)
    sheet.freeze_panes(3, 0)
    if rows and columns:
        sheet.autofilter(2, 0, 2 + len(rows), len(columns) - 1)
    book.close()
    return out.getvalue()


class _Styles:
    """The five cell styles of a workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.note = book.add_format({"font_color": "#5A6661"})
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E3EFEC", "text_wrap": True})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self.number = book.add_format({"valign": "top"})


def _write(sheet: Any, line: int, at: int, cell: Cell, column: Column, style: _Styles) -> int:
    """Write one cell and return how many characters it holds."""
    if column.number and _is_number(cell.value):
        sheet.write_number(line, at, float(cell.value), style.number)
        return len(str(cell.value)) // 2 + 1
    sheet.write_string(line, at, cell.text, style.quoted if cell.text.startswith(RISKY) else style.text)
    return len(cell.text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _sheet_name(title: str) -> str:
    r"""A name that Excel accepts: 31 characters and none of ``[]:*?/\``."""
    return "".join("_" if c in "[]:*?/\\'" else c for c in title)[:31] or "Sheet1"


def file_name(stem: str, today: date, suffix: str) -> str:
    """The name of an exported file, such as ``hohhot-indicators-2026-11-24.csv``."""
    return f"{stem}-{today.isoformat()}.{suffix}"
