"""What changed since: figures that differ between two days as known on, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.terms import Period, Unknown
from wufei.web.clock import today
from wufei.web.indicators import asking
from wufei.web.indicators.asking import Question, question
from wufei.web.indicators.boards import board_of
from wufei.web.journal.asked import Knowledge
from wufei.web.journal.draw import database, naming_errors
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import reader_of
from wufei.web.views.indicators.wall import draw_figures

reader = reader_of("indicators")
DAYS = 30


@reader
@require_safe
@naming_errors
def changes(request: HttpRequest, city: str) -> HttpResponse:
    """Every indicator and year whose value differs between the day asked for and now (or the day as known on)."""
    plan = plan_of(city)
    asked = question(request, plan)
    since = asked.asked.day("since", _("Compared with"), today() - timedelta(days=DAYS))
    then = Knowledge(since if since and since < today() else today() - timedelta(days=1))
    old = Question(plan, asked.asked, board_of(database(), plan, then.at), asked.year, asked.place)
    first, last = asked.years
    years = [asked.year] if asked.year else range(first, last + 1)
    rows = [row for item in plan.items("indicators") for year in years if (row := _row(asked, old, item, year))]
    context = {"rows": rows, "since": then.day, "place": asked.place_name(asked.place)}
    return draw_figures(request, "changes.html", context, asked)


def _row(asked: Question, old: Question, item: Any, year: int) -> dict[str, Any] | None:
    before, after = (each.board.figure(item.id, asked.place, Period.year(year)) for each in (old, asked))
    if _same(before.result.value, after.result.value) and before.way == after.way:
        return None
    names = {part.id: part.name(lang()) for part in asked.board.definitions[item.id]["inputs"]}
    moved = [names[name] for name, amount in after.inputs.items() if not _same(before.inputs[name].value, amount.value)]
    return {
        "no": item.no,
        "name": item.name(lang()),
        "year": year,
        "before": asking.said(before),
        "after": asking.said(after),
        "before_reason": asking.reason(before),
        "after_reason": asking.reason(after),
        "moved": moved,
        "way": asking.WAYS[after.way],
        "href": reverse("figure", args=[asked.plan.id, item.id]) + asked.asked.query(year=str(year), since=None),
    }


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return isinstance(left, Unknown) and isinstance(right, Unknown)
    return bool(left == right)
