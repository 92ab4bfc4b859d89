"""The data folder: made, checked for writing, held by one instance at a time; and the secrets kept in it."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from wufei.terms import NamedError

HOLD_SECONDS = 10.0


class DataFolderInUse(NamedError):
    """Another running instance holds the folder."""

    code = "data_folder_in_use"
    zh = "数据文件夹 {path} 正被另一个实例使用（进程 {pid}）。"
    en = "The data folder {path} is in use by another instance (process {pid})."
    remedy_zh = "请先停止那个实例，或用 --data 另选一个文件夹。"
    remedy_en = "Stop that instance first, or choose another folder with --data."


class DataFolderNotWritable(NamedError):
    """The folder cannot be made or written."""

    code = "data_folder_not_writable"
    zh = "数据文件夹 {path} 不能写入：{reason}。"
    en = "The data folder {path} cannot be written: {reason}."
    remedy_zh = "请改正其权限、所有者或只读挂载，或用 --data 另选一个文件夹。"
    remedy_en = "Mend its permissions, owner or read-only mount, or choose another folder with --data."


def write_private(path: Path, text: str) -> None:
    """Write `text` so that only this account can read it, whole or not at all, and on the disk when it returns."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class DataFolder:
    """A data folder that this process holds until it leaves the ``with`` block or dies."""

    def __init__(self, path: Path, hold_seconds: float = HOLD_SECONDS) -> None:
        self.path = path.absolute()
        self._hold_seconds = hold_seconds
        self._lock: int | None = None

    def __enter__(self) -> Self:
        """Make the folder and take its lock; raises DataFolderNotWritable or DataFolderInUse."""
        try:
            self._make()
            self._take()
        except OSError as error:
            raise DataFolderNotWritable(path=self.path, reason=error.strerror or error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the lock go; the files stay."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _make(self) -> None:
        if not self.path.exists():
            # Root's database runs as another account, which must be able to walk through; secrets are 0600 each.
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
        probe = self.path / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()

    def _take(self) -> None:
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + self._hold_seconds
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = _holder(lock)
                # A killed instance leaves web processes that need a moment to notice and let go.
                if _alive(holder) or time.monotonic() > deadline:
                    os.close(lock)
                    raise DataFolderInUse(path=self.path, pid=holder or "?") from None
                time.sleep(0.1)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def secret(self, name: str) -> str:
        """The secret kept in the file `name`: made on first use (32 random bytes, URL-safe), mode 0600."""
        path = self.path / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text(encoding="utf-8").strip()


def _holder(lock: int) -> int | None:
    text = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdigit() else None


def _alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
