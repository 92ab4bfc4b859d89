"""A case as given (JSON of docs/formats/flows.md), checked and turned into arrays sorted by id."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wufei.flows.reconcile.errors import (
    FlowBoundsCrossed,
    FlowCaseUnreadable,
    FlowCovarianceBad,
    FlowFieldBad,
    FlowIdDuplicate,
    FlowNameUnknown,
    FlowNetworkDisconnected,
    FlowNodeUnknown,
    FlowSdNegative,
)
from wufei.flows.reconcile.expressions import Expression, parse
from wufei.flows.reconcile.graph import FIXED, MEASURED, UNMEASURED

STATUS = {"measured": MEASURED, "fixed": FIXED, "unmeasured": UNMEASURED}
KINDS = ("flows", "stocks", "variables")
NUMBERS = ("measured", "sd", "fixed", "lower", "upper")
KNOWN = {
    "case": {"unit", "nodes", *KINDS, "constraints", "covariance", "nonnegative", "alpha", "title", "source"},
    "nodes": {"id", "balance", "name", "stage"},
    "flows": {"id", "from", "to", "status", "name", *NUMBERS},
    "stocks": {"id", "node", "status", "name", *NUMBERS},
    "variables": {"id", "status", "name", *NUMBERS},
}


@dataclass
class Case:
    """What is to be reconciled. Flows and stocks are edges between nodes (0 = outside); variables are not.

    Arrays run over `ids`: edges first (flows and stocks together, sorted by id), then variables sorted by id.
    """

    unit: str
    nodes: list[str]
    ids: list[str]
    edges: int
    source: np.ndarray
    target: np.ndarray
    status: np.ndarray
    value: np.ndarray
    sd: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    constraints: list[Expression] = field(default_factory=list)
    covariance: list[tuple[int, int, float]] = field(default_factory=list)
    alpha: float = 0.05
    messages: list[str] = field(default_factory=list)

    @property
    def index(self) -> dict[str, int]:
        """Where each id stands."""
        return {each: k for k, each in enumerate(self.ids)}


def read(given: Any) -> Case:
    """Check a case and build its arrays. Raises the named errors of `errors`."""
    if not isinstance(given, Mapping):
        raise FlowCaseUnreadable(reason_zh="最外层不是对象", reason_en="the outermost value is no object")
    messages = _unknown_keys(given)
    nodes, balanced = _nodes(given)
    things = _things(given)
    ids = [thing["id"] for _, thing in things]
    _no_twice(ids)
    edges = sum(kind != "variables" for kind, _ in things)
    place = {node: balanced.index_of.get(node, 0) for node in nodes}
    source, target = _ends(things[:edges], place)
    numbers = _numbers(things, nonnegative=given.get("nonnegative", True) is not False, messages=messages)
    known = {each: k for k, each in enumerate(ids)}
    case = Case(
        unit=str(given.get("unit", "")),
        nodes=["", *balanced.names],
        ids=ids,
        edges=edges,
        source=source,
        target=target,
        **numbers,
        constraints=[parse(text, known) for text in _list(given, "constraints")],
        alpha=_alpha(given),
        messages=messages,
    )
    case.covariance = _covariance(given, known, case)
    _connected(case)
    return case


@dataclass(frozen=True)
class _Balanced:
    names: list[str]
    index_of: dict[str, int]


def _list(given: Mapping[str, Any], name: str) -> list[Any]:
    found = given.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise FlowFieldBad(where="case", name=name, wanted_zh="列表", wanted_en="a list", given=_shown(found))
    return found


def _shown(value: Any) -> str:
    return repr(value)[:60]


def _unknown_keys(given: Mapping[str, Any]) -> list[str]:
    unknown = {key for key in given if key not in KNOWN["case"]}
    for kind in ("nodes", *KINDS):
        for each in _list(given, kind):
            if not isinstance(each, Mapping):
                raise FlowFieldBad(where=kind, name="item", wanted_zh="对象", wanted_en="an object", given=_shown(each))
            if not KNOWN[kind].issuperset(each):
                unknown |= {f"{kind}.{key}" for key in each if key not in KNOWN[kind]}
    return [f"忽略不认识的字段 · unknown key ignored: {key}" for key in sorted(unknown, key=str)]


def _id(thing: Mapping[str, Any], where: str) -> str:
    found = thing.get("id")
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str) or not found.strip():
        raise FlowFieldBad(where=where, name="id", wanted_zh="文字", wanted_en="text", given=_shown(found))
    return found


def _nodes(given: Mapping[str, Any]) -> tuple[list[str], _Balanced]:
    flags: dict[str, bool] = {}
    for each in _list(given, "nodes"):
        name = _id(each, "nodes")
        if name in flags:
            raise FlowIdDuplicate(id=name)
        balance = each.get("balance", True)
        if not isinstance(balance, bool):
            raise FlowFieldBad(
                where=name, name="balance", wanted_zh="true 或 false", wanted_en="true or false", given=_shown(balance)
            )
        flags[name] = balance
    names = sorted(name for name, balance in flags.items() if balance)
    return list(flags), _Balanced(names, {name: k + 1 for k, name in enumerate(names)})


def _things(given: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = [(kind, {**each, "id": _id(each, kind)}) for kind in KINDS for each in _list(given, kind)]
    return sorted(found, key=lambda item: (item[0] == "variables", item[1]["id"]))


def _no_twice(ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        for each in ids:
            if each in seen:
                raise FlowIdDuplicate(id=each)
            seen.add(each)


def _ends(edges: list[tuple[str, dict[str, Any]]], place: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    source, target = np.zeros(len(edges), np.int64), np.zeros(len(edges), np.int64)
    for k, (kind, edge) in enumerate(edges):
        first, second = (edge.get("from"), edge.get("to")) if kind == "flows" else (edge.get("node"), None)
        for node in (first, second) if kind == "flows" else (first,):
            if not isinstance(node, (str, int, float)) or str(node) not in place:
                raise FlowNodeUnknown(where=edge["id"], node=_shown(node) if not isinstance(node, str) else node)
        source[k] = place[str(first)]
        target[k] = place[str(second)] if kind == "flows" else 0
    return source, target


def _number(thing: Mapping[str, Any], name: str, default: float | None) -> float:
    found = thing.get(name)
    if found is None:
        if default is not None:
            return default
        raise FlowFieldBad(where=thing["id"], name=name, wanted_zh="数", wanted_en="a number", given=_shown(found))
    fine = isinstance(found, (int, float)) and not isinstance(found, bool) and abs(found) < 1e300
    if not fine or math.isnan(found):
        raise FlowFieldBad(
            where=thing["id"], name=name, wanted_zh="有限的数", wanted_en="a finite number", given=_shown(found)
        )
    return float(found)


def _numbers(things: list[tuple[str, dict[str, Any]]], *, nonnegative: bool, messages: list[str]) -> dict[str, Any]:
    count = len(things)
    columns = {name: np.zeros(count) for name in ("value", "sd", "lower", "upper")}
    status = np.zeros(count, np.int64)
    for k, (kind, thing) in enumerate(things):
        status[k], columns["value"][k], columns["sd"][k] = _status(thing, messages)
        floor = 0.0 if kind == "flows" and nonnegative else -math.inf
        columns["lower"][k] = _number(thing, "lower", floor)
        columns["upper"][k] = _number(thing, "upper", math.inf)
        if columns["lower"][k] > columns["upper"][k]:
            raise FlowBoundsCrossed(where=thing["id"], lower=columns["lower"][k], upper=columns["upper"][k])
    return {"status": status, **columns}


def _status(thing: Mapping[str, Any], messages: list[str]) -> tuple[int, float, float]:
    named = thing.get("status", "unmeasured")
    if named not in STATUS:
        raise FlowFieldBad(
            where=thing["id"],
            name="status",
            wanted_zh="measured、fixed 或 unmeasured",
            wanted_en="measured, fixed or unmeasured",
            given=_shown(named),
        )
    if named == "unmeasured":
        return UNMEASURED, 0.0, 0.0
    if named == "fixed":
        return FIXED, _number(thing, "fixed" if "fixed" in thing else "measured", None), 0.0
    sd = _number(thing, "sd", None)
    if sd < 0:
        raise FlowSdNegative(where=thing["id"], given=sd)
    if sd == 0:
        messages.append(f"标准差为零，视为确定值 · standard deviation zero, taken as exact: {thing['id']}")
        return FIXED, _number(thing, "measured", None), 0.0
    return MEASURED, _number(thing, "measured", None), sd


def _alpha(given: Mapping[str, Any]) -> float:
    alpha = _number({"id": "case", **{k: given[k] for k in ("alpha",) if k in given}}, "alpha", 0.05)
    if not 0 < alpha < 1:
        raise FlowFieldBad(
            where="case", name="alpha", wanted_zh="0 与 1 之间的数", wanted_en="between 0 and 1", given=alpha
        )
    return alpha


def _covariance(given: Mapping[str, Any], known: dict[str, int], case: Case) -> list[tuple[int, int, float]]:
    found = []
    for row in _list(given, "covariance"):
        if not isinstance(row, list) or len(row) != 3:
            raise FlowFieldBad(
                where="case",
                name="covariance",
                wanted_zh="[id, id, 数] 的列表",
                wanted_en="a list of [id, id, number]",
                given=_shown(row),
            )
        for name in row[:2]:
            if name not in known:
                raise FlowNameUnknown(text="covariance", name=name)
        value = _number({"id": f"{row[0]}, {row[1]}", "covariance": row[2]}, "covariance", None)
        a, b = known[row[0]], known[row[1]]
        fine = a != b and case.status[a] == case.status[b] == MEASURED and abs(value) <= case.sd[a] * case.sd[b]
        if not fine:
            raise FlowCovarianceBad(first=row[0], second=row[1], given=value)
        found.append((min(a, b), max(a, b), value))
    return sorted(found)


def _connected(case: Case) -> None:
    """Every balanced node must reach the others by flows, by the outside, or by a constraint that names them both."""
    from scipy.sparse import coo_matrix, csgraph  # noqa: PLC0415

    size = len(case.nodes)
    if size <= 1:
        return
    first, second = [*case.source], [*case.target]
    index = case.index
    for expression in case.constraints:
        ends = [e for n in expression.names if (k := index[n]) < case.edges for e in (case.source[k], case.target[k])]
        first += ends[:-1]
        second += ends[1:]
    link = coo_matrix((np.ones(len(first)), (first, second)), shape=(size, size))
    parts, part = csgraph.connected_components(link, directed=False)
    touched = np.zeros(size, bool)
    touched[case.source] = touched[case.target] = True
    lone = set(part[1:]) if not touched[0] else set(part)
    if parts > 1 and len(lone) > 1:
        main = part[0] if touched[0] else np.bincount(part[1:]).argmax()
        away = [case.nodes[k] for k in range(1, size) if part[k] != main]
        raise FlowNetworkDisconnected(nodes=", ".join(away[:8]) + (" …" if len(away) > 8 else ""))
    inner = [(a, b) for a, b in zip(first, second, strict=True) if a and b]
    link = coo_matrix((np.ones(len(inner)), tuple(np.array(inner, np.int64).reshape(-1, 2).T)), shape=(size, size))
    apart = csgraph.connected_components(link, directed=False)[0] - 1
    if apart > 1:
        case.messages.append(f"网络由 {apart} 个部分组成，只经系统之外相连 · {apart} parts that only the outside joins")
