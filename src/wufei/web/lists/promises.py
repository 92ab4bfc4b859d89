"""The lists of commitments, systems and corrections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from wufei.reports.numbers import quantity
from wufei.reports.table import Cell, Column, Filter, Part, Table
from wufei.web.language import joined
from wufei.web.links import item_url, line_url, lines_text, short
from wufei.web.lists.columns import (
    cite_column,
    name_column,
    say_column,
    say_filter,
    short_column,
    words_of,
    yes_filter,
)
from wufei.web.plan import Plan, references
from wufei.web.values import SIGNS
from wufei.web.wording import say


def commitments(plan: Plan) -> Table:
    """Promises of the running text and the rows that carry them."""
    columns = (
        cite_column(plan),
        name_column(plan, "commitments", _("Commitment")),
        say_column("commitment_kind", _("Kind"), "commitment_kind"),
        Column("value", _("Value"), _value, number=True),
        Column("year", _("Year"), lambda item, _lang: Cell(str(item.year or ""), value=item.year), number=True),
        Column("carried", _("Carried by"), lambda item, lang: carriers(plan, item, lang), sortable=False, style="refs"),
    )
    filters = (
        say_filter("commitment_kind", _("Kind"), "commitment_kind"),
        yes_filter("carried", _("Carried by a row"), lambda item: any(True for _key in references(item))),
    )
    return Table("commitments", columns, words_of("year"), filters, size=200)


def _value(item: Any, lang: str) -> Cell:
    if item.value is None:
        return Cell("")
    return Cell(SIGNS.get(item.op, "") + quantity(item.value, item.unit, lang), value=item.value)


def carriers(plan: Plan, item: Any, lang: str) -> Cell:
    """The rows that an item names, by their short names."""
    return _linked(plan, references(item), lang)


def _linked(plan: Plan, keys: Iterable[tuple[str, str]], lang: str) -> Cell:
    """Items of any kind by their short names, each linked once."""
    parts = tuple(
        Part(short(kind, found) or found.name(lang), item_url(plan, kind, item_id))
        for kind, item_id in dict.fromkeys(keys)
        if (found := plan.find(kind, item_id))
    )
    return Cell(joined([part.text for part in parts]), parts=parts)


def systems(plan: Plan) -> Table:
    """Supervision systems that the plan asks for."""
    columns = (
        short_column("systems", _("No.")),
        name_column(plan, "systems", _("System")),
        Column(
            "where",
            _("Where in the plan"),
            lambda item, _lang: Cell(item.where, lang="zh"),
            sortable=False,
            style="some",
        ),
        Column("users", _("Users"), _users, sortable=False, style="some"),
        Column("deadline", _("Deadline"), lambda item, _lang: Cell(item.deadline or "", lang="zh"), style="tight"),
        Column("carried", _("Carried by"), lambda item, lang: carriers(plan, item, lang), sortable=False, style="refs"),
        cite_column(plan),
    )
    owned = yes_filter(
        "owned", _("Carried by a row"), lambda item: bool(item.indicators or item.tasks or item.projects)
    )
    return Table("systems", columns, words_of("where", "users"), (owned,))


def _users(system: Any, lang: str) -> Cell:
    english = system.users_en if lang == "en" else None
    return Cell(english or system.users, lang="zh" if lang == "en" and not english else "")


def corrections(plan: Plan) -> Table:
    """Defects of the plan: as printed, reading, how sure."""
    columns = (
        cite_column(plan),
        name_column(plan, "corrections", _("Defect")),
        say_column("category", _("Category"), "category"),
        say_column("confidence", _("How sure"), "certainty", mark=True),
        Column(
            "printed",
            _("As printed"),
            lambda item, _lang: Cell(item.printed or "", lang="zh"),
            sortable=False,
            style="wide",
        ),
        Column(
            "reading",
            _("Reading"),
            lambda item, _lang: Cell(item.reading or "", lang="zh"),
            sortable=False,
            style="wide",
        ),
        Column("targets", _("Speaks of"), lambda item, lang: targets(plan, item, lang), sortable=False, style="refs"),
    )
    filters = (
        say_filter("confidence", _("How sure"), "certainty"),
        say_filter("category", _("Category"), "category"),
        Filter(
            "line", _("Line"), lambda item: {str(e.line) for e in item.expect}, lambda value, _lang: f"L{value}", int
        ),
    )
    return Table("corrections", columns, _correction_words, filters)


def targets(plan: Plan, correction: Any, lang: str) -> Cell:
    """The items that a correction speaks of."""
    return _linked(plan, ((target.kind, target.id) for target in correction.every_target), lang)


def _correction_words(item: Any) -> str:
    texts = (item.id, item.zh, item.en, item.printed, item.reading, item.reason_zh, item.reason_en)
    return " ".join(text for text in texts if text)


def findings(plan: Plan) -> Table:
    """Contradictions and gaps that the plan shows by itself."""
    columns = (
        Column(
            "severity",
            _("Severity"),
            lambda f, _lang: Cell(say("severity", f.severity), mark=f.severity),
            style="tight",
        ),
        Column("text", _("Finding"), lambda f, lang: Cell(f.text(lang), note=say("finding", f.code)), head=True),
        Column("items", _("Speaks of"), lambda f, lang: _finding_items(plan, f, lang), sortable=False, style="refs"),
        Column("cites", _("Source line"), lambda f, _lang: _finding_cites(plan, f), sortable=False, style="refs"),
    )
    filters = (
        say_filter("severity", _("Severity"), "severity"),
        say_filter("code", _("Check"), "finding"),
    )
    return Table("findings", columns, lambda f: f"{f.code} {f.zh} {f.en}", filters, size=200)


def _finding_items(plan: Plan, finding: Any, lang: str) -> Cell:
    return _linked(plan, finding.items, lang)


def _finding_cites(plan: Plan, finding: Any) -> Cell:
    cites = dict.fromkeys(finding.cites)
    parts = tuple(Part(lines_text(c), line_url(plan, c), "" if c.line else "zh") for c in cites)
    return Cell("、".join(part.text for part in parts), parts=parts)
