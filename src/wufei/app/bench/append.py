"""批量追加：全部规则、折叠与哈希，与裸 COPY 相比 · batch append with every rule, fold and hash, against a bare COPY."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from wufei.app.bench import Figure
from wufei.app.bench._scratch import connect, records, scratch_journal
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import OWNER
from wufei.journal import Record, append

BATCH = 50_000
ROUNDS = 3
WORKERS = 2
PATIENCE_SECONDS = 120
BARE = """
CREATE TABLE bare (seq bigint PRIMARY KEY, id uuid NOT NULL UNIQUE, happened_at timestamptz, period text, basis text,
    actor text, acting_for text, rule text, sd_ppm int, from_key text, to_key text, stream text, mass_g bigint)"""


def measure() -> Iterator[Figure]:
    """Medians of entries per second: two clients on two cores and one alone, by entries per record; then the COPY."""
    with scratch_journal() as server:
        with connect(server, OWNER) as owner:
            owner.execute(BARE)
            owner.execute("GRANT INSERT, SELECT ON bare TO wufei_app")
        rates: dict[tuple[int, int], float] = {}
        for workers, per_record in ((WORKERS, 4), (WORKERS, 1), (1, 4)):
            rates[workers, per_record] = _rate(server, _append_batch, workers, per_record)
        bare = {workers: _rate(server, _copy_batch, workers, 1) for workers in (WORKERS, 1)}
    for (workers, per_record), rate in rates.items():
        label = f"{workers} 客户端，每记录 {per_record} 分录", f"{workers} clients, {per_record} entries a record"
        yield Figure(*label, rate, "entries/s")
        yield Figure("与裸 COPY 之比", "share of a bare COPY", rate / bare[workers], "")
    for workers, rate in bare.items():
        yield Figure(f"裸 COPY，{workers} 客户端", f"bare COPY, {workers} clients", rate, "rows/s")


Work = Callable[[Any, list[Record], int], None]


def _rate(server: Postgres, work: Work, workers: int, per_record: int) -> float:
    """Entries per second over the slowest client, median of the rounds."""
    rates = []
    for round_no in range(ROUNDS + 1):
        barrier, results = multiprocessing.Barrier(workers), multiprocessing.Queue()
        clients = [
            multiprocessing.Process(
                target=_client,
                args=(server.access, work, per_record, _seed(round_no, n, per_record), (n, workers), barrier, results),
            )
            for n in range(workers)
        ]
        for client in clients:
            client.start()
        spans = [results.get(timeout=PATIENCE_SECONDS) for _ in clients]
        for client in clients:
            client.join()
        seconds = max(end for _, end in spans) - min(begin for begin, _ in spans)
        rates.append(BATCH * workers / seconds)
    return statistics.median(rates[1:])


def _seed(round_no: int, worker: int, per_record: int) -> int:
    return round_no * 2 + worker + 20 * per_record


def _client(  # what a process is handed at its start
    access: Any, work: Work, per_record: int, seed: int, share: tuple[int, int], barrier: Any, results: Any
) -> None:
    batch = records(BATCH, seed, per_record, share)
    with connect_to(access) as connection:
        barrier.wait()
        begin = time.time()
        work(connection, batch, seed)
        results.put((begin, time.time()))


def connect_to(access: Any) -> Any:
    """A connection of a client process, with room for its inbox."""
    options = "-c temp_buffers=64MB"
    return psycopg.connect(**access.parameters("wufei_app"), autocommit=True, options=options)


def _append_batch(connection: Any, batch: list[Record], _seed: int) -> None:
    outcomes = append(connection, batch)
    if not all(outcome.stands for outcome in outcomes):
        raise RuntimeError(next(outcome for outcome in outcomes if not outcome.stands))


def _copy_batch(connection: Any, batch: list[Record], seed: int) -> None:
    connection.execute("SELECT 1")
    start = seed * 10**12 + time.time_ns() // 1000 % 10**12
    with connection.cursor() as cursor, cursor.copy("COPY bare FROM STDIN") as copy:
        block = []
        for n, r in enumerate(batch):
            e = r.entries[0]
            block.append(
                f"{start + n}\t{r.id}\t{r.happened_at.isoformat()}\t{r.period}\t{r.basis}\t{r.actor}\t"
                f"{r.acting_for}\t{r.rule}\t{r.sd_ppm}\t{e.from_account}\t{e.to_account}\t{e.stream}\t{e.mass_g}\n"
            )
            if len(block) == 2000:
                copy.write("".join(block))
                block.clear()
        copy.write("".join(block))
