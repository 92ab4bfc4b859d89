"""Labels on their way to the printer: set in a thread, some dozens at a time, told and stopped by files."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from wufei.reports import labels

FOLDER, STATE, FILE, STOP = "labels", "state.json", "labels.pdf", "stop"
KEPT_SECONDS, SILENT_SECONDS = 86_400, 120
_ID = re.compile(r"[0-9a-f]{32}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """One print: whose, how many labels, how far it is; ``phase`` is setting, done, stopped or failed."""

    id: str
    person: int
    total: int
    done: int = 0
    phase: str = "setting"
    changed: float = 0.0

    @property
    def folder(self) -> Path:
        """Where its state and its PDF lie."""
        return _root() / self.id

    @property
    def running(self) -> bool:
        """True while a thread works on it; one that fell silent does not."""
        return self.phase == "setting" and time.time() - self.changed < SILENT_SECONDS


def _root() -> Path:
    return Path(settings.IMPORT_FOLDER) / FOLDER


def start(made: Sequence[dict[str, Any]], person: int) -> Run:
    """Set these labels for the person; what was set yesterday is removed."""
    _sweep()
    run = Run(secrets.token_hex(16), person, len(made))
    run.folder.mkdir(mode=0o700, parents=True)
    run = _save(run)
    if getattr(settings, "IMPORT_IN_REQUEST", False):  # tests see the whole run
        _set(run, made)
    else:
        threading.Thread(target=_set_and_close, args=(run, made), daemon=True).start()
    return run


def find(run_id: str, person: int) -> Run | None:
    """The person's own print; None when there is none of that id."""
    if not _ID.fullmatch(run_id):
        return None
    try:
        told = json.loads((_root() / run_id / STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    run = Run(**told)
    return run if run.person == person else None


def stop(run: Run) -> None:
    """Ask the thread to stop after the labels it is at."""
    (run.folder / STOP).touch()


def _set_and_close(run: Run, made: Sequence[dict[str, Any]]) -> None:
    try:
        _set(run, made)
    finally:
        connection.close()


def _set(run: Run, made: Sequence[dict[str, Any]]) -> None:
    try:
        body = labels.joined(_told(run, labels.chunks(made)))
    except Exception:  # noqa: BLE001  # told to the person and the log; a thread has nobody above it
        _log.exception("labels %s", run.id)
        _save(replace(run, phase="failed"))
        return
    if (run.folder / STOP).exists():
        _save(replace(run, phase="stopped"))
        return
    (run.folder / FILE).write_bytes(body)
    _save(replace(run, done=run.total, phase="done"))


def _told(run: Run, parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts one after another, until the person stops it; how far it is is written down after each."""
    for number, part in enumerate(parts, 1):
        yield part
        if (run.folder / STOP).exists():
            return
        _save(replace(run, done=min(number * labels.CHUNK, run.total)))


def _save(run: Run) -> Run:
    told = replace(run, changed=time.time())
    draft = told.folder / f"state.{secrets.token_hex(4)}"
    draft.write_text(json.dumps(asdict(told)), encoding="utf-8")
    os.replace(draft, told.folder / STATE)  # noqa: PTH105  # atomic, over the old one
    return told


def _sweep() -> None:
    for folder in _root().iterdir() if _root().is_dir() else ():
        if _ID.fullmatch(folder.name) and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
