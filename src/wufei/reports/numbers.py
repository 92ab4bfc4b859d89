"""The one formatter of quantities: masses, and what ``wufei.terms.amounts`` writes."""

from __future__ import annotations

from wufei.terms import Mass
from wufei.terms.amounts import UNKNOWN, plain, quantity, unit_text, unknown_text

__all__ = ["UNKNOWN", "mass_text", "plain", "quantity", "unit_text", "unknown_text"]


def mass_text(grams: int | None, lang: str) -> str:
    """Grams as tonnes with every digit: 1500000 → ``1.5 吨``, ``1.5 t``; the word Unknown for None."""
    if grams is None:
        return unknown_text(lang)
    return Mass(grams).format("吨" if lang == "zh" else "t")
