"""Start, watch and stop the embedded server on one data folder."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from wufei.app.console import say
from wufei.app.data_folder import DataFolderNotWritable
from wufei.app.postgres import access as access_file
from wufei.app.postgres import account as accounts
from wufei.app.postgres import cluster as clusters
from wufei.app.postgres import leftovers, places, roles
from wufei.app.postgres.access import Access
from wufei.app.postgres.errors import (
    DatabaseNotStarted,
    DatabasePasswordMissing,
    DataFolderOtherUser,
)
from wufei.terms import NamedError

START_SECONDS = 120
STOP_SECONDS = 60
LOG_BYTES = 5_000_000
TUNING = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "256MB",
    "max_connections": "60",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "recovery_init_sync_method": "syncfs",
    "timezone": "Asia/Shanghai",
    "log_timezone": "Asia/Shanghai",
    "log_line_prefix": "%m [%p] %u@%d ",
    "lc_messages": "C",
}


class Postgres:
    """The server of one data folder, which the caller holds. ``with`` starts and stops it.

    ``tuning`` adds server settings (tests turn ``fsync`` off). ``meanwhile`` is done once, while the server starts.
    After the start ``access`` says how to connect.
    """

    def __init__(
        self,
        data: Path,
        *,
        start_seconds: float = START_SECONDS,
        tuning: Mapping[str, str] | None = None,
        may_create_databases: bool = False,
        meanwhile: Callable[[], None] | None = None,
    ) -> None:
        self.data = data
        self.access: Access
        self.log: Path
        self._start_seconds = start_seconds
        self._tuning = TUNING | dict(tuning or {})
        self._may_create_databases = may_create_databases
        self._meanwhile = meanwhile
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server and make sure of its database and roles."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process number; None while it is stopped."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Create what is missing, put right what a crash left, start, and wait until it takes connections."""
        try:
            self._prepare()
            self._process = process = self._launch()
            self._do_meanwhile()
            self._wait_until_ready(process)
            self._ensure_database()
        except OSError as error:
            self.stop()
            raise _unusable(self.data, error) from error
        except BaseException:
            self.stop()
            raise

    def _prepare(self) -> None:
        cluster = self.data / "postgres/cluster"
        self._account = accounts.choose(cluster)
        self._home = places.home(self.data, self._account)
        self._cluster = self._home / "cluster"
        self.log = self._home / "server.log"
        self._programs = places.programs(self._home, self._account)
        clusters.clear_the_way(self._home, self._cluster)
        known = access_file.read_access(self.data)
        if self._cluster.exists():
            if known is None:
                raise DatabasePasswordMissing(path=self._cluster, file=self.data / access_file.FILE)
            clusters.check_version(self._cluster, self._programs)
            leftovers.stop_leftovers(self._cluster)
        else:
            known = known or access_file.new_access()
            known.save(self.data)
            password = known.passwords[access_file.SUPERUSER]
            clusters.create(self._home, self._cluster, self._programs, self._account, password)
        self.access = known.at(places.socket_folder(self._home, self._account))
        if self.access != access_file.read_access(self.data):
            self.access.save(self.data)

    def _launch(self) -> subprocess.Popen[bytes]:
        say("正在启动数据库", "starting the database")
        command: list[str | Path] = [self._programs / "bin/postgres", "-D", self._cluster]
        for name, value in {**self._tuning, "unix_socket_directories": self.access.socket_folder}.items():
            command += ["-c", f"{name}={value}"]
        with self._open_log() as log:
            return subprocess.Popen(
                command,
                **self._account.popen(),
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop the server last
                preexec_fn=accounts.die_with_parent(signal.SIGINT),  # noqa: PLW1509  (one system call, no lock)
            )

    def _open_log(self) -> IO[bytes]:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "ab")

    def _do_meanwhile(self) -> None:
        waiting, self._meanwhile = self._meanwhile, None
        if waiting:
            waiting()

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._start_seconds
        while not leftovers.is_ready(self._cluster, process.pid):
            if process.poll() is not None:
                code = process.returncode
                raise self._not_started(f"退出码 {code}", f"exit code {code}")
            if time.monotonic() > deadline:
                waited = f"{self._start_seconds:g}"
                raise self._not_started(f"{waited} 秒内未就绪", f"not ready within {waited} s")
            time.sleep(0.02)

    def _ensure_database(self) -> None:
        try:
            roles.ensure_database(self.access, may_create_databases=self._may_create_databases)
        except psycopg.OperationalError as error:
            if "authentication failed" in str(error):
                file = self.data / access_file.FILE
                raise DatabasePasswordMissing(path=self._cluster, file=file) from error
            raise self._not_started(str(error), str(error)) from error

    def _not_started(self, reason_zh: str, reason_en: str) -> DatabaseNotStarted:
        return DatabaseNotStarted(reason_zh=reason_zh, reason_en=reason_en, log=self.log, tail=self.log_tail())

    def log_tail(self, lines: int = 12) -> str:
        """The last lines of the server's log."""
        text = self.log.read_bytes()[-20_000:].decode("utf-8", "replace")
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on the disk."""
        process, self._process = self._process, None
        if process is None:
            return
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
            if process.poll() is None:
                process.send_signal(number)
            try:
                process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        self._remove_temporary_socket_folder()

    def _remove_temporary_socket_folder(self) -> None:
        folder = Path(self.access.socket_folder)
        if folder.parent != self._home and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def restart_after_crash(self) -> None:
        """Start again after the server went away on its own."""
        self._process = None
        self.start()


def _unusable(data: Path, error: OSError) -> NamedError:
    """The name for what the system refused: another account's file, or a folder that cannot be written."""
    if not isinstance(error, PermissionError):
        return DataFolderNotWritable(path=error.filename or data, reason=error.strerror or error)
    path = Path(error.filename or data)
    try:
        owner = pwd.getpwuid(path.stat().st_uid).pw_name
    except (OSError, KeyError):
        owner = "?"
    return DataFolderOtherUser(path=path, owner=owner)
