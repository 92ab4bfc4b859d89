"""Reconciliation of city-like networks of 10² to 10⁵ flows, beside one sparse factorisation in the same run."""

from __future__ import annotations

import gc
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import qdldl

from wufei.app.bench import Figure
from wufei.app.bench._flow_networks import city
from wufei.flows.reconcile import reconcile
from wufei.flows.reconcile.bounded import within
from wufei.flows.reconcile.graph import Network, merge, merged_laplacian, solve
from wufei.flows.reconcile.spread import spread

SIZES = (100, 1_000, 10_000, 100_000)
VALUES_LIMIT_MS = {10_000: 20.0, 100_000: 300.0}
SD_LIMIT_MS = {10_000: 50.0, 100_000: 600.0}
BOUNDS_LIMIT_MS = {10_000: 1000.0}
SYSTEMS = 240


def measure() -> Iterator[Figure]:
    """Values, deviations and bounds by size; growth; ratio to one factorisation; 240 systems; a small case; memory."""
    solve(city(1_000))
    spent: dict[int, float] = {}
    for size in SIZES:
        network = city(size)
        yield from _one(network, size, spent)
    growth = spent[100_000] / spent[10_000]
    yield Figure("流量增加十倍，求值时间的倍数", "time for values, 10⁵ against 10⁴ flows", growth, "x")
    yield _systems()
    yield Figure(
        "小算例（边输入边核算）", "a small case, as one types", _best(lambda: reconcile(_small()), 20), "ms", 50.0
    )
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        yield Figure("十万流量的内存", "memory at 10⁵ flows", pool.apply(_memory), "MB", 500.0)


def _best(work: Callable[[], Any], repeats: int = 15) -> float:
    """Milliseconds of the fastest of some repeats."""
    times = []
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def _one(network: Network, size: int, spent: dict[int, float]) -> Iterator[Figure]:
    values = _best(lambda: solve(network))
    spent[size] = values
    yield Figure(f"{size} 条流量：求值", f"{size} flows: values", values, "ms", VALUES_LIMIT_MS.get(size))
    both = _best(lambda: spread(network, solve(network), unmeasured=False))
    zh, en = f"{size} 条流量：求值和全部测量值的标准差", f"{size} flows: with the deviation of every measured flow"
    yield Figure(zh, en, both, "ms", SD_LIMIT_MS.get(size))
    every = _best(lambda: spread(network, solve(network)))
    yield Figure(f"{size} 条流量：另加推算值的标准差", f"{size} flows: and of every observable one", every, "ms")
    if size <= 10_000:
        lower, upper = np.zeros(len(network.status)), np.full(len(network.status), np.inf)
        bounds = _best(lambda: within(network, lower, upper, solve(network)), 3)
        yield Figure(
            f"{size} 条流量：不小于零", f"{size} flows: none below zero", bounds, "ms", BOUNDS_LIMIT_MS.get(size)
        )
    matrix = merged_laplacian(network, merge(network))
    once = _best(lambda: qdldl.Solver(matrix, upper=True))
    yield Figure(f"{size} 条流量：一次稀疏分解", f"{size} flows: one sparse factorisation", once, "ms")
    yield Figure(
        f"{size} 条流量：求值与一次分解之比", f"{size} flows: values over one factorisation", values / once, "x", 3.0
    )


def _systems() -> Figure:
    networks = [city(1_000, seed) for seed in range(SYSTEMS)]
    spent = _best(lambda: [spread(each, solve(each), unmeasured=False) for each in networks], 2) / 1000
    return Figure("240 个千流量系统", "240 systems of 10³ flows", spent, "s", 2.0)


def _small() -> dict[str, Any]:
    ends = [("out", "A"), ("A", "B"), ("A", "C"), ("B", "C"), ("C", "A"), ("B", "out"), ("C", "out")]
    measured = [100, 70, 45, 20, 12, 52, None]
    flows = [
        {"id": f"f{k}", "from": a, "to": b, **({"status": "measured", "measured": x, "sd": 3} if x else {})}
        for k, ((a, b), x) in enumerate(zip(ends, measured, strict=True))
    ]
    return {"nodes": [{"id": "out", "balance": False}, *({"id": n} for n in "ABC")], "flows": flows}


def _memory() -> float:
    """Peak memory in megabytes of a process that reconciles 10⁵ flows with all deviations."""
    network = city(100_000)
    spread(network, solve(network))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
