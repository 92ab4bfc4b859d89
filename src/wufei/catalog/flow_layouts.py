"""How the journal's accounts fold to the nodes of a flow diagram: one layout per family of streams."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from wufei.catalog.items import Item, MetricRef, Part, StreamRef, UnitSymbol

AccountRole = Literal[
    "origin",
    "storage",
    "transit",
    "process",
    "product",
    "sink",
    "loss",
    "adjustment",
    "unexplained",
    "opening",
    "outside",
]
Basis = Literal["measured", "manifested", "declared", "estimated", "reconciled", "published"]


class LayoutStage(Part):
    """A column of the diagram, from left to right."""

    zh: str
    en: str


class LayoutNode(Part):
    """A drawn process: the accounts of `role` (with one of `details`, when given) fold to it; the first counts.

    ``balance``: what enters leaves or changes the stock. ``by_group``: so for each group of streams apart.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    stage: int = Field(ge=0)
    role: AccountRole
    details: tuple[str, ...] = ()
    balance: bool = False
    by_group: bool = False
    stock_metric: MetricRef | None = None


class LayoutLink(Part):
    """A flow that the diagram always has: known from entries, else from figures published under ``metric``."""

    source: str
    target: str
    metric: MetricRef | None = None


def _known_nodes(links: tuple[LayoutLink, ...], info: ValidationInfo) -> tuple[LayoutLink, ...]:
    known = {node.id for node in info.data.get("nodes", ())}
    for link in links:
        for end in (link.source, link.target):
            if end not in known:
                raise ValueError(f"{end} is no node of the layout")
    return links


class FlowLayout(Item):
    """A flow diagram: its streams with those below them, the groups told apart, stages, nodes, links.

    ``assumed_sd`` is the standard deviation, as a percentage, of masses whose records state none, by basis.
    """

    kind: ClassVar[str] = "flow_layouts"

    order: int
    annex: str | None = None
    streams: tuple[StreamRef, ...] = Field(min_length=1)
    groups: tuple[StreamRef, ...] = ()
    stages: tuple[LayoutStage, ...] = Field(min_length=2)
    nodes: tuple[LayoutNode, ...] = Field(min_length=2)
    links: Annotated[tuple[LayoutLink, ...], AfterValidator(_known_nodes)]
    assumed_sd: dict[Basis, Decimal]
    assumed_sd_unit: UnitSymbol
    note_zh: str
    note_en: str

    @property
    def sort_key(self) -> tuple[int, str]:
        """In the order of the plan's annexes."""
        return (self.order, self.id)

    def stock_metrics(self) -> Iterator[str]:
        """Metrics of the stocks."""
        return (node.stock_metric for node in self.nodes if node.stock_metric)
