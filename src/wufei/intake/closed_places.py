"""Nothing new begins where a site or an organisation is closed; what was open there may be finished.

An entry begins something when its mass comes into being (from an origin, an opening or from outside) or is brought to
another place. What lies at a closed place may be treated there and leave it; a load may come off the road; a stock may
be counted; a record may be reversed and corrected; and what happened before the closing may still be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from psycopg import Connection

from wufei.journal import Entry, Record
from wufei.registry.closures import Closure, closures
from wufei.terms import NamedError

BEGINNINGS = frozenset({"origin", "opening", "outside"})  # roles of accounts that mass comes from
ROAD = "transit"


def refused(connection: Connection[Any], records: Sequence[Record]) -> dict[int, NamedError]:
    """Why records may not be appended, by their place in the sequence: MergedAway or ClosedToNew. One query.

    A record that stands already is not refused: sent again it is a duplicate, whatever was closed since.
    """
    asked = {n: set(_begun_at(record)) for n, record in enumerate(records) if not (record.reverses or record.replaces)}
    closed = closures(connection, {place for places in asked.values() for place in places})
    if not closed:
        return {}
    told = {n: error for n, places in asked.items() if (error := _error(records[n], places, closed))}
    standing = _standing(connection, [records[n] for n in told])
    return {n: error for n, error in told.items() if records[n].id not in standing}


def _begun_at(record: Record) -> Iterator[str]:
    """The places, and the organisation, at which the record begins something."""
    begins = False
    for entry in record.entries:
        for place in _new_places(entry):
            begins = True
            yield place
    if begins:
        yield record.acting_for


def _new_places(entry: Entry) -> Iterator[str]:
    role, _colon, rest = entry.from_account.partition(":")
    to_role, _colon, to_rest = entry.to_account.partition(":")
    source, target = rest.partition("/")[0], to_rest.partition("/")[0]
    if ROAD in {role, to_role}:
        return
    if role in BEGINNINGS:
        yield source
        yield target
    elif source != target:
        yield target


def _error(record: Record, places: set[str], closed: dict[str, Closure]) -> NamedError | None:
    day: date = timezone.localdate(record.happened_at)
    found = (closed[place].refusal(day) for place in sorted(places & closed.keys()))
    return next((error for error in found if error), None)


def _standing(connection: Connection[Any], records: Sequence[Record]) -> set[Any]:
    if not records:
        return set()
    rows = connection.execute("SELECT id FROM journal.record WHERE id = ANY (%s)", ([r.id for r in records],))
    return {pk for (pk,) in rows}
