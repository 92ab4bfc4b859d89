"""The indicator wall: every indicator with its value, light, progress and line; and the same as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.indicators.progress import Light, goal_of
from wufei.web.charts import bar_svg
from wufei.web.indicators import asking
from wufei.web.indicators.asking import LIGHTS, WAYS, Question, choose, question
from wufei.web.indicators.drawing import spark
from wufei.web.journal.draw import naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.language import lang
from wufei.web.links import item_url
from wufei.web.lists.indicators import level_name
from wufei.web.plan import plan_of
from wufei.web.policy import reader_of
from wufei.web.render import page
from wufei.web.values import baseline_cell, target_cell

reader = reader_of("indicators")


@reader
@require_safe
@naming_errors
def wall(request: HttpRequest, city: str) -> HttpResponse:
    """Every indicator that the choices leave, in the plan's order, and how many stand at each light."""
    asked = question(request, plan_of(city))
    rows = _rows(request, asked)
    lights = {light: sum(row["light"]["id"] == light for row in rows) for light in LIGHTS}
    context = {
        "rows": [row for row in rows if _wanted(request, row)],
        "counts": [asking.light_words(light) | {"count": count, "href": asked.asked.query(light=str(light))}
                   for light, count in lights.items()],
        "total": len(rows),
        "place": asked.place_name(asked.place),
        "files": asked.asked.query(),
    }  # fmt: skip
    return draw_figures(request, "wall.html", context, asked)


def draw_figures(request: HttpRequest, template: str, context: dict[str, Any], asked: Question) -> HttpResponse:
    """A page of figures with its filters and its day as known on."""
    knowledge = asked.asked.knowledge
    around = {"question": asked.asked, "known_day": knowledge.day, "known_suffix": knowledge.suffix}
    return page(request, f"web/indicators/{template}", around | context)


def _rows(request: HttpRequest, asked: Question) -> list[dict[str, Any]]:
    lights = {str(light): str(words[2]) for light, words in LIGHTS.items()}
    choose(request, asked.asked, "light", _("Status light"), lights)
    groups = {item.level2: level_name(item, "level2", lang()) for item in asked.plan.items("indicators")}
    choose(request, asked.asked, "group", _("Group"), groups)
    levels = {"mandatory": str(_("Mandatory")), "optional": str(_("Optional"))}
    choose(request, asked.asked, "level", _("Requirement"), levels)
    return [_row(asked, item) for item in asked.plan.items("indicators")]


def _wanted(request: HttpRequest, row: dict[str, Any]) -> bool:
    chosen = {
        "light": row["light"]["id"],
        "group": row["item"].level2,
        "level": row["item"].requirement_level,
    }
    return all(request.GET.get(key, "") in {"", value} for key, value in chosen.items())


def _row(asked: Question, item: Any) -> dict[str, Any]:
    figure = asked.figure(item.id)
    stands = asking.progress_of(item, figure)
    score = stands.score if stands.light is not Light.NO_DATA else None
    first, last = asked.years
    years = {year: asked.figure(item.id, year) for year in range(first, last + 1)}
    known = {year: number for year, each in years.items() if (number := asking.number_of(each)) is not None}
    goal = goal_of(item)
    return {
        "item": item,
        "href": reverse("figure", args=[asked.plan.id, item.id])
        + asked.asked.query(light=None, group=None, level=None),
        "name": item.name(lang()),
        "baseline": baseline_cell(item, lang()),
        "target": target_cell(item, lang()),
        "value": asking.said(figure),
        "reason": asking.reason(figure),
        "period": figure.result.period.label(lang()) if figure.result.period else "",
        "way": WAYS[figure.way],
        "light": asking.light_words(stands.light),
        "percent": None if score is None else round(float(score) * 100),
        "bar": "" if score is None else bar_svg(float(score) * 100),
        "spark": spark(known, asked.years, None if goal is None or item.target.value is None else float(goal)),
        "definition": item_url(asked.plan, "indicators", item.id),
    }


@reader
@require_safe
@naming_errors
def wall_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """The rows of the wall as CSV or a workbook."""
    plan = plan_of(city)
    asked = question(request, plan)
    heads = (("no", _("No.")), ("name", _("Indicator")), ("period", _("Period")), ("value", _("Value")),
             ("light", _("Status light")), ("baseline", _("Baseline")), ("target", _("Target")),
             ("way", _("How it is known")), ("reason", _("Why there is no value")))  # fmt: skip
    rows = [
        (row["item"].no, row["name"], row["period"], row["value"], row["light"]["word"], row["baseline"].text,
         row["target"].text, row["way"], row["reason"])
        for row in _rows(request, asked) if _wanted(request, row)
    ]  # fmt: skip
    return file_response(plan, Sheet("figures", _("Indicator wall"), heads, rows), suffix, asked.asked.knowledge)
