"""Outages, and the numbered paper blanks on which work goes on meanwhile: issued, looked up, not yet accounted for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from wufei.catalog.workflows import Transition
from wufei.journal.asking import ask
from wufei.registry.access import Wearer
from wufei.registry.blank_number import blank_number, new_batch, read_blank_number
from wufei.workflow import acting
from wufei.workflow.acting import Wish
from wufei.workflow.blank_checks import FIELD, BlankNotYours, BlankSpoiled, BlankTorn, BlankUsed
from wufei.workflow.cases import Case, Kind, case_id, read, values_of
from wufei.workflow.errors import CaseUnknown
from wufei.workflow.facts import BLANK_WORKFLOW
from wufei.workflow.kinds import kind_of
from wufei.workflow.values import Values

OPEN, ISSUED, DRILL, MOST_AT_ONCE, MOST_OUTAGES = "open", "issued", "drill", 100, 20
_OUTAGES = "SELECT case_id, state, told FROM public.registry_outages(%s)"


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage as everybody is told of it; ``down`` is the option of the form that says what is down."""

    case: str
    under_way: bool
    drill: bool
    down: str
    starts_at: datetime | None
    expected_at: datetime | None
    ended_at: datetime | None


def outages(connection: Connection[Any]) -> tuple[Outage, ...]:
    """The latest outages, what moved last first: one query."""
    found = []
    for case, state, text in ask(connection, _OUTAGES, (MOST_OUTAGES,)):
        told = json.loads(text or "{}")
        starts, expected, ended = (_instant(told.get(name)) for name in ("starts_at", "expected_at", "ended_at"))
        drill = told.get("purpose") == DRILL
        found.append(Outage(case, state == OPEN, drill, told.get("down") or "", starts, expected, ended))
    return tuple(found)


def _instant(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def issue(
    connection: Connection[Any], hat: Wearer, org: str, meant_for: str, count: int, at: datetime, key: str = ""
) -> list[str]:
    """Issue so many blanks to an organisation; their numbers. Raises what the engine raises, and then issues none."""
    batch, made = new_batch(), []
    with connection.transaction():
        for serial in range(1, count + 1):
            number = blank_number(at.year, batch, serial)
            told = {"number": number, "holder_org": org, "meant_for": meant_for}
            wish = Wish("issue", told, happened_at=at, key=f"{key}:{serial}" if key else "")
            done = acting.begin(connection, hat, BLANK_WORKFLOW, wish)
            made.append(str(values_of(connection, [done.case])[done.case]["number"]) if key else number)
    return made


def of_batch(connection: Connection[Any], number: str) -> list[tuple[str, Values]]:
    """The blanks printed together with this one that are seen: number and form."""
    year, batch = int(number[2:4]), number[5:10]
    kind = kind_of(BLANK_WORKFLOW)
    numbers = {}
    for serial in range(1, MOST_AT_ONCE + 1):
        each = blank_number(year, batch, serial)
        numbers[case_id(kind.workflow, {"number": each})] = each
    filled = values_of(connection, list(numbers))
    return [(numbers[case], values) for case, values in filled.items() if values]


def look_up(connection: Connection[Any], text: str, org: str | None) -> tuple[str, Case]:
    """The blank of a scanned or typed number, still to be entered by ``org``.

    Raises BlankTorn, BlankNotYours, BlankUsed and BlankSpoiled.
    """
    number, kind = read_blank_number(text), kind_of(BLANK_WORKFLOW)
    if number is None:
        raise BlankTorn(place=FIELD, number=text[:60])
    try:
        case = read(connection, case_id(kind.workflow, {"number": number}))
    except CaseUnknown as error:
        raise BlankNotYours(place=FIELD, number=number) from error
    if case.values.get("holder_org") != org:
        raise BlankNotYours(place=FIELD, number=number)
    if case.values.get("entered_as"):
        raise BlankUsed(place=FIELD, number=number, case=case.values["entered_as"])
    if case.state != ISSUED:
        raise BlankSpoiled(place=FIELD, number=number)
    return number, case


def paper_step(kind: Kind) -> Transition | None:
    """The first step of a kind of case by which a blank is entered; None where it has no paper path."""
    steps = kind.workflow.open_from(kind.workflow.start)
    return next((t for t in steps if any(lead.workflow == BLANK_WORKFLOW for lead in t.leads)), None)


def paper_kinds() -> tuple[Kind, ...]:
    """The kinds for which blanks are issued: the options of the blank's own form."""
    field = kind_of(BLANK_WORKFLOW).form.own("meant_for")
    return tuple(kind_of(option.id) for option in (field.options if field else ()))


def due_at(kind: Kind, ended_at: datetime) -> datetime | None:
    """By when a blank used in an outage is entered: the clock that its first step starts, counted from the end.

    Raises HolidaysUnknown.
    """
    first = paper_step(kind)
    clock = next((c for c in kind.workflow.clocks if first and first.id in c.starts), None)
    return kind.calendar.due(ended_at, clock.limit) if clock else None


def outage_of(changed_at: datetime, ended: Sequence[Outage]) -> Outage | None:
    """The first outage that ended after a blank was last told of: it may have been used in it."""
    since = [one for one in ended if one.ended_at and one.ended_at > changed_at]
    return min(since, key=lambda one: one.ended_at or changed_at, default=None)


def last_end(found: Sequence[Outage]) -> datetime | None:
    """When the latest of them ended."""
    return max((one.ended_at for one in found if one.ended_at), default=None)
