"""The head that every declared thing has, and the field types that refer to other things."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo

from wufei.terms import Citation
from wufei.terms.errors import language_of


class Part(BaseModel):
    """A piece of an item: frozen, and strict about unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Item(Part):
    """One declared thing with the mandatory head (design §2). Its folder's name is its kind.

    ``inline`` names fields that refer to another item and may hold that item itself: it takes this one's head.
    """

    kind: ClassVar[str] = ""
    inline: ClassVar[Mapping[str, type[Item]]] = {}

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    valid_from: date
    valid_to: date | None
    cites: tuple[Citation, ...] = Field(min_length=1)
    checked_on: date

    _path: Path = PrivateAttr(default=Path())

    @property
    def path(self) -> Path:
        """The file that declares this item."""
        return self._path

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Where this item stands in a list of its kind."""
        return (self.id,)

    @property
    def first_line(self) -> int:
        """The first printed line cited, 0 when none is."""
        return min((c.line for c in self.cites if c.line is not None), default=0)

    def declares(self) -> tuple[Item, ...]:
        """Items of other kinds that this one declares by the way; they lie on their own shelves."""
        return ()

    def name(self, lang: str = "zh") -> str:
        """The name in ``lang`` (``zh`` or ``en``)."""
        return self.en if language_of(lang) == "en" else self.zh

    def valid_on(self, day: date) -> bool:
        """True when the item holds on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class PlanItem(Item):
    """An item copied from a plan: ``printed`` letter by letter, ``reading`` after the sure corrections."""

    printed: dict[str, str] = Field(default_factory=dict)

    _reading: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def reading(self) -> Mapping[str, str]:
        """The printed texts with the sure corrections applied and hard wraps closed."""
        return MappingProxyType(self._reading)


def ref(kind: str) -> Any:
    """A string field that must name an existing item of ``kind``; checked once everything is loaded."""
    return AfterValidator(_note(kind))


def _note(kind: str) -> Any:
    def note(value: str, info: ValidationInfo) -> str:
        if info.context is not None:
            info.context["noted"].append((kind, info.field_name or "", value))
        return value

    return note


UnitSymbol = Annotated[str, AfterValidator(_note("unit"))]
SourceRef = Annotated[str, ref("sources")]
OrgRef = Annotated[str, ref("orgs")]
PlaceRef = Annotated[str, ref("places")]
IndicatorRef = Annotated[str, ref("indicators")]
TaskRef = Annotated[str, ref("tasks")]
MeasureRef = Annotated[str, ref("measures")]
ProjectRef = Annotated[str, ref("projects")]
CorrectionRef = Annotated[str, ref("corrections")]
StreamRef = Annotated[str, ref("streams")]
MetricRef = Annotated[str, ref("metrics")]
