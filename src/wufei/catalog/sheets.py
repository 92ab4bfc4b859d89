"""Sheets that people fill in: the columns, their headings and meaning, from which templates, docs and reading come."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol

Form = Literal["time", "period", "account", "name", "word", "mass", "unit", "number", "percent", "hash", "text", "key"]


class Word(Part):
    """One of the words that a column takes."""

    id: str
    zh: str
    en: str


class SheetColumn(Part):
    """A column: the heading in both languages, what it means, and the field of the record that it fills.

    Several columns may fill one field (a mass in tonnes or in kilograms): a row then fills one of them. ``of`` names
    the kind of the catalogue whose ids and names are taken; ``words`` lists them where they are few.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    fills: str
    form: Form
    about_zh: str
    about_en: str
    example: str = ""
    required: bool = False
    unit: UnitSymbol | None = None
    of: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    aliases: tuple[str, ...] = ()

    def heading(self) -> str:
        """The heading in both languages, as templates print it."""
        return f"{self.zh} {self.en}"

    def names(self) -> tuple[str, ...]:
        """Every heading that is recognised."""
        return (self.id, self.zh, self.en, self.heading(), *self.aliases)


class Sheet(Item):
    """A sheet to import: one row is one record. ``fixed`` fills what has no column."""

    kind: ClassVar[str] = "sheets"

    makes: Literal["entries", "observations"]
    columns: tuple[SheetColumn, ...] = Field(min_length=1)
    fixed: dict[str, str] = Field(default_factory=dict)
    note_zh: str | None = None
    note_en: str | None = None

    def filling(self, field: str) -> tuple[SheetColumn, ...]:
        """The columns that fill a field of the record."""
        return tuple(column for column in self.columns if column.fills == field)


COMMON = frozenset(
    {"happened_at", "period", "basis", "sd", "rule", "evidence_kind", "evidence_name", "evidence_sha256", "note", "key"}
)
FIELDS: dict[str, frozenset[str]] = {
    "entries": COMMON | {"from_account", "to_account", "stream", "to_stream", "mass", "mass_unit"},
    "observations": COMMON | {"metric", "place", "stream", "value", "unit"},
}
NEEDED: dict[str, frozenset[str]] = {
    "entries": frozenset({"happened_at", "period", "basis", "rule", "from_account", "to_account", "stream", "mass"}),
    "observations": frozenset({"happened_at", "period", "basis", "rule", "metric", "place", "value"}),
}
