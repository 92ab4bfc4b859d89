"""Our register beside a file of the national system: what agrees, what differs, what only one of them has.

Pure. Rows meet by their batch code; what is left, by waste, day and mass; what is still left, by waste and day, and
then their masses differ. No row meets two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar

Theirs = TypeVar("Theirs", bound="Rowlike")
Ours = TypeVar("Ours", bound="Rowlike")


class Rowlike(Protocol):
    """What both sides' rows tell: a batch code, a day, a stream, grams."""

    @property
    def batch(self) -> str: ...  # noqa: D102  # told by the protocol
    @property
    def day(self) -> date | None: ...  # noqa: D102
    @property
    def stream(self) -> str: ...  # noqa: D102
    @property
    def mass_g(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Pair(Generic[Theirs, Ours]):
    """Two rows about the same thing, and in what they differ: ``stream``, ``day`` or ``mass``."""

    theirs: Theirs
    ours: Ours
    differs: tuple[str, ...]

    @property
    def apart_g(self) -> int:
        """How much more the national system has, in grams."""
        return (self.theirs.mass_g or 0) - (self.ours.mass_g or 0)


@dataclass(frozen=True, slots=True)
class Compared(Generic[Theirs, Ours]):
    """The rows of one table: pairs that agree, pairs that differ, and what stands on one side alone."""

    agreeing: tuple[Pair[Theirs, Ours], ...]
    differing: tuple[Pair[Theirs, Ours], ...]
    only_theirs: tuple[Theirs, ...]
    only_ours: tuple[Ours, ...]


def compare(theirs: Iterable[Theirs], ours: Iterable[Ours]) -> Compared[Theirs, Ours]:
    """Match the rows of one table; the order of either side changes nothing but the order of the answer."""
    left, right = list(theirs), list(ours)
    pairs = list[Pair[Theirs, Ours]]()
    for key in (_by_batch, _by_all, _by_day):
        found, left, right = _matched(left, right, key)
        pairs += found
    agreeing = tuple(pair for pair in pairs if not pair.differs)
    differing = tuple(pair for pair in pairs if pair.differs)
    return Compared(agreeing, differing, tuple(left), tuple(right))


def _by_batch(row: Rowlike) -> Hashable:
    return (row.batch, row.stream) if row.batch else None


def _by_all(row: Rowlike) -> Hashable:
    return (row.stream, row.day, row.mass_g)


def _by_day(row: Rowlike) -> Hashable:
    return (row.stream, row.day)


def _order(row: Rowlike) -> tuple[int, date, str, str]:
    return (row.mass_g or 0, row.day or date.min, row.stream, row.batch)


def _matched(
    left: Sequence[Theirs], right: Sequence[Ours], key: Callable[[Rowlike], Hashable]
) -> tuple[list[Pair[Theirs, Ours]], list[Theirs], list[Ours]]:
    """Pairs by ``key``, the lightest first where several share one, and what is left of both."""
    waiting: dict[Hashable, list[Ours]] = defaultdict(list)
    for row in sorted(right, key=_order, reverse=True):
        if (of := key(row)) is not None:
            waiting[of].append(row)
    pairs, rest = list[Pair[Theirs, Ours]](), list[Theirs]()
    for theirs in sorted(left, key=_order):
        found = waiting.get(key(theirs))
        if found:
            ours = found.pop()
            pairs.append(Pair(theirs, ours, _differences(theirs, ours)))
        else:
            rest.append(theirs)
    met = {id(pair.ours) for pair in pairs}
    return pairs, rest, [row for row in right if id(row) not in met]


def _differences(theirs: Rowlike, ours: Rowlike) -> tuple[str, ...]:
    told = {"stream": (theirs.stream, ours.stream), "day": (theirs.day, ours.day), "mass": (theirs.mass_g, ours.mass_g)}
    return tuple(name for name, (a, b) in told.items() if a != b)
