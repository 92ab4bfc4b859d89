"""A flow network laid out as a diagram, as a table, and as a file that draws itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import typst

from wufei.flows.network.build import Link, Network
from wufei.reports import sankey
from wufei.reports.typeset import fonts

COLOURS = ("#0b6656", "#5d8fc2", "#c07f2c", "#8a6bb1", "#58763a", "#b05c72")  # the series of tokens.css, for files
SERIES = len(COLOURS)
Name = Callable[[str], str]


@dataclass(frozen=True)
class Words:
    """How the diagram speaks: names of streams, of classes, of nodes, and a mass as text."""

    stream: Name
    kind: Name
    node: Name
    mass: Callable[[float], str]


@dataclass(frozen=True)
class Drawn:
    """A drawn band: its link, its series (1–6), its path, and what it says."""

    link: Link
    series: int
    path: sankey.Path
    text: str


@dataclass(frozen=True)
class Label:
    """A drawn node with its name and mass."""

    box: sankey.Box
    name: str
    mass: str

    @property
    def text_x(self) -> str:
        """Where its text begins."""
        return f"{self.box.x:.2f}"

    @property
    def text_y(self) -> str:
        """The text's base line, above the node."""
        return f"{self.box.y - 5:.2f}"


@dataclass(frozen=True)
class Diagram:
    """Everything that a page or a file draws."""

    width: float
    height: float
    bands: list[Drawn]
    labels: list[Label]
    folded: list[str]


def series_of(network: Network) -> dict[str, int]:
    """A colour number for each group of streams."""
    return {group: k % SERIES + 1 for k, group in enumerate(network.groups)}


def interval_text(link: Link, words: Words) -> str:
    """The interval of what cannot be determined; empty for the rest."""
    if link.interval is None:
        return ""
    low, high = (words.mass(end) if end is not None else "…" for end in link.interval)
    return f"[{low}, {high}]"


def told(link: Link, words: Words, *, before: bool = False) -> str:
    """A band in words: from, to, of what, how much, how sure."""
    value = link.before if before else link.value
    amount = words.mass(value) if value is not None else interval_text(link, words) or "?"
    sd = f" ± {words.mass(link.sd)}" if link.sd and not before else ""
    ends = f"{words.node(link.source)} → {words.node(link.target)}"
    return f"{ends} · {words.stream(link.group)} · {amount}{sd} · {words.kind(link.kind)}"


def diagram(network: Network, words: Words, *, before: bool = False, largest: float | None = None) -> Diagram:
    """Lay a network out; ``before`` draws what was recorded, else what was reconciled."""
    nodes = [(node.id, node.stage) for node in network.layout.nodes]
    links = {link.id: link for link in network.links}
    bands = [_band(link, before, _fitting(network, link)) for link in network.links]
    folded_bands, held = sankey.fold(bands, nodes)
    others = sorted({(name, int(name.partition("-")[2])) for name in held.values()})
    drawing = sankey.draw([*nodes, *others], folded_bands, largest)
    series = series_of(network)
    drawn = [
        Drawn(links[p.band.id], series[links[p.band.id].group], p, told(links[p.band.id], words, before=before))
        for p in drawing.paths
    ]
    labels = [Label(box, words.node(box.id), words.mass(box.size)) for box in drawing.boxes.values()]
    return Diagram(drawing.width, drawing.height, drawn, labels, [words.node(name) for name in held])


def _fitting(network: Network, link: Link) -> float:
    """How much narrower unknown flows out of a node must be drawn, so that they do not exceed what enters it."""
    if link.kind != "unknown":
        return 1.0
    entering = sum(each.width for each in network.links if each.target == link.source and each.group == link.group)
    leaving = [each for each in network.links if each.source == link.source and each.group == link.group]
    known = sum(each.width for each in leaving if each.kind != "unknown")
    unknown = sum(each.width for each in leaving if each.kind == "unknown")
    return min(1.0, max(entering - known, 0.0) / unknown) if unknown and entering else 1.0


def _band(link: Link, before: bool, fitting: float) -> sankey.Band:  # noqa: FBT001
    size = (link.before or 0.0) if before else link.width * fitting
    return sankey.Band(link.id, link.source, link.target, size, 0.0 if before else (link.sd or 0.0))


def standalone(shown: Diagram, title: str) -> str:
    """The diagram as an SVG file that needs nothing else."""
    faint = {"measured": 0.75, "exact": 0.75, "inferred": 0.45, "unknown": 0.3}
    size = f'viewBox="0 -34 {shown.width:.0f} {shown.height + 34:.0f}" width="{shown.width:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Noto Sans CJK SC, sans-serif">',
        f'<text x="8" y="-12" font-size="18" font-weight="bold">{escape(title)}</text>',
    ]
    for band in shown.bands:
        colour, opacity = COLOURS[band.series - 1], faint[band.link.kind]
        dash = ' stroke-dasharray="6 4"' if band.link.kind == "unknown" else ""
        if band.path.turns_back:
            paint = f'fill="none" stroke="{colour}" stroke-width="{band.path.width:.2f}" stroke-opacity="{opacity}"'
        else:
            paint = f'fill="{colour}" fill-opacity="{opacity}" stroke="{colour}"{dash}'
        parts.append(f'<path d="{band.path.d}" {paint}><title>{escape(band.text)}</title></path>')
    for label in shown.labels:
        box = label.box
        parts.append(f'<rect x="{box.x:.2f}" y="{box.y:.2f}" width="{sankey.NODE}" height="{box.height:.2f}"/>')
        text = escape(f"{label.name} {label.mass}")
        parts.append(f'<text x="{label.text_x}" y="{label.text_y}" font-size="12">{text}</text>')
    return "".join([*parts, "</svg>"])


def rendered(svg: str, suffix: str) -> bytes:
    """The SVG as a one-page PDF, or as PNG."""
    source = '#set page(width: auto, height: auto, margin: 8mm)\n#image("flow.svg", width: 267mm)\n'
    given = {"main.typ": source.encode(), "flow.svg": svg.encode()}
    if suffix == "png":
        return bytes(typst.compile(given, font_paths=fonts(), format="png", ppi=144.0))
    return bytes(typst.compile(given, font_paths=fonts(), format="pdf", pdf_tags=False))
