"""Figures as SVG: a small line for the wall, and the path of one indicator with its target and projection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SMALL = (96.0, 22.0)
LARGE = (640.0, 240.0)
EDGE = (52.0, 16.0, 26.0)  # left, the other sides, below


@dataclass(frozen=True, slots=True)
class Frame:
    """Where years and values lie on a drawing."""

    years: tuple[int, int]
    low: float
    high: float
    left: float
    top: float
    width: float
    height: float

    def x(self, year: float) -> float:
        """Across."""
        first, last = self.years
        return round(self.left + self.width * (year - first) / max(1, last - first), 2)

    def y(self, value: float) -> float:
        """Down."""
        span = self.high - self.low
        return round(self.top + self.height * (1 - ((value - self.low) / span if span else 0.5)), 2)

    def line(self, points: Mapping[int, float]) -> str:
        """Points for a polyline."""
        return " ".join(f"{self.x(year)},{self.y(points[year])}" for year in sorted(points))


def spark(known: Mapping[int, float], years: tuple[int, int], goal: float | None) -> SafeString:
    """A small line through the known years; decoration beside the printed numbers."""
    if not known:
        return SafeString("")
    values = [*known.values(), *([] if goal is None else [goal])]
    frame = Frame(years, min(values), max(values), 3, 3, SMALL[0] - 6, SMALL[1] - 6)
    aim: SafeString = SafeString("")
    if goal is not None:
        aim = format_html('<line class="aim" x1="0" x2="{}" y1="{}" y2="{}"/>', SMALL[0], *[frame.y(goal)] * 2)
    dots = format_html_join("", '<circle class="dot-known" cx="{}" cy="{}" r="2.5"/>', _places(frame, known))
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true">{}<polyline class="run" points="{}"/>{}</svg>',
        int(SMALL[0]), int(SMALL[1]), aim, frame.line(known), dots,
    )  # fmt: skip


def _places(frame: Frame, points: Mapping[int, float]) -> list[tuple[float, float]]:
    return [(frame.x(year), frame.y(points[year])) for year in sorted(points)]


@dataclass(frozen=True, slots=True)
class Lines:
    """What the large drawing shows: values by year; the projection as (year, low, mean, high)."""

    known: Mapping[int, float]
    path: Mapping[int, float]
    goal: float | None = None
    ahead: tuple[int, float, float, float] | None = None


def chart(lines: Lines, years: tuple[int, int], label: str, number: Sequence[str]) -> SafeString:
    """The path from base to target, the known values and the projection; ``number`` are the printed low and high."""
    values = every_value(lines)
    if not values:
        return SafeString("")
    left, side, below = EDGE
    frame = Frame(years, min(values), max(values), left, side, LARGE[0] - left - side, LARGE[1] - side - below)
    parts = [_grid(frame, number), _ahead(frame, lines)]
    parts.append(format_html('<polyline class="aim" points="{}"/>', frame.line(lines.path)))
    if lines.goal is not None:
        at = (frame.x(years[1] if not lines.path else max(lines.path)), frame.y(lines.goal))
        parts.append(format_html('<path class="to" d="M{} {}m0-7 7 7-7 7-7-7z"/>', *at))
    parts.append(format_html('<polyline class="run" points="{}"/>', frame.line(lines.known)))
    dots = format_html_join("", '<circle class="dot-known" cx="{}" cy="{}" r="4.5"/>', _places(frame, lines.known))
    return format_html(
        '<svg class="figure-chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        int(LARGE[0]), int(LARGE[1]), label, format_html_join("", "{}", ((part,) for part in parts)), dots,
    )  # fmt: skip


def every_value(lines: Lines) -> list[float]:
    """Every value that must fit on the drawing."""
    ahead = list(lines.ahead[1:]) if lines.ahead else []
    return [*lines.known.values(), *lines.path.values(), *ahead, *([] if lines.goal is None else [lines.goal])]


def _grid(frame: Frame, number: Sequence[str]) -> SafeString:
    first, last = frame.years
    foot = frame.top + frame.height
    ticks = format_html_join(
        "", '<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>',
        [(frame.x(year), foot + 20, year) for year in range(first, last + 1)],
    )  # fmt: skip
    right = frame.left + frame.width
    rails = format_html_join(
        "", '<line class="rail-line" x1="{}" x2="{}" y1="{}" y2="{}"/>',
        [(frame.left, right, at, at) for at in (frame.top, foot)],
    )  # fmt: skip
    ends = format_html_join(
        "", '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>',
        [(frame.left - 8, at + 4, text) for at, text in zip((foot, frame.top), number, strict=True)],
    )  # fmt: skip
    return format_html("{}{}{}", rails, ticks, ends)


def _ahead(frame: Frame, lines: Lines) -> SafeString:
    if lines.ahead is None or not lines.known:
        return SafeString("")
    year, low, mean, high = lines.ahead
    last = max(lines.known)
    x, y = frame.x(last), frame.y(lines.known[last])
    to = frame.x(year)
    return format_html(
        '<path class="cone" d="M{} {}L{} {}L{} {}z"/><line class="onward" x1="{}" y1="{}" x2="{}" y2="{}"/>',
        x, y, to, frame.y(low), to, frame.y(high), x, y, to, frame.y(mean),
    )  # fmt: skip
