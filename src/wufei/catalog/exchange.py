"""Layouts of the files that go to and come from the national system: which sheets, which columns, in which order."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol

Register = Literal["generated", "stored", "removed", "treated", "handed_over", "declaration"]
Fills = Literal[
    "batch", "day", "name", "category", "code", "mass", "unit", "packaging", "packages", "place", "place_kind", "other",
    "consignee", "licence", "operation", "manifest", "lot", "actor", "note",
    "opening", "generated", "received", "treated", "handed_over", "closing",
]  # fmt: skip
Role = Literal["origin", "storage", "process", "sink"]


class LayoutColumn(Part):
    """A column: its heading as the other system prints it, other headings it is known by, and what it holds of ours.

    ``fills`` is empty for a column that we cannot fill and do not read. ``unit`` is the column's where it has none
    beside it; rows without a ``needed`` one are refused.
    """

    heading: str = Field(min_length=1)
    fills: Fills | None = None
    aliases: tuple[str, ...] = ()
    unit: UnitSymbol | None = None
    needed: bool = False

    def names(self) -> tuple[str, ...]:
        """Every heading that is recognised."""
        return (self.heading, *self.aliases)


class TakenOver(Part):
    """Between which accounts of the site mass moves when a row that only the other system has is taken over."""

    from_role: Role
    to_role: Role


class LayoutTable(Part):
    """A sheet: the table of our register that it mirrors, its name, its columns in their order."""

    mirrors: Register
    sheet: str = Field(min_length=1, max_length=31)
    columns: tuple[LayoutColumn, ...] = Field(min_length=3)
    taken_over: TakenOver | None = None


class ExchangeLayout(Item):
    """One version of the files of the national system; another version is another file, valid from another day."""

    kind: ClassVar[str] = "exchange_layouts"

    confidence: Literal["high", "medium", "low"]
    note_zh: str = ""
    note_en: str = ""
    tables: tuple[LayoutTable, ...] = Field(min_length=1)
