"""Forms: the fields of a case, who must have filled them by which step, and from which step they are sealed."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol
from wufei.terms import Citation

FieldType = Literal[
    "text", "long_text", "choice", "yes_no", "number", "mass", "date", "moment", "org", "person", "site", "storage",
    "facility", "vehicle", "permit", "stream", "operation", "place", "attachment", "lot", "lines",
]  # fmt: skip
# A condition: every field named has one of the values listed (of the line itself, else of the form).
When = dict[str, tuple[str, ...]]


class FormOption(Part):
    """One value of a choice."""

    id: str
    zh: str
    en: str


class Requirement(Part):
    """The field must be filled when the step ``at`` is signed, under a condition and while the rule is in force."""

    at: str
    when: When = Field(default_factory=dict)
    valid_from: date | None = None
    valid_to: date | None = None
    cites: tuple[Citation, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether the rule is in force on the day on which the case was opened."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class LineField(Part):
    """A field: its type, its words, who fills it, from which steps it is sealed, and when it is required.

    ``fill`` names the steps at which it may be given (empty: at every step until it is sealed). ``sealed_from`` is the
    step whose signature covers it: afterwards only a correction changes it; ``minor`` says that such a change needs no
    consent of the other signers. A mass is kept in grams.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    type: FieldType
    unit: UnitSymbol | None = None
    options: tuple[FormOption, ...] = ()
    fill: tuple[str, ...] = ()
    sealed_from: str | None = None
    minor: bool = False
    required: tuple[Requirement, ...] = ()
    help_zh: str = ""
    help_en: str = ""

    def label(self, lang: str) -> str:
        """The label in ``lang``."""
        return self.en if lang == "en" else self.zh


class FormField(LineField):
    """A field of the form itself; ``fields`` are the columns of ``lines``."""

    fields: tuple[LineField, ...] = ()


class Form(Item):
    """The fields of a kind of case, in the order to show them."""

    kind: ClassVar[str] = "forms"

    fields: tuple[FormField, ...] = Field(min_length=1)

    def field(self, name: str) -> LineField | None:
        """The field ``name``, or the column ``lines.name``; None when there is none."""
        head, _dot, rest = name.partition(".")
        found = self.own(head)
        if found is None or not rest:
            return found
        return next((f for f in found.fields if f.id == rest), None)

    def own(self, name: str) -> FormField | None:
        """The field of the form itself; None when there is none."""
        return next((f for f in self.fields if f.id == name), None)
