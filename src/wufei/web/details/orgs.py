"""An organisation's page: all that it owes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from wufei.web.details.parts import Detail, Entry, Group, Tag, entries, entry, known, link_cell, org_cell
from wufei.web.plan import Plan
from wufei.web.values import target_cell
from wufei.web.wording import say


def org(plan: Plan, item: Any, lang: str) -> Detail:
    """Indicators, tasks, measures and projects, its own and those of the groups that it is in."""
    owed = plan.scope.owed(item.id)
    groups = plan.scope.org_groups(item.id)
    names = frozenset((item.id, *groups))
    return Detail(
        tags=(Tag(say("org_kind", item.org_kind)),),
        facts=known(
            (
                (_("Place"), link_cell(plan, "places", item.place, lang)),
                (_("Belongs to"), org_cell(plan, groups, lang)),
                (_("Members"), org_cell(plan, item.members, lang)),
            )
        ),
        template="web/items/org.html",
        values={
            "owed": _groups(plan, owed, names, lang),
            "total": owed.count,
            "tally": _tally(owed),
            "aliases": item.aliases,
            "note": item.note_en if lang == "en" else item.note_zh,
        },
    )


def _tally(owed: Any) -> tuple[tuple[str, int, str], ...]:
    return (
        (_("Indicators"), len(owed.indicators) + len(owed.provides), "indicators"),
        (_("Tasks led"), len(owed.tasks_led), "tasks_led"),
        (_("Tasks shared"), len(owed.tasks_supported), "tasks_supported"),
        (_("Measures"), len(owed.measures_led) + len(owed.measures_supported), "measures_led"),
        (_("Projects"), len(owed.projects), "projects"),
    )


def _groups(plan: Plan, owed: Any, names: frozenset[str], lang: str) -> list[tuple[str, Group]]:
    found = [
        ("indicators", Group(_("Indicators it answers for"), _indicators(plan, owed.indicators, lang))),
        ("provides", Group(_("Indicators it provides data for"), _indicators(plan, owed.provides, lang))),
        ("tasks_led", Group(_("Tasks it leads"), _led(plan, owed.tasks_led, names, lang))),
        ("tasks_supported", Group(_("Tasks it shares"), _shared(plan, owed.tasks_supported, names, lang))),
        ("measures_led", Group(_("Measures it leads"), entries(plan, "measures", owed.measures_led, lang))),
        (
            "measures_supported",
            Group(_("Measures it shares"), entries(plan, "measures", owed.measures_supported, lang)),
        ),
        ("projects", Group(_("Projects it answers for"), entries(plan, "projects", owed.projects, lang))),
    ]
    return [(key, group) for key, group in found if group.entries]


def _indicators(plan: Plan, items: Any, lang: str) -> tuple[Entry, ...]:
    """Indicators with the value promised."""
    made = []
    for item in items:
        cell = target_cell(item, lang)
        note = _("Target {year}: {value}").format(year=item.target.year, value=cell.text)
        made.append(entry(plan, "indicators", item, lang, note))
    return tuple(made)


def _led(plan: Plan, tasks: Any, names: frozenset[str], lang: str) -> tuple[Entry, ...]:
    return tuple(
        entry(plan, "tasks", task, lang, " ".join(lead.duty for lead in task.lead if lead.org in names), "zh")
        for task in tasks
    )


def _shared(plan: Plan, tasks: Any, names: frozenset[str], lang: str) -> tuple[Entry, ...]:
    return tuple(
        entry(plan, "tasks", task, lang, " ".join(d.duty for d in task.responsible if names & set(d.orgs)), "zh")
        for task in tasks
    )
