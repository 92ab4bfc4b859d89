"""What `wufei indicators` prints, as text for people or as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from wufei import catalog
from wufei.app.commands import CityNotNamed
from wufei.app.opened import opened_database
from wufei.catalog import Catalog, Scope
from wufei.catalog.kinds import Indicator
from wufei.indicators import Board, Figure, board
from wufei.indicators.progress import Light, progress
from wufei.indicators.serial import figure_as_data
from wufei.journal.moments import CITY_TIME, start_of
from wufei.terms import Lineage, NamedError, Period, Unknown
from wufei.terms.amounts import quantity

LIGHTS = {
    Light.MET: "达标 met",
    Light.ON_TRACK: "正常 on track",
    Light.BEHIND: "滞后 behind",
    Light.SERIOUS: "严重滞后 serious",
    Light.NO_DATA: "无数据 no data",
}


class PlaceNotInCity(NamedError):
    """A place that is neither the city nor one of its divisions."""

    code = "place_not_in_city"
    zh = "“{division}”不是这座城市的旗县区。"
    en = "{division!r} is no division of this city."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


class IndicatorNotInPlan(NamedError):
    """An indicator that the city's plan does not have."""

    code = "indicator_not_in_plan"
    zh = "规划中没有指标“{indicator}”。"
    en = "The plan has no indicator {indicator!r}."
    remedy_zh = "wufei plan show indicators 列出全部。"
    remedy_en = "`wufei plan show indicators` lists them all."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; None is the only city, the latest year, the city itself, now, all of them."""

    city: str | None
    year: int | None
    place: str | None
    day: date | None
    indicator: str | None


def show(asked: Asked, *, as_json: bool) -> None:
    """Print the figures. Raises CityNotNamed, PlaceNotInCity, IndicatorNotInPlan and what ``known_on`` raises."""
    cat = catalog.load()
    scope = _city(cat, asked.city)
    items = [item for item in scope.indicators if asked.indicator in {None, item.id}]
    if not items:
        raise IndicatorNotInPlan(indicator=asked.indicator)
    with contextlib.ExitStack() as stack:
        with contextlib.redirect_stdout(sys.stderr):
            connection = stack.enter_context(opened_database(cat))
        found = board(connection, cat, scope.id, _years(scope, asked), _instant(asked.day))
    if asked.place is not None and asked.place not in found.places:
        raise PlaceNotInCity(division=asked.place, known=", ".join(found.places))
    figures = [(item, _figure(found, item, asked)) for item in items]
    if as_json:
        rows = [figure_as_data(figure) | {"no": item.no, "light": _light(item, figure)} for item, figure in figures]
        print(json.dumps({"city": scope.id, "indicators": rows}, ensure_ascii=False, indent=1))
        return
    for item, figure in figures:
        print(_line(item, figure))
        if asked.indicator and figure.result.lineage:
            _print_lineage(figure.result.lineage, 1)


def _city(cat: Catalog, city: str | None) -> Scope:
    known = sorted(cat.cities)
    name = city or (known[0] if len(known) == 1 else None)
    if name not in cat.cities:
        raise CityNotNamed(known=", ".join(known))
    return cat.cities[name]


def _years(scope: Scope, asked: Asked) -> tuple[int, int]:
    first, last = scope.name.base_year, max(scope.name.target_year, datetime.now(CITY_TIME).year)
    return (first, last) if asked.year is None else (min(first, asked.year), max(last, asked.year))


def _instant(day: date | None) -> datetime | None:
    """The end of the day in the city; today is now."""
    if day is None or day == datetime.now(CITY_TIME).date():
        return None
    return (start_of(day + timedelta(days=1)) - timedelta(microseconds=1)).astimezone(UTC)


def _figure(found: Board, item: Indicator, asked: Asked) -> Figure:
    if asked.year is not None:
        return found.figure(item.id, asked.place, Period.year(asked.year))
    return found.latest(item.id, asked.place)


def _light(item: Indicator, figure: Figure) -> str:
    period = figure.result.period
    return str(progress(item, figure.result.value, period.last.year if period else item.baseline.year).light)


def _line(item: Indicator, figure: Figure) -> str:
    result = figure.result
    light = LIGHTS[Light(_light(item, figure))]
    if isinstance(result.value, Unknown):
        return f"{item.no:>3} {item.zh} · {item.en}\n    {light}：{result.value.zh} · {result.value.en}"
    value = quantity(result.value, result.unit, "zh")
    way = {"computed": "计算 computed", "reported": "填报 reported"}[figure.way]
    shares = ", ".join(f"{basis} {share * 100:.0f} %" for basis, share in result.basis_shares.items())
    spread = f" ± {result.sd.normalize():f}" if result.sd is not None else ""
    return f"{item.no:>3} {item.zh} · {item.en}\n    {result.period} {value}{spread} [{light}] {way} {shares}".rstrip()


def _print_lineage(step: Lineage, depth: int) -> None:
    value = step.value
    shown = "" if value is None or isinstance(value, Unknown) else f" = {_number(value)} {step.unit or ''}".rstrip()
    count = f" ({step.count})" if step.count is not None else ""
    records = f" {' '.join(step.records)}" if step.records else ""
    print(f"{'  ' * (depth + 1)}{step.kind}: {step.zh} · {step.en}{shown}{count}{records}")
    for child in step.children:
        _print_lineage(child, depth + 1)


def _number(value: Any) -> str:
    return f"{float(value):.12g}" if isinstance(value, Fraction) else f"{value}"
