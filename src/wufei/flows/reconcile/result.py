"""What a reconciliation answers, before it is written as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wufei.flows.reconcile.case import Case
from wufei.flows.reconcile.evidence import Verdict
from wufei.flows.reconcile.graph import FIXED, MEASURED, UNMEASURED

CLASSES = ("redundant", "nonredundant", "observable", "unobservable")


@dataclass
class Result:
    """Arrays over the case's ids; `variance` is nan where there is none to tell."""

    case: Case
    values: np.ndarray
    variance: np.ndarray
    redundant: np.ndarray
    unobservable: np.ndarray
    z: np.ndarray
    detectable: np.ndarray
    objective: float
    dof: int
    verdict: Verdict | None
    status: str = "ok"
    intervals: dict[int, Any] = field(default_factory=dict)
    local_minima: list[dict[str, Any]] = field(default_factory=list)
    involved: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def classes(self) -> dict[str, list[str]]:
        """Ids by class; fixed values belong to none."""
        status = self.case.status
        kinds = {
            "redundant": (status == MEASURED) & self.redundant,
            "nonredundant": (status == MEASURED) & ~self.redundant,
            "observable": (status == UNMEASURED) & ~self.unobservable,
            "unobservable": (status == UNMEASURED) & self.unobservable,
        }
        return {name: [self.case.ids[k] for k in np.flatnonzero(kinds[name])] for name in CLASSES}


def contradiction(case: Case, involved: list[str], messages: list[str], classes: Any = None) -> Result:
    """A result that holds no value: what is exact cannot be true together."""
    count = len(case.ids)
    nothing = np.full(count, np.nan)
    redundant, unobservable = classes or (np.zeros(count, bool), np.zeros(count, bool))
    return Result(
        case,
        nothing,
        nothing,
        redundant,
        unobservable,
        nothing,
        nothing,
        objective=float("nan"),
        dof=0,
        verdict=None,
        status="contradiction",
        involved=involved,
        messages=[*case.messages, *messages],
    )


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def as_data(result: Result) -> dict[str, Any]:
    """The answer of docs/formats/flows.md as plain data."""
    case = result.case
    known = np.isfinite(result.values) & ~((case.status == UNMEASURED) & result.unobservable)
    deviation = np.sqrt(result.variance)
    values: dict[str, Any] = {}
    for k, each in enumerate(case.ids):
        sd = 0.0 if case.status[k] == FIXED else _finite(deviation[k])
        values[each] = {"mean": float(result.values[k]), "sd": sd} if known[k] else None
    verdict = result.verdict
    measured = np.flatnonzero(case.status == MEASURED)
    return {
        "unit": case.unit,
        "status": result.status,
        "values": values,
        "intervals": {case.ids[k]: list(v) for k, v in sorted(result.intervals.items()) if v is not None},
        "detectable_bias": {case.ids[k]: _finite(result.detectable[k]) for k in measured},
        "objective": _finite(result.objective),
        "dof": result.dof,
        "p_value": verdict.p_value if verdict else None,
        "classification": result.classes(),
        "measurement_test_z": {case.ids[k]: _finite(result.z[k]) for k in measured},
        "suspects": [_name(case, s.kind, s.place) for s in verdict.suspects] if verdict else [],
        "gross_errors": [_error(case, s) for s in verdict.suspects] if verdict else [],
        "p_value_without_suspects": verdict.left if verdict else None,
        "local_minima": result.local_minima,
        "involved": result.involved,
        "messages": result.messages,
    }


def _name(case: Case, kind: str, place: int) -> str:
    return case.ids[place] if kind == "bias" else case.nodes[place]


def _error(case: Case, suspect: Any) -> dict[str, Any]:
    return {
        "id": _name(case, suspect.kind, suspect.place),
        "kind": suspect.kind,
        "z": suspect.z,
        "estimate": suspect.size,
        "alternatives": [{"id": _name(case, kind, k), "kind": kind, "z": z} for kind, k, z in suspect.alternatives],
    }
