"""Figures of the journal as files: CSV and XLSX with masses in tonnes, exact, sent as they are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext as _

from wufei.journal.export import WRITERS, Column
from wufei.reports.export import file_name
from wufei.web.clock import today
from wufei.web.journal.asked import Knowledge
from wufei.web.language import lang
from wufei.web.plan import Plan

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MASSES = frozenset({"mass", "in", "out", "balance"})
NUMBERS = frozenset({"entries"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file to be: its stem, title, (key, heading) of each column, and the rows; masses come in grams."""

    stem: str
    title: Any
    heads: Sequence[tuple[str, Any]]
    rows: Iterable[Sequence[Any]]


def file_response(plan: Plan, sheet: Sheet, suffix: str, knowledge: Knowledge) -> StreamingHttpResponse:
    """The sheet as CSV or XLSX, in bounded memory; a page that does not exist for any other suffix.

    The first row is read here, so that a question that cannot be answered is refused before anything is sent.
    """
    if suffix not in TYPES:
        raise Http404
    columns = tuple(_column(key, str(label)) for key, label in sheet.heads)
    day = (knowledge.day or today()).isoformat()
    note = f"# {plan.city.name(lang())} · {sheet.title} · " + _("from the journal, as known on {day}").format(day=day)
    chunks = WRITERS[suffix](columns, _begun(_cells(columns, sheet.rows)), lang(), note)
    response = StreamingHttpResponse(chunks, content_type=TYPES[suffix])
    name = file_name(f"{plan.id}-{sheet.stem}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _column(key: str, label: str) -> Column:
    return Column(key, label, label, "", "mass" if key in MASSES else "number" if key in NUMBERS else "text")


def _cells(columns: tuple[Column, ...], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(_cell(column, value) for column, value in zip(columns, row, strict=True))


def _cell(column: Column, value: Any) -> Any:
    return str(value) if value is not None and column.holds == "text" else value


def _begun(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """The same rows, the first of them read."""
    first = next(rows, None)
    return rows if first is None else chain((first,), rows)
