"""Blank sheets to fill in, made from the declaration: headings in both languages, help, lists to choose from."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from wufei.catalog import Catalog
from wufei.catalog.sheets import Sheet, SheetColumn
from wufei.intake.tables import letter
from wufei.terms.spreadsheet import workbook

LAST_ROW = 1_048_575
DATA, HELP, WORDS = "数据 data", "说明 help", "词表 words"
_TEXT_FORMS = {"period", "account", "name", "word", "unit", "hash", "text", "key"}


def csv_template(sheet: Sheet) -> bytes:
    """Headings and an explanation row as CSV, UTF-8 with a byte-order mark so that Excel reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.heading() for column in sheet.columns])
    writer.writerow(_explanations(sheet))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_template(sheet: Sheet, catalog: Catalog) -> bytes:
    """A workbook of three sheets: the data with lists to choose from, help for each column, and every word taken."""
    out = io.BytesIO()
    book = workbook(out, in_memory=True)
    data, explained, words = (book.add_worksheet(name) for name in (DATA, HELP, WORDS))
    ranges = _write_words(book, words, sheet, catalog)
    _write_data(book, data, sheet, ranges)
    _write_help(book, explained, sheet)
    book.close()
    return out.getvalue()


def _explanations(sheet: Sheet) -> list[str]:
    """What each column means; the first begins with ``#``, by which the row is known as no data."""
    told = [f"{column.about_zh} {column.about_en}" for column in sheet.columns]
    return [f"# {told[0]}", *told[1:]]


def _write_data(book: Any, page: Any, sheet: Sheet, ranges: dict[str, str]) -> None:
    head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E3EFEC", "text_wrap": True, "valign": "top"})
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#CFE3DC", "text_wrap": True, "valign": "top"})
    grey = book.add_format({"font_color": "#5A6661", "text_wrap": True, "valign": "top", "font_size": 9})
    text = book.add_format({"num_format": "@"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for at, (column, told) in enumerate(zip(sheet.columns, _explanations(sheet), strict=True)):
        page.set_column(at, at, 20, text if column.form in _TEXT_FORMS else moment if column.form == "time" else None)
        page.write_string(0, at, column.heading(), needed if column.required else head)
        page.write_string(1, at, told, grey)
        if rule := _validation(column, ranges):
            page.data_validation(2, at, LAST_ROW, at, rule)
    page.freeze_panes(2, 0)


def _validation(column: SheetColumn, ranges: dict[str, str]) -> dict[str, Any] | None:
    """A list to choose from where the column takes one of known words; other text may still be typed (a name)."""
    if column.id not in ranges or column.form == "account":
        return None
    return {"validate": "list", "source": ranges[column.id], "error_type": "warning", "ignore_blank": True}


def _write_words(book: Any, page: Any, sheet: Sheet, catalog: Catalog) -> dict[str, str]:
    """Every word of every column as id, Chinese and English side by side; returns the range of ids by column."""
    head = book.add_format({"bold": True, "bottom": 1})
    ranges: dict[str, str] = {}
    at = 0
    for column in sheet.columns:
        words = _words(column, catalog)
        if not words:
            continue
        for offset, label in enumerate((column.heading(), "中文", "English")):
            page.write_string(0, at + offset, label, head)
        for row, word in enumerate(words, 1):
            for offset, told in enumerate(word):
                page.write_string(row, at + offset, told)
        ranges[column.id] = f"='{WORDS}'!${letter(at)}$2:${letter(at)}${len(words) + 1}"
        at += 4
    return ranges


def _words(column: SheetColumn, catalog: Catalog) -> list[tuple[str, str, str]]:
    found = [(word.id, word.zh, word.en) for word in column.words]
    for scope in (*catalog.cities.values(), catalog.national):
        found += [(item.id, item.zh, item.en) for kind in column.of for item in scope.items(kind)]
    return found


_HELP: tuple[tuple[str, int, Callable[[SheetColumn], str]], ...] = (
    ("列 column", 24, lambda c: c.heading()),
    ("编号 id", 16, lambda c: c.id),
    ("必填 required", 12, lambda c: "是 yes" if c.required else ""),
    ("单位 unit", 10, lambda c: c.unit or ""),
    ("含义", 48, lambda c: c.about_zh),
    ("meaning", 48, lambda c: c.about_en),
    ("示例 example", 28, lambda c: c.example),
)


def _write_help(book: Any, page: Any, sheet: Sheet) -> None:
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "bottom": 1})
    page.write_string(0, 0, f"{sheet.zh} {sheet.en}", book.add_format({"bold": True, "font_size": 14}))
    page.write_string(1, 0, sheet.note_zh or "")
    page.write_string(2, 0, sheet.note_en or "")
    page.write_string(3, 0, "依据 basis: " + "; ".join(str(cite) for cite in sheet.cites))
    for at, (label, width, told) in enumerate(_HELP):
        page.set_column(at, at, width)
        page.write_string(5, at, label, head)
        for row, column in enumerate(sheet.columns, 6):
            page.write_string(row, at, told(column), wrap)
    page.freeze_panes(6, 1)
