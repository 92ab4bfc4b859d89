"""What `wufei flows` does and prints, as text for people or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wufei import catalog
from wufei.app.commands import city_of
from wufei.app.console import say
from wufei.flows.reconcile import reconcile as solve
from wufei.flows.reconcile import workbook
from wufei.flows.reconcile.errors import FlowCaseUnreadable

CLASSES = {
    "redundant": "冗余 redundant",
    "nonredundant": "无冗余 nonredundant",
    "observable": "可推算 observable",
    "unobservable": "不可确定 not determinable",
}


def reconcile(file: Path, *, as_json: bool) -> None:
    """Reconcile the case in a file and print the answer. Raises FlowCaseUnreadable and the errors of a case."""
    answer = solve(read(file))
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _print(answer)


def read(file: Path) -> dict[str, Any]:
    """The case in a JSON file or a workbook."""
    if file.suffix.lower() in (".xlsx", ".xlsm"):
        return workbook.read(file)
    try:
        given: dict[str, Any] = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FlowCaseUnreadable(reason_zh=f"打不开 {file}", reason_en=f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise FlowCaseUnreadable(reason_zh="不是 JSON", reason_en=f"no JSON ({error})", place=str(file)) from None
    return given


def template(file: Path) -> None:
    """Write the workbook template."""
    try:
        with file.open("wb") as target:
            workbook.template(target)
    except OSError as error:
        raise FlowCaseUnreadable(reason_zh=f"写不了 {file}", reason_en=f"{file}: {error.strerror}") from None
    say(f"模板已写入 {file}", "the template is written")


def _print(answer: dict[str, Any]) -> None:
    print(f"状态 status: {answer['status']}")
    if answer["dof"]:
        p_value = answer["p_value"]
        print(f"目标值 objective {answer['objective']:.6g} · 自由度 degrees {answer['dof']} · p {p_value:.4g}")
    for kind, ids in answer["classification"].items():
        print(f"{CLASSES[kind]}: {len(ids)}")
    for each, value in answer["values"].items():
        if value is not None:
            sd = "?" if value["sd"] is None else f"{value['sd']:.4g}"
            print(f"  {each:24} {value['mean']:14.6g} ± {sd} {answer['unit']}")
        else:
            print(f"  {each:24} {'—':>14} {_interval(answer['intervals'].get(each))} {answer['unit']}")
    for error in answer["gross_errors"]:
        print(f"可疑 suspect: {error['id']} ({error['kind']}) z {error['z']:.3g} ≈ {error['estimate']:.4g}")
    for message in answer["messages"]:
        print(f"! {message}")


def _interval(ends: list[float | None] | None) -> str:
    if ends is None:
        return ""
    low, high = ("…" if end is None else f"{end:.6g}" for end in ends)
    return f"[{low}, {high}]"


def show(stream: str, year: int, *, city: str | None, svg: Path | None, as_json: bool) -> None:
    """Print the reconciled network of a diagram or stream. Raises FlowStreamUnknown and CityNotNamed."""
    from wufei.app.opened import opened_database
    from wufei.flows.network.build import network
    from wufei.flows.network.facts import find_layout, folding, from_journal, published

    cat = catalog.load()
    scope = city_of(cat, city)
    layout, only = find_layout(cat, stream)
    fold = folding(cat, layout, only)
    with opened_database(cat) as connection:
        told = from_journal(connection, fold, str(year))
    found = network(layout, told + published(cat, scope.id, fold, str(year)))
    if svg:
        _write_svg(svg, cat, found, year)
    if as_json:
        print(json.dumps(_as_data(found, year), ensure_ascii=False, indent=1, allow_nan=False))
        return
    print(f"{layout.zh} · {layout.en} · {year}")
    _print(found.answer)


def _as_data(found: Any, year: int) -> dict[str, Any]:
    links = [
        {
            "id": link.id, "from": link.source, "to": link.target or None, "stream": link.group, "known_as": link.kind,
            "recorded": link.before, "mean": link.value, "sd": link.sd, "interval": link.interval,
            "suspect": link.suspect, "entries": link.entries, "told_by": list(link.told_by),
        }
        for link in (*found.links, *found.stocks)
    ]  # fmt: skip
    return {"diagram": found.layout.id, "year": year, "unit": "t", "flows": links, "answer": found.answer}


def _write_svg(target: Path, cat: Any, found: Any, year: int) -> None:
    from wufei.reports.flow_diagram import Words, diagram, standalone

    names = {item.id: item.zh for item in cat.national.items("streams")}
    nodes = {node.id: node.zh for node in found.layout.nodes}
    words = Words(
        lambda s: names.get(s, s), lambda kind: kind, lambda n: nodes.get(n, "其他"), lambda t: f"{t:,.0f} 吨"
    )
    target.write_text(standalone(diagram(found, words), f"{found.layout.zh} · {year}"), encoding="utf-8")
    say(f"流向图已写入 {target}", "the diagram is written")
