"""Evaluate every indicator of a city, for any place and period, from facts that were read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog, Scope
from wufei.catalog.indicator_parts import Alternative, Input
from wufei.catalog.kinds import Place
from wufei.catalog.worked import Worked, missing, round_half_up, work
from wufei.indicators.booked import flowed, standing
from wufei.indicators.facts import Facts, divisions_of, read_facts
from wufei.indicators.figure import Amount, Figure, Other
from wufei.indicators.observed import Asked, asks, observed, of_divisions, of_sites, weighed
from wufei.terms import Basis, Lineage, Period, Result, Unknown

NOT_DEFINED = Unknown("没有定义公式", "no formula is defined")
NO_SOURCE = Unknown("这个来源没有定义", "no such source is declared")
BY_DIVISION = Unknown("不按旗县区定义", "is not defined by division")
SOURCES = ("metric", "flow", "facilities", "sites")
PERCENT = Decimal("0.0001")


def definitions_of(catalog: Catalog, scope: Scope) -> dict[str, dict[str, Any]]:
    """How each indicator of the city is computed, with the unit that it comes out in."""
    found = {}
    for item in scope.indicators:
        national = catalog.national.find("indicators", item.defined_by) if item.defined_by else None
        unit = item.unit or (national.unit if national else None)
        found[item.id] = catalog.definition(item) | {"unit": unit, "cites": national.cites if national else item.cites}
    return found


class Board:
    """Figures of a city as known on one instant; each is worked out when first asked for and kept."""

    def __init__(self, catalog: Catalog, scope: Scope, facts: Facts) -> None:
        self.scope = scope
        self.facts = facts
        self.definitions = definitions_of(catalog, scope)
        self.base = Period.year(scope.name.base_year)
        self.divisions = divisions_of(scope)
        self._figures: dict[tuple[str, str, Period], Figure] = {}
        self._amounts: dict[tuple[int, str, Period], Amount] = {}

    @property
    def places(self) -> tuple[str, ...]:
        """The city and its divisions."""
        return (self.scope.id, *self.divisions)

    @cached_property
    def _places(self) -> dict[str, Place]:
        return {place.id: place for place in self.scope.places}

    def figure(self, indicator: str, place: str | None = None, period: Period | None = None) -> Figure:
        """The figure of an indicator at a place (None: the city) over a period (None: the base year)."""
        key = (indicator, place or self.scope.id, period or self.base)
        if key not in self._figures:
            self._figures[key] = self._evaluate(*key)
        return self._figures[key]

    def latest(self, indicator: str, place: str | None = None) -> Figure:
        """The figure of the latest year that has a value; of the last year read where none has."""
        first, last = self.facts.years
        years = [Period.year(year) for year in range(last, first - 1, -1)]
        found = (self.figure(indicator, place, year) for year in years)
        return next((f for f in found if f.result.known), None) or self.figure(indicator, place, years[0])

    def _evaluate(self, indicator: str, place: str, period: Period) -> Figure:
        fields = self.definitions[indicator]
        reported = self._reported(indicator, fields["unit"], place, period)
        if not fields["formula"]:
            return self._settled(indicator, place, period, Worked(NOT_DEFINED), {}, reported)
        inputs = {part.id: part for part in fields["inputs"]}
        needed = Fraction(fields["coverage_needed"] or 1)
        amounts = {name: self.amount(part, place, period).enough(needed) for name, part in inputs.items()}
        values = {name: amount.value for name, amount in amounts.items()}
        worked = work(fields["formula"], inputs, values, fields["unit"])
        others = tuple(self._other(fields, other, inputs, values) for other in fields["alternatives"])
        made = self._settled(indicator, place, period, worked, amounts, reported)
        return replace(made, alternatives=others)

    def _other(
        self, fields: Mapping[str, Any], other: Alternative, inputs: Mapping[str, Input], values: Mapping[str, Any]
    ) -> Other:
        return Other(other, work(other.formula, inputs, values, fields["unit"]).rounded(fields["decimals"]))

    def _reported(self, indicator: str, unit: str | None, place: str, period: Period) -> Amount | None:
        found = observed(self.facts.seen(indicator, None, place), period, Asked(unit, "last"))
        return found if found.known else None

    def amount(self, part: Input, place: str, period: Period) -> Amount:
        """What is known of an input, from the source that it prefers; the others stand beside it."""
        key = (id(part), place, period)
        if key not in self._amounts:
            self._amounts[key] = self._looked_up(part, place, self._moved(part, period))
        return self._amounts[key]

    def _moved(self, part: Input, period: Period) -> Period:
        if part.period == "base":
            return self.base
        if part.period == "previous":
            year = Period.year(period.first.year - 1)
            return year if period.kind == "year" else next(p for p in year.split(period.kind) if _same(p, period))
        return period

    def _looked_up(self, part: Input, place: str, period: Period) -> Amount:
        if part.value is not None:
            step = Lineage("parameter", part.zh, part.en, value=part.value, unit=part.unit, cites=part.cites)
            return Amount(Fraction(part.value), period, lineage=step)
        if part.indicator is not None:
            return self._from_indicator(part, place, period)
        found = {name: amount for name in SOURCES if (amount := self._of(name, part, place, period))}
        order = sorted(found, key=lambda name: (*_worse(found[name]), name != part.prefer))
        first, *others = (found[name] for name in order)
        return replace(first, others=tuple(other for other in others if other.known))

    def _from_indicator(self, part: Input, place: str, period: Period) -> Amount:
        figure = self.figure(str(part.indicator), place, period)
        result = figure.result
        if isinstance(result.value, Unknown):
            return Amount(result.value, period, Fraction(0), lineage=result.lineage)
        shares = {basis: Fraction(share) for basis, share in result.basis_shares.items()}
        sd2 = Fraction(result.sd or 0) ** 2
        value = figure.exact if figure.exact is not None else Fraction(result.value)
        return Amount(value, period, Fraction(result.coverage or 1), sd2, shares, result.lineage)

    def _of(self, source: str, part: Input, place: str, period: Period) -> Amount | None:
        """The amount by one kind of source; None when the input has no such source."""
        places = None if place == self.scope.id else frozenset({place})
        if source == "flow" and part.flow is not None:
            return flowed(self.facts.flows[part.flow], places, period, part.unit)
        if source == "facilities" and part.facilities is not None:
            return standing(self.facts, part.facilities, places, period, str(part.unit))
        if source == "sites" and part.sites is not None:
            return of_sites(self.facts.at_sites.get(part.sites, {}), places, asks(part), period)
        if source == "metric" and part.observed_as is not None:
            return self._observed(part, place, period)
        return None

    def _observed(self, part: Input, place: str, period: Period) -> Amount:
        own = observed(self.facts.seen(str(part.observed_as), part.stream, place), period, asks(part))
        if own.known or place != self.scope.id or not part.adds or not self.divisions:
            return own
        parts = {
            division: observed(self.facts.seen(str(part.observed_as), part.stream, division), period, asks(part))
            for division in self.divisions
        }
        summed = of_divisions(parts, self._places, period)
        return summed if summed.known or not own.lineage else own

    def _settled(
        self,
        indicator: str,
        place: str,
        period: Period,
        worked: Worked,
        amounts: Mapping[str, Amount],
        reported: Amount | None,
    ) -> Figure:
        """The computed value where it is known and covered well enough, else what was reported, else Unknown."""
        fields = self.definitions[indicator]
        used = {name: amounts[name] for name in worked.slopes} or amounts
        if isinstance(worked.exact, Unknown) and reported is not None:
            return self._whole(indicator, place, amounts, reported)
        printed = worked.rounded(fields["decimals"])
        coverage = min((amount.coverage for amount in used.values()), default=Fraction(0))
        steps = tuple(_input_step(part, amounts[part.id]) for part in fields["inputs"] if part.id in amounts)
        lineage = Lineage("formula", str(fields["formula"]), str(fields["formula"]), value=printed, unit=fields["unit"],
                          cites=tuple(fields["cites"]), children=steps)  # fmt: skip
        result = Result(printed, fields["unit"], period, self.facts.as_known_on, _share(coverage), lineage=lineage)
        if isinstance(worked.exact, Unknown):
            return Figure(indicator, place, result, "none", None, amounts)
        pulls = {name: abs(slope * Fraction(_number(amounts[name]))) for name, slope in worked.slopes.items()}
        shares = weighed([(pull, amounts[name].shares) for name, pull in pulls.items()])
        sd2 = sum((slope * slope * amounts[name].sd2 for name, slope in worked.slopes.items()), Fraction(0))
        result = replace(result, basis_shares=_decimals(shares), sd=_root(sd2))
        return Figure(indicator, place, result, "computed", worked.exact, amounts, worked.slopes, reported=reported)

    def _whole(self, indicator: str, place: str, amounts: Mapping[str, Amount], reported: Amount) -> Figure:
        """A figure that was reported as a whole."""
        fields = self.definitions[indicator]
        exact = Fraction(_number(reported))
        value = _plain(exact, fields["decimals"])
        shares = _decimals(reported.shares)
        sd = _root(reported.sd2)
        lineage = Lineage("formula", "按整体填报", "reported as a whole", value=value, unit=fields["unit"],
                          children=tuple(filter(None, (reported.lineage,))))  # fmt: skip
        as_known_on = self.facts.as_known_on
        result = Result(value, fields["unit"], reported.period, as_known_on, None, shares, sd, lineage)
        return Figure(indicator, place, result, "reported", exact, amounts, reported=reported)


def _worse(amount: Amount) -> tuple[bool, Fraction]:
    """Order of amounts: known ones first, then those of which most is there."""
    return (not amount.known, Fraction(0) if amount.known else -amount.coverage)


def _same(left: Period, right: Period) -> bool:
    return (left.first.month, left.kind) == (right.first.month, right.kind)


def _number(amount: Amount) -> Fraction:
    return amount.value if isinstance(amount.value, Fraction) else Fraction(0)


def _input_step(part: Input, amount: Amount) -> Lineage:
    value = amount.value if isinstance(amount.value, Unknown) else _plain(amount.value, 6)
    below = (amount.lineage, *(other.lineage for other in amount.others))
    why = missing(part, amount.value) if isinstance(amount.value, Unknown) else None
    zh, en = (part.zh, part.en) if why is None else (why.zh, why.en)
    return Lineage("input", zh, en, value=value, unit=part.unit, children=tuple(filter(None, below)))


def _plain(exact: Fraction, decimals: int | None) -> Decimal:
    """A published number as it was printed, when it has no more decimals than fit; rounded half up otherwise."""
    for places in range(7):
        if (exact * 10**places).denominator == 1:
            return round_half_up(exact, places)
    return round_half_up(exact, decimals)


def _share(value: Fraction) -> Decimal:
    return round_half_up(value, 4)


def _decimals(shares: Mapping[Basis, Fraction]) -> dict[Basis, Decimal]:
    return {basis: round_half_up(share, 6) for basis, share in shares.items()}


def _root(variance: Fraction) -> Decimal | None:
    """The standard deviation; None where no input says one."""
    if not variance:
        return None
    return (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt().quantize(Decimal("1e-9"))


def board(
    connection: Connection[Any],
    catalog: Catalog,
    city: str,
    years: tuple[int, int] | None = None,
    as_known_on: datetime | None = None,
) -> Board:
    """Read what the city's indicators need (five questions) and return the board that answers for them.

    ``years`` are the first and the last year with flows, the base year to the target year when not said; the base year
    is always read. Raises ItemUnknown for a city, and what ``asknown.known_on`` raises.
    """
    scope = catalog.city(city)
    first, last = years or (scope.name.base_year, scope.name.target_year)
    definitions = definitions_of(catalog, scope)
    span = (min(first, scope.name.base_year), last)
    return Board(catalog, scope, read_facts(connection, catalog, scope, definitions, span, as_known_on))
