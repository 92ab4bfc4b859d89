"""What a reader is asked and what it answers: figures of a site, with the records that they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.alarm_rules import Rule
from wufei.journal.asking import ask
from wufei.journal.moments import start_of

Figures = dict[str, Decimal | int | None]
_AT = re.compile(r"\{at ([a-z_.]+)\}")  # in a query: only the sites looked at, by this column
_OF_SITES = r"(%(sites)s::text[] IS NULL OR \1 = ANY (%(sites)s))"


@dataclass(frozen=True, slots=True)
class Fact:
    """Figures of a site, judged by a rule's levels. ``about`` tells facts of one site apart (a stream, a permit).

    ``rests_on`` are pairs of a kind (``trip``, ``case``, ``permit``, ``account``, ``series``) and an id; ``streams``
    those concerned; ``names`` further words for the rule's sentences.
    """

    site: str
    org: str | None
    about: str
    figures: Figures
    rests_on: tuple[tuple[str, str], ...] = ()
    streams: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """One look: a rule, a day of the city, and the sites looked at (None: all). Reads with the connection's rights."""

    connection: Connection[Any]
    rule: Rule
    day: date
    catalog: Catalog
    sites: tuple[str, ...] | None = None

    @property
    def begin(self) -> datetime:
        """The instant at which the day begins."""
        return start_of(self.day)

    @property
    def end(self) -> datetime:
        """The instant at which the next day begins."""
        return start_of(self.day + timedelta(days=1))

    @property
    def year(self) -> str:
        """The year of the day, as reporting periods begin."""
        return str(self.day.year)

    def rows(self, query: str, **values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a question; ``{at column}`` in it keeps to the window's sites.

        Days and instants of the window are given: ``day``, ``begin``, ``end``, ``year``, ``year_after``.
        """
        given: dict[str, Any] = {"sites": None if self.sites is None else list(self.sites), "day": self.day}
        given |= {"begin": self.begin, "end": self.end, "year": self.year, "year_after": str(self.day.year + 1)}
        return iter(ask(self.connection, _AT.sub(_OF_SITES, query), given | values).fetchall())

    def number(self, name: str, unit: str) -> Decimal:
        """A parameter of the rule in ``unit``."""
        return self.rule.parameter(name, unit)

    def words(self, name: str) -> Sequence[str]:
        """Words that the rule selects with."""
        return self.rule.select.get(name, ())

    def line(self, stream: str) -> tuple[str, ...]:
        """A stream with those above it, the nearest first."""
        line, national = [stream], self.catalog.national
        while (item := national.find("streams", line[-1])) is not None and item.parent and item.parent not in line:
            line.append(item.parent)
        return tuple(line)


def percent(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """``part`` in per cent of ``whole``; None where either is unknown or the whole is nothing."""
    if part is None or not whole:
        return None
    return Decimal(part) * 100 / Decimal(whole)
