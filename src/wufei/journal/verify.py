"""Verify the whole journal: recompute every hash, the whole tree and every fold from the rows, and name what differs.

Nothing that the database stores is believed: no stored function is called, canonical forms are put together and hashed
here, the folds are worked out by other means than the database's, and the tree is grown again from the leaves. Records
are read in ranges, so memory does not grow with the journal; ranges are shared out among threads whose connections see
the same snapshot. Threads are enough: the columns are worked on without Python's lock, and a process more would take a
second to start.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from wufei.journal.findings import Findings, JournalFinding, ReceiptAltered
from wufei.journal.forms import READ_AS
from wufei.journal.verify_book import Book
from wufei.journal.verify_records import BEYOND, LOWEST, LeafFile, Passed, RangeCheck
from wufei.journal.verify_references import check_tables, checks
from wufei.journal.verify_summary import Blocks
from wufei.journal.verify_tree import TreeCheck

RANGE = 40_000  # records read at a time
AHEAD = 4  # ranges under way or waiting to be added up
T = TypeVar("T")


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
    threads: int = 2,
) -> Verified:
    """Verify everything and return what was found; raises nothing for what somebody changed.

    ``pinned`` are the ids of public keys known to be ours: with none, any registered key is taken at its word.
    ``published`` are tree heads kept elsewhere (as a proof states them) that the tree must agree with. With
    ``parameters`` to connect by, as many ``threads`` share the work; without, ``connection`` does all of it.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(_snapshot(connection))
        leaves = stack.enter_context(_leaf_file(connection))
        blocks = Blocks(connection)
        findings, book = Findings(), Book(blocks)
        outcome = Verified()
        crew = _Crew(connection, parameters, threads)
        stack.callback(crew.leave)
        passes = _pass_records(crew, leaves, blocks, book, progress)
        for passed in passes:
            findings.merge(passed.findings)
        _receipts_cut_through(connection, passes, findings)
        outcome.counts = dict(sum((Counter(passed.counts) for passed in passes), Counter()))
        outcome.unsealed = dict(sum((Counter(passed.unsealed) for passed in passes), Counter()))
        grown = crew.run(_grow_tree, leaves, published, pinned, _counting("tree", leaves.size, progress))
        book.compare(connection, findings)
        tell = _counting("tables", len(checks()), progress)
        for _ in check_tables(connection, findings):
            tell(1)
        found, sealed = grown.result()
        findings.merge(found)
        outcome.sealed = {"leaves": leaves.size, "algorithm": leaves.algorithm} | sealed
        outcome.findings, outcome.found = findings.kept, findings.counts
    return outcome


@contextlib.contextmanager
def _snapshot(connection: Connection[Any]) -> Iterator[None]:
    """One view of the journal throughout; a transaction that is open already goes on as it is."""
    idle = connection.info.transaction_status == TransactionStatus.IDLE
    with connection.transaction():
        if idle:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(READ_AS)
        yield


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


class _Crew:
    """Threads with connections that see what the first one sees; without ``parameters`` there is but the first one."""

    def __init__(self, connection: Connection[Any], parameters: Mapping[str, Any] | None, threads: int) -> None:
        self.first = connection
        self._parameters = parameters
        self._own = threading.local()
        self._opened: list[Connection[Any]] = []
        if parameters:
            found = connection.execute("SELECT pg_export_snapshot()").fetchone()
            self._snapshot: str = found[0] if found else ""
            self._pool = ThreadPoolExecutor(threads, initializer=self._join)

    def _join(self) -> None:
        self._own.connection = connection = psycopg.connect(**(self._parameters or {}))
        self._opened.append(connection)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(f"SET TRANSACTION SNAPSHOT '{self._snapshot}'")
        connection.execute(READ_AS)

    def run(self, work: Callable[..., T], *given: Any) -> Future[T]:
        """``work(connection, *given)`` in a thread of the crew, or here and now."""
        if self._parameters:
            return self._pool.submit(lambda: work(self._own.connection, *given))
        done: Future[T] = Future()
        done.set_result(work(self.first, *given))
        return done

    def leave(self) -> None:
        """Begin nothing more, wait for what has begun, close the connections."""
        if self._parameters:
            self._pool.shutdown(cancel_futures=True)
        for connection in self._opened:
            connection.close()


def _pass_records(
    crew: _Crew, leaves: LeafFile, blocks: Blocks, book: Book, progress: Callable[[Progress], None]
) -> list[Passed]:
    """Check every range, as many ahead as keep the crew busy; the entries are added to ``book``."""
    ranges = _ranges(crew.first)
    tell = _counting("records", len(ranges), progress)
    passes: list[Passed] = []
    under_way: deque[Future[tuple[Passed, Book]]] = deque()
    for ends in [*ranges, *[None] * AHEAD]:
        if ends:
            under_way.append(crew.run(_check, ends, leaves, blocks))
        if under_way and (len(under_way) > AHEAD or not ends):
            passed, part = under_way.popleft().result()
            passes.append(passed)
            book.merge([part])
            tell(1)
    return passes


def _check(connection: Connection[Any], ends: tuple[int, int], leaves: LeafFile, blocks: Blocks) -> tuple[Passed, Book]:
    book = Book(blocks)
    return RangeCheck(connection, *ends, leaves).run(book), book


def _grow_tree(
    connection: Connection[Any],
    leaves: LeafFile,
    published: Iterable[dict[str, Any]],
    pinned: Iterable[str],
    progress: Callable[[int], None],
) -> tuple[Findings, dict[str, Any]]:
    findings = Findings()
    return findings, TreeCheck(connection, leaves, findings, published).run(pinned, progress)


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
