"""A citation names the source, the clause in it and, where we ship the text, the printed lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, order=True)
class Citation:
    """Where a fact stands: source id, clause in its own numbering, and printed lines (1-based, inclusive)."""

    source: str
    clause: str
    line: int | None = None
    line_to: int | None = None

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def lines(self) -> range:
        """The printed lines cited; empty when the source's text is not shipped."""
        if self.line is None:
            return range(0)
        return range(self.line, (self.line_to or self.line) + 1)

    def __str__(self) -> str:
        """Read as ``source clause L12–L14``."""
        if self.line is None:
            return f"{self.source} {self.clause}"
        end = f"–L{self.line_to}" if self.line_to and self.line_to != self.line else ""
        return f"{self.source} {self.clause} L{self.line}{end}"
