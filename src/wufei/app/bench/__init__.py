"""The performance figures of the README, re-measured. One file, one figure: each module here has ``measure()``."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import platform
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from wufei.terms import NamedError


class BenchUnknown(NamedError):
    """There is no measurement of that name."""

    code = "bench_unknown"
    zh = "没有名为“{name}”的测量。"
    en = "There is no measurement named {name!r}."
    remedy_zh = "可用：{known}，或 all。"
    remedy_en = "There are: {known}, or all."


@dataclass(frozen=True)
class Figure:
    """One measured number with its unit and, where we promise one, the limit it must stay under."""

    zh: str
    en: str
    value: float
    unit: str
    limit: float | None = None


def names() -> list[str]:
    """Every measurement, by file name."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def _module(name: str) -> Any:
    if name not in names():
        raise BenchUnknown(name=name, known=", ".join(names()))
    return importlib.import_module(f"{__name__}.{name}")


def purpose(name: str) -> str:
    """The first line of the measurement's docstring."""
    return (_module(name).__doc__ or "").strip().splitlines()[0]


def measure(name: str, **options: int | None) -> dict[str, Any]:
    """Run one measurement; its figures and the machine they were taken on.

    ``options`` that are given and that the measurement takes are passed on: ``records``
    or ``size`` (entries) of a journal.
    """
    work = _module(name).measure
    taken = {each: options[each] for each in inspect.signature(work).parameters if options.get(each) is not None}
    figures: Iterable[Figure] = work(**taken)
    machine = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 2), "python": platform.python_version()}
    return {"name": name, "machine": machine, "figures": [asdict(figure) for figure in figures]}


def as_text(result: dict[str, Any]) -> str:
    """The result as lines for people."""
    machine = result["machine"]
    lines = [f"{result['name']} ({machine['cores']} cores, load {machine['load']}, Python {machine['python']})"]
    for figure in result["figures"]:
        limit = f"  (< {figure['limit']:g} {figure['unit']})" if figure["limit"] is not None else ""
        lines.append(f"  {figure['value']:10.3f} {figure['unit']:4} {figure['zh']} · {figure['en']}{limit}")
    return "\n".join(lines)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` (0–1) of `values` do not exceed, interpolated."""
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]
