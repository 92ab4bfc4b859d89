"""A reconciled case of any network as a diagram: stages by distance from the outside, which is drawn at both ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wufei.flows.network.build import Link
from wufei.reports import sankey
from wufei.reports.flow_diagram import SERIES, Diagram, Drawn, Label, Words, told

IN, OUT = " ▸", "▸ "


def case_diagram(case: Mapping[str, Any], answer: Mapping[str, Any], words: Words) -> Diagram:
    """Lay a case out as it was answered; one colour for each node that mass leaves."""
    outside = {str(node["id"]) for node in case["nodes"] if not node.get("balance", True)}
    links = [_link(flow, answer, outside) for flow in case["flows"]]
    stages = _stages(links)
    drawing = sankey.draw(sorted(stages.items(), key=lambda each: each[1]), [_band(link) for link in links])
    colours = {name: k % SERIES + 1 for k, name in enumerate(stages)}
    by_id = {link.id: link for link in links}
    drawn = [
        Drawn(by_id[p.band.id], colours[p.band.source], p, f"{p.band.id} · {told(by_id[p.band.id], words)}")
        for p in drawing.paths
    ]
    labels = [Label(box, words.node(box.id), words.mass(box.size)) for box in drawing.boxes.values()]
    return Diagram(drawing.width, drawing.height, drawn, labels, [])


def _link(flow: Mapping[str, Any], answer: Mapping[str, Any], outside: set[str]) -> Link:
    name = str(flow["id"])
    value, ends = answer["values"].get(name), answer["intervals"].get(name)
    source, target = str(flow["from"]), str(flow["to"])
    kinds = {"measured": "measured", "fixed": "exact", "unmeasured": "inferred" if value else "unknown"}
    return Link(
        id=name,
        source=source + IN if source in outside else source,
        target=OUT + target if target in outside else target,
        group="",
        kind=kinds[flow.get("status", "unmeasured")],
        before=flow.get("measured", flow.get("fixed")),
        value=value["mean"] if value else None,
        sd=value["sd"] if value else None,
        interval=(ends[0], ends[1]) if ends else None,
        z=answer["measurement_test_z"].get(name),
        suspect=name in answer["suspects"],
        entries=0,
        told_by=(),
    )


def _band(link: Link) -> sankey.Band:
    return sankey.Band(link.id, link.source, link.target, link.width, link.sd or 0.0)


def _stages(links: list[Link]) -> dict[str, int]:
    """Fewest flows from where mass comes from; what leaves the network stands last."""
    names = sorted({end for link in links for end in (link.source, link.target)})
    stages = {name: 0 for name in names if name.endswith(IN)} or {names[0]: 0} if names else {}
    at = 0
    while len(stages) < len(names):
        reached = {link.target for link in links if stages.get(link.source) == at} - stages.keys()
        rest = {name for name in names if name not in stages}
        stages |= dict.fromkeys(sorted(reached or rest), at + 1)
        at += 1
    last = max((stage for name, stage in stages.items() if not name.startswith(OUT)), default=0) + 1
    return {name: last if name.startswith(OUT) else stage for name, stage in stages.items()}
