"""Sheets that people fill in: the columns, their headings and meaning, from which templates, docs and reading come."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol

Makes = Literal["entries", "observations", "organisations", "sites", "vehicles", "permits"]
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
    """A sheet to import. ``fixed`` fills what has no column.

    A row is one record of the journal (``entries``, ``observations``), or it enters or amends one row of the registry.
    """

    kind: ClassVar[str] = "sheets"

    makes: Makes
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
    "entries": COMMON
    | {"from_account", "to_account", "stream", "to_stream", "from_lot", "to_lot", "mass", "mass_unit"},
    "observations": COMMON | {"metric", "place", "stream", "value", "unit"},
    "organisations": frozenset(
        {
            "name_zh",
            "name_en",
            "aliases",
            "kind",
            "credit_code",
            "industry",
            "registered_address",
            "legal_person",
            "place",
        }
    ),
    "sites": frozenset(
        {
            *("org", "name_zh", "name_en", "place", "address", "longitude", "latitude", "datum", "in_operation_since"),
            *("generation_cycle_months", "eia_approval_no", "discharge_permit_no", "eia_generation_g_per_year"),
        }
    ),
    "vehicles": frozenset(
        {"org", "plate", "plate_kind", "kind", "load_g", "transport_permit_no", "transport_permit_to"}
    ),
    "permits": frozenset(
        {
            *("org", "site", "kind", "number", "issuer", "valid_from", "valid_to", "mode"),
            *("stream", "operations", "quota_g_per_year"),
        }
    ),
}
REGISTRY = frozenset({"organisations", "sites", "vehicles", "permits"})
NEEDED: dict[str, frozenset[str]] = {
    "entries": frozenset({"happened_at", "period", "basis", "rule", "from_account", "to_account", "stream", "mass"}),
    "observations": frozenset({"happened_at", "period", "basis", "rule", "metric", "place", "value"}),
    "organisations": frozenset({"name_zh", "kind"}),
    "sites": frozenset({"org", "name_zh", "place"}),
    "vehicles": frozenset({"org", "plate", "kind"}),
    "permits": frozenset({"org", "kind", "number", "valid_from"}),
}
