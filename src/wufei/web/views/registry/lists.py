"""One view for every list of the registry, and one for its files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from wufei.registry.access import visible
from wufei.reports import export
from wufei.reports.state import TableState
from wufei.web.cells import rows_html
from wufei.web.clock import today
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import reader
from wufei.web.registry.database_list import DatabaseList
from wufei.web.registry.lists import LISTS
from wufei.web.render import page
from wufei.web.views.lists import CONTENT_TYPES, headings, neighbours


@reader
@require_safe
def registry_list(request: HttpRequest, city: str, listed: str) -> HttpResponse:
    """A list of what the hat in force may see: filtered, sorted and paged as the address says."""
    plan = plan_of(city)
    declared, rows = _asked(request, city, listed)
    state = TableState.read(dict(request.GET.lists()))
    view, matched = declared.view(rows, state, lang())
    files = {s: reverse("registry-export", args=[city, listed, s]) + state.query_string(page=1) for s in CONTENT_TYPES}
    context: dict[str, Any] = {
        "kind": declared,
        "view": view,
        "matched": matched,
        "filters": declared.options(rows, state, lang()),
        "headings": headings(view),
        "body": rows_html(view, lang(), {}),
        "more": neighbours(view),
        "choosable": [(c, c in view.columns) for c in declared.columns if not c.head],
        "files": files,
        "empty": _("Nothing is on register here yet."),
    }
    return page(request, "web/list.html", context | {"plan": plan})


def _asked(request: HttpRequest, city: str, listed: str) -> tuple[DatabaseList, Any]:
    declare, every = LISTS[listed]
    return declare(plan_of(city), today()), visible(every(), request.hat)


@reader
@require_safe
def registry_export(request: HttpRequest, city: str, listed: str, suffix: str) -> HttpResponse:
    """All rows that the choices leave, as CSV or XLSX."""
    if suffix not in CONTENT_TYPES:
        raise Http404
    declared, rows = _asked(request, city, listed)
    state = TableState.read(dict(request.GET.lists()))
    found: Iterator[Any] = declared.every(rows, state, lang())
    columns = [c for c in declared.columns if c.head or not state.columns or c.key in state.columns]
    if suffix == "csv":
        body = export.csv_bytes(columns, list(found))
    else:
        kept = list(found)
        note = _("Exported on {day}, {count} rows.").format(day=today().isoformat(), count=len(kept))
        title = f"{plan_of(city).city.name(lang())} · {declared.label}"
        body = export.xlsx_bytes(title, note, columns, kept)
    response = HttpResponse(body, content_type=CONTENT_TYPES[suffix])
    response["Content-Disposition"] = f'attachment; filename="{export.file_name(f"{city}-{listed}", today(), suffix)}"'
    return response
