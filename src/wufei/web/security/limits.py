"""Limits by the minute, counted in memory that all web processes share.

A table of counters in an anonymous file, mapped before the processes are forked: a request costs a few microseconds and
no query. A counter is a window's number, a key's digest and a count; the oldest of eight neighbours gives way. Counters
are lost with a restart, which is all that is lost.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wufei.web.api.refusal import ApiRefusal

WINDOW_SECONDS = 60
_SLOTS = 1 << 15
_PROBES = 8
_SLOT = struct.Struct("<QII")  # digest of the key, number of the window, count


class TooManyRequests(ApiRefusal):
    """More requests in this minute than the limit allows."""

    code = "too_many_requests"
    status = 429
    zh = "请求过于频繁：{what_zh}每分钟至多 {limit} 次。"
    en = "Too many requests: {what_en} may send {limit} a minute."
    remedy_zh = "请在 Retry-After 所示的秒数后重试，或改为批量提交。"
    remedy_en = "Wait for the seconds in Retry-After, or send batches."

    wait_seconds: int = WINDOW_SECONDS


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit: how many requests, and for how many seconds the window lasts."""

    limit: int
    remaining: int
    seconds: int


class Counters:
    """Counters of keys in the window of now, shared by this process and whatever it forks."""

    def __init__(self, slots: int = _SLOTS) -> None:
        self._slots = slots
        with tempfile.TemporaryFile(prefix="wufei-limits-") as file:
            file.truncate(slots * _SLOT.size)
            self._memory = mmap.mmap(file.fileno(), slots * _SLOT.size)
            self._file = os.dup(file.fileno())
        self._threads = threading.Lock()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread of one process at a time; a process that dies lets go of the lock."""
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def add(self, key: str, *, now: float | None = None) -> int:
        """Count one more for the key and return the count in this window."""
        window = int((time.time() if now is None else now) // WINDOW_SECONDS)
        digest = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        first = digest % self._slots
        with self._alone():
            places = [(first + n) % self._slots * _SLOT.size for n in range(_PROBES)]
            kept = [_SLOT.unpack_from(self._memory, place) for place in places]
            at = next((n for n, slot in enumerate(kept) if slot[0] == digest), None)
            if at is None:
                at = min(range(_PROBES), key=lambda n: (kept[n][1], kept[n][2]))
            count = kept[at][2] + 1 if kept[at][:2] == (digest, window) else 1
            _SLOT.pack_into(self._memory, places[at], digest, window, min(count, 2**32 - 1))
        return count

    def clear(self) -> None:
        """Begin anew."""
        with self._alone():
            self._memory[:] = bytes(len(self._memory))


counters = Counters()


def take(key: str, limit: int, *, what: tuple[str, str], now: float | None = None) -> Left:
    """Count a request against a limit a minute; raises TooManyRequests, which says how long to wait."""
    now = time.time() if now is None else now
    count = counters.add(key, now=now)
    left = Left(limit, max(limit - count, 0), WINDOW_SECONDS - int(now % WINDOW_SECONDS))
    if count > limit:
        error = TooManyRequests(limit=limit, what_zh=what[0], what_en=what[1])
        error.wait_seconds = left.seconds
        raise error
    return left


def first_in_window(key: str) -> bool:
    """Whether this is the first time in this minute: for what need not be written down a thousand times."""
    return counters.add("once:" + key) == 1
