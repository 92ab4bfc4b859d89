"""Verify the whole journal: recompute every hash, the whole tree and every fold from the rows, and name what differs.

Nothing that the database stores is believed: no stored function is called, canonical forms are put together and hashed
here, the folds are worked out by other means than the database's, and the tree is grown again from the leaves. Records
are read in ranges, so memory does not grow with the journal; ranges are shared out among processes that see the same
snapshot.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from wufei.journal.findings import Findings, JournalFinding, ReceiptAltered
from wufei.journal.forms import READ_AS
from wufei.journal.verify_book import Book
from wufei.journal.verify_records import BEYOND, LOWEST, LeafFile, Passed, RangeCheck
from wufei.journal.verify_references import check_tables, checks
from wufei.journal.verify_tree import TreeCheck

RANGE = 40_000  # records read at a time


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification is: the stage (``records``, ``tree``, ``tables``) with its steps done and in all."""

    stage: str
    done: int
    total: int


@dataclass
class Verified:
    """The outcome. ``unsealed`` counts the records of each append that waits to be sealed, by receipt."""

    findings: list[JournalFinding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    unsealed: dict[int, int] = field(default_factory=dict)
    sealed: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """True when nothing was found."""
        return not self.found

    def as_dict(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return {
            "holds": self.holds,
            "counts": self.counts,
            "sealed": self.sealed,
            "unsealed": {"appends": len(self.unsealed), "records": sum(self.unsealed.values())},
            "found": dict(self.found),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def verify(
    connection: Connection[Any],
    pinned: Iterable[str] = (),
    progress: Callable[[Progress], None] = lambda _: None,
    *,
    published: Iterable[dict[str, Any]] = (),
    parameters: Mapping[str, Any] | None = None,
    processes: int = 2,
) -> Verified:
    """Verify everything and return what was found; raises nothing for what somebody changed.

    ``pinned`` are the ids of public keys known to be ours: with none, any registered key is taken at its word.
    ``published`` are tree heads kept elsewhere (as a proof states them) that the tree must agree with. With
    ``parameters`` to connect by, as many ``processes`` share the records; without, ``connection`` does all of it.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_snapshot(connection))
        leaves = stack.enter_context(_leaf_file(connection))
        findings, book = Findings(), Book()
        outcome = Verified()
        shared = (parameters, processes) if parameters else None
        passes = _pass_records(connection, leaves, book, progress, shared)
        for passed in passes:
            findings.merge(passed.findings)
        _receipts_cut_through(connection, passes, findings)
        outcome.counts = dict(sum((Counter(passed.counts) for passed in passes), Counter()))
        outcome.unsealed = dict(sum((Counter(passed.unsealed) for passed in passes), Counter()))
        book.compare(connection, findings)
        tell = _counting("tree", leaves.size, progress)
        outcome.sealed = {"leaves": leaves.size, "algorithm": leaves.algorithm}
        outcome.sealed |= TreeCheck(connection, leaves, findings, published).run(pinned, tell)
        tell = _counting("tables", len(checks()), progress)
        for _ in check_tables(connection, findings):
            tell(1)
        outcome.findings, outcome.found = findings.kept, findings.counts
    return outcome


@contextlib.contextmanager
def _snapshot(connection: Connection[Any]) -> Iterator[None]:
    """One view of the journal throughout; a transaction that is open already goes on as it is."""
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    if idle:
        _summarize(connection)
    with connection.transaction():
        if idle:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(READ_AS)
        yield


def _summarize(connection: Connection[Any]) -> None:
    """Let the block-range index of the entries know its newest blocks, or each range would look through them all."""
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute("SELECT brin_summarize_new_values('journal.entry_seq')")


@contextlib.contextmanager
def _leaf_file(connection: Connection[Any]) -> Iterator[LeafFile]:
    (size,) = connection.execute("SELECT count(*) FROM journal.leaf").fetchone() or (0,)
    row = connection.execute("SELECT algorithm FROM journal.tree_head ORDER BY size LIMIT 1").fetchone()
    algorithm = row[0] if row and row[0] in {"sha256", "sm3"} else "sha256"
    with tempfile.NamedTemporaryFile(prefix="wufei-verify-") as file:
        yield LeafFile(file.name, size, algorithm)


def _ranges(connection: Connection[Any]) -> list[tuple[int, int]]:
    """Ranges of seq that together hold every row there can be, each with about RANGE records."""
    starts = connection.execute(
        "SELECT seq FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS n FROM journal.record) AS numbered "
        "WHERE n %% %s = 0 ORDER BY seq",
        (RANGE,),
    ).fetchall()
    ends = [LOWEST, *(seq for (seq,) in starts), BEYOND]
    return list(itertools.pairwise(ends))


def _pass_records(
    connection: Connection[Any],
    leaves: LeafFile,
    book: Book,
    progress: Callable[[Progress], None],
    shared: tuple[Mapping[str, Any], int] | None,
) -> list[Passed]:
    """Check every range, here or in processes of their own; the entries are added to ``book``."""
    ranges = _ranges(connection)
    tell = _counting("records", len(ranges), progress)
    passes = []
    with contextlib.ExitStack() as stack:
        if shared is None or len(ranges) == 1:
            done: Iterable[tuple[Passed, Book]] = (_check(connection, ends, leaves) for ends in ranges)
        else:
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            started = (shared[0], snapshot, leaves)
            spawn = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(shared[1], spawn, initializer=_join, initargs=started)
            done = stack.enter_context(pool).map(_check_shared, ranges)
        for passed, part in done:
            passes.append(passed)
            book.merge([part])
            tell(1)
    return passes


def _check(connection: Connection[Any], ends: tuple[int, int], leaves: LeafFile) -> tuple[Passed, Book]:
    book = Book()
    return RangeCheck(connection, *ends, leaves).run(book), book


_joined: list[Any] = []  # in a process of a pool: its connection and the file of leaves


def _join(parameters: Mapping[str, Any], snapshot: str, leaves: LeafFile) -> None:
    """Begin a process of the pool: a connection that sees what the first one sees."""
    connection = psycopg.connect(**parameters)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
    connection.execute(READ_AS)
    _joined[:] = [connection, leaves]


def _check_shared(ends: tuple[int, int]) -> tuple[Passed, Book]:
    return _check(_joined[0], ends, _joined[1])


def _counting(stage: str, total: int, progress: Callable[[Progress], None]) -> Callable[[int], None]:
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        progress(Progress(stage, done, total))

    return tell


def _receipts_cut_through(connection: Connection[Any], passes: list[Passed], findings: Findings) -> None:
    """Compare the appends that several ranges share with their receipts."""
    found: dict[int, Counter[str]] = {}
    for passed in passes:
        for n, (records, entries) in passed.split.items():
            found.setdefault(n, Counter()).update(records=records, entries=entries)
    query = "SELECT n, records, entries FROM journal.receipt WHERE n = ANY (%s)"
    for n, *kept in connection.execute(query, (list(found),)):
        for column, value in zip(("records", "entries"), kept, strict=True):
            if value != found[n][column]:
                place, expected = f"receipt {n}", found[n][column]
                findings.add(ReceiptAltered, place, column=column, expected=expected, found=value)
