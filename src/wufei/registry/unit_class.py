"""The management class of a hazardous-waste unit (HJ 1259—2022, 4.2): computed from facts by the rule of the day.

Pure: the facts and the yearly generation are handed in. What is not known is never taken as little: where the class
hangs on it, the class is unknown and says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from wufei.catalog import Catalog
from wufei.catalog.registry_kinds import Generation, UnitClass
from wufei.terms import Unknown, convert


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the class of a site hangs on, but its generation.

    ``cycle_months`` is how often generation comes round where it is intermittent; ``assessed_g_per_year`` the larger
    figure of environmental assessment and discharge permit; ``own_treatment`` that it utilises or disposes of hazardous
    waste itself; ``licence`` that it holds an operating licence.
    """

    in_operation_since: date | None = None
    cycle_months: int | None = None
    assessed_g_per_year: int | None = None
    own_treatment: bool = False
    licence: bool = False
    override: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The generation that counts: ``g`` or why it is not known; ``at_least_g`` is what it cannot fall below.

    ``by`` says from what: ``records``, ``assessment`` or ``nothing``; ``years`` the years that were looked at.
    """

    g: int | Unknown
    at_least_g: int
    by: str
    years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Classified:
    """The class of a site on a day: its id or why it is not known, by which condition, the generation that counted.

    ``why`` is ``override``, ``own_treatment``, ``licence``, ``generation`` or ``unknown``. ``computed`` is the class
    that the rule gives where ``unit_class`` is an authority's override.
    """

    unit_class: str | Unknown
    why: str
    judged: Judged
    computed: str | Unknown


_NO_RULE = Unknown("当日没有生效的分类规定", "no rule of classes was in force on that day")


def classify(facts: SiteFacts, by_year: Mapping[int, int], day: date, catalog: Catalog) -> Classified:
    """The class of a site on ``day``. ``by_year`` is grams generated; a year not in it is unknown."""
    classes: tuple[UnitClass, ...] = catalog.national.items("unit_classes", day)
    computed: str | Unknown = _NO_RULE
    why, judged = "unknown", Judged(_NO_RULE, 0, "nothing")
    for unit_class in classes:
        judged = judge(facts, by_year, day, unit_class.generation)
        met = _meets(unit_class, facts, judged)
        if isinstance(met, Unknown):
            computed = met
            break
        if met:
            computed, why = unit_class.id, met
            break
    if facts.override:
        return Classified(facts.override, "override", judged, computed)
    return Classified(computed, why, judged, computed)


def _meets(unit_class: UnitClass, facts: SiteFacts, judged: Judged) -> str | Unknown:
    """The condition that a site meets, empty when it meets none, Unknown when that cannot be told."""
    if unit_class.own_treatment and facts.own_treatment:
        return "own_treatment"
    if unit_class.licence and facts.licence:
        return "licence"
    if unit_class.at_least is None:
        return "generation"
    least_g = convert(unit_class.at_least.value, unit_class.at_least.unit, "克")
    if judged.at_least_g >= least_g:
        return "generation"
    if isinstance(judged.g, Unknown):
        return judged.g
    return "generation" if judged.g >= least_g else ""


def judge(facts: SiteFacts, by_year: Mapping[int, int], day: date, rule: Generation) -> Judged:
    """Which generation counts: the largest of the last years, of the years in operation, or the assessed figure."""
    since = facts.in_operation_since
    if facts.cycle_months is not None and facts.cycle_months > 12 * rule.cycle_years:
        return _assessed(facts)
    if since is None:
        reason = Unknown("没有登记投产日期", "the first day of operation is not on register")
        known = max(by_year.values(), default=0)
        return Judged(reason, known, "nothing" if not by_year else "records", tuple(sorted(by_year)))
    if since > day or _years_since(since, day) < rule.least_years:
        return _assessed(facts)
    first = max(day.year - rule.years, since.year)
    return _recorded(by_year, tuple(range(first, day.year)))


def _years_since(since: date, day: date) -> int:
    """Full years from one day to another; 29 February counts as 28."""
    return (
        day.year - since.year - ((day.month, day.day) < (since.month, min(since.day, 28 if since.month == 2 else 31)))
    )


def _assessed(facts: SiteFacts) -> Judged:
    if facts.assessed_g_per_year is None:
        reason = Unknown(
            "没有登记环评或排污许可的产生量", "the generation of the environmental assessment is not on register"
        )
        return Judged(reason, 0, "assessment")
    return Judged(facts.assessed_g_per_year, facts.assessed_g_per_year, "assessment")


def _recorded(by_year: Mapping[int, int], years: tuple[int, ...]) -> Judged:
    missing = [year for year in years if year not in by_year]
    known = max((by_year[year] for year in years if year in by_year), default=0)
    if missing:
        told = "、".join(map(str, missing))
        reason = Unknown(f"缺少 {told} 年的产生记录", f"no records of generation for {told.replace('、', ', ')}")
        return Judged(reason, known, "records", years)
    return Judged(known, known, "records", years)
