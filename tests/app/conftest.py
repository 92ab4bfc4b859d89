"""Running the real command, in a process of its own or in this one."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wufei.app.cli import main

Outcome = tuple[int, str, str]


@pytest.fixture
def environment() -> dict[str, str]:
    """This process's environment without any setting of Wufei's."""
    return {k: v for k, v in os.environ.items() if not k.startswith("WUFEI_") and k != "DATABASE_URL"}


@pytest.fixture
def command(environment: dict[str, str]) -> Callable[..., Outcome]:
    """Run `wufei` as a process to its end; returns exit code, output and errors."""

    def run(*arguments: object, **more: str) -> Outcome:
        words = [sys.executable, "-m", "wufei.app.cli", *map(str, arguments)]
        env = environment | more
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `wufei` in this process, which is quicker; for commands that start nothing."""
    for name in [n for n in os.environ if n.startswith("WUFEI_") or n == "DATABASE_URL"]:
        monkeypatch.delenv(name)

    def run(*arguments: object, **more: str) -> Outcome:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 1
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that this test listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """A folder that even root cannot write: the kernel's own, or a closed one for others."""
    if os.geteuid() == 0:
        yield Path("/sys/wufei")
        return
    tmp_path.chmod(0o500)
    yield tmp_path / "data"
    tmp_path.chmod(0o700)
