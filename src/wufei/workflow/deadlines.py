"""Which clocks of a case run, since when, and when the first of them is up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wufei.catalog.workflows import Clock
from wufei.workflow.cases import Case, Kind


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs since step ``no``, begun at an instant, and up at ``due_at``."""

    clock: Clock
    no: int
    begun_at: datetime
    due_at: datetime


def clocks(kind: Kind, case: Case) -> Iterator[Running]:
    """The clocks that run as the case stands. Raises HolidaysUnknown."""
    for clock, no, begun in _begun(kind, [(s.transition, s.happened_at) for s in case.steps]):
        yield Running(clock, no, begun, up_at(kind, clock, begun, case.values))


def up_at(kind: Kind, clock: Clock, begun: datetime, values: Mapping[str, Any]) -> datetime:
    """When a clock begun at an instant is up: as its field says, else after its limit. Raises HolidaysUnknown."""
    told = values.get(clock.until) if clock.until else None
    if told and (until := datetime.fromisoformat(str(told))) > begun:
        return until
    return kind.calendar.due(begun, clock.limit)


def running(kind: Kind, case: Case, last: str, at: datetime) -> list[tuple[Clock, datetime]]:
    """The clocks that run once ``last`` is taken at ``at``, and since when."""
    history = [(step.transition, step.happened_at) for step in case.steps] + [(last, at)]
    return [(clock, begun) for clock, _no, begun in _begun(kind, history)]


def due_after(kind: Kind, case: Case, last: str, at: datetime) -> datetime | None:
    """When the first clock that runs after the step ``last`` is up; None when none runs."""
    ups = [up_at(kind, clock, begun, case.values) for clock, begun in running(kind, case, last, at)]
    return min(ups, default=None)


def _begun(kind: Kind, history: list[tuple[str, datetime]]) -> Iterator[tuple[Clock, int, datetime]]:
    for clock in kind.workflow.clocks:
        begun: tuple[int, datetime] | None = None
        for no, (transition, when) in enumerate(history, 1):
            if transition in clock.stops:
                begun = None
            if transition in clock.starts:
                begun = (no, when)
        if begun is not None:
            yield clock, *begun
