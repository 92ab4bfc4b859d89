"""The line that an import keeps: once per file and kind, whoever asks."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from wufei.intake.errors import ImportedByAnother
from wufei.intake.jobs import Start, open_job

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def start(acting_for: str) -> Start:
    return Start("ab" * 32, "entries", "三月.csv", "", "atomic", "person-1", acting_for, 3, [])


def test_a_line_that_row_security_hides_is_met_by_name() -> None:
    """Where the earlier line is another organisation's, looking it up finds nothing; writing it meets it."""
    connection.ensure_connection()
    assert open_job(connection.connection, start("org-1"), NOW).id is not None
    with pytest.raises(ImportedByAnother):
        open_job(connection.connection, start("org-2"), NOW)
