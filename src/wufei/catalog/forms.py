"""Forms: the fields of a case, who must have filled them by which step, and from which step they are sealed."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol
from wufei.terms import Citation

FieldType = Literal[
    "text", "long_text", "choice", "yes_no", "number", "mass", "date", "moment", "org", "person", "site", "storage",
    "facility", "vehicle", "permit", "stream", "operation", "place", "attachment", "lot", "period", "lines",
]  # fmt: skip
# A condition: every field named has one of the values listed (of the line itself, else of the form).
When = dict[str, tuple[str, ...]]


class FormOption(Part):
    """One value of a choice."""

    id: str
    zh: str
    en: str


class Requirement(Part):
    """The field must be filled when the step ``at`` is signed, under a condition and while the rule is in force.

    For a column, ``line_of`` names a numeric field: only the line of that number must be filled (the leg under way).
    ``differs`` are pairs of fields: it is then required only where the two of a pair do not say the same.
    """

    at: str
    line_of: str | None = None
    differs: tuple[tuple[str, str], ...] = ()
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
    consent of the other signers. ``sealed_up_to`` is a numeric field of the form: a seal on a column then covers only
    the lines up to that number (the legs of a relay that were driven). ``anew`` asks for the value afresh at each step
    that fills it: what an earlier step said does not stand in. ``given`` is what the system itself fills (see
    wufei.workflow.prefill), ``starts_as`` a given field whose value it takes at first. ``counts`` names the lines that
    a number tells apart: it is kept from 0, and people read and write it from 1. A mass is kept in grams.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    type: FieldType
    unit: UnitSymbol | None = None
    options: tuple[FormOption, ...] = ()
    fill: tuple[str, ...] = ()
    sealed_from: str | None = None
    sealed_up_to: str | None = None
    minor: bool = False
    anew: bool = False
    given: bool = False
    starts_as: str | None = None
    counts: str | None = None
    required: tuple[Requirement, ...] = ()
    help_zh: str = ""
    help_en: str = ""

    def label(self, lang: str) -> str:
        """The label in ``lang``."""
        return self.en if lang == "en" else self.zh


class FormField(LineField):
    """A field of the form itself; ``fields`` are the columns of ``lines``, ``line_key`` those that tell lines apart."""

    fields: tuple[LineField, ...] = ()
    line_key: tuple[str, ...] = ()


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
