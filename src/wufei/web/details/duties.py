"""The pages of a task, a measure and a project."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wufei.reports.numbers import quantity
from wufei.reports.table import Cell
from wufei.web.clock import today
from wufei.web.details.parts import Detail, Group, Tag, chinese, entry, known, link_cell, org_cell
from wufei.web.links import item_url, list_url
from wufei.web.lists.duties import places_cell
from wufei.web.plan import Plan
from wufei.web.wording import say


def task(plan: Plan, item: Any, lang: str) -> Detail:
    """Duties by organisation, steps by year, what must come first."""
    return Detail(
        tags=(Tag(say("section", item.section)), Tag(say("schedule_kind", item.schedule_kind))),
        facts=known(((_("Measure of the main text"), link_cell(plan, "measures", item.measure, lang)),)),
        template="web/items/task.html",
        values={
            "content": item.reading.get("content", ""),
            "leads": [(org_cell(plan, (lead.org,), lang), lead.duty) for lead in item.lead],
            "helpers": [(org_cell(plan, duty.orgs, lang), duty.duty) for duty in item.responsible],
            "steps": [(step, step.due < today()) for step in item.milestones],
            "schedule": item.reading.get("schedule", ""),
        },
        groups=_dependencies(plan, item, lang),
        related=("indicators", "commitments", "systems", "measures", "projects"),
    )


def _dependencies(plan: Plan, item: Any, lang: str) -> tuple[Group, ...]:
    first = tuple(
        entry(plan, "tasks", plan.get("tasks", need.task), lang, need.en if lang == "en" else need.zh)
        for need in item.depends_on
    )
    after = tuple(
        entry(plan, "tasks", other, lang, need.en if lang == "en" else need.zh)
        for other in plan.items("tasks")
        for need in other.depends_on
        if need.task == item.id
    )
    groups = (Group(_("Must come first"), first), Group(_("Waits for this task"), after))
    return tuple(group for group in groups if group.entries)


def measure(plan: Plan, item: Any, lang: str) -> Detail:
    """The text of the measure and its bodies."""
    section = (item.section_en if lang == "en" else None) or item.section
    href = list_url(plan, "measures", section=str(item.section_no))
    return Detail(
        tags=(Tag(section),),
        facts=known(
            (
                (_("Section"), Cell(section, href=href)),
                (_("Lead"), org_cell(plan, item.lead_orgs, lang)),
                (_("Responsible organisations"), org_cell(plan, item.responsible_orgs, lang)),
            )
        ),
        template="web/items/prose.html",
        values={"prose": item.reading.get("text", "")},
        related=("tasks", "commitments", "systems", "indicators", "projects"),
    )


def project(plan: Plan, item: Any, lang: str) -> Detail:
    """Money, capacities, places, benefits."""
    money = quantity(item.investment.value, item.investment.unit, lang)
    return Detail(
        tags=(Tag(_("Deadline {year}").format(year=item.deadline_year)),),
        facts=known(
            (
                (_("Investment"), Cell(money)),
                (_("Deadline"), Cell(str(item.deadline_year))),
                (_("Responsible organisations"), org_cell(plan, item.orgs, lang)),
                (_("Places"), places_cell(plan, item, lang)),
            )
        ),
        template="web/items/project.html",
        values={
            "content": item.reading.get("content", ""),
            "benefits": item.reading.get("benefits", ""),
            "capacities": [_capacity(capacity, lang) for capacity in item.capacities],
            "sites": [_site(plan, site, lang) for site in item.places],
            "doubts": [c for c in plan.scope.corrections_of("projects", item.id) if _is_about_money(c, item)],
        },
        related=("indicators", "tasks", "commitments", "systems"),
    )


def _is_about_money(correction: Any, item: Any) -> bool:
    fields = {t.field for t in correction.every_target if t.id == item.id}
    return correction.confidence != "sure" and "investment" in fields


def _capacity(capacity: Any, lang: str) -> dict[str, str]:
    what = capacity.what_en if lang == "en" else capacity.what_zh
    return {"what": what, "text": quantity(capacity.value, capacity.unit, lang), "printed": capacity.printed}


def _site(plan: Plan, site: Any, lang: str) -> dict[str, Any]:
    place = plan.find("places", site.place) if site.place else None
    return {
        "place": Cell(place.name(lang), href=item_url(plan, "places", place.id)) if place else chinese("", lang),
        "code": place.code if place else "",
        "printed": site.printed,
    }
