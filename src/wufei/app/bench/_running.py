"""A `wufei run` of its own, in a data folder of its own, for measurements."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_SECONDS = 90


class Running:
    """`wufei run` on `data` and any free port; ``with`` waits for the address and stops it in the end.

    It sees none of Wufei's settings in the environment but those in `environment`.
    """

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self._command = [sys.executable, "-m", "wufei.app.cli", "run", "--port", "0", "--data", str(data), *options]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WUFEI_", "DATABASE_URL"))}
        self._environment = kept | (environment or {})
        self.begun = 0.0
        self.address = ""
        self.output: list[str] = []

    def __enter__(self) -> Self:
        """Start, and read what it says until it says its address."""
        self.begun = time.perf_counter()
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment
        )
        for line in self._process.stdout or ():
            self.output.append(line)
            if found := re.search(r"http://[^/]+/", line):
                self.address = found[0]
                return self
        raise RuntimeError("wufei run ended early:\n" + "".join(self.output))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask it to stop and wait."""
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=STOP_SECONDS)

    def first_page(self) -> float:
        """Seconds from the start until the front page has been answered."""
        with urllib.request.urlopen(self.address, timeout=60) as answer:  # noqa: S310  (our own address)
            answer.read()
        return time.perf_counter() - self.begun


@contextlib.contextmanager
def fresh_folder() -> Iterator[Path]:
    """A path for a data folder, removed afterwards with the database wherever it was kept."""
    folder = Path(tempfile.gettempdir()) / f"wufei-bench-{secrets.token_hex(6)}"
    try:
        yield folder
    finally:
        database = folder / "postgres"
        if database.is_symlink():
            shutil.rmtree(database.resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
