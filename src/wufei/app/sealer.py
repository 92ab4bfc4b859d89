"""The sealing worker of `wufei run`: a process that seals and sums up what was appended, every few seconds.

A loop of our own rather than a job queue: one job, always the same, queued by the database (`journal.unsealed`). Two of
them do no harm: sealers wait for one another, and the second finds nothing left. It connects as the owner of the
journal, for the reason that `wufei.journal.sealing` gives.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import Connection

from wufei.app.config import Settings
from wufei.app.console import warn
from wufei.app.databases import rows
from wufei.terms import NamedError

KEY_FILE = "signing-key"
INTERVAL_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0


def key_path(settings: Settings) -> Path:
    """The file of the key that signs tree heads."""
    return settings.data / KEY_FILE


def owner_parameters(settings: Settings) -> dict[str, Any]:
    """How to connect as the role that owns the tables."""
    row = rows(settings)[1]
    given = {"host": row["HOST"], "port": row.get("PORT"), "user": row["USER"], "password": row.get("PASSWORD")}
    given |= {"dbname": row["NAME"], **row.get("OPTIONS", {})}
    return {name: value for name, value in given.items() if value}


def owner_connection(settings: Settings) -> Connection[Any]:
    """An autocommit connection as the role that owns the tables."""
    return psycopg.connect(**owner_parameters(settings), autocommit=True)


def seal_all(connection: Connection[Any], path: Path) -> int:
    """Seal until nothing waits, with the key kept in ``path``; returns how many heads were written."""
    from wufei.journal.sealing import seal
    from wufei.journal.signing import ensure_signer

    heads = 0
    while seal(connection, ensure_signer(path)):
        heads += 1
    return heads


def loop(settings: Settings, pause_seconds: float = 0, interval_seconds: float = INTERVAL_SECONDS) -> None:
    """Seal until SIGTERM or SIGINT; a database that is away, or a key that cannot be read, is tried again later."""
    from wufei.journal.cube import summarize
    from wufei.journal.sealing import waiting

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    pause, told = pause_seconds, ""
    while not stop.wait(pause):
        try:
            with owner_connection(settings) as connection:
                while not stop.wait(interval_seconds):
                    if waiting(connection):
                        seal_all(connection, key_path(settings))
                    summarize(connection)
                    pause, told = interval_seconds, ""
        except (psycopg.Error, OSError, NamedError) as error:
            pause = min(max(2 * pause, interval_seconds), LONGEST_PAUSE_SECONDS)
            if isinstance(error, NamedError) and str(error) != told:
                told = str(error)
                warn(error.render("zh"), error.render("en"))


class Child:
    """A process beside the web server: started again when it ends by itself, ever more slowly; ended on leaving."""

    def __init__(self, start: Callable[[float], int]) -> None:
        self._start = start
        self._pause_seconds = 0.0
        self.pid = 0

    def __enter__(self) -> Self:
        """Start it."""
        self.pid = self._start(0)
        return self

    def start_again(self) -> None:
        """Start it after a pause that it spends itself."""
        self._pause_seconds = min(max(2 * self._pause_seconds, 1.0), LONGEST_PAUSE_SECONDS)
        warn("封存进程意外停止，正在重新启动", "the sealing process stopped unexpectedly; starting it again")
        self.pid = self._start(self._pause_seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask it to end and wait until it has."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)
