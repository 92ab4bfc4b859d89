"""Which records an export takes: the same filter as the list of records, over the whole journal."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from wufei.journal import reading
from wufei.journal.asknown import NOW
from wufei.journal.reading import Filter


@dataclass(frozen=True, slots=True)
class Wanted(Filter):
    """A filter, and the instant after which nothing was known yet."""

    known_on: datetime | None = None


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    """Conditions on a record ``r`` as SQL, and the values that they name."""
    wish = Filter(**{field.name: getattr(wanted, field.name) for field in fields(Filter)})
    tests, values = reading._conditions(wish, NOW)  # one filter, two readers
    where = [test.as_string(None) for test in tests]
    sides = reading._sides(wish)
    if sides is not None:
        where.append(f"r.seq IN (SELECT e.seq FROM journal.entry e WHERE {sides.as_string(None)})")
    if wanted.known_on is not None:
        where.append("r.known_at <= %(known_on)s")
    return where, values | {"known_on": wanted.known_on}
