"""Checklists of inspections: what is looked at, for how many points, and which results the share of points gives."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part, UnitSymbol, ref
from wufei.terms import Citation, convert

Confidence = Literal["high", "medium", "low"]


class CheckItem(Part):
    """One item: its points, for whom it is looked at, and by which article."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    points: int = Field(gt=0)
    subjects: tuple[Literal["generator", "operator"], ...] = ("generator", "operator")
    cites: tuple[Citation, ...] = Field(min_length=1)
    confidence: Confidence


class Band(Part):
    """A result, from which share of the points on; ``passes`` counts it as passed."""

    id: Literal["qualified", "basically", "failed"]
    at_least: Decimal
    unit: UnitSymbol
    passes: bool


class Checklist(Item):
    """An inspection's items and bands, the highest band first; used by the workflows that name it."""

    kind: ClassVar[str] = "checklists"

    workflow: Annotated[str, ref("workflows")]
    confidence: Confidence
    items: tuple[CheckItem, ...] = Field(min_length=1)
    bands: tuple[Band, ...] = Field(min_length=2)

    def band(self, points: Decimal, most: int) -> Band:
        """The band of a share of the points; the last one where none is reached."""
        share = points * 100 / most if most else Decimal(0)
        return next((b for b in self.bands if share >= convert(b.at_least, b.unit, "%")), self.bands[-1])
