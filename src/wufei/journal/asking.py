"""One way to put a reading question to the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import Connection, Cursor, sql


def ask(
    connection: Connection[Any], query: sql.Composable | str, values: Mapping[str, Any] | Sequence[Any] | None = None
) -> Cursor[Any]:
    """Execute, planned for these very values: a plan kept for all values ruins the ranges that reading lives by."""
    composed = sql.Composed([sql.SQL(query) if isinstance(query, str) else query])
    return connection.execute(composed, values, prepare=False)
