"""What the pages of figures ask for: year, division, and the words of lights and ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wufei.indicators import Board, Figure
from wufei.indicators.progress import Light, Progress, progress
from wufei.reports.numbers import quantity
from wufei.terms import Period, Unknown
from wufei.web.indicators.boards import board_of, years_of
from wufei.web.journal.asked import Asked, Field
from wufei.web.journal.draw import database
from wufei.web.language import lang
from wufei.web.plan import Plan

LIGHTS: dict[Light, tuple[str, str, Promise]] = {  # shape, badge, word
    Light.MET: ("✓", "sure", _("Target met")),
    Light.ON_TRACK: ("↗", "note", _("On track")),
    Light.BEHIND: ("△", "warning", _("Behind")),
    Light.SERIOUS: ("✕", "error", _("Seriously behind")),
    Light.NO_DATA: ("–", "unknown", _("No data")),
}
WAYS: dict[str, Promise] = {
    "computed": _("computed by the formula"),
    "reported": _("reported as a whole"),
    "none": _("unknown"),
}


@dataclass(slots=True)
class Question:
    """The city's board, and the year and place that the address asks for; year None is each indicator's latest."""

    plan: Plan
    asked: Asked
    board: Board
    year: int | None
    place: str

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year shown."""
        return years_of(self.plan)

    def figure(self, indicator: str, year: int | None = None, place: str | None = None) -> Figure:
        """The figure of an indicator for the year and place asked for, or those given."""
        chosen, where = year or self.year, place or self.place
        if chosen is None:
            return self.board.latest(indicator, where)
        return self.board.figure(indicator, where, Period.year(chosen))

    def place_name(self, place: str) -> str:
        """The name of a division or the city."""
        return str(self.plan.get("places", place).name(lang()))


def question(request: HttpRequest, plan: Plan) -> Question:
    """Read the address; what is no year of the plan and no division counts as not given."""
    asked = Asked(request, plan)
    board = board_of(database(), plan, asked.knowledge.at)
    first, last = years_of(plan)
    years = {str(year): str(year) for year in range(last, first - 1, -1)}
    year = choose(request, asked, "year", _("Year"), years)
    places = {place: str(plan.get("places", place).name(lang())) for place in board.places}
    place = choose(request, asked, "place", _("Division"), places, plan.id)
    return Question(plan, asked, board, int(year) if year else None, place)


def choose(request: HttpRequest, asked: Asked, key: str, label: Any, options: dict[str, str], default: str = "") -> str:
    """One of several choices; ``default`` for anything else."""
    value = str(request.GET.get(key, ""))
    value = value if value in options else default
    asked.fields.append(Field(key, label, "select", value, tuple(options.items()), default))
    return value


def progress_of(item: Any, figure: Figure) -> Progress:
    """The progress of a figure by the year of its period."""
    period = figure.result.period
    return progress(item, figure.result.value, period.last.year if period else item.baseline.year)


def light_words(light: Light) -> dict[str, Any]:
    """How a light is shown: shape, badge and word together."""
    shape, badge, word = LIGHTS[light]
    return {"shape": shape, "badge": badge, "word": word, "id": str(light)}


def said(figure: Figure) -> str:
    """The value with its unit; empty where it is unknown."""
    result = figure.result
    return "" if isinstance(result.value, Unknown) else quantity(result.value, result.unit, lang())


def reason(figure: Figure) -> str:
    """Why there is no value; empty where there is one."""
    value = figure.result.value
    return value.reason(lang()) if isinstance(value, Unknown) else ""


def number_of(figure: Figure) -> float | None:
    """The exact value for drawing; None where it is unknown."""
    return None if figure.exact is None or not figure.result.known else float(figure.exact)
