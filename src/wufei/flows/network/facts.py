"""Facts about the flows of a layout: entries folded to its nodes, and figures that the city published."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.flow_layouts import FlowLayout, LayoutNode
from wufei.flows.network.build import Fact
from wufei.journal import cube
from wufei.journal.cube_sql import Axis
from wufei.terms import Basis, NamedError, convert

BY_ACCOUNT: tuple[Axis, ...] = ("from_account", "from_role", "to_account", "to_role", "stream", "to_stream")
BY_ROLE: tuple[Axis, ...] = ("from_role", "to_role", "stream", "to_stream")
PERCENT = 100


class FlowStreamUnknown(NamedError):
    """A flow diagram was asked for by a word that is no layout and no stream of one."""

    code = "flow_stream_unknown"
    zh = "没有“{name}”的流向图。"
    en = "There is no flow diagram of {name!r}."
    remedy_zh = "可用的流向图：{known}；或写其中一种废物的编号。"
    remedy_en = "There are: {known}; or give the id of a waste stream of one of them."


@dataclass(frozen=True)
class Folding:
    """A layout with what its streams belong to: each stream's group, by descent."""

    layout: FlowLayout
    group_of: Mapping[str, str]

    @property
    def streams(self) -> tuple[str, ...]:
        """Every stream that the diagram counts."""
        return tuple(self.group_of)


def layouts(catalog: Catalog) -> tuple[FlowLayout, ...]:
    """Every diagram, in the order of the annexes."""
    found: tuple[FlowLayout, ...] = catalog.national.items("flow_layouts")
    return tuple(sorted(found, key=lambda each: each.sort_key))


def folding(catalog: Catalog, layout: FlowLayout, only: str | None = None) -> Folding:
    """Which group each stream of a layout falls to: the nearest above it; with `only`, that stream and those below."""
    parents = {item.id: item.parent for item in catalog.national.items("streams")}
    roots = (only,) if only else layout.streams
    groups = {*layout.groups, *layout.streams}
    found = {}
    for stream in parents:
        line = list(_upwards(stream, parents))
        if not any(root in line for root in roots):
            continue
        found[stream] = next((each for each in line if each in groups), line[-1])
    return Folding(layout, found)


def _upwards(stream: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    at: str | None = stream
    while at is not None:
        yield at
        at = parents.get(at)


def find_layout(catalog: Catalog, name: str) -> tuple[FlowLayout, str | None]:
    """The layout of that id, or the first that holds the stream of that id. Raises FlowStreamUnknown."""
    known = layouts(catalog)
    for layout in known:
        if name in (layout.id, layout.id.removesuffix("_flows")) or (layout.streams == (name,)):
            return layout, None
    for layout in known:
        if name in folding(catalog, layout).group_of:
            return layout, name
    raise FlowStreamUnknown(name=name, known=", ".join(layout.id for layout in known))


def node_of(layout: FlowLayout, role: str, account: str = "") -> str:
    """The node that an account folds to: one that names its detail before one of its role alone."""
    detail = account.partition("/")[2]
    fitting = [node for node in layout.nodes if node.role == role and (not node.details or detail in node.details)]
    fitting.sort(key=lambda node: not node.details)
    return fitting[0].id if fitting else ""


def from_journal(
    connection: Connection[Any], fold: Folding, period: str, *, as_known_on: datetime | None = None
) -> list[Fact]:
    """The entries of a period by node and group; nothing is dropped: an account of no node goes to `unexplained`."""
    by = BY_ACCOUNT if any(node.details for node in fold.layout.nodes) else BY_ROLE
    wanted = cube.Wanted(streams=fold.streams)
    rows = cube.flows(connection, period, wanted, by=by, as_known_on=as_known_on).rows
    return [fact for row in rows if (fact := _fact(fold, row)) is not None]


def _fact(fold: Folding, row: cube.Flow) -> Fact | None:
    along = row.along
    source = node_of(fold.layout, along["from_role"], along.get("from_account", "")) or "unexplained"
    target = node_of(fold.layout, along["to_role"], along.get("to_account", "")) or "unexplained"
    if row.mass_g == 0:
        return None
    sd = math.sqrt(row.variance_g2) if row.variance_g2 > 0 else assumed(fold.layout, row.basis_g)
    if row.mass_g < 0:
        source, target = target, source
    guessed = set(row.basis_g) == {"estimated"}
    return Fact(source, target, fold.group_of[along["stream"]], abs(row.mass_g), sd, row.entries, "journal", guessed)


def assumed(layout: FlowLayout, masses: Mapping[str, int]) -> float:
    """Standard deviation in grams of masses by basis, when no record states one: alike within a basis, else apart."""
    total = 0.0
    shares = {str(basis): share for basis, share in layout.assumed_sd.items()}
    for basis, mass in masses.items():
        share = shares.get(basis, shares[Basis.ESTIMATED])
        total += (float(share) / PERCENT * mass) ** 2
    return math.sqrt(total)


def published(catalog: Catalog, city: str, fold: Folding, period: str) -> list[Fact]:
    """Figures of the city's bulletins for the period: generation, routes and stock at the end, of a group itself."""
    layout = fold.layout
    links = {link.metric: (link.source, link.target) for link in layout.links if link.metric}
    stocks = {node.stock_metric: (node.id, "") for node in layout.nodes if node.stock_metric}
    groups = set(layout.groups or layout.streams)
    found = []
    for bulletin in catalog.city(city).items("bulletins"):
        for figure in bulletin.figures:
            ends = links.get(figure.metric) or stocks.get(figure.metric)
            told = ends and figure.value is not None and figure.stream in groups and figure.stream in fold.group_of
            if told and (figure.period or bulletin.period) == period:
                mass = int(convert(Decimal(figure.value), figure.unit, "克"))
                sd = assumed(layout, {"published": mass})
                found.append(Fact(*ends, figure.stream, mass, sd, 0, f"bulletins/{bulletin.id}"))
    return found


def nodes(layout: FlowLayout) -> dict[str, LayoutNode]:
    """The layout's nodes by id."""
    return {node.id: node for node in layout.nodes}
