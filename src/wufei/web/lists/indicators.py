"""The list of indicators."""

from __future__ import annotations

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from wufei.reports.table import Cell, Column, Filter, Table
from wufei.web.charts import path_svg
from wufei.web.lists.columns import (
    cite_column,
    corrections_column,
    name_column,
    org_filter,
    orgs_column,
    say_column,
    say_filter,
    unit_column,
    words_of,
)
from wufei.web.plan import Plan
from wufei.web.values import baseline_cell, target_cell, target_kind


def indicators(plan: Plan) -> Table:
    """Indicators with baseline, target and who answers for them."""
    city = plan.city
    columns = (
        Column("no", _("No."), lambda item, _lang: Cell(str(item.no), value=item.no), number=True),
        name_column(plan, "indicators", _("Indicator")),
        Column("baseline", format_lazy(_("Baseline {year}"), year=city.base_year), baseline_cell, number=True),
        Column("target", format_lazy(_("Target {year}"), year=city.target_year), target_cell, number=True),
        Column("path", _("Baseline → target"), _path_cell, sortable=False, exported=False),
        unit_column(),
        say_column("requirement_level", _("Requirement"), "requirement_level", mark=True),
        say_column("direction", _("Direction"), "direction", shown=False),
        orgs_column(plan, "orgs", _("Responsible organisations"), lambda item: item.responsible_orgs),
        orgs_column(plan, "providers", _("Data providers"), lambda item: item.data_provider_orgs, shown=False),
        Column("level1", _("Level 1"), _level("level1"), shown=False),
        Column("level2", _("Level 2"), _level("level2"), shown=False, style="some"),
        corrections_column(plan, "indicators"),
        cite_column(plan),
    )
    filters = (
        _level_filter(plan, "level1", _("Level 1")),
        _level_filter(plan, "level2", _("Level 2")),
        say_filter("requirement_level", _("Requirement"), "requirement_level"),
        Filter("target_kind", _("Kind of target"), lambda item: (target_kind(item),), _target_kind_name),
        org_filter(plan, lambda item: (*item.responsible_orgs, *item.data_provider_orgs)),
    )
    return Table("indicators", columns, words_of("level1", "level2", "level1_en", "level2_en", "no"), filters)


def _path_cell(item: Any, _lang: str) -> Cell:
    return Cell("", chart=path_svg(item))


def level_name(item: Any, field: str, lang: str) -> str:
    """The name of a group of indicators, in English where the city gives one."""
    return (getattr(item, f"{field}_en") if lang == "en" else None) or getattr(item, field)


def _level(field: str) -> Any:
    def cell(item: Any, lang: str) -> Cell:
        text = level_name(item, field, lang)
        return Cell(text, lang="zh" if lang == "en" and text == getattr(item, field) else "")

    return cell


def _level_filter(plan: Plan, field: str, label: Any) -> Filter:
    first = {}
    for item in plan.items("indicators"):
        first.setdefault(getattr(item, field), item)
    ranks = {name: at for at, name in enumerate(first)}
    return Filter(
        field,
        label,
        lambda item: (getattr(item, field),),
        lambda value, lang: level_name(first[value], field, lang) if value in first else value,
        lambda value: ranks.get(value, len(ranks)),
    )


def _target_kind_name(value: str, _lang: str) -> str:
    return str(TARGET_KINDS[value]) if value in TARGET_KINDS else value


TARGET_KINDS = {
    "number": _("A number to reach"),
    "hold": _("A level to hold"),
    "words": _("In words"),
}
