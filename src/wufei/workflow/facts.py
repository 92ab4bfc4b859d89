"""What the checks of a step may know of those named in the form: read once, in a fixed number of questions.

At most three questions to the database, however many wastes and legs: the registry's and the journal's figures in one
function (registry/sql/case_facts.sql), whether the national number is taken, and how much was handed over under
a filed plan.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from wufei import catalog
from wufei.catalog.forms import Form
from wufei.journal.asking import ask
from wufei.registry.blank_number import read_blank_number
from wufei.registry.container_code import CASE as CONTAINER
from wufei.terms import Period
from wufei.workflow.cases import Case, Kind, Move, case_id, lots_on, read, values_of
from wufei.workflow.errors import CaseUnknown
from wufei.workflow.kinds import kind_of
from wufei.workflow.values import Values


@dataclass(frozen=True, slots=True)
class Org:
    """An organisation: open, closed from a day, or merged into another."""

    name: str
    closed_on: date | None
    into: str | None


@dataclass(frozen=True, slots=True)
class Site:
    """A site, whose it is, where it lies, and the grams that its open storage facilities hold (None: unknown)."""

    name: str
    org: str
    place: str
    closed_on: date | None
    capacity_g: int | None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle: whose, its load in grams, its transport permit's number and last day."""

    plate: str
    org: str
    load_g: int | None
    permit_no: str
    permit_to: date | None
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Scope:
    """A line of a permit; empty ``operations`` allow all, no quota sets no limit."""

    stream: str
    operations: tuple[str, ...]
    quota_g: int | None


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit with its lines; without lines it covers every stream. ``last_day`` None: no end.

    ``longest_to`` is the last day on which a permit of its kind that was granted then can hold; None without a term.
    """

    org: str
    site: str | None
    kind: str
    number: str
    valid_from: date
    last_day: date | None
    scopes: tuple[Scope, ...]
    longest_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on ``day``."""
        return self.valid_from <= day and (self.last_day is None or day <= self.last_day)

    def scope_of(self, line: tuple[str, ...]) -> Scope | None:
        """Its line for a stream or the nearest of its parents (``line``); an open one when it has no lines."""
        if not self.scopes:
            return Scope(line[0], (), None)
        return next((s for stream in line for s in self.scopes if s.stream == stream), None)


@dataclass(frozen=True, slots=True)
class Waste:
    """A stream of the catalogue on the day: known at all, valid, since when not, its parents, exempted in transport."""

    name: str
    valid: bool
    ended_on: date | None
    line: tuple[str, ...]
    exempted: bool


@dataclass(frozen=True, slots=True)
class Contract:
    """An agreement of one organisation with another, for streams (empty: all); ``last_day`` None: no end."""

    org: str
    partner: str
    streams: tuple[str, ...]
    valid_from: date
    last_day: date | None

    def covers(self, day: date, line: tuple[str, ...]) -> bool:
        """Whether it is in force on ``day`` for a stream or one of its parents (``line``)."""
        in_force = self.valid_from <= day and (self.last_day is None or day <= self.last_day)
        return in_force and (not self.streams or not set(line).isdisjoint(self.streams))


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The weight difference that is still none, in millionths, for a stream (or any) and a class of scale (or any)."""

    stream: str | None
    scale: str | None
    most_ppm: int


@dataclass(frozen=True, slots=True)
class Container:
    """A container: its code, what it is for, whose, where it stands, and the grams that it holds there."""

    code: str
    stream: str
    org: str
    site: str
    held_g: int


@dataclass(frozen=True, slots=True)
class Blank:
    """A paper blank: whose, what case it was entered as, whether it was in this one, and whether it is used up."""

    org: str
    entered_as: str
    here: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known for one step. ``known`` is False where nothing was asked or nobody may know."""

    day: date | None = None
    known: bool = False
    begins: bool = True
    orgs: Mapping[str, Org] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    permits: tuple[Permit, ...] = ()
    contracts: tuple[Contract, ...] = ()
    wastes: Mapping[str, Waste] = field(default_factory=dict)
    held_g: Mapping[tuple[str, str], int] = field(default_factory=dict)
    taken_g: Mapping[tuple[str, str], int] = field(default_factory=dict)
    planned_g: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by site and stream, of the filed plan
    declared: Mapping[str, tuple[Period, ...]] = field(default_factory=dict)  # by site: years under an accepted one
    handed_g: Mapping[str, int] = field(default_factory=dict)
    number_of: str | None = None  # another case that bears the national number
    divisions: Mapping[str, str] = field(default_factory=dict)  # province by site
    tolerances: tuple[Tolerance, ...] = ()
    containers: Mapping[str, Container] = field(default_factory=dict)  # by lot; those that the signer sees
    blank: Blank | None = None  # the paper blank whose number the form gives; only one that the signer sees
    transit_g: Mapping[str, int] = field(default_factory=dict)  # on the case's account, by stream


BLANK_WORKFLOW = "paper_blank"
NOTHING_KNOWN = Facts()
_ASK = "SELECT public.registry_case_facts(%s, %s, %s, %s, %s)"
_NUMBER = "SELECT public.registry_case_of_number(%s, %s)"
_HANDED = """
SELECT s.id, sum(c.mass_g)::bigint FROM journal.cube c JOIN journal.account a ON a.n = c.from_n
JOIN journal.account t ON t.n = c.to_n JOIN journal.stream s ON s.n = c.stream_n
WHERE a.place = %s AND a.role = 'storage' AND t.role = 'transit' AND c.period >= %s AND c.period < %s
GROUP BY s.id"""


def gather(connection: Connection[Any], kind: Kind, case: Case, move: Move) -> Facts:
    """What is known of everybody and everything that the form names once ``move`` has changed it."""
    values = case.values | dict(move.changes)
    day, year = move.day, str(move.day.year)
    named = {kind_: sorted(set(_named(kind.form, values, kind_))) for kind_ in ("org", "site", "vehicle", "stream")}
    row = ask(connection, _ASK, (named["org"], named["site"], named["vehicle"], year, day)).fetchone()
    told: dict[str, Any] = (row and row[0]) or {}
    told = json.loads(told) if isinstance(told, str) else told
    number = str(values.get("national_number") or "")
    taken = ask(connection, _NUMBER, (number, case.id)).fetchone() if number else None
    site = str(values.get("consignor_storage") or "")
    return Facts(
        day=day,
        known=bool(told),
        begins=not case.steps or not any(step.signed for step in case.steps),
        orgs={key: _org(each) for key, each in (told.get("orgs") or {}).items()},
        sites={key: _site(each) for key, each in (told.get("sites") or {}).items()},
        vehicles={key: _vehicle(each) for key, each in (told.get("vehicles") or {}).items()},
        permits=tuple(_permit(each) for each in told.get("permits") or ()),
        contracts=tuple(_contract(each) for each in told.get("contracts") or ()),
        wastes={stream: _waste(stream, day) for stream in named["stream"]},
        held_g={(each["site"], each["stream"]): each["g"] for each in told.get("held") or ()},
        taken_g={(each["site"], each["stream"]): each["g"] for each in told.get("taken") or ()},
        planned_g={(each["site"], each["stream"]): each["g"] for each in told.get("planned") or ()},
        declared=_declared(told.get("declared") or ()),
        handed_g=_handed(connection, site, day.year) if site and told.get("planned") else {},
        number_of=taken[0] if taken else None,
        divisions=_divisions(told.get("sites") or {}),
        tolerances=_tolerances(day),
        blank=_blank(connection, case, str(values.get("paper_number") or "")),
        containers=_containers(connection, sorted({*_named(kind.form, values, "lot")})),
    )


def _blank(connection: Connection[Any], case: Case, given: str) -> Blank | None:
    number = read_blank_number(given) if given else None
    if number is None:
        return None
    kind = kind_of(BLANK_WORKFLOW)
    with contextlib.suppress(CaseUnknown):
        found = read(connection, case_id(kind.workflow, {"number": number}))
        state, told = kind.workflow.state(found.state), str(found.values.get("entered_as") or "")
        return Blank(str(found.values.get("holder_org")), told, told == case.id, bool(state and state.final))
    return None


def _handed(connection: Connection[Any], site: str, year: int) -> dict[str, int]:
    """Grams of each stream that left the site's storage in the year: what a filed plan is held against."""
    return dict(ask(connection, _HANDED, (site, str(year), str(year + 1))).fetchall())


def _containers(connection: Connection[Any], lots: list[str]) -> dict[str, Container]:
    """The containers whose lots these are."""
    filled = values_of(connection, [f"{CONTAINER}:{lot}" for lot in lots])
    told = {lot: filled[f"{CONTAINER}:{lot}"] for lot in lots if filled[f"{CONTAINER}:{lot}"]}
    places = {lot: f"storage:{values.get('site')}" for lot, values in told.items()}
    held = lots_on(connection, [(place, lot) for lot, place in places.items()])
    return {
        lot: Container(
            *(str(values.get(name) or "") for name in ("code", "stream", "keeper_org", "site")),
            sum(g for (_place, _stream, of_lot), g in held.items() if of_lot == lot),
        )
        for lot, values in told.items()
    }


def _named(form: Form, values: Mapping[str, Any], kind: str) -> Iterator[str]:
    for each in form.fields:
        if each.type == kind and values.get(each.id):
            yield str(values[each.id])
        columns = [column.id for column in each.fields if column.type == kind]
        for line in values.get(each.id) or [] if columns else []:
            if isinstance(line, Mapping):
                yield from (str(line[column]) for column in columns if line.get(column))


def _day(told: Any) -> date | None:
    return date.fromisoformat(told) if told else None


def _org(told: Values) -> Org:
    return Org(told["name"], _day(told["closed_on"]), told["into"])


def _site(told: Values) -> Site:
    return Site(told["name"], told["org"], told["place"], _day(told["closed_on"]), told["capacity_g"])


def _vehicle(told: Values) -> Vehicle:
    return Vehicle(
        told["plate"], told["org"], told["load_g"], told["permit_no"], _day(told["permit_to"]), _day(told["closed_on"])
    )


def _permit(told: Values) -> Permit:
    scopes = tuple(Scope(s["stream"], tuple(s["operations"]), s["quota_g"]) for s in told["scopes"] or ())
    first = _day(told["valid_from"]) or date.min
    last = _day(told["last_day"])
    return Permit(told["org"], told["site"], told["kind"], told["number"], first, last, scopes, _longest(told, first))


def _longest(told: Values, first: date) -> date | None:
    kind = catalog.current().national.find("permit_kinds", told["kind"])
    return years_after(first, kind.years) if kind is not None and kind.years and told["valid_from"] else None


def years_after(first: date, years: int) -> date:
    """The last day of so many years that begin on ``first``."""
    leap = first.month == 2 and first.day == 29  # 29 February
    return first.replace(year=first.year + years, **({"day": 28} if leap else {})) - timedelta(days=0 if leap else 1)


def _contract(told: Values) -> Contract:
    first = _day(told["valid_from"]) or date.min
    return Contract(told["org"], told["partner"], tuple(told["streams"] or ()), first, _day(told["last_day"]))


def _waste(stream: str, day: date) -> Waste:
    national = catalog.current().national
    item, latest = national.find("streams", stream, day), national.find("streams", stream)
    line = [stream]
    while (above := national.find("streams", line[-1])) is not None and above.parent and above.parent not in line:
        line.append(above.parent)
    name, ended = (latest.zh, latest.valid_to) if latest else (stream, None)
    return Waste(name, item is not None, ended, tuple(line), bool(latest and latest.exempted))


def _declared(told: Iterable[Values]) -> dict[str, tuple[Period, ...]]:
    """The years of each site whose declaration was accepted."""
    found: dict[str, tuple[Period, ...]] = {}
    for each in told:
        period = Period.parse(each["period"])
        if period.kind == "year":
            found[each["site"]] = (*found.get(each["site"], ()), period)
    return found


def _divisions(sites: Mapping[str, Any]) -> dict[str, str]:
    """The first two digits of the division in which each site lies, where the catalogue knows its code."""
    found = {}
    for scope in catalog.current().cities.values():
        for site, told in sites.items():
            place = scope.find("places", told["place"])
            if place is not None and place.code:
                found[site] = str(place.code)[:2]
    return found


def _tolerances(day: date) -> tuple[Tolerance, ...]:
    items = catalog.current().national.items("weight_tolerances", day)
    return tuple(Tolerance(item.stream, item.scale, item.most_ppm) for item in items)
