"""Columns and filters that several lists share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from wufei.catalog.items import PlanItem
from wufei.reports.numbers import quantity, unit_text, unknown_text
from wufei.reports.table import Cell, Column, Filter, Part
from wufei.web.language import joined
from wufei.web.links import item_url, line_url, lines_text, short
from wufei.web.plan import Plan
from wufei.web.wording import WORDS, say


def words_of(*fields: str) -> Callable[[Any], str]:
    """All words of an item: id, both names, everything printed, and the fields named."""

    def words(item: Any) -> str:
        printed = item.printed.values() if isinstance(item, PlanItem) else ()
        return " ".join([item.id, item.zh, item.en, *printed, *(str(getattr(item, field) or "") for field in fields)])

    return words


def name_column(plan: Plan, kind: str, label: Any) -> Column:
    """The item's name, linked to its page."""

    def cell(item: Any, lang: str) -> Cell:
        return Cell(item.name(lang), href=item_url(plan, kind, item.id))

    return Column("name", label, cell, head=True)


def short_column(kind: str, label: Any) -> Column:
    """The short name; a list without an order stands in the plan's own, so this column needs none."""
    return Column("no", label, lambda item, _lang: Cell(short(kind, item)), sortable=False, style="tight")


def say_column(key: str, label: Any, group: str, field: str = "", *, mark: bool = False, shown: bool = True) -> Column:
    """A fixed value in words, as a badge when ``mark``."""

    def cell(item: Any, _lang: str) -> Cell:
        value = getattr(item, field or key)
        text = say(group, value) if value is not None else ""
        return Cell(text, mark=str(value) if mark and value is not None else "")

    return Column(key, label, cell, shown=shown, style="tight")


def orgs_column(plan: Plan, key: str, label: Any, ids: Callable[[Any], Iterable[str]], *, shown: bool = True) -> Column:
    """Organisations, each linked to what it owes."""

    def cell(item: Any, lang: str) -> Cell:
        orgs = plan.orgs(dict.fromkeys(ids(item)))
        parts = tuple(Part(plan.brief(org, lang), item_url(plan, "orgs", org.id)) for org in orgs)
        return Cell(joined([org.name(lang) for org in orgs]), parts=parts)

    return Column(key, label, cell, shown=shown, sortable=False, style="wide")


def items_column(
    plan: Plan, key: str, label: Any, kind: str, ids: Callable[[Any], Iterable[str]], *, shown: bool = True
) -> Column:
    """Items of another kind by their short names, each linked."""

    def cell(item: Any, lang: str) -> Cell:
        found = [other for other_id in ids(item) if (other := plan.find(kind, other_id))]
        parts = tuple(Part(short(kind, o) or o.name(lang), item_url(plan, kind, o.id)) for o in found)
        return Cell(joined([part.text for part in parts]), parts=parts)

    return Column(key, label, cell, shown=shown, sortable=False, style="refs")


def number_column(key: str, label: Any, value: Callable[[Any], Any], unit: Callable[[Any], str | None]) -> Column:
    """A quantity with its unit; Unknown where nothing is known."""

    def cell(item: Any, lang: str) -> Cell:
        number = value(item)
        return Cell(quantity(number, unit(item), lang), value=number, mark="" if number is not None else "nil")

    return Column(key, label, cell, number=True)


def unit_column(*, shown: bool = False) -> Column:
    """The unit alone, for files where a number must stand by itself."""

    def cell(item: Any, lang: str) -> Cell:
        return Cell(unit_text(item.unit, lang))

    return Column("unit", _("Unit"), cell, shown=shown, sortable=False)


def cite_column(plan: Plan) -> Column:
    """The printed line that the item stands on, linked into the source's text."""

    def cell(item: Any, _lang: str) -> Cell:
        cite = item.cites[0]
        return Cell(lines_text(cite), value=cite.line, href=line_url(plan, cite), mark="cite")

    return Column("cite", _("Source line"), cell, style="tight")


def source_column(plan: Plan) -> Column:
    """The document and clause cited, for items that stand on more than one document."""

    def cell(item: Any, lang: str) -> Cell:
        cite = item.cites[0]
        source = plan.find("sources", cite.source)
        return Cell(source.name(lang) if source else cite.source, href=line_url(plan, cite), note=cite.clause)

    return Column("source", _("Source"), cell, shown=False, style="wide")


def corrections_column(plan: Plan, kind: str) -> Column:
    """How many corrections speak of the item."""

    def cell(item: Any, _lang: str) -> Cell:
        count = len(plan.scope.corrections_of(kind, item.id))
        return Cell(
            str(count) if count else "",
            value=count or None,
            href=item_url(plan, kind, item.id) + "#corrections" if count else "",
        )

    return Column("corrections", _("Corrections"), cell, number=True)


def say_filter(key: str, label: Any, group: str, field: str = "") -> Filter:
    """Choose among fixed values."""
    order = list(WORDS[group])

    def values(item: Any) -> tuple[str, ...]:
        value = getattr(item, field or key)
        return (value,) if value else ()

    return Filter(
        key, label, values, lambda value, _lang: say(group, value), lambda v: order.index(v) if v in order else 99
    )


def org_filter(plan: Plan, ids: Callable[[Any], Iterable[str]]) -> Filter:
    """Choose an organisation; those that answer through a group are found too."""

    def values(item: Any) -> set[str]:
        named = set(ids(item))
        members = {member for org in plan.orgs(named) for member in org.members}
        return named | members

    def name(value: str, lang: str) -> str:
        org = plan.find("orgs", value)
        return plan.brief(org, lang) if org else value

    ranks = {org.id: at for at, org in enumerate(plan.items("orgs"))}
    return Filter("org", _("Organisation"), values, name, lambda value: ranks.get(value, len(ranks)))


def yes_filter(key: str, label: Any, test: Callable[[Any], bool]) -> Filter:
    """Choose yes or no."""
    return Filter(
        key, label, lambda item: ("yes" if test(item) else "no",), lambda value, _lang: say("yes", value), "yesno".index
    )


def count(number: int) -> Cell:
    """How many there are; a dash for none."""
    return Cell(str(number) if number else "–", value=number, mark="" if number else "zero")


def nothing(lang: str) -> Cell:
    """The cell of a value that nobody knows."""
    return Cell(unknown_text(lang), mark="nil")
