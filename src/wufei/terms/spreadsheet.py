"""Text for spreadsheets, which take some of it for a formula, and workbooks that keep it text."""

from __future__ import annotations

from importlib import import_module
from typing import Any

RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before a risky first character.

    Apostrophes before such a character get one more, so that taking one off gives every text back.
    """
    return f"'{text}" if text.lstrip("'").startswith(RISKY) else text


def workbook(target: Any, **options: Any) -> Any:
    """A new XlsxWriter workbook on a path or an open file; text is never taken for a formula or a link.

    XlsxWriter is imported with the first of them, so that a start does not wait for it.
    """
    plain = {"strings_to_formulas": False, "strings_to_urls": False}
    return import_module("xlsxwriter").Workbook(target, plain | options)
