"""The lists of tasks, measures and projects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from wufei.reports.table import Cell, Column, Filter, Part, Table
from wufei.web.links import item_url
from wufei.web.lists.columns import (
    cite_column,
    corrections_column,
    items_column,
    name_column,
    number_column,
    org_filter,
    orgs_column,
    say_column,
    say_filter,
    short_column,
    words_of,
)
from wufei.web.plan import Plan


def tasks(plan: Plan) -> Table:
    """Tasks with leads, helpers and years."""
    columns = (
        short_column("tasks", _("No.")),
        name_column(plan, "tasks", _("Task")),
        say_column("section", _("Field"), "section", shown=False),
        orgs_column(plan, "lead", _("Lead"), leads),
        orgs_column(plan, "responsible", _("Responsible organisations"), helpers),
        say_column("schedule_kind", _("Schedule"), "schedule_kind"),
        Column("due", _("Last step due"), _last_due),
        items_column(plan, "indicators", _("Indicators"), "indicators", lambda item: item.indicators),
        corrections_column(plan, "tasks"),
        cite_column(plan),
    )
    filters = (
        say_filter("section", _("Field"), "section"),
        say_filter("schedule_kind", _("Schedule"), "schedule_kind"),
        Filter("year", _("Year"), years, lambda value, _lang: value),
        org_filter(plan, lambda item: (*leads(item), *helpers(item))),
    )
    return Table("tasks", columns, words_of(), filters, size=200)


def leads(task: Any) -> Iterable[str]:
    """Ids of the organisations that lead a task."""
    return (lead.org for lead in task.lead)


def helpers(task: Any) -> Iterable[str]:
    """Ids of the organisations that share a task."""
    return (org for duty in task.responsible for org in duty.orgs)


def years(task: Any) -> set[str]:
    """The years in which a task has a step."""
    return {str(step.year) for step in task.milestones}


def _last_due(task: Any, _lang: str) -> Cell:
    last = max((step.due for step in task.milestones), default=None)
    return Cell(last.isoformat() if last else "", value=last)


def measures(plan: Plan) -> Table:
    """Measures of the main text with their bodies."""
    columns = (
        short_column("measures", _("No.")),
        name_column(plan, "measures", _("Measure")),
        Column("section", _("Section"), _section, sortable=False, style="some"),
        orgs_column(plan, "lead", _("Lead"), lambda item: item.lead_orgs),
        orgs_column(plan, "responsible", _("Responsible organisations"), lambda item: item.responsible_orgs),
        items_column(plan, "tasks", _("Tasks"), "tasks", lambda item: item.tasks),
        corrections_column(plan, "measures"),
        cite_column(plan),
    )
    names = {str(item.section_no): item for item in plan.items("measures")}
    section = Filter(
        "section",
        _("Section"),
        lambda item: (str(item.section_no),),
        lambda value, lang: _section(names[value], lang).text if value in names else value,
        lambda value: int(value) if value.isdecimal() else 99,
    )
    return Table("measures", columns, words_of("section", "section_en"), (section, org_filter(plan, _both)))


def _both(measure: Any) -> Iterable[str]:
    return (*measure.lead_orgs, *measure.responsible_orgs)


def _section(measure: Any, lang: str) -> Cell:
    english = measure.section_en if lang == "en" else None
    return Cell(english or measure.section, lang="zh" if lang == "en" and not english else "")


def projects(plan: Plan) -> Table:
    """Projects with money, owner, deadline and place."""
    columns = (
        Column("no", _("No."), lambda item, _lang: Cell(str(item.no), value=item.no), number=True),
        name_column(plan, "projects", _("Project")),
        number_column(
            "investment", _("Investment"), lambda item: item.investment.value, lambda item: item.investment.unit
        ),
        Column("deadline_year", _("Deadline"), _deadline, number=True),
        orgs_column(plan, "orgs", _("Responsible organisations"), lambda item: item.orgs),
        Column("places", _("Places"), lambda item, lang: places_cell(plan, item, lang), sortable=False, style="some"),
        items_column(plan, "indicators", _("Indicators"), "indicators", lambda item: item.indicators),
        corrections_column(plan, "projects"),
        cite_column(plan),
    )
    filters = (
        Filter("year", _("Deadline"), lambda item: (str(item.deadline_year),), lambda value, _lang: value),
        _place_filter(plan),
        org_filter(plan, lambda item: item.orgs),
    )
    return Table("projects", columns, words_of("deadline_year"), filters)


def _deadline(project: Any, _lang: str) -> Cell:
    return Cell(str(project.deadline_year), value=project.deadline_year)


def places_cell(plan: Plan, project: Any, lang: str) -> Cell:
    """Where a project stands: the division when known, else what is printed."""
    parts = []
    for site in project.places:
        place = plan.find("places", site.place) if site.place else None
        if place:
            parts.append(Part(place.name(lang), item_url(plan, "places", place.id)))
        else:
            parts.append(Part(site.printed, lang="zh"))
    unique = tuple(dict.fromkeys(parts))
    return Cell("、".join(part.text for part in unique), parts=unique)


def _place_filter(plan: Plan) -> Filter:
    ranks = {place.id: at for at, place in enumerate(plan.items("places"))}

    def name(value: str, lang: str) -> str:
        place = plan.find("places", value)
        return place.name(lang) if place else value

    return Filter(
        "place",
        _("Place"),
        lambda item: {site.place for site in item.places if site.place},
        name,
        lambda value: ranks.get(value, len(ranks)),
    )
