"""The flow diagrams of the plan's annexes: from the journal and published figures, reconciled."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.flows.network.build import Link
from wufei.flows.network.facts import layouts
from wufei.reports.export import file_name
from wufei.reports.flow_diagram import rendered, series_of, standalone
from wufei.web.clock import today
from wufei.web.journal.diagram import FIRST_YEAR, Shown, kinds
from wufei.web.journal.draw import draw, naming_errors
from wufei.web.journal.files import Sheet, file_response
from wufei.web.language import lang
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import journal_reader

PICTURES = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}


@journal_reader
@require_safe
@naming_errors
def first(request: HttpRequest, city: str) -> HttpResponse:
    """The diagram of the first annex, with the way to the others."""
    return _page(request, city, layouts(plan_of(city).catalog)[0].id)


@journal_reader
@require_safe
@naming_errors
def diagram(request: HttpRequest, city: str, layout: str) -> HttpResponse:
    """One diagram of one year, before or after reconciliation, with what is measured, inferred and unknown."""
    return _page(request, city, layout)


def _page(request: HttpRequest, city: str, layout: str) -> HttpResponse:
    plan = plan_of(city)
    shown = Shown(request, plan, layout)
    answer = shown.network.answer
    context = {
        "shown": shown,
        "title": shown.title(),
        "note": shown.layout.note_en if lang() == "en" else shown.layout.note_zh,
        "diagram": shown.diagram,
        "rows": shown.rows(),
        "years": {"first": FIRST_YEAR, "last": shown.last},
        "legend": [
            {"series": number, "text": shown.names.stream(group).text}
            for group, number in series_of(shown.network).items()
        ],
        "kinds": kinds().items(),
        "answer": answer,
        "suffixes": ("svg", "pdf", "png", "csv", "xlsx"),
        "query": _query(shown),
    }
    return draw(request, "diagram.html", context, shown.asked)


def _query(shown: Shown) -> str:
    values = "&values=before" if shown.before else ""
    return f"?year={shown.year}{values}{shown.asked.knowledge.suffix}"


@journal_reader
@require_safe
@naming_errors
def diagram_file(request: HttpRequest, city: str, layout: str, suffix: str) -> HttpResponse:
    """The diagram as SVG, PDF or PNG, or its table as CSV or XLSX."""
    plan = plan_of(city)
    shown = Shown(request, plan, layout)
    if suffix not in PICTURES:
        return _table(plan, shown, suffix)
    svg = standalone(shown.diagram, f"{shown.title()} · {shown.year}")
    body = svg.encode() if suffix == "svg" else rendered(svg, suffix)
    response = HttpResponse(body, content_type=PICTURES[suffix])
    name = file_name(f"{plan.id}-{shown.layout.id}-{shown.year}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _table(plan: Plan, shown: Shown, suffix: str) -> HttpResponse:
    if suffix not in ("csv", "xlsx"):
        raise Http404
    words = shown.words()
    heads = [
        ("from", _("From")), ("to", _("To")), ("stream", _("Waste stream")), ("kind", _("Known as")),
        ("before", _("Recorded (t)")), ("value", _("Reconciled (t)")), ("sd", _("Standard deviation (t)")),
        ("low", _("At least (t)")), ("high", _("At most (t)")), ("entries", _("Entries")),
    ]  # fmt: skip
    links = (*shown.network.links, *shown.network.stocks)
    rows = ([*_ends(link, words), *_numbers(link), link.entries] for link in links)
    sheet = Sheet(f"{shown.layout.id}-{shown.year}", f"{shown.title()} {shown.year}", heads, rows)
    return file_response(plan, sheet, suffix, shown.asked.knowledge)


def _ends(link: Link, words: Any) -> list[str]:
    target = words.node(link.target) if link.target else _("Stock at the end")
    return [words.node(link.source), target, words.stream(link.group), words.kind(link.kind)]


def _numbers(link: Link) -> list[str]:
    low, high = link.interval or (None, None)
    given = (link.before, link.value, link.sd, low, high)
    return ["" if each is None else f"{each:.6f}".rstrip("0").rstrip(".") for each in given]
