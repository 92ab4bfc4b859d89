"""Flow diagrams with returns: stages from left to right, bands as wide as their masses, returns under the band.

Geometry only: no colour, no text. Everything is in pixels; masses become widths by one scale, so that what
enters a node is as wide as what leaves it and periods can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

WIDTH, HEIGHT = 1120.0, 460.0
NODE, GAP, LANE = 14.0, 26.0, 8.0
SIDE, TOP = 8.0, 24.0
LABEL = 150.0
LEAST = 1.0
WIDEST_HALO = 10.0
SWEEPS = 6


@dataclass(frozen=True)
class Band:
    """One flow to draw: ``size`` is its mass, ``spread`` its standard deviation; the rest is kept for the caller."""

    id: str
    source: str
    target: str
    size: float
    spread: float = 0.0


@dataclass
class Box:
    """A placed node."""

    id: str
    stage: int
    size: float
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Path:
    """A placed band: a filled outline, or for a return the middle line of a stroke ``width`` wide."""

    band: Band
    d: str
    width: float
    turns_back: bool
    halo: str = ""


@dataclass
class Drawing:
    """A placed diagram: its size, boxes by id, paths in the order given, and the scale in pixels per unit of mass."""

    width: float
    height: float
    scale: float
    boxes: dict[str, Box] = field(default_factory=dict)
    paths: list[Path] = field(default_factory=list)


def draw(nodes: Sequence[tuple[str, int]], bands: Iterable[Band], largest: float | None = None) -> Drawing:
    """Place nodes (id, stage) and bands. ``largest`` is the mass of the fullest stage that the scale must hold."""
    given = [band for band in bands if band.size > 0]
    boxes = _boxes(nodes, given)
    stages = sorted({box.stage for box in boxes.values()})
    columns = [[box for box in boxes.values() if box.stage == stage] for stage in stages]
    most = max((len(column) for column in columns), default=1)
    full = max([largest or 0.0, *(sum(box.size for box in column) for column in columns), 1e-12])
    scale = (HEIGHT - GAP * max(most - 1, 0)) / full
    for box in boxes.values():
        box.height = max(box.size * scale, LEAST)
    _order(columns, given)
    _place(columns)
    drawing = Drawing(WIDTH, HEIGHT + 2 * TOP, scale, boxes)
    _route(drawing, given)
    return drawing


def _boxes(nodes: Sequence[tuple[str, int]], bands: Sequence[Band]) -> dict[str, Box]:
    leaving: dict[str, float] = {}
    entering: dict[str, float] = {}
    for band in bands:
        leaving[band.source] = leaving.get(band.source, 0.0) + band.size
        entering[band.target] = entering.get(band.target, 0.0) + band.size
    sizes = {name: max(leaving.get(name, 0.0), entering.get(name, 0.0)) for name in {*leaving, *entering}}
    return {name: Box(name, stage, sizes[name]) for name, stage in nodes if name in sizes}


def _order(columns: list[list[Box]], bands: Sequence[Band]) -> None:
    """Barycentre sweeps in both directions; the order given decides between equals."""
    place = {box.id: float(k) for column in columns for k, box in enumerate(column)}
    for sweep in range(SWEEPS):
        order = columns[1:] if sweep % 2 == 0 else columns[-2::-1]
        for column in order:
            middle = {box.id: _middle(box.id, bands, place, back=sweep % 2 == 1) for box in column}
            column.sort(key=lambda box: middle[box.id])
            place.update({box.id: float(k) for k, box in enumerate(column)})


def _middle(name: str, bands: Sequence[Band], place: dict[str, float], *, back: bool) -> float:
    found = [(b.target if back else b.source, b.size) for b in bands if (b.source if back else b.target) == name]
    total = sum(size for other, size in found if other != name)
    if not total:
        return place[name]
    return sum(place[other] * size for other, size in found if other != name) / total


def _place(columns: list[list[Box]]) -> None:
    room = WIDTH - 2 * SIDE - NODE - LABEL
    for k, column in enumerate(columns):
        x = SIDE + (room * k / max(len(columns) - 1, 1))
        y = TOP
        for box in column:
            box.x, box.y = x, y
            y += box.height + GAP


def _route(drawing: Drawing, bands: Sequence[Band]) -> None:
    boxes, scale = drawing.boxes, drawing.scale
    start = _ports(bands, boxes, scale, leaving=True)
    end = _ports(bands, boxes, scale, leaving=False)
    lane = max((box.y + box.height for box in boxes.values()), default=TOP) + GAP
    for band in bands:
        source, target = boxes[band.source], boxes[band.target]
        width = band.size * scale
        if target.stage > source.stage:
            x0, x1 = source.x + NODE, target.x
            spread = min(band.spread * scale, WIDEST_HALO)
            halo = _ribbon(x0, start[band.id] - spread, x1, end[band.id] - spread, width + 2 * spread) if spread else ""
            outline = _ribbon(x0, start[band.id], x1, end[band.id], width)
            drawing.paths.append(Path(band, outline, width, turns_back=False, halo=halo))
            continue
        middle = lane + width / 2
        line = _loop(source.x + NODE, start[band.id] + width / 2, target.x, end[band.id] + width / 2, middle)
        drawing.paths.append(Path(band, line, max(width, LEAST), turns_back=True))
        lane += width + LANE
    drawing.height = max(drawing.height, lane + TOP)


def _ports(bands: Sequence[Band], boxes: dict[str, Box], scale: float, *, leaving: bool) -> dict[str, float]:
    """Where each band meets its node, from the top: forward bands by the height of their other end, returns below."""
    taken = {name: box.y for name, box in boxes.items()}

    def key(band: Band) -> tuple[bool, float, str]:
        other = boxes[band.target if leaving else band.source]
        back = boxes[band.target].stage <= boxes[band.source].stage
        return back, other.y, band.id

    found = {}
    for band in sorted(bands, key=key):
        own = band.source if leaving else band.target
        found[band.id] = taken[own]
        taken[own] += band.size * scale
    return found


def _ribbon(x0: float, y0: float, x1: float, y1: float, width: float) -> str:
    bend = (x0 + x1) / 2
    return (
        f"M{x0:.2f},{y0:.2f}C{bend:.2f},{y0:.2f} {bend:.2f},{y1:.2f} {x1:.2f},{y1:.2f}V{y1 + width:.2f}"
        f"C{bend:.2f},{y1 + width:.2f} {bend:.2f},{y0 + width:.2f} {x0:.2f},{y0 + width:.2f}Z"
    )


def _loop(x0: float, y0: float, x1: float, y1: float, lane: float) -> str:
    """Out to the right, down under the band, back, and up into the target's left side."""
    reach = 26.0
    return (
        f"M{x0:.2f},{y0:.2f}C{x0 + reach:.2f},{y0:.2f} {x0 + reach:.2f},{lane:.2f} {x0:.2f},{lane:.2f}"
        f"H{x1:.2f}C{x1 - reach:.2f},{lane:.2f} {x1 - reach:.2f},{y1:.2f} {x1:.2f},{y1:.2f}"
    )


def fold(
    bands: Sequence[Band], nodes: Sequence[tuple[str, int]], share: float = 0.005
) -> tuple[list[Band], dict[str, str]]:
    """Fold nodes under ``share`` of the largest stage into one *other* node of their stage, when there are several.

    Returns the bands between what is left, and for each folded node the id of what holds it.
    """
    boxes = _boxes(nodes, [band for band in bands if band.size > 0])
    totals: dict[int, float] = {}
    for box in boxes.values():
        totals[box.stage] = totals.get(box.stage, 0.0) + box.size
    least = share * max(totals.values(), default=0.0)
    small: dict[int, list[str]] = {}
    for box in boxes.values():
        if box.size < least:
            small.setdefault(box.stage, []).append(box.id)
    held = {name: f"other-{stage}" for stage, names in small.items() if len(names) > 1 for name in names}
    moved = [replace(b, source=held.get(b.source, b.source), target=held.get(b.target, b.target)) for b in bands]
    return moved, held
