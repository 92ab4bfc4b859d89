"""What `wufei check`, `wufei plan show` and `wufei bench` print, as text for people or as JSON."""

from __future__ import annotations

import json
from typing import Any

from wufei import catalog
from wufei.app import bench as benches
from wufei.catalog import Catalog, Item, ItemUnknown, Scope
from wufei.terms import NamedError

CERTAINTY = {"sure": "确定 sure", "likely": "可能 likely", "unknown": "不明 unknown"}
SEVERITY = {"error": "错误 error", "warning": "警告 warning", "note": "提示 note"}


class KindNotInPlan(NamedError):
    """The city has no folder of that name."""

    code = "kind_not_in_plan"
    zh = "规划中没有“{kind}”这一类内容。"
    en = "The plan has no kind {kind!r}."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


class CityNotNamed(NamedError):
    """Several cities are declared and none was chosen, or the one chosen is not there."""

    code = "city_not_named"
    zh = "请指明城市。"
    en = "Which city is meant?"
    remedy_zh = "用 --city 指定其中之一：{known}。"
    remedy_en = "Name one with --city: {known}."


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def _plain(item: Item) -> dict[str, Any]:
    """The item's fields as JSON can hold them; numbers that must stay exact are text."""
    return {"kind": item.kind, **item.model_dump(mode="json", by_alias=False)}


def check(*, as_json: bool) -> None:
    """Load and check the catalogue; print counts, findings and every correction. Raises CatalogBroken."""
    cat = catalog.load()
    if as_json:
        _print_json(_check_as_data(cat))
        return
    for scope, counts in cat.counts().items():
        print(f"{scope}: " + ", ".join(f"{kind} {count}" for kind, count in counts.items()))
    for name, city in cat.cities.items():
        print(f"\n{name}: 发现 findings {len(city.findings)}")
        for finding in city.findings:
            print(f"  [{SEVERITY[finding.severity]}] {finding.code}\n    {finding.zh}\n    {finding.en}")
        print(f"\n{name}: 更正 corrections {len(city.corrections)}")
        for correction in city.corrections:
            print(f"  {correction.id} [{CERTAINTY[correction.confidence]}] L{correction.expect[0].line}")
            print(f"    {correction.printed or '—'} → {correction.reading or '?'}")
            print(f"    {correction.reason_zh}\n    {correction.reason_en}")
    print("\n目录数据完好 · the catalogue is in order")


def _check_as_data(cat: Catalog) -> dict[str, Any]:
    return {
        "digest": cat.digest,
        "counts": cat.counts(),
        "cities": {
            name: {
                "findings": [_finding(finding) for finding in city.findings],
                "corrections": [_plain(correction) for correction in city.corrections],
            }
            for name, city in cat.cities.items()
        },
    }


def _finding(finding: catalog.Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "zh": finding.zh,
        "en": finding.en,
        "items": [{"kind": kind, "id": item} for kind, item in finding.items],
        "figures": dict(finding.figures),
    }


def plan_show(kind: str | None, item: str | None, *, city: str | None, as_json: bool) -> None:
    """Print the kinds of a city's plan, the items of one kind, or one item beside its printed lines."""
    cat = catalog.load()
    scope = city_of(cat, city)
    if kind is None:
        _show_kinds(scope, as_json=as_json)
    elif kind not in scope.kinds():
        raise KindNotInPlan(kind=kind, known=", ".join(scope.kinds()))
    elif item is None:
        _show_items(scope, kind, as_json=as_json)
    else:
        _show_item(cat, scope.get(kind, item), scope, as_json=as_json)


def city_of(cat: Catalog, city: str | None) -> Scope:
    """The city named, or the only one. Raises CityNotNamed."""
    known = sorted(cat.cities)
    name = city or (known[0] if len(known) == 1 else None)
    if name not in cat.cities:
        raise CityNotNamed(known=", ".join(known))
    return cat.cities[name]


def _show_kinds(scope: Scope, *, as_json: bool) -> None:
    counts = {kind: len(scope.items(kind)) for kind in scope.kinds()}
    if as_json:
        _print_json({"city": scope.id, "kinds": counts})
        return
    print(f"{scope.name.zh} · {scope.name.en}")
    for kind, count in counts.items():
        print(f"  {kind:14} {count}")


def _show_items(scope: Scope, kind: str, *, as_json: bool) -> None:
    items = scope.items(kind)
    if as_json:
        _print_json({"city": scope.id, "kind": kind, "items": [_plain(each) for each in items]})
        return
    for each in items:
        print(f"{each.id}\t{each.zh}\t{each.en}")


def _lines(cat: Catalog, item: Item) -> list[dict[str, Any]]:
    """The printed lines that the item cites, of the sources whose text is shipped."""
    found = []
    for cite in item.cites:
        try:
            text = cat.source_text(cite.source)
        except ItemUnknown:
            continue
        found += [{"source": cite.source, "line": number, "text": text.line(number)} for number in cite.lines()]
    return found


def _show_item(cat: Catalog, item: Any, scope: Scope, *, as_json: bool) -> None:
    lines = _lines(cat, item)
    corrections = scope.corrections_of(item.kind, item.id)
    if as_json:
        reading = dict(getattr(item, "reading", {}))
        extra = {"reading": reading, "lines": lines, "corrections": [each.id for each in corrections]}
        _print_json(_plain(item) | extra)
        return
    print(f"{item.kind}/{item.id}\n{item.zh}\n{item.en}")
    for name, value in getattr(item, "reading", {}).items():
        print(f"  {name}: {value}")
    for cite in item.cites:
        print(f"  ← {cite}")
    for line in lines:
        print(f"  {line['source']} L{line['line']}: {line['text']}")
    for each in corrections:
        print(f"  ! {each.id} [{CERTAINTY[each.confidence]}] {each.reason_zh} · {each.reason_en}")


def bench(name: str | None, *, as_json: bool, **options: int | None) -> None:
    """Measure one figure, all of them (`all`), or list what can be measured; see `bench.measure` for options."""
    if name is None:
        found = {each: benches.purpose(each) for each in benches.names()}
        if as_json:
            _print_json(found)
        else:
            print("\n".join(f"{each:12} {purpose}" for each, purpose in found.items()))
        return
    for each in benches.names() if name == "all" else [name]:
        result = benches.measure(each, **options)
        if as_json:
            _print_json(result)
        else:
            print(benches.as_text(result))
