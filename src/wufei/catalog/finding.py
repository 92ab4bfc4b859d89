"""What a finding is: a contradiction or gap in declared data, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from wufei.terms import Citation

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction or gap: what, in both languages, the items concerned, and figures as (label, text)."""

    code: str
    severity: Severity
    zh: str
    en: str
    items: tuple[tuple[str, str], ...]
    cites: tuple[Citation, ...] = ()
    figures: dict[str, str] = field(default_factory=dict)

    def text(self, lang: str = "zh") -> str:
        """The finding in ``lang``."""
        return self.en if lang.startswith("en") else self.zh
