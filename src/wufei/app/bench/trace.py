"""追溯：一万个相连批次的来源和去向 · origins and fates of ten thousand linked lots."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from psycopg import Connection

from wufei.app.bench import Figure, percentile
from wufei.app.bench._scratch import DAY, connect, scratch_journal
from wufei.app.postgres.access import OWNER
from wufei.journal import Entry, Record, append
from wufei.journal.lot_reader import Direction, linked
from wufei.journal.lots import Attribution, Sharing

LOTS, WIDTH, ROUNDS = 10_000, 100, 20
LIMIT_S = 1.0
GRAMS = 1_000_000
BATCH = 500
_SPACE = UUID("00000000-0000-7000-8000-000000000000")


def lot(layer: int, n: int) -> UUID:
    """The n-th lot of a layer."""
    return uuid5(_SPACE, f"{layer}/{n}")


def records(size: int) -> Iterator[Record]:
    """Lots in layers: each regroups halves of two of the layer before, and one is made of all the last ones."""
    layers = max(size // WIDTH, 2)
    for n in range(WIDTH):
        yield _record(0, Entry("origin:site-1", "storage:site-1", "stream-1", GRAMS, to_lot=lot(0, n)))
    for layer in range(1, layers):
        for n in range(WIDTH):
            halves = [lot(layer - 1, n), lot(layer - 1, (n + 1) % WIDTH)]
            yield _record(layer, *_regrouped(halves, lot(layer, n), GRAMS // 2))
    yield _record(layers, *_regrouped([lot(layers - 1, n) for n in range(WIDTH)], lot(layers, 0), GRAMS))


def _regrouped(parts: list[UUID], into: UUID, mass_g: int) -> list[Entry]:
    taken = [Entry("storage:site-1", "process:site-1", "stream-1", mass_g, from_lot=p, to_lot=into) for p in parts]
    whole = mass_g * len(parts)
    return [*taken, Entry("process:site-1", "storage:site-1", "stream-1", whole, from_lot=into, to_lot=into)]


def _record(layer: int, *entries: Entry) -> Record:
    at = DAY + timedelta(hours=layer)
    return Record(at, at.strftime("%Y-%m"), "measured", "person-1", "org-1", "hj_1259_2022 6.2", entries)


def measure(size: int = LOTS) -> Iterator[Figure]:
    """Seconds to trace one lot linked to ``size`` others: where it came from, where it went, and both."""
    with scratch_journal() as server, connect(server, OWNER) as connection:
        entries = _fill(connection, list(records(size)))
        layers = max(size // WIDTH, 2)
        gc.collect()
        gc.freeze()  # as the web server does once the catalogue is loaded
        yield Figure("批次数", "lots", layers * WIDTH + 1, "")
        yield Figure("分录数", "entries", entries, "")
        asked: tuple[tuple[str, str, UUID, Direction], ...] = (
            ("最后一批的来源", "origins of the last lot", lot(layers, 0), "origins"),
            ("最初一批的去向", "fates of a first lot", lot(0, 0), "fates"),
            ("中间一批的来源和去向", "origins and fates of a lot in the middle", lot(layers // 2, 0), "both"),
        )
        for zh, en, traced, direction in asked:
            yield from _timed(zh, en, lambda traced=traced, direction=direction: _trace(connection, traced, direction))


def _fill(connection: Connection[Any], made: list[Record]) -> int:
    """Append the records; returns how many entries they hold."""
    for first in range(0, len(made), BATCH):
        for outcome in append(connection, made[first : first + BATCH]):
            if outcome.error is not None:
                raise outcome.error
    connection.execute("VACUUM ANALYZE")
    return sum(len(record.entries) for record in made)


def _trace(connection: Connection[Any], traced: UUID, direction: Direction) -> None:
    trace = Attribution(linked(connection, traced, direction=direction), Sharing()).trace(traced)
    if sum(trace.origins.values()) != trace.mass_g:
        raise RuntimeError("a trace that does not add up")


def _timed(zh: str, en: str, work: Callable[[], None]) -> Iterator[Figure]:
    taken = []
    for _round in range(ROUNDS):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    yield Figure(f"{zh}，中位", f"{en}, median", statistics.median(taken), "s", LIMIT_S)
    yield Figure(f"{zh}，p95", f"{en}, p95", percentile(taken, 0.95), "s", LIMIT_S)
