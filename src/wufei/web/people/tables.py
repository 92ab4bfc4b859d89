"""Short lists of people, mandates and requests: one declaration of columns for the page and for its files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wufei.reports import export
from wufei.reports.table import Cell, Column, Row
from wufei.web.cells import cell_html
from wufei.web.clock import today
from wufei.web.language import lang
from wufei.web.plan import Plan

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list ready to draw: its columns and its rows."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def body(self) -> SafeString:
        """The table's body, each cell escaped."""
        made = [format_html_join("", "{}", ((self._cell(row, c),) for c in self.columns)) for row in self.rows]
        return format_html_join("", "<tr>{}</tr>", ((cells,) for cells in made))

    @staticmethod
    def _cell(row: Row, column: Column) -> SafeString:
        return cell_html(row.cells[column.key], column, lang())

    @property
    def head(self) -> SafeString:
        """The headings."""
        return format_html_join("", '<th scope="col">{}</th>', ((column.label,) for column in self.columns))

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)


def listing(columns: Sequence[Column], items: Iterable[Any]) -> Listing:
    """The items in the reader's language."""
    language = lang()
    rows = [Row(item, {c.key: c.cell(item, language) for c in columns}, {}, "") for item in items]
    return Listing(tuple(columns), tuple(rows))


def file_of(plan: Plan, stem: str, title: str, listed: Listing, suffix: str) -> HttpResponse:
    """The list as CSV or XLSX, names and phones masked as on the page; no page for any other suffix."""
    if suffix not in TYPES:
        raise Http404
    note = _("Personal data is masked; {count} rows.").format(count=len(listed))
    made = (
        export.csv_bytes(listed.columns, listed.rows)
        if suffix == "csv"
        else export.xlsx_bytes(title, note, listed.columns, listed.rows)
    )
    response = HttpResponse(made, content_type=TYPES[suffix])
    name = export.file_name(f"{plan.id}-{stem}", today(), suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def linked(text: str, href: str) -> Cell:
    """Text with a link."""
    return Cell(text, href=href)


def hidden_number(text: str) -> SafeString:
    """Text that is not to be broken over lines."""
    return format_html('<span class="tight">{}</span>', text)
