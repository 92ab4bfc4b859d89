"""The refused rows of a file as a workbook: each as it was sent, with what is wrong beside it, ready to be mended.

Only the rows stand in it that were refused, so that the mended sheet can be imported by itself.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from wufei.catalog import Catalog
from wufei.intake.headings import OWN, find_headings
from wufei.intake.importing import Report, data_rows, sheet_of
from wufei.intake.sniff import sniff
from wufei.intake.tables import tables
from wufei.intake.xlsx import Percent
from wufei.terms.spreadsheet import workbook


def write_error_sheet(source: Path, report: Report, target: Path, catalog: Catalog) -> int:
    """Write the listed refused rows of ``source`` into ``target``; returns how many rows that were."""
    wrong: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for error in report.errors:
        wrong[error["row"]].append(error)
    table = next(t for t in tables(source, sniff(source, report.name)) if t.sheet == report.sheet)
    headings = find_headings(sheet_of(catalog, report.kind), table.rows())
    assert headings is not None  # noqa: S101  (the report comes from this very file)
    written = 0
    with workbook(str(target), constant_memory=True) as book:
        page = _Page(book, headings.width)
        page.head(next(cells for row, cells in table.rows() if row == headings.row))
        for row, cells in data_rows(table, headings):
            if row in wrong:
                written += 1
                page.row(written, cells, wrong[row])
    return written


class _Page:
    """One worksheet: the file's own columns, then ours."""

    def __init__(self, book: Any, width: int) -> None:
        self._sheet = book.add_worksheet("错误 errors")
        self._width = width
        self._bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._wrong = book.add_format({"bg_color": "#F6D5D0"})
        self._wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self._styles = {
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            "percent": book.add_format({"num_format": "0.####%"}),
            "text": book.add_format({"num_format": "@"}),
        }

    def head(self, cells: list[Any]) -> None:
        """The headings."""
        for at, told in enumerate((*map(_text, cells), *OWN)):
            self._sheet.write_string(0, at, told, self._bold)
        self._sheet.set_column(0, self._width - 1, 16)
        self._sheet.set_column(self._width, self._width + len(OWN) - 1, 32)

    def row(self, number: int, cells: list[Any], errors: list[dict[str, Any]]) -> None:
        """One refused row, as sent, and what is wrong with it."""
        for at, cell in enumerate((cells + [None] * self._width)[: self._width]):
            self._write(number, at, cell)
        told = [e["error"] for e in errors]
        ours = (
            [f"{e['code']}" for e in told],
            [e["heading"] or e["column"] for e in errors],
            [f"{e['column']}{e['row']}: {e['cell']}" for e in errors],
            [e["zh"] for e in told],
            [e["en"] for e in told],
            [f"{e['remedy_zh']} {e['remedy_en']}" for e in told],
        )
        for at, lines in enumerate(ours):
            self._sheet.write_string(number, self._width + at, "\n".join(lines), self._wrap)

    def _write(self, number: int, at: int, cell: Any) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, date) and not (isinstance(cell, datetime) and cell.tzinfo):
            self._sheet.write_datetime(number, at, cell, self._styles["time"])
        elif isinstance(cell, int | float) and not isinstance(cell, bool):
            self._sheet.write_number(number, at, cell, self._styles["percent"] if isinstance(cell, Percent) else None)
        else:
            self._sheet.write_string(number, at, str(cell), self._styles["text"])


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
