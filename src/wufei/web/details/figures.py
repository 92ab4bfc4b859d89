"""The pages of a publication, a metric and a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wufei.catalog.bulletins import Bulletin, Figure
from wufei.reports.numbers import quantity, unit_text
from wufei.reports.table import Cell, Column
from wufei.web.details.blocks import block
from wufei.web.details.parts import Detail, Tag, known, link_cell
from wufei.web.journal.names import Names
from wufei.web.language import joined
from wufei.web.links import item_url
from wufei.web.lists.figures import figures_under, findings_of
from wufei.web.plan import Plan
from wufei.web.wording import say


def bulletin(plan: Plan, item: Bulletin, lang: str) -> Detail:
    """Every figure as printed and as recorded, what must hold among them, and what does not."""
    return Detail(
        tags=(Tag(item.period, "accent"), Tag(say("basis", item.basis))),
        facts=known(
            (
                (_("Place"), link_cell(plan, "places", item.place, lang)),
                (_("Reporting period"), Cell(item.period)),
                (_("Remarks"), Cell(_note(item, lang))),
            )
        ),
        template="web/items/blocks.html",
        values={
            "blocks": [block(_("Figures"), _figure_columns(plan), item.figures, lang)],
            "claims_title": _("What must hold among the figures"),
            "claims": list(_claims(item, lang)),
            "findings": [(f.severity, say("severity", f.severity), f.text(lang)) for f in findings_of(plan, item)],
        },
    )


def _note(item: Any, lang: str) -> str:
    return (item.note_en if lang == "en" else item.note_zh) or ""


def _figure_columns(plan: Plan) -> tuple[Column, ...]:
    """As printed, the value read, and what it is recorded as."""
    return (
        Column("name", gettext_lazy("Figure"), lambda f, lang: Cell(_named(f, lang), note=_note(f, lang)), head=True),
        Column("printed", gettext_lazy("As printed"), lambda f, _lang: Cell(f.printed, lang="zh"), style="tight"),
        Column("value", gettext_lazy("Value"), _value, number=True),
        Column("metric", gettext_lazy("Recorded as"), lambda f, lang: _metric(plan, f, lang)),
        Column("stream", gettext_lazy("Waste stream"), lambda f, lang: link_cell(plan, "streams", f.stream, lang)),
        Column("entry", gettext_lazy("Entry"), lambda f, _lang: _entry(plan, f), style="some"),
    )


def _named(item: Any, lang: str) -> str:
    name: str = item.en if lang == "en" else item.zh
    return name


def _value(figure: Figure, lang: str) -> Cell:
    mark = "" if figure.value is not None else "nil"
    return Cell(quantity(figure.value, figure.unit, lang), value=figure.value, mark=mark)


def _metric(plan: Plan, figure: Figure, _lang: str) -> Cell:
    """The metric or indicator that the figure is a value of, linked."""
    if figure.metric is None:
        return Cell(_("not recorded as a value"), mark="zero")
    named = Names(plan).metric(figure.metric)
    return Cell(named.text, href=named.href, note=figure.period or "")


def _entry(plan: Plan, figure: Figure) -> Cell:
    """From which account to which."""
    if figure.entry is None:
        return Cell("")
    names = Names(plan)
    ends = (names.account(key) for key in (figure.entry.from_account, figure.entry.to_account))
    return Cell(" → ".join(f"{end.role} {end.place}" for end in ends))


def _claims(item: Bulletin, lang: str) -> Iterator[str]:
    """The arithmetic that must hold, in the figures' names."""

    def name(figure_id: str) -> str:
        return f"“{_named(item.figure(figure_id), lang)}”"

    def added(ids: tuple[str, ...]) -> str:
        return " + ".join(name(each) for each in ids)

    for total in item.sums:
        yield f"{name(total.total)} = {added(total.parts)}"
    for share in item.shares:
        yield f"{name(share.share)} = {name(share.part)} ÷ {name(share.whole)}"
    for balance in item.balances:
        yield f"{name(balance.generated)} = {added((*balance.routes, balance.stock))}"


def metric(plan: Plan, item: Any, lang: str) -> Detail:
    """The unit, and every published figure recorded under the metric."""
    columns = (
        Column("bulletin", gettext_lazy("Publication"), lambda row, lang: _publication(plan, row[0], lang), head=True),
        Column("name", gettext_lazy("Figure"), lambda row, lang: Cell(_named(row[1], lang)), style="some"),
        Column("period", gettext_lazy("Reporting period"), lambda row, _lang: Cell(row[1].period or row[0].period)),
        Column("printed", gettext_lazy("As printed"), lambda row, _lang: Cell(row[1].printed, lang="zh")),
        Column("value", gettext_lazy("Value"), lambda row, lang: _value(row[1], lang), number=True),
    )
    rows = list(figures_under(plan, item.id))
    unit = Cell(unit_text(item.unit, lang) or _("a number without a unit"))
    return Detail(
        tags=(Tag(unit.text),),
        facts=known(((_("Unit"), unit), (_("Remarks"), Cell(_note(item, lang))))),
        template="web/items/blocks.html" if rows else "",
        values={"blocks": [block(_("Published figures"), columns, rows, lang)]},
    )


def _publication(plan: Plan, item: Bulletin, lang: str) -> Cell:
    return Cell(item.name(lang), href=item_url(plan, "bulletins", item.id))


def sheet(_plan: Plan, item: Any, lang: str) -> Detail:
    """Every column: heading, meaning, what it takes, an example; and the templates."""
    columns = (
        Column("heading", gettext_lazy("Heading"), lambda c, lang: Cell(_named(c, lang), note=c.id), head=True),
        Column("required", gettext_lazy("Required"), lambda c, _lang: Cell(_("Required") if c.required else "")),
        Column("form", gettext_lazy("Takes"), _takes),
        Column(
            "about",
            gettext_lazy("Meaning"),
            lambda c, lang: Cell(c.about_en if lang == "en" else c.about_zh),
            style="wide",
        ),
        Column("example", gettext_lazy("Example"), lambda c, _lang: Cell(c.example, lang="und")),
        Column("aliases", gettext_lazy("Also read"), lambda c, _lang: Cell("、".join(c.aliases), lang="zh")),
    )
    return Detail(
        tags=(Tag(say("sheet_makes", item.makes)),),
        facts=known(
            ((_("Each row is"), Cell(say("sheet_makes", item.makes))), (_("Remarks"), Cell(_note(item, lang))))
        ),
        template="web/items/blocks.html",
        values={"blocks": [block(_("Columns"), columns, item.columns, lang)], "template_of": item.id},
    )


def _takes(column: Any, lang: str) -> Cell:
    """The form of a cell, with its unit or its words."""
    words = joined([_named(word, lang) for word in column.words])
    return Cell(say("column_form", column.form), note=unit_text(column.unit, lang) or words)
