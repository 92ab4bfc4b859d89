"""Import a file: look at it, read it row by row, append in batches, and say what became of each row."""

from __future__ import annotations

import hashlib
import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.sheets import Sheet
from wufei.intake import closed_places, jobs
from wufei.intake.ahead import ahead
from wufei.intake.drafts import Drafts, RowError
from wufei.intake.errors import FileEmpty, HeadingRepeated, HeadingsMissing, ImportBlocked, KindNotImported
from wufei.intake.headings import Headings, find_headings
from wufei.intake.ids import RowIds
from wufei.intake.jobs import Job, Start
from wufei.intake.magnitude import Magnitudes, Remark
from wufei.intake.refused import row_error
from wufei.intake.sniff import Sniffed, sniff
from wufei.intake.tables import Table, shown, tables
from wufei.journal import Outcome, Record, append
from wufei.terms import NamedError

if TYPE_CHECKING:
    from wufei.intake.delegated import Delegated
    from wufei.registry.access import Wearer

BATCH = 10_000
LISTED = 10_000
SKETCH = 256
TRIES = 3

Progress = Callable[[int, int], None]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: kind, file, mode (``atomic`` or ``rows``), dry run, and who imports for which organisation.

    ``name`` is the file's own name where it lies under another; ``again`` imports rows that seem to stand already.
    """

    kind: str
    path: Path
    actor: str
    acting_for: str
    mode: str = "atomic"
    dry_run: bool = False
    again: bool = False
    name: str | None = None


@dataclass(slots=True)
class Report:
    """What became of a file: rows read, appended, known before and refused; errors (the first 10,000) and remarks."""

    kind: str
    name: str
    sha256: str
    mode: str
    dry_run: bool
    sheet: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    rows: int = 0
    appended: int = 0
    duplicates: int = 0
    refused: int = 0
    kept: bool = False
    seconds: float = 0.0
    errors: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json`` and the API."""
        names = [name for name in self.__slots__ if name != "remarks"]
        return {name: getattr(self, name) for name in names} | {"remarks": [r.as_dict() for r in self.remarks]}


@dataclass(frozen=True, slots=True)
class Opened:
    """The sheet found in the file and what a first run over it told."""

    sniffed: Sniffed
    table: Table
    headings: Headings
    rows: int
    sketch: list[int]
    others: tuple[str, ...]


def sheet_of(catalog: Catalog, kind: str) -> Sheet:
    """The declared sheet of a kind. Raises KindNotImported."""
    found = catalog.national.find("sheets", kind)
    if found is None:
        known = "、".join(sheet.id for sheet in catalog.national.items("sheets"))
        raise KindNotImported(kind=kind, known=known)
    sheet: Sheet = found
    return sheet


def run_import(
    connection: Connection[Any], catalog: Catalog, wish: Wish, *, now: Clock, hat: Wearer | None = None,
    progress: Progress | None = None,
) -> Report:  # fmt: skip
    """Import a file; what was refused is in the report, what is wrong with the whole file is raised.

    Under a ``hat``, rows at the sites of others stand in their name, where a mandate covers them (``delegated``).

    Atomic: all rows or none. ``rows``: sound rows go in batch by batch, and an interrupted import goes on.
    A dry run appends in a transaction that is rolled back. The same file again is a no-op. ``now`` tells the time.
    """
    begun = time.monotonic()
    sheet = sheet_of(catalog, wish.kind)
    opened = open_sheet(sheet, wish)
    report = begin_report(wish, opened)
    job = jobs.known(connection, opened.sniffed.sha256, wish.kind, wish.actor, wish.acting_for)
    if job and job.finished:
        report.duplicates, report.kept = opened.rows, True
        return report
    if job is None and not wish.again:
        jobs.look_alike(connection, opened.sniffed.sha256, wish.kind, wish.acting_for, opened.sketch, opened.rows)
    ids = RowIds(opened.sniffed.sha256, wish.kind, opened.table.sheet)
    who = {"actor": wish.actor, "acting_for": wish.acting_for}
    drafts = Drafts(sheet, catalog, opened.headings, ids, escaped=opened.sniffed.form == "text", **who)
    run = _Run(connection, wish, opened, drafts, now, progress or (lambda _done, _rows: None), _whose(connection, hat))
    _carry_out(run, job)
    _fill(report, run)
    report.seconds = time.monotonic() - begun
    return report


def _whose(connection: Connection[Any], hat: Wearer | None) -> Delegated | None:
    if hat is None:
        return None
    from wufei.intake.delegated import Delegated  # noqa: PLC0415  # models, which a template does without

    return Delegated(connection, hat)


def open_sheet(sheet: Sheet, wish: Wish) -> Opened:
    """Look at a file and find the sheet with our headings. Raises what is wrong with the file as a whole."""
    sniffed = sniff(wish.path, wish.name, wish.kind)
    found: list[tuple[Table, Headings]] = []
    blank = True
    seen: list[str] = []
    broken: list[NamedError] = []
    for table in tables(wish.path, sniffed):
        first = list(itertools.islice(table.rows(), 20))
        blank = blank and not any(shown(cell).strip() for _, cells in first for cell in cells)
        seen += [shown(cell) for _, cells in first[:1] for cell in cells]
        try:
            headings = find_headings(sheet, first)
        except (HeadingRepeated, HeadingsMissing) as error:  # a help sheet may name our columns too
            broken.append(error)
        else:
            found += [(table, headings)] if headings else []
    if not found:
        if blank:
            raise FileEmpty(kind=wish.kind)
        if broken:
            raise broken[0]
        needed = "、".join(c.heading() for c in sheet.columns if c.required)
        raise HeadingsMissing(missing=needed, found="、".join(seen)[:400])
    table, headings = found[0]
    rows, sketch = _scan(table, headings)
    if not rows:
        raise FileEmpty(kind=wish.kind)
    return Opened(sniffed, table, headings, rows, sketch, tuple(t.sheet for t, _ in found[1:]))


def data_rows(table: Table, headings: Headings) -> Iterator[tuple[int, list[Any]]]:
    """The rows below the headings; explanation rows (a ``#`` first) are left out as long as no data has come."""
    begun = False
    for row, cells in table.rows():
        if row <= headings.row:
            continue
        first = cells[0] if cells else None
        if first is None or first == "":
            first = next((cell for cell in cells if cell is not None and cell != ""), None)
        if first is None or (not begun and isinstance(first, str) and first.lstrip().startswith("#")):
            continue
        begun = True
        yield row, cells


def row_digest(cells: list[Any]) -> int:
    """A short digest of what stands in a row."""
    body = "\x1f".join(map(str, cells)).encode()
    return int.from_bytes(hashlib.blake2b(body, digest_size=6).digest())


def _scan(table: Table, headings: Headings) -> tuple[int, list[int]]:
    """How many rows, and the smallest digests of the distinct ones."""
    rows, largest = 0, 0
    heap: list[int] = []
    kept: set[int] = set()
    for _, cells in data_rows(table, headings):
        rows += 1
        digest = row_digest(cells)
        if (len(heap) < SKETCH or digest < largest) and digest not in kept:
            kept.add(digest)
            heapq.heappush(heap, -digest)
            if len(heap) > SKETCH:
                kept.discard(-heapq.heappop(heap))
            largest = -heap[0]
    return rows, sorted(kept)


def begin_report(wish: Wish, opened: Opened, made: type[Report] | None = None) -> Report:
    """A report that says what was found in the file; ``made`` may be a kind of report that tells more."""
    report = (made or Report)(wish.kind, wish.name or wish.path.name, opened.sniffed.sha256, wish.mode, wish.dry_run)
    report.sheet, report.encoding, report.rows = opened.table.sheet, opened.sniffed.encoding, opened.rows
    report.delimiter = opened.table.delimiter
    for heading in opened.headings.unread:
        report.remarks.append(Remark("heading_unread", f"未读取的列：{heading}。", f"Column not read: {heading}."))
    for name in opened.others:
        report.remarks.append(
            Remark(
                "sheet_unread",
                f"工作表“{name}”也有同样的标题，没有读取。",
                f"Sheet “{name}” has the headings too; not read.",
            )
        )
    return report


@dataclass(slots=True)
class _Batch:
    """So many rows, read: their records with where each came from, and what is wrong with the others."""

    rows: int
    records: list[Record] = field(default_factory=list)
    origins: list[tuple[int, list[Any]]] = field(default_factory=list)
    refused: list[tuple[list[RowError], list[Any]]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.rows


class _Run:
    """One pass over the rows of a file, appending in batches."""

    def __init__(
        self, connection: Connection[Any], wish: Wish, opened: Opened, drafts: Drafts, now: Clock, progress: Progress,
        whose: Delegated | None = None,
    ) -> None:  # fmt: skip
        self.connection, self.wish, self.opened, self.now = connection, wish, opened, now
        self._drafts, self._progress, self._whose = drafts, progress, whose
        self.job = Job()
        self.magnitudes = Magnitudes()
        self.kept = False

    def anew(self, earlier: Job | None) -> Job:
        """The import's line, to be counted from the first row: a new one, or the one of an earlier try."""
        if earlier:
            return Job(earlier.id, sketch=list(self.opened.sketch))
        wish, opened = self.wish, self.opened
        start = Start(
            opened.sniffed.sha256, wish.kind, wish.name or wish.path.name, opened.table.sheet, wish.mode, wish.actor,
            wish.acting_for, opened.rows, list(opened.sketch),
        )  # fmt: skip
        return jobs.open_job(self.connection, start, self.now())

    def batches(self) -> Iterator[_Batch]:
        """The rows still to be dealt with, batch by batch, each read while the one before it is appended."""
        rows = itertools.islice(data_rows(self.opened.table, self.opened.headings), self.job.rows_done, None)
        return ahead(self._drafted(rows))

    def _drafted(self, rows: Iterator[tuple[int, list[Any]]]) -> Iterator[_Batch]:
        while read := list(itertools.islice(rows, BATCH)):
            batch = _Batch(len(read))
            for row, cells in read:
                drafted = self._drafts.draft(row, cells)
                if isinstance(drafted, list):
                    batch.refused.append((drafted, cells))
                elif drafted is not None:
                    batch.records.append(drafted)
                    batch.origins.append((row, cells))
            yield batch

    def deal_with(self, batch: _Batch) -> None:
        """Append one batch; sound rows go in, the others are counted and listed."""
        for errors, cells in batch.refused:
            self.refuse(errors, cells)
        for record, (row, _) in zip(batch.records, batch.origins, strict=True):
            for entry in record.entries:
                self.magnitudes.note(row, (entry.stream, entry.from_account, entry.to_account), entry.mass_g)
        outcomes = self._append(batch.records)
        for outcome, record, (row, cells) in zip(outcomes, batch.records, batch.origins, strict=True):
            self._count(outcome, record, row, cells)
        self.job.rows_done += len(batch)

    def _append(self, records: list[Record]) -> list[Outcome]:
        """What becomes of each record, in order; what is not theirs or begins at a closed place is refused here."""
        told = [self._whose.told(record) if self._whose else record for record in records]
        refused = {n: found for n, found in enumerate(told) if isinstance(found, NamedError)}
        sound = {n: found for n, found in enumerate(told) if isinstance(found, Record)}
        closed = closed_places.refused(self.connection, list(sound.values()))
        refused |= {n: closed[at] for at, n in enumerate(sound) if at in closed}
        rest = [record for n, record in sound.items() if n not in refused]
        appended = iter(append(self.connection, rest, row_mode=True))
        return [
            Outcome(record.id, "refused", error=refused[n]) if n in refused else next(appended)
            for n, record in enumerate(records)
        ]

    def told(self) -> None:
        """Say how far it is."""
        self._progress(self.job.rows_done, self.opened.rows)

    def _count(self, outcome: Outcome, record: Record, row: int, cells: list[Any]) -> None:
        if outcome.outcome == "appended":
            self.job.appended += 1
        elif outcome.outcome == "duplicate":
            self.job.duplicates += 1
        else:
            self.refuse([row_error(outcome, record, row, cells, self.opened.headings)], cells)

    def refuse(self, errors: list[RowError], cells: list[Any]) -> None:
        """Count a refused row and list what is wrong, up to a limit; it may come again, so it leaves the sketch."""
        self.job.refused += 1
        if (digest := row_digest(cells)) in self.job.sketch:
            self.job.sketch.remove(digest)
        if len(self.job.errors) < LISTED:
            self.job.errors += [error.as_dict() for error in errors]


def _carry_out(run: _Run, earlier: Job | None) -> None:
    if run.wish.mode == "rows" and not run.wish.dry_run:
        _row_by_row(run, earlier)
        return
    for attempt in range(1, TRIES + 1):
        run.job, run.magnitudes = Job(), Magnitudes()
        try:
            _at_once(run, earlier)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure) as error:
            if attempt == TRIES:
                raise ImportBlocked from error
        else:
            return


def _at_once(run: _Run, earlier: Job | None) -> None:
    """Everything in one transaction, which stays only when nothing was refused and it was no dry run."""
    dry = run.wish.dry_run
    with run.connection.transaction():
        if not dry:
            run.job = run.anew(earlier)
        for batch in run.batches():
            run.deal_with(batch)
            run.told()
        if dry or run.job.refused:
            raise psycopg.Rollback
        run.job.state = "done"
        jobs.save(run.connection, run.job, run.now())
        run.kept = True
    if run.job.refused and run.wish.mode == "atomic":
        run.job.appended = 0


def _row_by_row(run: _Run, earlier: Job | None) -> None:
    """Batch by batch, each with the import's line in one transaction; goes on where an interrupted import was."""
    run.job = earlier if earlier and earlier.state == "running" else run.anew(earlier)
    run.kept = True
    for batch in run.batches():
        with run.connection.transaction():
            run.deal_with(batch)
            jobs.save(run.connection, run.job, run.now())
        run.told()
    run.job.state = "refused" if run.job.refused else "done"
    jobs.save(run.connection, run.job, run.now())


def _fill(report: Report, run: _Run) -> None:
    job = run.job
    report.appended, report.duplicates, report.refused = job.appended, job.duplicates, job.refused
    report.errors, report.kept = job.errors, run.kept
    report.remarks += run.magnitudes.remarks(run.connection)
