"""The list of records with its filters, and its files."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from wufei.journal import export
from wufei.journal.find import Wanted
from wufei.journal.moments import start_of
from wufei.journal.reading import Filter, query
from wufei.registry.access import narrow
from wufei.reports.export import file_name
from wufei.web.clock import today
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.names import Names
from wufei.web.journal.rows import record_row
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader

SIZE = 30
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@journal_reader
@require_safe
@naming_errors
def records(request: HttpRequest, city: str) -> HttpResponse:
    """Records that the filters leave, what became known last first."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    wanted = _filter(request, asked)
    found = query(database(), wanted, as_known_on=asked.knowledge.at, cursor=asked.cursor, size=SIZE)
    names = Names(plan, asked.knowledge.suffix)
    context = {
        "rows": [record_row(names, stored, asked.knowledge.query) for stored in found.items],
        "before": asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.query(cursor=found.next) if found.next else "",
        "files": asked.query(),
    }
    return draw(request, "records.html", context, asked)


def _filter(request: HttpRequest, asked: Asked) -> Filter:
    first, last = asked.day("from", _("Happened from")), asked.day("to", _("Happened to"))
    state = asked.word("state", _("State"), "record_state")
    return Filter(
        streams=asked.stream(),
        role=asked.word("role", _("Role of the account"), "account_role"),
        place=asked.place("place", _("Place")),
        basis=asked.word("basis", _("Basis"), "basis"),
        period=asked.text("period", _("Reporting period")),
        account=asked.text("account", _("Account")),
        happened_from=start_of(first) if first else None,
        happened_to=start_of(last + timedelta(days=1)) if last else None,
        reversed={"reversed": True, "standing": False}.get(state or ""),
        mine=narrow(request.hat),
    )


@journal_reader
@require_safe
@naming_errors
def records_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse | StreamingHttpResponse:
    """Every entry (or, with ``part=observations``, every observation) that the filters leave, streamed."""
    plan = plan_of(city)
    if suffix not in TYPES:
        raise Http404
    asked = Asked(request, plan)
    chosen = _filter(request, asked)
    wanted = Wanted(**{f.name: getattr(chosen, f.name) for f in fields(chosen)}, known_on=asked.knowledge.at)
    part: Any = "observations" if request.GET.get("part") == "observations" else "entries"
    chunks = export.export(database(), part, suffix, wanted, lang=lang())
    response = StreamingHttpResponse(chunks, content_type=TYPES[suffix])
    name = file_name(f"{plan.id}-{part}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
