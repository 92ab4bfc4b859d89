"""Charts as SVG text: geometry from ``reports``, shapes here; no style attributes, colours by class."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from wufei.reports.charts import Path, path


def path_of(indicator: Any) -> Path | None:
    """Baseline and target of an indicator on one scale."""
    return path(indicator.baseline.value, indicator.target.value, indicator.unit)


def path_svg(indicator: Any) -> SafeString:
    """A hollow ring at the baseline and a full diamond at the target; decoration beside the printed numbers."""
    placed = path_of(indicator)
    if placed is None:
        return SafeString("")
    return format_html(
        '<svg class="path" aria-hidden="true"><rect class="rail" x="0" y="45%" width="100%" height="2"/>{}{}{}</svg>',
        _span(placed),
        _ring(placed.baseline),
        _diamond(placed.target),
    )


def _span(placed: Path) -> SafeString:
    if not placed.width:
        return SafeString("")
    return format_html('<rect class="span" x="{}%" y="38%" width="{}%" height="5"/>', placed.left, placed.width)


def _ring(at: float | None) -> SafeString:
    return SafeString("") if at is None else format_html('<circle class="from" cx="{}%" cy="50%" r="4"/>', at)


def _diamond(at: float | None) -> SafeString:
    if at is None:
        return SafeString("")
    return format_html('<svg x="{}%" y="50%" overflow="visible"><path class="to" d="M0-6 6 0 0 6-6 0z"/></svg>', at)


def bar_svg(width: float, kind: str = "fill") -> SafeString:
    """One horizontal bar, ``width`` per cent long."""
    return mark_safe(  # noqa: S308 - a number and a fixed class
        f'<svg aria-hidden="true"><rect class="rail" width="100%" height="100%" rx="2"/>'
        f'<rect class="{kind}" width="{float(width):.2f}%" height="100%" rx="2"/></svg>'
    )
