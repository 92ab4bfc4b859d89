"""Defects of a source: as printed, our reading, and what must still stand there for the defect to be one."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from wufei.catalog.items import Item, Part

Certainty = Literal["sure", "likely", "unknown"]


class CorrectionTarget(Part):
    """The field of an item that a correction speaks of; ``field`` None means the whole item."""

    kind: str
    id: str
    field: str | None = None


class Expectation(Part):
    """A fragment that stands on a line as long as the source is not mended."""

    line: int
    contains: str


class Correction(Item):
    """A defect of the source: as printed, our reading, and how sure we are."""

    kind: ClassVar[str] = "corrections"

    category: Literal["structure", "content", "typing", "conflict", "project", "organisation"]
    target: CorrectionTarget | None = None
    targets: tuple[CorrectionTarget, ...] = ()
    printed: str | None = None
    reading: str | None = None
    confidence: Certainty
    reason_zh: str
    reason_en: str
    expect: tuple[Expectation, ...] = Field(min_length=1)

    @property
    def every_target(self) -> tuple[CorrectionTarget, ...]:
        """``target`` and ``targets`` together."""
        return ((self.target,) if self.target else ()) + self.targets

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Order of the printed lines."""
        return (self.expect[0].line, self.id)
