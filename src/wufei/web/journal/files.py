"""Figures of the journal as files: CSV and XLSX with masses in tonnes, exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from wufei.reports import export
from wufei.reports.table import Cell, Column, Row
from wufei.terms import Mass
from wufei.web.clock import today
from wufei.web.journal.asked import Knowledge
from wufei.web.language import lang
from wufei.web.plan import Plan

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MASSES = frozenset({"mass", "in", "out", "balance"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file to be: its stem, title, (key, heading) of each column, and the rows; masses come in grams."""

    stem: str
    title: Any
    heads: Sequence[tuple[str, Any]]
    rows: Iterable[Sequence[Any]]


def file_response(plan: Plan, sheet: Sheet, suffix: str, knowledge: Knowledge) -> HttpResponse:
    """The sheet as CSV or XLSX; a page that does not exist for any other suffix."""
    if suffix not in TYPES:
        raise Http404
    columns = [Column(key, label, lambda _item, _lang: Cell(""), number=key in MASSES) for key, label in sheet.heads]
    rows = [_row(sheet.heads, values) for values in sheet.rows]
    day = knowledge.day or today()
    note = _("From the journal, as known on {day}; {count} rows.").format(day=day.isoformat(), count=len(rows))
    title = f"{plan.city.name(lang())} · {sheet.title}"
    body = export.csv_bytes(columns, rows) if suffix == "csv" else export.xlsx_bytes(title, note, columns, rows)
    response = HttpResponse(body, content_type=TYPES[suffix])
    name = export.file_name(f"{plan.id}-{sheet.stem}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _row(heads: Sequence[tuple[str, Any]], values: Sequence[Any]) -> Row:
    cells = {key: _cell(key, value) for (key, _label), value in zip(heads, values, strict=True)}
    return Row(None, cells, {}, "")


def _cell(key: str, value: Any) -> Cell:
    if key in MASSES and value is not None:
        shown = Mass(value).to("吨")
        return Cell(f"{shown:f}", value=shown)
    return Cell("" if value is None else str(value))
