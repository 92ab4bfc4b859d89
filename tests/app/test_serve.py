"""Watching over the web server and the database, with stand-ins for both."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wufei.app import serve
from wufei.app.postgres.errors import DatabaseNotStarted, DatabaseStopped


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


class Database:
    """A stand-in for the embedded server that dies as soon as it is up."""

    log = Path("server.log")

    def __init__(self, *, comes_back: bool = True) -> None:
        self.starts = 0
        self._comes_back = comes_back
        self._launch()

    def _launch(self) -> None:
        self.pid = subprocess.Popen([sys.executable, "-c", ""]).pid

    def restart_after_crash(self) -> None:
        self.starts += 1
        if not self._comes_back:
            raise DatabaseNotStarted(reason_zh="测试", reason_en="test", log=self.log, tail="")
        self._launch()

    def log_tail(self) -> str:
        return "the last line"


class NoSealer:
    """A stand-in for the sealing process that is not there."""

    pid = None


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """A signal meant for the supervisor must never end the test run."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    kept = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which the stand-ins would inherit
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def gone(process: subprocess.Popen[bytes]) -> bool:
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_database_that_keeps_dying_ends_the_service_by_name() -> None:
    web, database = sleeper(), Database()
    with pytest.raises(DatabaseStopped, match="the last line"):
        serve._supervise(web.pid, database, NoSealer())
    assert database.starts == serve.RESTARTS
    assert gone(web)


def test_a_database_that_cannot_be_started_again_ends_the_service_by_name() -> None:
    web, database = sleeper(), Database(comes_back=False)
    with pytest.raises(DatabaseNotStarted):
        serve._supervise(web.pid, database, NoSealer())
    assert gone(web)


def test_a_web_server_that_ends_by_itself_is_a_failure() -> None:
    web = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    assert serve._supervise(web.pid, None, NoSealer()) == 3


def test_a_run_leaves_the_signals_as_they_were() -> None:
    before = [signal.getsignal(number) for number in serve.SIGNALS]
    with serve._signals_restored():
        assert signal.getsignal(signal.SIGTERM) is serve._stop_at_once
    assert [signal.getsignal(number) for number in serve.SIGNALS] == before


def test_a_request_to_stop_reaches_the_web_server_and_is_a_success() -> None:
    web = sleeper()
    asker = subprocess.Popen(["/bin/sh", "-c", f"sleep 0.3; kill -TERM {os.getpid()}"])
    begun = time.monotonic()
    assert serve._supervise(web.pid, None, NoSealer()) == 0
    assert time.monotonic() - begun < 60
    assert gone(web)
    asker.wait()
