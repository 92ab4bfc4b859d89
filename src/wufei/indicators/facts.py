"""What the city's indicators need of the journal and the registry, read in a fixed number of questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog, Scope
from wufei.catalog.indicator_parts import FlowSource, Input
from wufei.journal.asking import ask
from wufei.journal.divisions import DividedFlow, divided_flows
from wufei.journal.series import Value, series
from wufei.terms import Period

_SITES = "SELECT id, place FROM public.registry_site"
_FACILITIES = """
SELECT f.kind, s.place, f.capacity, f.unit, f.valid_from, f.closed_on, f.id
FROM public.registry_facility f JOIN public.registry_site s ON s.id = f.site_id ORDER BY f.id"""
ON_THE_ROAD = "transit"  # stands for a division: of the city, but of none of its divisions
Key = tuple[str, str]  # metric and stream; the stream is empty where there is none


@lru_cache(maxsize=4096)
def period_of(text: str) -> Period:
    """The period that a text names; the same few are read again and again."""
    return Period.parse(text)


@dataclass(frozen=True, slots=True)
class FacilityFact:
    """A facility in operation from ``valid_from`` until before ``closed_on``, in a division."""

    kind: str
    division: str
    capacity: Decimal | None
    unit: str
    valid_from: date | None
    closed_on: date | None
    id: str


@dataclass(slots=True)
class Flows:
    """The flows of one source by reporting period and division."""

    source: FlowSource
    streams: frozenset[str]
    zh: str
    en: str
    cells: dict[Period, dict[str, list[DividedFlow]]] = field(default_factory=dict)

    def take(self, row: DividedFlow) -> None:
        """Keep the row when the source means it."""
        roles = self.source.from_roles, self.source.to_roles
        if all(
            not allowed or role in allowed for allowed, role in zip(roles, (row.from_role, row.to_role), strict=True)
        ):
            leaves = self.source.at == "from"
            place, role = (row.from_division, row.from_role) if leaves else (row.to_division, row.to_role)
            cell = self.cells.setdefault(period_of(row.period), {})
            cell.setdefault(ON_THE_ROAD if role == "transit" else place, []).append(row)


@dataclass(slots=True)
class Facts:
    """Everything read: observations by metric, place and period text; flows by source; facilities.

    ``at_sites``: observations at sites by metric, then division, then site and period text.
    """

    as_known_on: datetime | None
    years: tuple[int, int]
    observed: dict[Key, dict[str, dict[str, Value]]]
    flows: dict[FlowSource, Flows]
    facilities: tuple[FacilityFact, ...]
    at_sites: dict[str, dict[str, dict[str, dict[str, Value]]]] = field(default_factory=dict)

    def seen(self, metric: str, stream: str | None, place: str) -> Mapping[str, Value]:
        """Observations of a metric at a place by the text of their period."""
        return self.observed.get((metric, stream or ""), {}).get(place, {})


def divisions_of(scope: Scope) -> tuple[str, ...]:
    """The divisions that make up the city: its counties and zones, in the order of their codes."""
    return tuple(p.id for p in scope.places if p.level in {"county", "zone"} and p.parent == scope.id)


def lying_in(scope: Scope) -> dict[str, str]:
    """The division that each place of the catalogue lies in; the city itself lies in none of them."""
    divisions = set(divisions_of(scope))
    parents = {place.id: place.parent for place in scope.places}
    found: dict[str, str] = {scope.id: scope.id}
    for start in parents:
        at: str | None = start
        while at is not None and at not in divisions:
            at = parents.get(at)
        if at is not None:
            found[start] = at
    return found


def family(catalog: Catalog, scope: Scope, source: FlowSource) -> frozenset[str]:
    """The streams of a source with all their children, without those it leaves out and theirs."""
    children: dict[str, list[str]] = defaultdict(list)
    for stream in (*catalog.national.streams, *scope.streams):
        if stream.parent:
            children[stream.parent].append(stream.id)
    return frozenset(_below(source.streams, children)) - frozenset(_below(source.without, children))


def _below(streams: Iterable[str], children: Mapping[str, list[str]]) -> Iterator[str]:
    for stream in streams:
        yield stream
        yield from _below(children.get(stream, ()), children)


def read_facts(
    connection: Connection[Any],
    catalog: Catalog,
    scope: Scope,
    definitions: Mapping[str, Mapping[str, Any]],
    years: tuple[int, int],
    as_known_on: datetime | None,
) -> Facts:
    """Read what these definitions need for whole years, ``years`` first and last included; five questions in all."""
    inputs = [part for fields in definitions.values() for part in fields["inputs"]]
    metrics = {part.observed_as for part in inputs if part.observed_as} | set(definitions)
    places = (scope.id, *divisions_of(scope))
    observed: dict[Key, dict[str, dict[str, Value]]] = {}
    for value in series(connection, sorted(metrics), places=places, as_known_on=as_known_on):
        by_place = observed.setdefault((value.metric, value.stream or ""), {})
        by_place.setdefault(value.place, {})[value.period] = value
    lies = lying_in(scope)
    sites = {site: lies.get(place, "") for site, place in ask(connection, _SITES)}
    flows = _flows(connection, (catalog, scope, inputs), sites | lies, years, as_known_on)
    rows = ask(connection, _FACILITIES) if any(part.facilities for part in inputs) else ()
    facilities = tuple(FacilityFact(row[0], lies.get(row[1], ""), *row[2:]) for row in rows)
    at_sites = _at_sites(connection, inputs, {site: place for site, place in sites.items() if place}, as_known_on)
    return Facts(as_known_on, years, observed, flows, facilities, at_sites)


def _at_sites(
    connection: Connection[Any], inputs: list[Input], divisions: Mapping[str, str], as_known_on: datetime | None
) -> dict[str, dict[str, dict[str, dict[str, Value]]]]:
    """Observations of the metrics that sites have, at the sites of the city."""
    metrics = sorted({part.sites for part in inputs if part.sites is not None})
    found: dict[str, dict[str, dict[str, dict[str, Value]]]] = {metric: {} for metric in metrics}
    for value in series(connection, metrics, as_known_on=as_known_on) if metrics else ():
        if value.place in divisions:
            division = found[value.metric].setdefault(divisions[value.place], {})
            division.setdefault(value.place, {})[value.period] = value
    return found


def _named(catalog: Catalog, scope: Scope, source: FlowSource) -> Flows:
    """A source without rows yet, with the names of its streams."""
    streams = [scope.get("streams", stream) for stream in source.streams]
    zh, en = "、".join(s.zh for s in streams), ", ".join(s.en for s in streams)
    return Flows(source, family(catalog, scope, source), zh, en)


def _flows(
    connection: Connection[Any],
    asked: tuple[Catalog, Scope, list[Input]],
    divisions: Mapping[str, str],
    years: tuple[int, int],
    as_known_on: datetime | None,
) -> dict[FlowSource, Flows]:
    """Flows by their source; equal sources share theirs."""
    catalog, scope, inputs = asked
    sources = {part.flow for part in inputs if part.flow is not None}
    kept = {source: _named(catalog, scope, source) for source in sources}
    wanted: dict[str, list[Flows]] = defaultdict(list)
    for flows in kept.values():
        for stream in flows.streams:
            wanted[stream].append(flows)
    if wanted:
        for row in divided_flows(connection, divisions, wanted, years, as_known_on):
            for flows in wanted[row.stream]:
                flows.take(row)
    return kept
