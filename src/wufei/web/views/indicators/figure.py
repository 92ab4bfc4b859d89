"""One indicator: its path, its years, its divisions, why this number, what moved it, and what serves it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.indicators import Figure
from wufei.indicators.drivers import Change, decompose
from wufei.indicators.progress import goal_of, path_value
from wufei.indicators.projection import Projection, back_test, project
from wufei.reports.numbers import plain, quantity
from wufei.terms import Lineage, Unknown
from wufei.web.details.parts import cite_of, entries
from wufei.web.indicators import asking
from wufei.web.indicators.asking import WAYS, Question, question
from wufei.web.indicators.drawing import Lines, chart, every_value
from wufei.web.journal.draw import naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.kinds import KINDS
from wufei.web.language import lang
from wufei.web.links import item_url
from wufei.web.plan import plan_of
from wufei.web.policy import reader_of
from wufei.web.values import baseline_cell, target_cell
from wufei.web.views.indicators.wall import draw_figures
from wufei.web.wording import say

reader = reader_of("indicators")
DIGITS = 4


@reader
@require_safe
@naming_errors
def figure(request: HttpRequest, city: str, indicator: str) -> HttpResponse:
    """The figure of the year and place asked for, with everything that it rests on."""
    plan = plan_of(city)
    item = plan.get("indicators", indicator)
    asked = question(request, plan)
    found = asked.figure(item.id)
    years = _years(asked, item)
    ahead = _ahead(asked, item, years)
    context = {
        "item": item,
        "name": item.name(lang()),
        "definition": item_url(plan, "indicators", item.id),
        "baseline": baseline_cell(item, lang()),
        "target": target_cell(item, lang()),
        "figure": _shown(item, found),
        "chart": _chart(asked, item, years, ahead),
        "years": [row for row in years if row["figure"].result.known or row["path"]],
        "ahead": ahead,
        "divisions": _divisions(asked, item),
        "why": _step(asked, found.result.lineage) if found.result.lineage else None,
        "others": _others(asked, found),
        "moved": _moved(asked, item, found),
        "serves": [(KINDS[kind].label, entries(plan, kind, items, lang())) for kind, items in _serving(asked, item)],
        "place": asked.place_name(asked.place),
        "wall": reverse("wall", args=[plan.id]) + asked.asked.query(),
        "files": asked.asked.query(),
    }
    return draw_figures(request, "figure.html", context, asked)


def _shown(item: Any, found: Figure) -> dict[str, Any]:
    result = found.result
    stands = asking.progress_of(item, found)
    reported = found.reported if found.way == "computed" else None
    return {
        "value": asking.said(found),
        "reason": asking.reason(found),
        "period": result.period.label(lang()) if result.period else "",
        "way": WAYS[found.way],
        "light": asking.light_words(stands.light),
        "progress": None if stands.raw is None else quantity(round(float(stands.raw) * 100, 1), "%", lang()),
        "expected": None if stands.expected is None else quantity(round(float(stands.expected) * 100), "%", lang()),
        "coverage": None if result.coverage is None else quantity(round(result.coverage * 100, 1), "%", lang()),
        "shares": [
            (say("basis", str(basis)), quantity(round(share * 100, 1), "%", lang()))
            for basis, share in result.basis_shares.items()
        ],
        "sd": None if result.sd is None else quantity(_short(Fraction(result.sd)), result.unit, lang()),
        "reported": None if reported is None else quantity(_short(reported.value), result.unit, lang()),
    }


def _short(value: Any) -> Any:
    """A number of a few digits for a sentence."""
    return None if isinstance(value, Unknown) else float(f"{float(value):.{DIGITS + 2}g}")


def _years(asked: Question, item: Any) -> list[dict[str, Any]]:
    first, last = asked.years
    rows = []
    for year in range(first, last + 1):
        found = asked.figure(item.id, year)
        path = path_value(item, year) if year <= item.target.year else None
        unit = found.result.unit
        rows.append({
            "year": year,
            "figure": found,
            "number": asking.number_of(found),
            "value": asking.said(found),
            "reason": asking.reason(found),
            "way": WAYS[found.way],
            "path": None if path is None else quantity(_short(path), unit, lang()),
            "path_number": None if path is None else float(path),
            "light": asking.light_words(asking.progress_of(item, found).light),
            "href": asked.asked.query(year=str(year)),
        })  # fmt: skip
    return rows


def _ahead(asked: Question, item: Any, years: list[dict[str, Any]]) -> dict[str, Any] | None:
    known = {row["year"]: row["number"] for row in years if row["number"] is not None}
    found = project(known, item.target.year)
    if isinstance(found, Unknown):
        return {"reason": found.reason(lang())}
    unit, goal = asked.board.definitions[item.id]["unit"], goal_of(item)
    at_most = item.direction == "lower"
    chance = None if goal is None else found.probability(float(goal), at_most=at_most)
    tried = back_test(known)
    return {
        "found": found,
        "year": found.year,
        "mean": quantity(_short(found.mean), unit, lang()),
        "low": quantity(_short(found.low), unit, lang()),
        "high": quantity(_short(found.high), unit, lang()),
        "chance": None if chance is None else quantity(round(chance * 100), "%", lang()),
        "rests": ", ".join(map(str, found.years)),
        "tried": [
            (t.year, *(quantity(_short(v), unit, lang()) for v in (t.projected, t.actual)), t.held) for t in tried
        ],
    }


def _chart(asked: Question, item: Any, years: list[dict[str, Any]], ahead: dict[str, Any] | None) -> Any:
    found = ahead.get("found") if ahead else None
    cone = (found.year, found.low, found.mean, found.high) if isinstance(found, Projection) else None
    goal = goal_of(item) if item.target.value is not None else None
    lines = Lines(
        {row["year"]: row["number"] for row in years if row["number"] is not None},
        {row["year"]: row["path_number"] for row in years if row["path_number"] is not None},
        None if goal is None else float(goal),
        cone,
    )
    values = every_value(lines) or [0.0]
    label = _("{name}: values by year, the path to the target and the projection").format(name=item.name(lang()))
    return chart(lines, asked.years, label, [plain(_short(min(values))), plain(_short(max(values)))])


def _divisions(asked: Question, item: Any) -> dict[str, Any]:
    """Each division over the years, beside the city."""
    first, last = asked.years
    years = list(range(first, last + 1))
    rows = []
    for place in asked.board.places:
        cells = [asked.figure(item.id, year, place) for year in years]
        if any(each.result.known for each in cells):
            rows.append((asked.place_name(place), asked.asked.query(place=place),
                         [(asking.said(each), each.way == "reported") for each in cells]))  # fmt: skip
    return {"years": years, "rows": rows}


def _step(asked: Question, step: Lineage) -> dict[str, Any]:
    """One step of the way back, ready to be shown."""
    value = step.value
    shown = ""
    if value is not None and not isinstance(value, Unknown):
        shown = quantity(_short(value) if isinstance(value, Fraction) else value, step.unit, lang())
    text = step.en if lang() == "en" else step.zh
    suffix = asked.asked.knowledge.query
    return {
        "kind": say("lineage", step.kind),
        "text": text,
        "formula": step.kind == "formula" and bool(step.children) and step.zh == step.en,
        "value": shown,
        "unknown": isinstance(value, Unknown),
        "count": step.count,
        "cites": [cite_of(asked.plan, cite) for cite in step.cites],
        "records": [(id_[-8:], reverse("record", args=[asked.plan.id, id_]) + suffix) for id_ in step.records],
        "children": [_step(asked, child) for child in step.children],
    }


def _others(asked: Question, found: Figure) -> list[dict[str, Any]]:
    unit = asked.board.definitions[found.indicator]["unit"]
    return [
        {
            "name": other.alternative.en if lang() == "en" else other.alternative.zh,
            "formula": other.alternative.formula,
            "value": "" if isinstance(other.value, Unknown) else quantity(other.value, unit, lang()),
            "reason": other.value.reason(lang()) if isinstance(other.value, Unknown) else "",
            "cites": [cite_of(asked.plan, cite) for cite in other.alternative.cites],
        }
        for other in found.alternatives
    ]


def _moved(asked: Question, item: Any, found: Figure) -> dict[str, Any] | None:
    """What moved a computed figure since the year before; None where either was not computed."""
    if found.way != "computed" or found.result.period is None:
        return None
    year = found.result.period.first.year - 1
    before = asked.figure(item.id, year) if year >= asked.years[0] else None
    if before is None or before.way != "computed":
        return None
    fields = asked.board.definitions[item.id]
    given = [{n: each.inputs[n].value for n in each.slopes} for each in (before, found)]
    change = decompose(fields, *given)
    if not isinstance(change, Change):
        return None
    names = {part.id: part.name(lang()) for part in fields["inputs"]}
    unit = found.result.unit
    parts = [(names[name], quantity(_short(share), unit, lang())) for name, share in change.by_input.items()]
    return {"since": year, "total": quantity(_short(change.total), unit, lang()), "parts": parts}


def _serving(asked: Question, item: Any) -> list[tuple[str, Any]]:
    related = asked.plan.related("indicators", item.id)
    return [(kind, related[kind]) for kind in ("tasks", "projects", "systems", "commitments") if related.get(kind)]


@reader
@require_safe
@naming_errors
def figure_file(request: HttpRequest, city: str, indicator: str, suffix: str) -> HttpResponse:
    """One indicator by year and division as CSV or a workbook."""
    plan = plan_of(city)
    item = plan.get("indicators", indicator)
    asked = question(request, plan)
    if suffix not in {"csv", "xlsx"}:
        raise Http404
    heads = (("place", _("Division")), ("year", _("Year")), ("period", _("Period")), ("value", _("Value")),
             ("way", _("How it is known")), ("reason", _("Why there is no value")))  # fmt: skip
    first, last = asked.years
    rows = []
    for place in asked.board.places:
        for year in range(first, last + 1):
            each = asked.figure(item.id, year, place)
            rows.append((asked.place_name(place), year, each.result.period, asking.said(each), WAYS[each.way],
                         asking.reason(each)))  # fmt: skip
    return file_response(plan, Sheet(item.id, item.name(lang()), heads, rows), suffix, asked.asked.knowledge)
