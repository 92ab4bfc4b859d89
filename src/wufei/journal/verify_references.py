"""What verification checks in whole tables: accounts, references, reversals, and the folds Desk and Series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection

from wufei.journal.findings import Findings, JournalFinding
from wufei.terms import every_error


@dataclass(frozen=True, slots=True)
class Check:
    """A query whose rows are findings: the first column names the row, the others fill ``names`` in order."""

    kind: type[JournalFinding]
    names: tuple[str, ...]
    query: str


def checks() -> list[Check]:
    """The checks that ``sql/checks.sql`` lists, each under the code of its finding."""
    text = files("wufei.journal").joinpath("sql", "checks.sql").read_text(encoding="utf-8")
    kinds = {kind.code: kind for kind in every_error(JournalFinding)}
    found = []
    for head, query in re.findall(r"^-- check: (.+)\n((?:(?!^-- check:).*\n)+)", text, re.MULTILINE):
        code, *names = head.split()
        found.append(Check(kinds[code], tuple(names), query.strip().rstrip(";")))  # type: ignore[arg-type]
    return found


def check_tables(connection: Connection[Any], findings: Findings) -> Iterator[Check]:
    """Make every check of whole tables; yields each when it is done."""
    for check in checks():
        with connection.cursor(name="check_tables") as cursor:
            for place, *values in cursor.execute(check.query):
                findings.add(check.kind, place or "?", **dict(zip(check.names, values, strict=True)))
        yield check
