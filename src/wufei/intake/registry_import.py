"""Import organisations, sites, vehicles and permits: what is new, changed or unchanged, before it stands."""

from __future__ import annotations

import contextlib
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from psycopg import Connection
from psycopg.errors import InsufficientPrivilege

from wufei.catalog import Catalog
from wufei.catalog.sheets import SheetColumn
from wufei.intake import jobs
from wufei.intake.drafts import Drafts, RowError
from wufei.intake.importing import (
    LISTED,
    Clock,
    Opened,
    Progress,
    Report,
    Wish,
    begin_report,
    data_rows,
    open_sheet,
    sheet_of,
)
from wufei.intake.jobs import Job, Start
from wufei.intake.registry_kinds import KINDS, Kind, Planned, Values
from wufei.intake.tables import letter, shown
from wufei.registry.access import Wearer
from wufei.registry.access.filters import changeable
from wufei.registry.access.policy import scopes
from wufei.registry.personal_data import sealed_fields
from wufei.terms import NamedError

BATCH = 1000
PREVIEWED = 1000


class RowNotYours(NamedError):
    """The hat in force may not enter or amend this row."""

    code = "row_not_yours"
    zh = "您现在的身份无权登记或修改“{name}”。"
    en = "The hat that you wear may not enter or amend “{name}”."
    remedy_zh = "请只导入本单位或本辖区的内容，或请有权的人导入。"
    remedy_en = "Import what is your organisation's or your place's only, or ask somebody who may."


class ImportNotYours(NamedError):
    """The database refused the rows for the hat in force."""

    code = "import_not_yours"
    zh = "数据库拒绝了这次导入：您现在的身份无权登记其中的内容。"
    en = "The database refused the import: the hat that you wear may not enter these rows."
    remedy_zh = "请核对身份，或请有权的人导入。"
    remedy_en = "Check which hat you wear, or ask somebody who may."


@dataclass(slots=True)
class RegistryReport(Report):
    """A report with how many rows change what is on register, and the first of what is new or changed.

    ``appended`` counts new rows, ``duplicates`` unchanged ones.
    """

    changed: int = 0
    preview: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json`` and the pages."""
        told = {name: getattr(self, name) for name in Report.__slots__ if name != "remarks"}
        own = {"changed": self.changed, "preview": self.preview, "remarks": [r.as_dict() for r in self.remarks]}
        return told | own


class _Reader(Drafts):
    """Reads a row of cells into the values of a registry row."""

    def _record(self, row: int, values: Values) -> Any:  # noqa: ARG002
        return values


def run_registry_import(
    connection: Connection[Any],
    catalog: Catalog,
    wish: Wish,
    *,
    now: Clock,
    hat: Wearer | None = None,
    progress: Progress | None = None,
) -> RegistryReport:
    """Enter or amend what a sheet says; what was refused is in the report, what is wrong with the file is raised.

    ``connection`` is Django's own. Atomic: all rows or none; ``rows``: sound rows go in batch by batch. A dry run does
    the same and leaves nothing. ``hat`` bounds which rows may be written; None is the owner's console.
    """
    begun = time.monotonic()
    sheet = sheet_of(catalog, wish.kind)
    opened = open_sheet(sheet, wish)
    report = begin_report(wish, opened, RegistryReport)
    who = {"actor": wish.actor, "acting_for": wish.acting_for}
    reader = _Reader(sheet, catalog, opened.headings, None, escaped=opened.sniffed.form == "text", **who)
    run = _Run(wish, opened, reader, KINDS[sheet.makes](catalog, now().date()), hat, report)
    try:
        _carry_out(run, connection, now, progress or (lambda _done, _rows: None))
    except Exception as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            raise ImportNotYours from error
        raise
    report.errors.sort(key=lambda error: error["row"])
    report.seconds = time.monotonic() - begun
    return report


class _Run:
    """One pass over the rows of a sheet."""

    def __init__(
        self, wish: Wish, opened: Opened, reader: Drafts, kind: Kind, hat: Wearer | None, report: RegistryReport
    ) -> None:
        self.wish, self.opened, self.kind, self.report = wish, opened, kind, report
        self._reader, self._hat = reader, hat
        self._free = hat is None or "all" in scopes(kind.resource, "change", hat)
        self._sealed = {f.name for f in sealed_fields(kind.entity.model)}
        self._columns = {column.fills: (at, column) for at, column in reversed(opened.headings.columns)}

    def batch(self, rows: list[tuple[int, list[Any]]]) -> None:
        """Read, decide about and write one batch; refused rows are listed, the others written."""
        planned: list[Planned] = []
        for row, cells in rows:
            read = self._reader.draft(row, cells)
            if isinstance(read, list):
                self._refuse(read)
            elif read is not None:
                planned.append(Planned(row, cells, read))
        forbidden = self._write(planned)
        if forbidden:
            self._write([p for p in planned if p.row not in forbidden])
        for each in planned:
            if each.row in forbidden:
                each.status, each.problems = "refused", [RowNotYours(name=each.name)]
            self._count(each)
        if self.wish.dry_run:  # who confirms has read them
            self.report.remarks += self.kind.remarks(planned)

    def _write(self, planned: list[Planned]) -> set[int]:
        """Write the rows; those that the hat may not are told, and then nothing was written.

        A preview writes only where that is needed to tell whose a row would be.
        """
        with transaction.atomic():
            kept = dict(self.kind.seen)
            for each in planned:
                each.problems, each.changes, each.target = [], {}, None
            if self._free:
                self.kind.apply(planned, write=not self.wish.dry_run)
                return set()
            standing = self._changeable(self._standing(planned))
            self.kind.apply(planned, write=True)
            touched = [p for p in planned if p.status in {"new", "changed"}]
            allowed = self._changeable([p.target.pk for p in touched])
            before = {"new": allowed, "changed": standing}
            forbidden = {p.row for p in touched if p.target.pk not in allowed & before[p.status]}
            if forbidden:
                self.kind.seen, self.kind.found = kept, {}
                transaction.set_rollback(True)
            return forbidden

    def _standing(self, planned: list[Planned]) -> list[str]:
        """The ids of rows that the batch may amend: asked for before it does."""
        return self.kind.amended([each.values for each in planned])

    def _changeable(self, ids: list[str]) -> set[str]:
        rows = self.kind.entity.model._default_manager.filter(pk__in=ids)
        return set(changeable(rows, self._hat).values_list("pk", flat=True)) if ids and self._hat else set()

    def _count(self, planned: Planned) -> None:
        report = self.report
        if planned.status == "refused":
            self._refuse([self._row_error(planned, problem) for problem in planned.problems])
            return
        report.appended += planned.status == "new"
        report.changed += planned.status == "changed"
        report.duplicates += planned.status == "unchanged"
        if planned.status != "unchanged" and len(report.preview) < PREVIEWED:
            changes = {
                name: ["…", "…"] if name in self._sealed else [_plain(was), _plain(now)]
                for name, (was, now) in planned.changes.items()
            }
            told = {"row": planned.row, "status": planned.status, "name": planned.name, "changes": changes}
            report.preview.append(told)

    def _refuse(self, errors: list[RowError]) -> None:
        self.report.refused += 1
        if len(self.report.errors) < LISTED:
            self.report.errors += [error.as_dict() for error in errors]

    def _row_error(self, planned: Planned, problem: NamedError) -> RowError:
        """A problem of a field as one of the cell that fills it; of no field, as one of the whole row."""
        found: tuple[int, SheetColumn] | None = self._columns.get(problem.place or "")
        at, column = found or self.opened.headings.columns[0]
        cell = planned.cells[at] if at < len(planned.cells) else ""
        problem.place = f"{letter(at)}{planned.row}"
        return RowError(planned.row, letter(at), column.heading(), shown(cell), problem)


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _carry_out(run: _Run, connection: Connection[Any], now: Clock, progress: Progress) -> None:
    """All in one transaction, or each batch in its own."""
    together = run.wish.mode == "atomic" or run.wish.dry_run
    rows = data_rows(run.opened.table, run.opened.headings)
    done = 0
    with transaction.atomic() if together else contextlib.nullcontext():
        while batch := list(itertools.islice(rows, BATCH)):
            run.batch(batch)
            done += len(batch)
            progress(done, run.opened.rows)
        if together and (run.wish.dry_run or run.report.refused):
            transaction.set_rollback(True)
    if run.wish.dry_run:
        return
    if run.wish.mode == "atomic" and run.report.refused:
        run.report.appended = run.report.changed = 0
        return
    run.report.kept = True
    _note(run, connection, now)


def _note(run: _Run, connection: Connection[Any], now: Clock) -> None:
    """The import's line: the same file again has the same line, with what came of it this time."""
    wish, report, opened = run.wish, run.report, run.opened
    query = "SELECT id FROM intake_import WHERE sha256 = %s AND kind = %s"
    row = connection.execute(query, (report.sha256, wish.kind)).fetchone()
    if row:
        job = Job(row[0])
    else:
        start = Start(report.sha256, wish.kind, report.name, report.sheet, wish.mode, wish.actor, wish.acting_for,
                      report.rows, list(opened.sketch))  # fmt: skip
        job = jobs.open_job(connection, start, now())
    job.rows_done, job.appended, job.duplicates = report.rows, report.appended, report.duplicates
    job.refused, job.errors, job.state = report.refused, report.errors, "refused" if report.refused else "done"
    jobs.save(connection, job, now())
