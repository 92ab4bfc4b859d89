"""From facts about flows to a case that can be reconciled, and back to the links that a diagram draws. No database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wufei.catalog.flow_layouts import FlowLayout, LayoutNode
from wufei.flows.reconcile import reconcile

G_PER_T = 1_000_000
UNIT = "t"


@dataclass(frozen=True)
class Fact:
    """Mass from node to node (``target`` "" : stock at the end), its deviation, and where it is told."""

    source: str
    target: str
    group: str
    mass_g: int
    sd_g: float
    entries: int
    told_by: str
    """``journal``, or the id of the bulletin or of the record that publishes it."""
    estimated: bool = False
    """Whether nobody measured, declared or published it: somebody worked it out."""


@dataclass(frozen=True)
class Link:
    """A drawn flow: its class is ``measured``, ``exact``, ``inferred`` or ``unknown`` (then ``value`` is None)."""

    id: str
    source: str
    target: str
    group: str
    kind: str
    before: float | None
    value: float | None
    sd: float | None
    interval: tuple[float | None, float | None] | None
    z: float | None
    suspect: bool
    entries: int
    told_by: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """The id as an address within a page holds it."""
        return self.id.replace(">", "-").replace("/", "-").replace(":", "-")

    @property
    def width(self) -> float:
        """Tonnes that it is drawn with: its value, or the middle of its interval, or its end where there is one."""
        if self.value is not None:
            return max(self.value, 0.0)
        low, high = self.interval or (None, None)
        ends = [each for each in (low, high) if each is not None]
        return sum(ends) / len(ends) if ends else 0.0


@dataclass(frozen=True)
class Network:
    """What a diagram shows: the layout, its groups with data, links, stocks (links without target), and the answer."""

    layout: FlowLayout
    groups: tuple[str, ...]
    links: tuple[Link, ...]
    stocks: tuple[Link, ...]
    answer: Mapping[str, Any]
    case: Mapping[str, Any] = field(repr=False)


def network(layout: FlowLayout, facts: Iterable[Fact]) -> Network:
    """Reconcile the facts of a layout. Masses in tonnes."""
    summed = _sum(facts)
    groups = tuple(sorted({group for _, _, group in summed}))
    case = _case(layout, summed, groups)
    answer = reconcile(case, starts=0)
    links = tuple(_link(each, answer, summed) for each in case["flows"])
    stocks = tuple(_link(each, answer, summed) for each in case["stocks"])
    return Network(layout, groups, links, stocks, answer, case)


def _sum(facts: Iterable[Fact]) -> dict[tuple[str, str, str], list[Fact]]:
    """Facts by link; what is published counts only where the journal has nothing."""
    found: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        found.setdefault((fact.source, fact.target, fact.group), []).append(fact)
    return {key: [f for f in told if f.told_by == "journal"] or told[:1] for key, told in sorted(found.items())}


def counted(facts: Iterable[Fact]) -> list[Fact]:
    """The facts that count: what is published only where the journal has nothing."""
    return [fact for told in _sum(facts).values() for fact in told]


def _at(node: LayoutNode, group: str) -> str:
    return f"{node.id}/{group}" if node.by_group else node.id


def _case(
    layout: FlowLayout, summed: Mapping[tuple[str, str, str], list[Fact]], groups: tuple[str, ...]
) -> dict[str, Any]:
    nodes = {node.id: node for node in layout.nodes}
    flows = {
        key: _quantity(f"{key[0]}>{key[1]}/{key[2]}", told, nodes[key[0]]) for key, told in summed.items() if key[1]
    }
    stocks = {
        key: _quantity(f"stock:{key[0]}/{key[2]}", told, nodes[key[0]]) for key, told in summed.items() if not key[1]
    }
    for group in groups:
        for link in layout.links:
            key = (link.source, link.target, group)
            if key not in flows and _open(layout, nodes, link.source, group, flows, stocks):
                flows[key] = {"id": f"{link.source}>{link.target}/{group}", "status": "unmeasured"}
    used = {(end, key[2]) for key in flows for end in key[:2]} | {(key[0], key[2]) for key in stocks}
    for node, group in sorted(used):
        if nodes[node].balance and (node, "", group) not in stocks:
            open_ends = any(k[0] == node and k[2] == group and f["status"] == "unmeasured" for k, f in flows.items())
            floor = {"lower": 0.0} if open_ends else {}  # no older stock is drawn on, as long as nothing says so
            stocks[(node, "", group)] = {"id": f"stock:{node}/{group}", "status": "unmeasured", **floor}
    return {
        "unit": UNIT,
        "nodes": sorted(
            (
                {"id": name, "balance": balance}
                for name, balance in {(_at(nodes[n], g), nodes[n].balance) for n, g in used}
            ),
            key=lambda each: each["id"],
        ),
        "flows": [
            {**flow, "from": _at(nodes[key[0]], key[2]), "to": _at(nodes[key[1]], key[2])}
            for key, flow in flows.items()
        ],
        "stocks": [{**stock, "node": _at(nodes[key[0]], key[2])} for key, stock in stocks.items()],
    }


def _open(
    layout: FlowLayout,
    nodes: Mapping[str, LayoutNode],
    source: str,
    group: str,
    flows: Mapping[tuple[str, str, str], Any],
    stocks: Mapping[tuple[str, str, str], Any],
) -> bool:
    """Whether a declared link without facts is drawn as unknown: no way out of its source is known at all.

    An opening stock is looked for only where the stock at the end is known: else the two cannot be told apart.
    """
    if nodes[source].role == "opening":
        into = {link.target for link in layout.links if link.source == source}
        return any((target, "", group) in stocks for target in into)
    fed = source in {key[1] for key in flows if key[2] == group} or nodes[source].role == "origin"
    known = any(key[0] == source and key[2] == group and "measured" in flow for key, flow in flows.items())
    return fed and not known and not any("fixed" in f for k, f in flows.items() if k[0] == source and k[2] == group)


def _quantity(name: str, told: list[Fact], node: LayoutNode) -> dict[str, Any]:
    """Its fields of the case. An opening stock that was only worked out is worked out again, not taken as known."""
    if node.role == "opening" and all(fact.estimated for fact in told):
        return {"id": name, "status": "unmeasured"}
    mass = sum(fact.mass_g for fact in told) / G_PER_T
    sd = math.sqrt(sum(fact.sd_g**2 for fact in told)) / G_PER_T
    if sd == 0:
        return {"id": name, "status": "fixed", "fixed": mass}
    return {"id": name, "status": "measured", "measured": mass, "sd": sd, "lower": min(0.0, mass)}


def _link(
    flow: Mapping[str, Any],
    answer: Mapping[str, Any],
    summed: Mapping[tuple[str, str, str], list[Fact]],
) -> Link:
    name: str = flow["id"]
    route, _, group = name.removeprefix("stock:").partition("/")
    source, _, target = route.partition(">")
    value = answer["values"].get(name)
    kinds = {"measured": "measured", "fixed": "exact", "unmeasured": "inferred" if value else "unknown"}
    ends = answer["intervals"].get(name)
    told = summed.get((source, target, group), [])
    return Link(
        id=name,
        source=source,
        target=target,
        group=group,
        kind=kinds[flow["status"]],
        before=sum(fact.mass_g for fact in told) / G_PER_T if told else None,
        value=value["mean"] if value else None,
        sd=value["sd"] if value else None,
        interval=(ends[0], ends[1]) if ends else None,
        z=answer["measurement_test_z"].get(name),
        suspect=name in answer["suspects"],
        entries=sum(fact.entries for fact in told),
        told_by=tuple(sorted({fact.told_by for fact in told})),
    )
