"""One input from the Series: the period's own observation, the sum or the last of its parts, or of its divisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from wufei.catalog.indicator_parts import Input
from wufei.catalog.kinds import Place
from wufei.catalog.worked import factor
from wufei.indicators.facts import period_of
from wufei.indicators.figure import Amount, Shares
from wufei.journal.series import Value
from wufei.terms import Basis, Lineage, Period, Unknown

Sites = Mapping[str, Mapping[str, Value]]
PARTS = ("half", "quarter", "month", "day")
NOT_OBSERVED = Unknown("没有填报", "nothing was reported")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for: the unit to answer in, and whether parts of a period add up or the last one stands."""

    unit: str | None
    over_time: str = "sum"


def observed(values: Mapping[str, Value], period: Period, asked: Asked) -> Amount:
    """The amount that observations of one metric at one place give for ``period``."""
    if (exact := values.get(str(period))) is not None:
        return _one(exact, period, asked.unit)
    if asked.over_time == "last":
        inside = [p for p in map(period_of, values) if period.covers(p)]
        last = max(inside, key=lambda p: (p.last, -p.days), default=None)
        return Amount(NOT_OBSERVED, period, Fraction(0)) if last is None else _one(values[str(last)], last, asked.unit)
    return _sum_of_parts(values, period, asked)


def _sum_of_parts(values: Mapping[str, Value], period: Period, asked: Asked) -> Amount:
    """The coarsest parts (halves, quarters, months, days) of which most of the period is there."""
    best: tuple[Fraction, list[Value], int] = (Fraction(0), [], 0)
    for kind in PARTS if values else ():
        parts = parts_of(period, kind)
        there = [values[part] for part in parts if part in values]
        share = Fraction(len(there), len(parts)) if parts else Fraction(0)
        if share > best[0]:
            best = (share, there, len(parts))
    share, there, count = best
    if not there:
        return Amount(NOT_OBSERVED, period, Fraction(0))
    amounts = [_one(value, period_of(value.period), asked.unit) for value in there]
    if share < 1:
        why = Unknown(f"{count} 期中只报了 {len(there)} 期", f"only {len(there)} of {count} periods were reported")
        return together(amounts, period, share, why)
    return together(amounts, period, share)


@lru_cache(maxsize=4096)
def parts_of(period: Period, kind: str) -> tuple[str, ...]:
    """The whole periods of ``kind`` within ``period``, as texts."""
    return tuple(str(part) for part in period.split(kind) if period.covers(part))


def _one(value: Value, period: Period, unit: str | None) -> Amount:
    scale = factor(value.unit) / factor(unit)
    spread = Fraction(value.sd) * scale if value.sd else Fraction(0)
    zh, en = f"{period.label('zh')}填报值", f"as reported for {period.label('en')}"
    step = Lineage("observation", zh, en, value=value.value, unit=value.unit, records=(str(value.record),))
    return Amount(
        Fraction(value.value) * scale,
        period,
        sd2=spread * spread,
        shares={Basis(value.basis): Fraction(1)},
        lineage=step,
    )


def together(amounts: Sequence[Amount], period: Period, coverage: Fraction, why: Unknown | None = None) -> Amount:
    """The sum of known amounts; Unknown for the reason ``why`` when something is missing, with what is there below."""
    known = [amount for amount in amounts if not isinstance(amount.value, Unknown)]
    total = sum((Fraction(a.value) for a in known if not isinstance(a.value, Unknown)), Fraction(0))
    children = tuple(a.lineage for a in known if a.lineage is not None)
    step = Lineage("query", "各项之和", "the sum of", value=total, count=len(known), children=children)
    covered = coverage * min((a.coverage for a in known), default=Fraction(1))
    spread = sum((a.sd2 for a in known), Fraction(0))
    if why is None:
        return Amount(total, period, covered, spread, mixed(known), step)
    return Amount(why, period, covered, spread, mixed(known), step, partial=total)


def mixed(amounts: Sequence[Amount]) -> Shares:
    """The share of each basis in a sum, by the size of what has it."""
    weights = [(abs(Fraction(a.value)), a.shares) for a in amounts if not isinstance(a.value, Unknown)]
    return weighed(weights)


def weighed(weights: Sequence[tuple[Fraction, Shares]]) -> Shares:
    """Shares by basis, each weighed; they sum to one, or are empty when nothing weighs anything."""
    total = sum((weight for weight, shares in weights if shares), Fraction(0))
    found: dict[Basis, Fraction] = {}
    for weight, shares in weights:
        for basis, share in shares.items():
            part = weight * share / total if total else share / sum(1 for _, s in weights if s)
            found[basis] = found.get(basis, Fraction(0)) + part
    return {basis: share for basis, share in sorted(found.items()) if share}


def of_divisions(amounts: Mapping[str, Amount], places: Mapping[str, Place], period: Period) -> Amount:
    """The city as the sum of its divisions, or Unknown naming those that are missing."""
    missing = [places[place] for place, amount in amounts.items() if not amount.known]
    if len(missing) == len(amounts):
        return Amount(NOT_OBSERVED, period, Fraction(0))
    coverage = Fraction(len(amounts) - len(missing), len(amounts))
    why = None
    if missing:
        zh, en = "、".join(place.zh for place in missing), ", ".join(place.en for place in missing)
        why = Unknown(f"缺 {zh}", f"missing: {en}")
    return together([_at(places[place], amount) for place, amount in amounts.items()], period, coverage, why)


def of_sites(divisions: Mapping[str, Sites], places: frozenset[str] | None, asked: Asked, period: Period) -> Amount:
    """What the sites in these divisions (None: the whole city) have together, of each the latest within ``period``.

    Sites without an observation are not counted: what is counted is there only where it happened.
    """
    chosen = [sites for place, sites in sorted(divisions.items()) if places is None or place in places]
    latest = replace(asked, over_time="last")
    each = [observed(values, period, latest) for sites in chosen for _site, values in sorted(sites.items())]
    known = [amount for amount in each if amount.known]
    return together(known, period, Fraction(1)) if known else Amount(NOT_OBSERVED, period, Fraction(0))


def _at(place: Place, amount: Amount) -> Amount:
    """The amount with the place's name on its way back."""
    step = amount.lineage
    if step is None:
        return amount
    return replace(amount, lineage=replace(step, zh=f"{place.zh}：{step.zh}", en=f"{place.en}: {step.en}"))


def asks(part: Input) -> Asked:
    """How the observations of an input are read."""
    return Asked(part.unit, part.over_time)
