"""The desk: what waits for somebody, every case, the files of them, and signing many at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from wufei.journal import new_id
from wufei.reports import export
from wufei.reports.table import Cell, Column
from wufei.reports.table import Row as FileRow
from wufei.web.cases import shown
from wufei.web.cases.asked import ALL, WAITING, Desk, Row, rows
from wufei.web.cases.draw import draw
from wufei.web.cases.things import Things
from wufei.web.clock import today
from wufei.web.journal.draw import database, naming_errors
from wufei.web.language import lang
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader, journal_signer
from wufei.web.views.lists import CONTENT_TYPES
from wufei.workflow import acting, desk
from wufei.workflow.acting import Told, Wish
from wufei.workflow.engine import errors_of
from wufei.workflow.kinds import signs

SIZE, MOST_SIGNED, MOST_EXPORTED = 30, 200, 100_000


@journal_reader
@require_safe
@naming_errors
def cases(request: HttpRequest, city: str) -> HttpResponse:
    """What waits, or everything, as the address says."""
    return _page(request, city, ())


def _page(request: HttpRequest, city: str, told: Sequence[dict[str, Any]], status: int = 200) -> HttpResponse:
    asked = Desk(request, plan_of(city), database())
    found = asked.page(SIZE)
    things = Things(asked.plan, request.hat, asked.connection)
    may_sign = asked.waits and signs(request.hat)
    shown_rows = rows(things, found.items, asked.signers if may_sign else ())
    steps = dict(step for row in shown_rows for step in row.steps)
    context = {
        "rows": shown_rows, "waits": asked.waits, "steps": list(steps.items()), "told": told, "key": new_id(),
        "before": asked.asked.query(cursor=found.previous) if found.previous else "",
        "after": asked.asked.query(cursor=found.next) if found.next else "",
        "files": asked.asked.query(), "tabs": [(asked.asked.query(view=view), view) for view in (WAITING, ALL)],
    }  # fmt: skip
    return draw(request, "desk.html", context, asked.asked, status=status)


@journal_signer
@require_POST
@naming_errors
def sign_many(request: HttpRequest, city: str) -> HttpResponse:
    """Take one step in each of the cases ticked; each is answered for itself."""
    key, step = str(request.POST.get("key", ""))[:80], str(request.POST.get("step", ""))[:80]
    wishes = []
    for ticked in request.POST.getlist("case")[:MOST_SIGNED]:
        case, _bar, no = ticked.partition("|")
        if no.isascii() and no.isdigit() and len(no) < 10:
            wishes.append((case, Wish(step, rests_on=int(no), key=f"{key}:{case}:{step}" if key else "")))
    told = acting.take_many(database(), request.hat, wishes)
    refused = any(t.error for t in told)
    return _page(request, city, [_told(t) for t in told], 422 if refused or not told else 200)


def _told(told: Told) -> dict[str, Any]:
    errors = errors_of(told.error) if told.error else []
    words = [f"{e.text(lang())} {e.remedy(lang())}" for e in errors]
    return {"case": told.case, "number": shown.number_of(told.case), "done": told.done is not None, "errors": words}


@journal_reader
@require_safe
@naming_errors
def cases_file(request: HttpRequest, city: str, suffix: str) -> HttpResponse:
    """Every case that the filters leave, as CSV or XLSX."""
    if suffix not in CONTENT_TYPES:
        raise Http404
    asked = Desk(request, plan_of(city), database())
    things = Things(asked.plan, request.hat, asked.connection)
    found = itertools.islice(desk.every(asked.connection, asked.wanted), MOST_EXPORTED)
    columns = _columns()
    kept = [FileRow(row, {c.key: c.cell(row, lang()) for c in columns}, {}, "") for row in _in_batches(things, found)]
    if suffix == "csv":
        body = export.csv_bytes(columns, kept)
    else:
        note = _("Exported on {day}, {count} rows.").format(day=today().isoformat(), count=len(kept))
        body = export.xlsx_bytes(f"{asked.plan.city.name(lang())} · {_('Cases')}", note, columns, kept)
    response = HttpResponse(body, content_type=CONTENT_TYPES[suffix])
    response["Content-Disposition"] = f'attachment; filename="{export.file_name(f"{city}-cases", today(), suffix)}"'
    return response


def _in_batches(things: Things, found: Iterator[Any]) -> Iterator[Row]:
    while batch := list(itertools.islice(found, desk.ROWS_AT_A_TIME)):
        yield from rows(things, batch)


_FILE = (
    ("id", gettext_lazy("Number"), "id"),
    ("kind", gettext_lazy("Kind of case"), "kind"),
    ("state", gettext_lazy("State"), "state"),
    ("holder", gettext_lazy("Waits for"), "holder"),
    ("opened", gettext_lazy("Opened"), "opened"),
    ("changed", gettext_lazy("Last moved"), "changed"),
    ("parties", gettext_lazy("Parties"), "parties"),
    ("about", gettext_lazy("About"), "about"),
)


def _columns() -> list[Column]:
    made = [Column(key, label, _cell(name)) for key, label, name in _FILE]
    return [*made[:4], Column("due", gettext_lazy("Due"), lambda r, _l: Cell(r.due.day if r.due else "")), *made[4:]]


def _cell(name: str) -> Any:
    return lambda row, _lang: Cell(str(getattr(row, name)))
