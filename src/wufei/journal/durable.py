"""Many commits in a row that are told together: they wait for the disk once, before anything is told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from psycopg import Connection


@contextlib.contextmanager
def told_together(connection: Connection[Any]) -> Iterator[None]:
    """Commits in the block do not wait for the disk; the next one after it does, and for all of these.

    Whoever opens the block writes once more behind it before telling anybody that something stands: a crash in between
    takes away only what nobody was told (PostgreSQL writes its log in order, so later commits never outlive these).
    """
    connection.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        connection.execute("RESET synchronous_commit")
