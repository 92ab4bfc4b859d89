"""`wufei run`: check the catalogue, hold the folder and the port, start the database, prepare, serve, stop cleanly."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from wufei import catalog
from wufei.app import clockwork, housekeeping, network, sealer, webhook_worker
from wufei.app.config import Settings
from wufei.app.console import say, warn
from wufei.app.data_folder import DataFolder
from wufei.app.postgres import Postgres
from wufei.app.postgres.account import die_with_parent
from wufei.app.postgres.errors import DatabaseStopped
from wufei.app.prepare import prepare
from wufei.app.sealer import Child

RESTARTS = 5
GRACE_SECONDS = 10
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextlib.contextmanager
def database(settings: Settings, meanwhile: Callable[[], None] | None = None) -> Iterator[Postgres | None]:
    """The embedded server for the length of the block; None when DATABASE_URL names another.

    ``meanwhile`` is done while the embedded server starts.
    """
    if settings.database_url:
        yield None
        return
    seconds = settings.database_start_seconds
    with Postgres(settings.data, start_seconds=seconds, meanwhile=meanwhile) as server:
        yield server


def load_pages() -> None:
    """Import all pages; done before the web processes fork, so that they share them and the first page is quick."""
    import django
    from django.urls import get_resolver

    django.setup()
    get_resolver().url_patterns  # noqa: B018  (asking for them imports them)


def run(settings: Settings, *, demo: bool = False) -> int:
    """Start everything and serve until told to stop; returns the exit code, raises named errors."""
    cat = catalog.load()
    catalog.install(cat)
    with (
        _signals_restored(),
        DataFolder(settings.data) as folder,
        contextlib.closing(network.listen(settings.host, settings.port)) as listener,
    ):
        folder.secret("secret-key")
        password = folder.secret("demo-password") if demo else ""
        with database(settings, load_pages) as server:
            token = prepare(settings, cat, demo=demo, demo_password=password)
            code = _run_processes(settings, listener, server, _announcement(network.address_of(listener), token))
    say("已停止", "stopped")
    return code


def _run_processes(
    settings: Settings, listener: socket.socket, server: Postgres | None, announce: list[tuple[str, str]]
) -> int:
    """Web server and sealer, until they end."""
    web = _fork(lambda: _serve(settings, listener, announce))
    with Child(lambda pause: _fork(lambda: _seal(settings, listener, pause))) as sealing:
        return _supervise(web, server, sealing)


@contextlib.contextmanager
def _signals_restored() -> Iterator[None]:
    """Stop at once when asked to while starting; afterwards the process answers to signals as it did before."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGTERM, _stop_at_once)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop_at_once(number: int, _frame: Any) -> None:
    """While starting, a request to stop unwinds like an exit: whatever was started is stopped."""
    sys.exit(128 + number)


def _announcement(address: str, token: str | None) -> list[tuple[str, str]]:
    lines = [(f"无废已启动：{address}", "Wufei is running; Ctrl-C stops it")]
    if token:
        link = f"{address}first/{token}"
        lines.append(
            (f"管理员首次登录（一次有效，24 小时内）：{link}", "the administrator's one-time link, valid for 24 hours")
        )
    return lines


def _fork(action: Callable[[], None]) -> int:
    """Do `action` in a child that ends when we do; returns its process number."""
    gc.collect()
    gc.freeze()
    sys.stdout.flush()
    ask = die_with_parent(signal.SIGTERM)
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        ask()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        action()
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _seal(settings: Settings, listener: socket.socket, pause_seconds: float) -> None:
    listener.close()
    housekeeping.begin(settings, threading.Event())
    clockwork.begin(settings, threading.Event())
    webhook_worker.begin(settings, threading.Event())
    sealer.loop(settings, pause_seconds)


def _serve(settings: Settings, listener: socket.socket, announce: list[tuple[str, str]]) -> None:
    """Run gunicorn on the listener with threads; the application is loaded once, before the workers fork."""
    from gunicorn.app.base import BaseApplication

    worker_dies_with_us = die_with_parent(signal.SIGTERM)
    options = {
        "bind": f"fd://{listener.fileno()}",
        "worker_class": "gthread",
        "workers": settings.workers,
        "threads": settings.threads,
        "preload_app": True,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 5,
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "wufei",
        "post_fork": lambda _server, _worker: worker_dies_with_us(),
        "when_ready": lambda _server: _say_all(announce),
    }

    class Web(BaseApplication):
        """Our application with these options, nothing read from files or the environment."""

        def load_config(self) -> None:
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from wufei.app.wsgi import application

            return application

    Web().run()


def _say_all(lines: list[tuple[str, str]]) -> None:
    for line in lines:
        say(*line)


def _supervise(web: int, server: Postgres | None, sealing: Child) -> int:
    """Wait until the web server ends; restart a database or a sealer that goes away; pass signals on.

    Returns the exit code.
    """
    asked: list[int] = []

    def pass_on(number: int, _frame: Any) -> None:
        asked.append(number)
        with contextlib.suppress(ProcessLookupError):
            os.kill(web, signal.SIGTERM)

    for number in SIGNALS:
        signal.signal(number, pass_on)
    restarts = 0
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == web:
            return 0 if asked else os.waitstatus_to_exitcode(status) or 1
        if ended == sealing.pid and not asked:
            sealing.start_again()
        if server and ended == server.pid and not asked:
            restarts += 1
            try:
                _start_again(server, restarts)
            except BaseException:
                pass_on(signal.SIGTERM, None)
                os.waitpid(web, 0)
                raise


def _start_again(server: Postgres, restarts: int) -> None:
    if restarts > RESTARTS:
        raise DatabaseStopped(log=server.log, tail=server.log_tail())
    warn("数据库意外停止，正在重新启动", "the database stopped unexpectedly; starting it again")
    server.restart_after_crash()
