"""办理一步：每秒百次写入、饱和点，二百人同签一步 · taking steps: at 100 writes a second, saturated, 200 at once."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from wufei.app.bench import Figure, percentile
from wufei.app.bench._cases import CARRIER, GENERATOR, PLANT, UNLIMITED, Firms, tokens, vehicle
from wufei.app.bench._running import Running, fresh_folder
from wufei.app.bench.api import cpu_seconds

RATE, CLIENTS, SIGNERS = 100, 16, 200
WRITES_PER_WAY = 4
WARM_SECONDS, SECONDS = 4.0, 10.0
PATIENCE_SECONDS = 180
LIMIT_MS = 250.0


def measure() -> Iterator[Figure]:
    """Manifests of the demonstration's firms, each filed, dispatched, picked up and accepted through the API.

    First at a rate kept whatever the answers take (a late start counts as waiting), then as fast as 16 clients can,
    then 200 signers of one step. Server, database and clients share the cores.
    """
    with fresh_folder() as data, Running(data, "--demo", environment=UNLIMITED) as server:
        found, truck = tokens(data, (GENERATOR, CARRIER, PLANT)), vehicle(data)
        Firms(server.address, found, truck).stock()
        work = (server.address, found, truck)
        _apart(_fast, work, WARM_SECONDS)
        times, seconds = _apart(_steady, work, RATE, SECONDS)
        yield from _figures(f"每秒 {RATE} 次", f"{RATE} writes a second", times, seconds, LIMIT_MS)
        before = cpu_seconds()
        times, seconds = _apart(_fast, work, SECONDS)
        yield from _figures(f"{CLIENTS} 客户端尽快", f"{CLIENTS} clients as fast as they can", times, seconds, None)
        after = cpu_seconds()
        for kind, zh, en in (("python", "网页进程", "the web processes"), ("postgres", "PostgreSQL", "PostgreSQL")):
            spent = (after[kind] - before[kind]) * 1000 / len(times)
            yield Figure(f"每次写入占用处理器，{zh}", f"processor time of a write, {en}", spent, "ms")
        counts, seconds = _apart(_race, work)
        yield Figure(f"{SIGNERS} 人同签一步，成功", f"{SIGNERS} signers of one step, successes", counts.get(200, 0), "")
        yield Figure("其余被告知已有他人签署", "told that somebody was first", counts.get(409, 0), "")
        yield Figure("全部答复用时", "until all were answered", seconds * 1000, "ms")


def _figures(zh: str, en: str, times: list[float], seconds: float, limit: float | None) -> Iterator[Figure]:
    yield Figure(f"{zh}，实际写入", f"{en}, writes made", len(times) / seconds, "/s")
    yield Figure(f"{zh}，中位数", f"{en}, median", statistics.median(times), "ms")
    yield Figure(f"{zh}，p95", f"{en}, p95", percentile(times, 0.95), "ms", limit)


def _apart(work: Callable[..., Any], *given: Any) -> Any:
    """Run the asking side in a process of its own."""
    answers: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=_process, args=(answers, work, given))
    process.start()
    try:
        told, failed = answers.get(timeout=PATIENCE_SECONDS)
    finally:
        process.join(timeout=PATIENCE_SECONDS)
        if process.is_alive():
            process.kill()
    if failed:
        raise RuntimeError(failed)
    return told


def _process(answers: Any, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    try:
        answers.put((work(*given), ""))
    except Exception as error:  # noqa: BLE001  # told to the parent, which raises
        answers.put((None, repr(error)))


def _fast(work: tuple[Any, ...], seconds: float) -> tuple[list[float], float]:
    """Every client begins the next manifest when it is through with one."""
    firms, begun = Firms(*work), time.perf_counter()

    def client(_number: int) -> list[float]:
        times: list[float] = []
        while time.perf_counter() < begun + seconds:
            times += firms.way()
        return times

    with ThreadPoolExecutor(CLIENTS) as pool:
        times = [ms for turn in pool.map(client, range(CLIENTS)) for ms in turn]
    return times, time.perf_counter() - begun


def _steady(work: tuple[Any, ...], rate: int, seconds: float) -> tuple[list[float], float]:
    """A manifest of four writes begins every 4 / rate seconds; what waits for a free client waits on its clock."""
    firms, begun = Firms(*work), time.perf_counter()
    starts = [begun + n * WRITES_PER_WAY / rate for n in range(round(rate * seconds / WRITES_PER_WAY))]

    def one(start: float) -> list[float]:
        time.sleep(max(0.0, start - time.perf_counter()))
        late = (time.perf_counter() - start) * 1000
        first, *others = firms.way()
        return [first + late, *others]

    with ThreadPoolExecutor(4 * CLIENTS) as pool:
        times = [ms for turn in pool.map(one, starts) for ms in turn]
    return times, time.perf_counter() - begun


def _race(work: tuple[Any, ...]) -> tuple[dict[int, int], float]:
    """All sign the same step at the same moment; how often each status was answered."""
    firms = Firms(*work)
    case, _ms = firms.file()
    together = threading.Barrier(SIGNERS)

    def signer(_number: int) -> int:
        together.wait()
        body = {"transition": "dispatch", "rests_on": 1}
        return firms.generator.send("POST", f"/cases/{case}/steps", body)[0]

    with ThreadPoolExecutor(SIGNERS) as pool:
        begun = time.perf_counter()
        counts = Counter(pool.map(signer, range(SIGNERS)))
    return dict(counts), time.perf_counter() - begun
