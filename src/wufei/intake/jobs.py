"""The import's own line in the database, written in the transaction of the rows that it counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.intake.errors import ImportedByAnother, SeemsImported

ALIKE = 0.2  # of the smaller file's rows


@dataclass(slots=True)
class Job:
    """How far an import has come; ``id`` is None for a dry run, which leaves no line."""

    id: int | None = None
    rows_done: int = 0
    appended: int = 0
    duplicates: int = 0
    refused: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    state: str = "running"
    sketch: list[int] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """True when every row stands and nothing is left to do."""
        return self.state == "done" and self.refused == 0


def known(connection: Connection[Any], sha256: str, kind: str, actor: str, acting_for: str) -> Job | None:
    """The line of an earlier import of the same file. Raises ImportedByAnother."""
    row = connection.execute(
        "SELECT id, rows_done, appended, duplicates, refused, errors, state, sketch, actor, acting_for, started_at "
        "FROM intake_import WHERE sha256 = %s AND kind = %s",
        (sha256, kind),
    ).fetchone()
    if row is None:
        return None
    by, org, when = row[8], row[9], row[10]
    if (by, org) != (actor, acting_for):
        raise ImportedByAnother(when=when.date(), who=by, org=org)
    return Job(*row[:5], _plain(row[5]), row[6], _plain(row[7]))


def _plain(value: Any) -> list[Any]:
    """A JSON column's list: Django's connections hand JSON over as text, bare ones as data."""
    found: list[Any] = json.loads(value) if isinstance(value, str) else value
    return found


def look_alike(
    connection: Connection[Any], sha256: str, kind: str, acting_for: str, sketch: list[int], rows: int
) -> None:
    """Refuse a file most of whose rows came in with another. Raises SeemsImported.

    Both sketches hold the smallest digests of the distinct rows, so the share of common ones among the smallest of
    both together estimates the share of common rows.
    """
    earlier = connection.execute(
        "SELECT name, started_at, rows, sketch FROM intake_import WHERE kind = %s AND acting_for = %s "
        "AND sha256 <> %s AND appended > 0 ORDER BY started_at DESC LIMIT 400",
        (kind, acting_for, sha256),
    ).fetchall()
    for name, when, others, theirs in earlier:
        share = _common(sketch, _plain(theirs), rows, others)
        if share >= ALIKE:
            raise SeemsImported(share=round(share * 100), when=when.date(), name=name)


def _common(ours: list[int], theirs: list[int], rows: int, others: int) -> float:
    """Estimated common rows as a share of the smaller file's."""
    if not ours or not theirs:
        return 0.0
    size = min(max(len(ours), len(theirs)), len(set(ours) | set(theirs)))
    smallest = set(sorted(set(ours) | set(theirs))[:size])
    jaccard = len(smallest & set(ours) & set(theirs)) / size
    common = jaccard / (1 + jaccard) * (rows + others)
    return min(1.0, common / max(1, min(rows, others)))


@dataclass(frozen=True, slots=True)
class Start:
    """What a new line holds."""

    sha256: str
    kind: str
    name: str
    sheet: str
    mode: str
    actor: str
    acting_for: str
    rows: int
    sketch: list[int]


def open_job(connection: Connection[Any], start: Start, now: datetime) -> Job:
    """Write the line of a new import. Raises ImportedByAnother when one is there that this hat does not see."""
    row = connection.execute(
        "INSERT INTO intake_import (sha256, kind, name, sheet, mode, state, actor, acting_for, started_at, changed_at, "
        "rows, rows_done, appended, duplicates, refused, sketch, errors) VALUES "
        "(%s, %s, %s, %s, %s, 'running', %s, %s, %s, %s, %s, 0, 0, 0, 0, %s, '[]') "
        "ON CONFLICT (sha256, kind) DO NOTHING RETURNING id",
        (
            start.sha256, start.kind, start.name, start.sheet, start.mode, start.actor, start.acting_for, now, now,
            start.rows, json.dumps(start.sketch),
        ),
    ).fetchone()  # fmt: skip
    if row is None:
        raise ImportedByAnother(when=now.date(), who="—", org="—")
    return Job(row[0], sketch=start.sketch)


def save(connection: Connection[Any], job: Job, now: datetime) -> None:
    """Write how far the import has come; nothing for a dry run."""
    if job.id is None:
        return
    connection.execute(
        "UPDATE intake_import SET rows_done = %s, appended = %s, duplicates = %s, refused = %s, errors = %s, "
        "state = %s, changed_at = %s, sketch = %s WHERE id = %s",
        (
            job.rows_done, job.appended, job.duplicates, job.refused, json.dumps(job.errors, ensure_ascii=False),
            job.state, now, json.dumps(job.sketch), job.id,
        ),
    )  # fmt: skip


def recent(connection: Connection[Any], limit: int = 50) -> Iterable[tuple[Any, ...]]:
    """The latest imports, newest first: id, kind, name, state, rows, rows done, appended, refused, when started."""
    return connection.execute(
        "SELECT id, kind, name, state, rows, rows_done, appended, refused, started_at FROM intake_import "
        "ORDER BY started_at DESC LIMIT %s",
        (limit,),
    ).fetchall()
