"""校验与重建整个流水，与公开的复式记账库相比 · verify and rebuild a journal, against a public double-entry ledger."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from psycopg import Connection

from wufei.app.bench import Figure
from wufei.app.bench._scratch import connect, scratch_journal
from wufei.app.bench._scratch import records as make_records
from wufei.app.console import warn
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import OWNER
from wufei.journal import append
from wufei.journal.proof import proof_of
from wufei.journal.sealing import seal
from wufei.journal.signing import KeySigner, new_signer
from wufei.journal.verify import verify

RECORDS = 200_000
BATCH = 50_000
ROUNDS = 3
PROOFS = 200
LEDGER_POSTINGS = 200_000
# The dependency group `bench` of pyproject.toml; MIT and MIT or AFL-2.1. Neither is ever installed to run Wufei.
LEDGER = ("abacus-minimal==0.14.2", "simplejson==3.20.2")


def measure(records: int = RECORDS) -> Iterator[Figure]:
    """Medians of 3 in records per second on a journal of ``records`` records of one entry each, sealed."""
    with scratch_journal() as server, connect(server, OWNER) as owner:
        signer = new_signer()
        _fill(owner, records)
        sealing = _seconds(lambda: _seal(owner, signer))
        owner.execute("ANALYZE")
        verifying = _median(lambda: _verify(server, owner, signer))
        alone = _median(lambda: _verify(None, owner, signer))
        rebuilding = _median(lambda: owner.execute("SELECT journal.rebuild()"))
        proving = _prove(owner)
        ledger = _ledger_rate(owner)
    yield Figure("记录数", "records", records, "")
    yield Figure("校验，两路并行", "verify, two threads", records / verifying, "records/s")
    yield Figure("校验，单路", "verify, one thread", records / alone, "records/s")
    yield Figure("重建全部折叠表", "rebuild of every fold", records / rebuilding, "records/s")
    yield Figure("封存", "sealing", records / sealing, "records/s")
    yield Figure("出具一份证明，中位数", "one proof, median", proving * 1000, "ms")
    if ledger:
        yield Figure(f"{LEDGER[0]} 重放同样的分录", f"{LEDGER[0]} replaying the same postings", ledger, "records/s")
        yield Figure("重建与之相比", "rebuild, times that", records / rebuilding / ledger, "")


def _fill(owner: Connection[Any], count: int) -> None:
    for n in range(0, count, BATCH):
        outcomes = append(owner, make_records(min(BATCH, count - n), 1 + n // BATCH, 1))
        if not all(outcome.stands for outcome in outcomes):
            raise RuntimeError(next(outcome for outcome in outcomes if not outcome.stands))


def _seal(owner: Connection[Any], signer: KeySigner) -> None:
    while seal(owner, signer):
        pass


def _verify(server: Postgres | None, owner: Connection[Any], signer: KeySigner) -> None:
    found = verify(owner, {signer.key_id}, parameters=server and server.access.parameters(OWNER))
    if not found.holds:
        raise RuntimeError(found.findings[0])


def _prove(owner: Connection[Any]) -> float:
    query = "SELECT id FROM journal.record TABLESAMPLE SYSTEM (10) REPEATABLE (1) LIMIT %s"
    ids = [row[0] for row in owner.execute(query, (PROOFS,))]
    return statistics.median(_seconds(lambda id_=each: proof_of(owner, [id_])) for each in ids)


def _ledger_rate(owner: Connection[Any]) -> float | None:
    """Postings per second that the public ledger replays in memory, median of 3; None when it cannot be installed."""
    query = (
        "SELECT t.key || ' ' || s.id, f.key || ' ' || s.id, e.mass_g FROM journal.entry e "
        "JOIN journal.account f ON f.n = e.from_n JOIN journal.account t ON t.n = e.to_n "
        "JOIN journal.stream s ON s.n = e.stream_n LIMIT %s"
    )
    postings = owner.execute(query, (LEDGER_POSTINGS,)).fetchall()
    with tempfile.TemporaryDirectory(prefix="wufei-bench-") as folder:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, *LEDGER]
        if subprocess.run(install, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            warn(f"无法安装 {LEDGER[0]}，略去比较", f"cannot install {LEDGER[0]}; the comparison is left out")
            return None
        return len(postings) / _replay(Path(folder), postings)


def _replay(folder: Path, postings: list[tuple[str, str, int]]) -> float:
    """Seconds to post everything into an empty ledger, accounts included."""
    sys.path.insert(0, str(folder))
    try:
        from abacus import Asset, Double, Ledger
    finally:
        sys.path.remove(str(folder))
    names = sorted({name for row in postings for name in row[:2]})

    def replay() -> None:
        ledger = Ledger()
        ledger.apply_many(Asset(name) for name in names)
        ledger.apply_many(Double(*row) for row in postings)

    return _median(replay)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _median(work: Callable[[], object]) -> float:
    return statistics.median(_seconds(work) for _ in range(ROUNDS))
