"""经 HTTP 接口逐条与成批追加 · appending through the HTTP API, one by one and in batches."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import statistics
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wufei.app.bench import Figure, percentile
from wufei.app.bench._running import Running, fresh_folder

CLIENTS = 16
BATCH = 100
SECONDS = 8.0
WARM_SECONDS = 3.0
PATIENCE_SECONDS = 90
RECORDS = "/api/v1/journal/records"
ROLE = "city_office"
MANY = "1000000"  # requests a minute: what is measured is the work, not the limit


def measure() -> Iterator[Figure]:
    """Single appends a second, their median and p99, at 16 closed-loop clients; then entries a second in batches.

    Two workers of four threads serve, as `wufei run` does by default; the clients are one process more, on the same
    cores. The last figures say what limits: how much of the machine the server's Python, PostgreSQL and the clients
    took, of all cores together.
    """
    unlimited = dict.fromkeys(("WUFEI_RATE_PER_TOKEN", "WUFEI_RATE_PER_ORG", "WUFEI_RATE_PER_ADDRESS"), MANY)
    with fresh_folder() as data, Running(data, "--demo", environment=unlimited) as server:
        token, names = _prepared(data)
        for count, clients in ((1, CLIENTS), (BATCH, CLIENTS // 2)):
            _clients(server.address, token, names, count, clients, WARM_SECONDS)
            before = cpu_seconds()
            times, seconds = _clients(server.address, token, names, count, clients, SECONDS)
            yield from _figures(count, clients, times, seconds)
            yield from _shares(before, cpu_seconds(), seconds, count)


def _figures(count: int, clients: int, times: list[float], seconds: float) -> Iterator[Figure]:
    zh, en = ("逐条", "one by one") if count == 1 else (f"每批 {count} 条", f"batches of {count}")
    rate = len(times) * count / seconds
    yield Figure(f"{zh}，{clients} 客户端", f"{en}, {clients} clients", rate, "entries/s")
    yield Figure(f"{zh}，中位数", f"{en}, median", statistics.median(times), "ms")
    yield Figure(f"{zh}，p99", f"{en}, p99", percentile(times, 0.99), "ms", 250.0 if count == 1 else None)


def _prepared(data: Path) -> tuple[str, dict[str, list[str]]]:
    """A token of a demonstration account, written into the database, and the ids that records may name."""
    import psycopg

    from wufei import catalog
    from wufei.app.postgres.access import OWNER, read_access

    access = read_access(data)
    if access is None:
        raise RuntimeError("the server's data folder holds no access")
    token = "wufei_bench_" + os.urandom(16).hex()
    with psycopg.connect(**access.parameters(OWNER), autocommit=True) as owner:
        owner.execute(
            "INSERT INTO registry_apitoken (person_id, hat_id, scopes, token_hash, label, created_at, expires_at) "
            "SELECT p.id, h.id, %s, encode(sha256(%s::bytea), 'hex'), 'bench', now(), now() + interval '1 day' "
            "FROM registry_person p JOIN registry_hat h ON h.person_id = p.id WHERE p.username = %s",
            (["journal:post"], token.encode(), ROLE),
        )
    cat = catalog.load()
    places = [p.id for scope in cat.cities.values() for p in scope.places]
    return token, {"places": places, "streams": [s.id for s in cat.national.streams]}


def _clients(
    address: str, token: str, names: dict[str, list[str]], count: int, clients: int, seconds: float
) -> tuple[list[float], float]:
    """Run the clients in a process of their own; each request's milliseconds, and the seconds it all took."""
    answers: Any = multiprocessing.Queue()
    work = (address, token, names, count, clients, seconds, answers)
    process = multiprocessing.Process(target=_client_process, args=work)
    process.start()
    try:
        times, took, failed = answers.get(timeout=seconds + PATIENCE_SECONDS)
    finally:
        process.join(timeout=PATIENCE_SECONDS)
        if process.is_alive():
            process.kill()
    if failed:
        raise RuntimeError(failed)
    return times, took


def _client_process(
    address: str, token: str, names: dict[str, list[str]], count: int, clients: int, seconds: float, answers: Any
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    begun = time.perf_counter()
    until = begun + seconds
    try:
        with ThreadPoolExecutor(clients) as pool:
            turns = pool.map(lambda n: _client(address, token, _Sheets(names, count, n), until), range(clients))
            times = [ms for turn in turns for ms in turn]
        answers.put((times, time.perf_counter() - begun, ""))
    except Exception as error:  # noqa: BLE001  # told to the parent, which raises
        answers.put(([], 0.0, repr(error)))


class _Sheets:
    """Bodies to post, made from one text by changing ids and numbers, so that the client costs little."""

    def __init__(self, names: dict[str, list[str]], count: int, client: int) -> None:
        self._names, self._count, self._at = names, count, client * 1_000_003

    def body(self) -> bytes:
        from wufei.journal import new_id

        records = ",".join(self._record(str(new_id())) for _ in range(self._count))
        return (records if self._count == 1 else f'{{"records":[{records}]}}').encode()

    def _record(self, record_id: str) -> str:
        self._at += 1
        places, streams = self._names["places"], self._names["streams"]
        place, stream = places[self._at % len(places)], streams[self._at * 7 % len(streams)]
        entry = {
            "from": f"origin:{place}",
            "to": f"storage:{place}",
            "stream": stream,
            "mass_g": 1000 + self._at % 9999,
        }
        return json.dumps(
            {
                "id": record_id,
                "happened_at": f"2025-{1 + self._at % 12:02d}-{1 + self._at % 28:02d}T08:00:00+08:00",
                "period": f"2025-{1 + self._at % 12:02d}",
                "basis": "measured",
                "rule": "hj_1259_2022 6.2",
                "entries": [entry],
            }
        )


def _client(address: str, token: str, sheets: _Sheets, until: float) -> list[float]:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    times = []
    while time.perf_counter() < until:
        body = sheets.body()
        begun = time.perf_counter()
        connection.request("POST", RECORDS, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        times.append((time.perf_counter() - begun) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said[:500]!r}")
    connection.close()
    return times


def cpu_seconds() -> dict[str, float]:
    """Seconds of processor time so far: the server's Python, PostgreSQL, and the whole machine's busy time."""
    import psutil

    seconds = {"python": 0.0, "postgres": 0.0}
    for process in psutil.Process().children(recursive=True):
        try:
            spent, name = process.cpu_times(), process.name()
        except psutil.Error:
            continue
        kind = "postgres" if name.startswith("postgres") else "python"
        seconds[kind] += spent.user + spent.system
    busy = psutil.cpu_times()
    seconds["machine"] = busy.user + busy.system + busy.nice
    return seconds


def _shares(before: dict[str, float], after: dict[str, float], seconds: float, count: int) -> Iterator[Figure]:
    """Where the processor time went, as shares of all cores over the run; the rest waited or served others."""
    cores = (os.cpu_count() or 1) * seconds
    label = "逐条" if count == 1 else f"每批 {count} 条", "one by one" if count == 1 else f"batches of {count}"
    for kind, zh, en in (
        ("python", "网页进程占全部核心", "the web processes' share of all cores"),
        ("postgres", "PostgreSQL 占全部核心", "PostgreSQL's share of all cores"),
        ("machine", "整机忙碌", "the machine's busy share"),
    ):
        yield Figure(f"{label[0]}，{zh}", f"{label[1]}, {en}", 100 * (after[kind] - before[kind]) / cores, "%")
