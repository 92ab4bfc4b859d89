"""Chart geometry: numbers in, positions out; a page draws them as SVG and shows the same numbers as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wufei.terms import is_unknown


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: label, value (None: unknown), its printed text, and width as a share of the longest, 0–100."""

    label: Any
    value: Any
    text: str
    width: float
    href: str = ""
    lang: str = ""


def bars(rows: Sequence[tuple[Any, Any, str, str]]) -> tuple[Bar, ...]:
    """Bars of ``(label, value, text, href)`` on one common scale that begins at 0."""
    known = [float(value) for _, value, _, _ in rows if _known(value)]
    top = max(known, default=0.0) or 1.0
    return tuple(
        Bar(label, value, text, round(100 * float(value) / top, 2) if _known(value) else 0.0, href)
        for label, value, text, href in rows
    )


@dataclass(frozen=True, slots=True)
class Path:
    """From baseline to target on one scale: positions 0–100, None where a value is not known."""

    baseline: float | None
    target: float | None
    low: float
    high: float

    @property
    def left(self) -> float:
        """Where the span between the two known points begins."""
        return min(p for p in (self.baseline, self.target) if p is not None)

    @property
    def width(self) -> float:
        """How long that span is; 0 when a point is missing or nothing changes."""
        if self.baseline is None or self.target is None:
            return 0.0
        return round(abs(self.target - self.baseline), 2)


def path(baseline: Any, target: Any, unit: str | None) -> Path | None:
    """Place baseline and target on a scale: 0–100 for shares, else 0 to a round number above both.

    Returns None when neither is a number.
    """
    known = [float(value) for value in (baseline, target) if _known(value)]
    if not known:
        return None
    low, high = (0.0, 100.0) if unit == "%" and max(known) <= 100 else (0.0, _round_up(max(known)))
    place = lambda value: round(100 * (float(value) - low) / (high - low), 2) if _known(value) else None  # noqa: E731
    return Path(place(baseline), place(target), low, high)


def _known(value: Any) -> bool:
    return value is not None and not is_unknown(value)


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 × 10ⁿ at or above ``value``."""
    if value <= 0:
        return 1.0
    step = 10.0 ** (len(str(int(value))) - 1)
    return next(step * factor for factor in (1, 2, 2.5, 5, 10) if step * factor >= value)
