"""One view for every list, and one for its files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from wufei.reports import export
from wufei.reports.state import TableState
from wufei.reports.table import Prepared, View
from wufei.web.cells import rows_html
from wufei.web.clock import today
from wufei.web.kinds import KINDS
from wufei.web.language import lang
from wufei.web.lists import TABLES
from wufei.web.plan import Plan, plan_of
from wufei.web.policy import signed_in
from wufei.web.render import page

SIDE_VIEWS = {
    "tasks": ((gettext_lazy("List"), "list", True), (gettext_lazy("Timeline"), "timeline", False)),
    "projects": (
        (gettext_lazy("List"), "list", True),
        (gettext_lazy("Money by year"), "money", False),
        (gettext_lazy("By place"), "project-places", False),
    ),
}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def prepared(plan: Plan, kind: str) -> Prepared:
    """A list made ready in the active language, kept for as long as the catalogue stays."""
    language = lang()
    return plan.kept(("list", kind, language), lambda: TABLES[kind](plan).prepare(plan.items(kind), language))


@signed_in
@require_safe
def item_list(request: HttpRequest, city: str, kind: str) -> HttpResponse:
    """A list: filtered, sorted and paged as the address says."""
    plan = plan_of(city)
    rows = prepared(plan, kind)
    state = TableState.read(dict(request.GET.lists()))
    view = rows.view(state)
    context = {
        "kind": KINDS[kind],
        "view": view,
        "filters": [(f, rows.options(f, state)) for f in rows.table.filters],
        "headings": headings(view),
        "body": rows_html(view, lang(), plan.kept(("cells", kind, lang()), dict)),
        "more": neighbours(view),
        "side_views": [(label, name, here) for label, name, here in SIDE_VIEWS.get(kind, ())],
        "choosable": [(c, c in view.columns) for c in rows.table.columns if not c.head],
        "matched": len(view.matched),
        "files": {s: reverse("export", args=[city, kind, s]) + state.query_string(page=1) for s in CONTENT_TYPES},
        "empty": _("Nothing is declared here yet."),
    }
    return page(request, "web/list.html", context)


def headings(view: View) -> list[dict[str, Any]]:
    """Column headings with the address that sorts by them and the order they are in now."""
    made = []
    for column in view.columns:
        here = view.state.sort == column.key
        turned = here and not view.state.descending
        order = ("descending" if view.state.descending else "ascending") if here else ""
        href = view.state.query_string(sort=column.key, descending=turned, page=1) if column.sortable else ""
        made.append({"label": column.label, "number": column.number, "href": href, "order": order})
    return made


def neighbours(view: View) -> dict[str, str]:
    """Addresses of the page before and after, where there is one."""
    state = view.state
    before = state.query_string(page=view.page - 1) if view.page > 1 else ""
    after = state.query_string(page=view.page + 1) if view.page < view.pages else ""
    return {"before": before, "after": after}


@signed_in
@require_safe
def export_list(request: HttpRequest, city: str, kind: str, suffix: str) -> HttpResponse:
    """All rows that the filters leave, as CSV or XLSX, with the columns that the page shows and the hidden ones."""
    plan = plan_of(city)
    if suffix not in CONTENT_TYPES:
        raise Http404
    view = prepared(plan, kind).view(TableState.read(dict(request.GET.lists())))
    columns = view.columns if view.state.columns else view.table.columns
    body = _file(plan, kind, suffix, columns, view)
    response = HttpResponse(body, content_type=CONTENT_TYPES[suffix])
    name = export.file_name(f"{plan.id}-{kind}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file(plan: Plan, kind: str, suffix: str, columns: Any, view: View) -> bytes:
    if suffix == "csv":
        return export.csv_bytes(columns, view.matched)
    title = f"{plan.city.name(lang())} · {KINDS[kind].label}"
    source = plan.find("sources", plan.source_id)
    note = _("Source: {source}. Exported on {day}, {count} rows.").format(
        source=source.name(lang()) if source else plan.source_id, day=today().isoformat(), count=len(view.matched)
    )
    return export.xlsx_bytes(title, note, columns, view.matched)
