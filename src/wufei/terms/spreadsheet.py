"""Text for spreadsheets, which take some of it for a formula."""

from __future__ import annotations

RISKY = ("=", "+", "-", "@", "\t", "\r")


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before a risky first character.

    Apostrophes before such a character get one more, so that taking one off gives every text back.
    """
    return f"'{text}" if text.lstrip("'").startswith(RISKY) else text
