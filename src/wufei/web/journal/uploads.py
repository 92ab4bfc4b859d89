"""Sheets that people upload: kept in a private folder until they are imported, checked and run in a thread.

How far a run has come stands in a file beside the sheet, so that any web process can tell it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import connection

from wufei import catalog
from wufei.intake.error_sheet import write_error_sheet
from wufei.intake.importer import import_file
from wufei.intake.importing import Report, Wish
from wufei.intake.posting import Speaker
from wufei.registry.access import STRANGER, Wearer, force
from wufei.registry.models import Hat
from wufei.terms import NamedError

LARGEST_BYTES = 200 * 1024 * 1024
KEPT_SECONDS = 7 * 86400
SILENT_SECONDS = 120
TOLD_EVERY_SECONDS = 0.5
LISTED = 200
_ID = re.compile(r"[0-9a-f]{32}")
_log = logging.getLogger(__name__)


class UploadTooLarge(NamedError):
    """A file beyond the limit of the page."""

    code = "upload_too_large"
    zh = "上传的文件不得超过 {largest} MB。"
    en = "An uploaded file is at most {largest} MB."
    remedy_zh = "请拆分文件，或在服务器上用 wufei import 导入。"
    remedy_en = "Split the file, or import it on the server with wufei import."


class UploadFailed(NamedError):
    """A run that ended by our fault."""

    code = "upload_failed"
    zh = "导入意外中断，已完成的批次不会重复。"
    en = "The import ended unexpectedly; batches already done are not repeated."
    remedy_zh = "请再次确认继续；若仍失败，请把时间告诉管理员。"
    remedy_en = "Confirm again to go on; if it fails again, tell the administrator the time."


@dataclass(frozen=True, slots=True)
class Upload:
    """A sheet and how far it is: ``phase`` is waiting, checking, checked, importing, done or failed."""

    id: str
    name: str
    kind: str
    mode: str
    person: int
    actor: str
    acting_for: str
    hat: int | None = None
    phase: str = "waiting"
    rows_done: int = 0
    rows: int = 0
    changed: float = 0.0
    report: dict[str, Any] | None = None
    error: dict[str, Any] | None = None

    @property
    def folder(self) -> Path:
        """Where the sheet lies."""
        return Path(settings.IMPORT_FOLDER) / self.id

    @property
    def running(self) -> bool:
        """True while a thread works on it; one that fell silent does not."""
        return self.phase in {"checking", "importing"} and time.time() - self.changed < SILENT_SECONDS

    @property
    def stopped(self) -> bool:
        """True when the process that worked on it is gone."""
        return self.phase in {"checking", "importing"} and not self.running


def keep(file: UploadedFile, kind: str, mode: str, person: int, speaker: Speaker, *, hat: int | None = None) -> Upload:
    """Keep an uploaded sheet under a random id and begin to check it, under the hat ``hat``. Raises UploadTooLarge."""
    if (file.size or 0) > LARGEST_BYTES:
        raise UploadTooLarge(largest=LARGEST_BYTES // 1024**2)
    _sweep()
    name = Path(str(file.name)).name[:200]
    upload = Upload(secrets.token_hex(16), name, kind, mode, person, speaker.actor, speaker.acting_for, hat)
    upload.folder.mkdir(mode=0o700, parents=True)
    with (upload.folder / "sheet").open("xb") as out:
        for chunk in file.chunks():
            out.write(chunk)
    _save(upload)
    begin(upload, dry_run=True)
    return upload


def _sweep() -> None:
    """Remove what nobody came back for within a week."""
    root = Path(settings.IMPORT_FOLDER)
    for folder in root.iterdir() if root.is_dir() else ():
        if _ID.fullmatch(folder.name) and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def find(upload_id: str, person: int) -> Upload | None:
    """The person's own upload; None when there is none of that id."""
    if not _ID.fullmatch(upload_id):
        return None
    try:
        told = json.loads((Path(settings.IMPORT_FOLDER) / upload_id / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    upload = Upload(**told)
    return upload if upload.person == person else None


def _save(upload: Upload) -> Upload:
    told = replace(upload, changed=time.time())
    draft = told.folder / f"state.{secrets.token_hex(4)}"
    draft.write_text(json.dumps(asdict(told), ensure_ascii=False, default=str), encoding="utf-8")
    os.replace(draft, told.folder / "state.json")  # noqa: PTH105  # atomic, over the old one
    return told


def begin(upload: Upload, *, dry_run: bool, again: bool = False) -> None:
    """Check the sheet (a dry run) or import it, in a thread of this process."""
    started = _save(replace(upload, phase="checking" if dry_run else "importing", rows_done=0, error=None))
    if getattr(settings, "IMPORT_IN_REQUEST", False):  # tests see the whole run within their transaction
        _run(started, dry_run, again)
        return
    threading.Thread(target=_run_and_close, args=(started, dry_run, again), daemon=True).start()


def _run_and_close(upload: Upload, dry_run: bool, again: bool) -> None:  # noqa: FBT001
    try:
        _run(upload, dry_run, again)
    finally:
        connection.close()


def _run(upload: Upload, dry_run: bool, again: bool) -> None:  # noqa: FBT001
    try:
        report = _import(upload, dry_run, again)
    except NamedError as error:
        _save(replace(upload, phase="failed", error=error.as_dict()))
    except Exception:  # noqa: BLE001  # told to the person and the log; a thread has nobody above it
        _log.exception("import %s", upload.id)
        _save(replace(upload, phase="failed", error=UploadFailed().as_dict()))
    else:
        whole = report.as_dict()
        told = whole | {"errors": whole["errors"][:LISTED], "listed": len(whole["errors"])}
        if report.refused:
            write_error_sheet(upload.folder / "sheet", report, upload.folder / "errors.xlsx", catalog.current())
        _save(replace(upload, phase="checked" if dry_run else "done", rows=report.rows, report=told))


def _import(upload: Upload, dry_run: bool, again: bool) -> Report:  # noqa: FBT001
    last = 0.0

    def progress(done: int, rows: int) -> None:
        nonlocal last
        if time.monotonic() - last > TOLD_EVERY_SECONDS:
            last = time.monotonic()
            _save(replace(upload, rows_done=done, rows=rows))

    wish = Wish(
        upload.kind, upload.folder / "sheet", upload.actor, upload.acting_for, upload.mode, dry_run, again, upload.name
    )
    connection.ensure_connection()
    with force.door():
        hat = _hat(upload)
    with force.wearing(hat):
        return import_file(
            connection.connection, catalog.current(), wish, now=lambda: datetime.now(UTC), hat=hat, progress=progress
        )


def _hat(upload: Upload) -> Wearer:
    """The hat under which the sheet was brought; one that has ended since opens nothing."""
    found = Hat.objects.filter(pk=upload.hat, person=upload.person, ended_at=None).first() if upload.hat else None
    return Wearer.of(found) if found else STRANGER
