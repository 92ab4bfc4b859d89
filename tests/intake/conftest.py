"""A journal that knows the shipped catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import Connection

from wufei.catalog import Catalog
from wufei.journal.mirror import mirror


@pytest.fixture
def journal(db: None, catalogue: Catalog) -> Connection[Any]:
    """The open connection, inside the test's transaction, with the catalogue mirrored."""
    from django.db import connection

    connection.ensure_connection()
    mirror(connection.connection, catalogue)
    return connection.connection


def count(connection: Connection[Any], table: str = "record") -> int:
    """Rows of a table of the journal."""
    row = connection.execute(f"SELECT count(*) FROM journal.{table}").fetchone()
    return row[0] if row else 0
