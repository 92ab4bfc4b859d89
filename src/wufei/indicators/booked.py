"""One input from the Book or the registry: masses that flowed over a period, and facilities in operation at its end."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from wufei.catalog.indicator_parts import FacilitySource
from wufei.catalog.worked import factor
from wufei.indicators.facts import FacilityFact, Facts, Flows, period_of
from wufei.indicators.figure import Amount
from wufei.indicators.observed import weighed
from wufei.journal.divisions import DividedFlow
from wufei.terms import Basis, Lineage, Period, Unknown

ROLES = {
    "origin": ("产生", "origin"),
    "storage": ("贮存", "storage"),
    "transit": ("在途", "transit"),
    "process": ("利用处理", "process"),
    "product": ("产品", "product"),
    "sink": ("最终处置", "sink"),
    "loss": ("损失", "loss"),
    "adjustment": ("盘点调整", "adjustment"),
    "unexplained": ("不明", "unexplained"),
    "opening": ("期初", "opening"),
    "outside": ("市外", "outside"),
}
NO_ENTRIES = Unknown("账上没有分录", "there are no entries")
NO_HISTORY = Unknown("登记的设施不能按过去的时点读取", "the registry is not read as known on a past day")
NO_FACILITY = Unknown("没有登记这类设施", "no such facility is registered")


def flowed(flows: Flows, places: frozenset[str] | None, period: Period, unit: str | None) -> Amount:
    """What flowed in these divisions (None: the whole city) over the reporting periods within ``period``."""
    rows = list(_within(flows, places, period))
    if not rows:
        return Amount(NO_ENTRIES, period, Fraction(0))
    grams, entries = sum(row.mass_g for row in rows), sum(row.entries for row in rows)
    scale = 1 / factor(unit)
    covered = coverage(period, {period_of(row.period) for row in rows})
    spread = Fraction(sum((row.variance_g2 for row in rows), Decimal(0))) * scale * scale
    shares = weighed([(Fraction(abs(row.mass_g)), {Basis(row.basis): Fraction(1)}) for row in rows])
    step = Lineage("entries", *_said(flows), value=grams * scale, unit=unit, count=entries)
    amount = grams * scale
    if covered < 1:
        months = [month for month in period.split("month") if period.covers(month)]
        there = int(covered * len(months))
        why = Unknown(
            f"{len(months)} 个月中有 {there} 个月有分录", f"there are entries in {there} of {len(months)} months"
        )
        return Amount(why, period, covered, spread, shares, step, partial=amount)
    return Amount(amount, period, covered, spread, shares, step)


def _within(flows: Flows, places: frozenset[str] | None, period: Period) -> Iterable[DividedFlow]:
    for each, by_place in flows.cells.items():
        if period.covers(each):
            for place, rows in by_place.items():
                if place in places if places is not None else place:
                    yield from rows


def coverage(period: Period, spans: Iterable[Period]) -> Fraction:
    """The share of the period's months that the reporting periods cover; 1 for a period shorter than a month."""
    months = [month for month in period.split("month") if period.covers(month)]
    if not months:
        return Fraction(1)
    spans = list(spans)
    days = {(s.first.year, s.first.month) for s in spans if s.kind == "day"}
    there = sum(any(s.covers(m) for s in spans) or (m.first.year, m.first.month) in days for m in months)
    return Fraction(there, len(months))


def _said(flows: Flows) -> tuple[str, str]:
    """What the source means, in both languages."""
    source = flows.source
    zh, en = [], []
    for roles in (source.from_roles, source.to_roles):
        zh.append("、".join(ROLES[role][0] for role in roles) or "任意账户")
        en.append(", ".join(ROLES[role][1] for role in roles) or "any account")
    return f"{flows.zh}：{zh[0]} → {zh[1]}", f"{flows.en}: {en[0]} → {en[1]}"


def standing(facts: Facts, source: FacilitySource, places: frozenset[str] | None, period: Period, unit: str) -> Amount:
    """The summed capacity, or the number, of facilities in operation on the last day of ``period``."""
    if facts.as_known_on is not None:
        return Amount(NO_HISTORY, period, Fraction(0))
    found = [f for f in facts.facilities if f.kind in source.kinds and _stands(f, period)]
    found = [f for f in found if places is None or f.division in places]
    if not found:
        return Amount(NO_FACILITY, period, Fraction(0))
    step = Lineage("query", f"登记设施 {','.join(source.kinds)}", f"registered facilities {','.join(source.kinds)}",
                   unit=unit, count=len(found))  # fmt: skip
    if source.take == "number":
        return Amount(Fraction(len(found)) / factor(unit), period, lineage=step)
    without = [f for f in found if f.capacity is None]
    if without:
        why = Unknown(f"{len(without)} 处设施没有登记能力", f"{len(without)} facilities have no registered capacity")
        return Amount(why, period, Fraction(len(found) - len(without), len(found)), lineage=step)
    total = sum((Fraction(f.capacity or 0) * factor(f.unit) for f in found), Fraction(0)) / factor(unit)
    return Amount(total, period, shares={Basis.DECLARED: Fraction(1)}, lineage=step)


def _stands(facility: FacilityFact, period: Period) -> bool:
    begun = facility.valid_from is None or facility.valid_from <= period.last
    return begun and (facility.closed_on is None or facility.closed_on > period.last)
