"""What became known, in the order of the tree: a feed that a program reads on and on without missing anything.

A record's place in the tree is given by sealing, after its append was committed, and never changes; records that were
appended at the same time cannot slip in behind a reader. A record is therefore told once it is sealed, some seconds
after its append.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from wufei.journal.asking import ask
from wufei.journal.asknown import known_on
from wufei.journal.paging import limited
from wufei.journal.reading import Stored, load

WINDOW = 5_000
MOST_WINDOWS = 40


@dataclass(frozen=True, slots=True)
class Change:
    """A record and its place in the tree, from 0."""

    position: int
    stored: Stored


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes in their order. ``reached`` is where to go on; ``more`` whether anything was sealed beyond."""

    items: tuple[Change, ...]
    reached: int
    more: bool


_END = "SELECT coalesce(max(position) + 1, 0) FROM journal.leaf"
_SOME = """
SELECT l.position, l.seq FROM journal.leaf l JOIN journal.record r ON r.seq = l.seq
WHERE l.position >= %(begin)s AND l.position < %(end)s
ORDER BY l.position LIMIT %(limit)s"""


def end_of(connection: Connection[Any]) -> int:
    """The place in the tree of whatever is sealed next."""
    return int((ask(connection, _END).fetchone() or (0,))[0])


def changes(connection: Connection[Any], begin: int, size: int = 100) -> Changes:
    """Up to ``size`` records that can be seen, from place ``begin`` of the tree on.

    Who sees little may get few or none although there is ``more``: so many places are looked at in one go.
    """
    size, end, at = limited(size), end_of(connection), max(0, begin)
    found: list[tuple[int, int]] = []
    for _n in range(MOST_WINDOWS):
        if at >= end or len(found) >= size:
            break
        values = {"begin": at, "end": min(at + WINDOW, end), "limit": size - len(found)}
        some = ask(connection, _SOME, values).fetchall()
        found += some
        full = len(some) == values["limit"]
        at = some[-1][0] + 1 if full else values["end"]
    places = {seq: position for position, seq in found}
    stored = load(connection, [seq for _position, seq in found], known_on(connection, None))
    shown = tuple(Change(places[each.seq], each) for each in stored if _says_something(each))
    return Changes(shown, at, at < end)


def _says_something(stored: Stored) -> bool:
    """Whether the reader sees any part of it: acts of the audit log show theirs to few."""
    said = stored.record
    return bool(said.entries or said.steps or said.observations)
