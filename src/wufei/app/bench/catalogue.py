"""载入并检查全部目录数据 · load and check the whole catalogue."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from wufei import catalog
from wufei.app.bench import Figure

ROUNDS = 7


def measure() -> Iterator[Figure]:
    """The first load of this process and the median of several more, in seconds."""
    seconds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        loaded = catalog.load()
        seconds.append(time.perf_counter() - begun)
    items = sum(sum(counts.values()) for counts in loaded.counts().values())
    yield Figure("首次载入", "first load", seconds[0], "s", 2.0)
    yield Figure(f"{ROUNDS} 次的中位数", f"median of {ROUNDS}", statistics.median(seconds), "s", 2.0)
    yield Figure("项数", "items", items, "")
