"""The lists of publications, metrics and sheets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from wufei.catalog.bulletins import Bulletin, Figure
from wufei.reports.numbers import unit_text
from wufei.reports.table import Cell, Column, Filter, Table
from wufei.web.lists.columns import count, name_column, say_column, say_filter, source_column, words_of
from wufei.web.plan import Plan


def bulletins(plan: Plan) -> Table:
    """Publications with how many figures each holds, how many are recorded, and what does not agree."""
    columns = (
        name_column(plan, "bulletins", _("Publication")),
        Column("period", _("Reporting period"), lambda item, _lang: Cell(item.period), style="tight"),
        say_column("basis", _("Basis"), "basis"),
        Column("figures", _("Figures"), lambda item, _lang: count(len(item.figures)), number=True),
        Column("observations", _("Observations"), lambda item, _lang: count(_observed(item)), number=True),
        Column(
            "entries", _("Entries"), lambda item, _lang: count(sum(bool(f.entry) for f in item.figures)), number=True
        ),
        Column("findings", _("Findings"), lambda item, _lang: count(len(findings_of(plan, item))), number=True),
        source_column(plan),
    )
    return Table("bulletins", columns, _figure_words, (say_filter("basis", _("Basis"), "basis"),))


def _observed(item: Bulletin) -> int:
    """Figures that are recorded as values."""
    return sum(figure.metric is not None and figure.value is not None for figure in item.figures)


def _figure_words(item: Bulletin) -> str:
    return " ".join([item.id, item.zh, item.en, item.period, *(f"{f.zh} {f.en}" for f in item.figures)])


def findings_of(plan: Plan, item: Bulletin) -> list[Any]:
    """What the check of the catalogue found in a publication."""
    return [finding for finding in plan.items("findings") if (item.kind, item.id) in finding.items]


def metrics(plan: Plan) -> Table:
    """Metrics with their unit and how many published figures are recorded under each."""
    columns = (
        name_column(plan, "metrics", _("Metric")),
        Column("unit", _("Unit"), lambda item, lang: Cell(unit_text(item.unit, lang)), style="tight"),
        Column("figures", _("Published figures"), lambda item, _lang: count(_recorded(plan, item)), number=True),
        source_column(plan),
    )
    unit = Filter("unit", _("Unit"), lambda item: (item.unit,) if item.unit else (), unit_text)
    return Table("metrics", columns, words_of("note_zh", "note_en"), (unit,))


def _recorded(plan: Plan, item: Any) -> int:
    return sum(True for _found in figures_under(plan, item.id))


def figures_under(plan: Plan, metric_id: str) -> Iterator[tuple[Bulletin, Figure]]:
    """The published figures recorded under a metric, with their publication."""
    for bulletin in plan.items("bulletins"):
        yield from ((bulletin, figure) for figure in bulletin.figures if figure.metric == metric_id)


def sheets(plan: Plan) -> Table:
    """Sheets to import with how many columns each has."""
    columns = (
        name_column(plan, "sheets", _("Sheet")),
        say_column("makes", _("Each row is"), "sheet_makes"),
        Column("columns", _("Columns"), lambda item, _lang: count(len(item.columns)), number=True),
        Column(
            "required", _("Required"), lambda item, _lang: count(sum(c.required for c in item.columns)), number=True
        ),
        source_column(plan),
    )
    return Table("sheets", columns, _column_words, (say_filter("makes", _("Each row is"), "sheet_makes"),))


def _column_words(item: Any) -> str:
    names = [name for column in item.columns for name in column.names()]
    return " ".join([item.id, item.zh, item.en, *names])
