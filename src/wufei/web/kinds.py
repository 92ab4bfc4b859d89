"""The kinds of things that have pages, declared once: their words, icon and place in the menu."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind: plural and singular name, icon, and the sentence above its list. ``paged`` kinds have item pages."""

    key: str
    label: Promise
    one: Promise
    icon: str
    about: Promise
    paged: bool = True


_ALL = (
    Kind(
        "indicators",
        _("Indicators"),
        _("Indicator"),
        "gauge",
        _("What the plan measures: the value it starts from, the value it promises, and who answers for it."),
    ),
    Kind(
        "tasks",
        _("Tasks"),
        _("Task"),
        "check",
        _("The task list of the plan, with each organisation's duty and the steps of each year."),
    ),
    Kind(
        "measures",
        _("Measures"),
        _("Measure"),
        "steps",
        _("The numbered measures of the main text, with the organisations that lead and share them."),
    ),
    Kind(
        "projects",
        _("Key projects"),
        _("Key project"),
        "crane",
        _("The project list of the plan: money, owner, place, capacity and deadline, as printed."),
    ),
    Kind(
        "commitments",
        _("Commitments"),
        _("Commitment"),
        "flag",
        _("Every quantity, facility, system and policy that the running text promises, and the row that carries it."),
    ),
    Kind(
        "systems",
        _("Required systems"),
        _("Required system"),
        "chip",
        _("Supervision systems and software that the plan asks for, and the rows that own them."),
    ),
    Kind(
        "orgs",
        _("Organisations"),
        _("Organisation"),
        "people",
        _("Bureaus, governments, committees and enterprises, with all that each owes under the plan."),
    ),
    Kind(
        "places",
        _("Places"),
        _("Place"),
        "pin",
        _("Banners, counties, districts, development zones and townships, with their codes."),
    ),
    Kind(
        "streams",
        _("Waste catalogue"),
        _("Waste stream"),
        "drop",
        _("The waste streams that records name, from the national lists, with how sure we are of each row."),
    ),
    Kind(
        "bulletins",
        _("Published figures"),
        _("Publication"),
        "count",
        _("Figures that the city published: each as printed, what it is recorded as, and whether they agree."),
    ),
    Kind(
        "metrics",
        _("Metrics"),
        _("Metric"),
        "ruler",
        _("What is observed and is not a mass in an account: the unit of each, and the figures recorded under it."),
    ),
    Kind(
        "sheets",
        _("Sheets"),
        _("Sheet"),
        "columns",
        _("The sheets that can be imported: their columns, what each takes, and the templates to fill in."),
    ),
    Kind(
        "sources",
        _("Sources"),
        _("Source"),
        "book",
        _("The documents that every fact here is cited from."),
    ),
    Kind(
        "corrections",
        _("Corrections"),
        _("Correction"),
        "pencil",
        _("Defects of the printed plan: as printed, our reading, how sure we are. Only sure readings are applied."),
    ),
    Kind(
        "findings",
        _("Findings"),
        _("Finding"),
        "alert",
        _("Contradictions and gaps that the plan shows when its parts are held against each other."),
        paged=False,
    ),
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in _ALL}

MENU: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (_("The plan"), ("indicators", "tasks", "measures", "projects", "commitments", "systems")),
    (_("Who and where"), ("orgs", "places")),
    (_("Figures"), ("bulletins", "metrics", "sheets")),
    (_("Catalogues"), ("streams", "sources")),
    (_("Checks"), ("corrections", "findings")),
)

THUMB: tuple[tuple[str, Promise], ...] = (
    ("indicators", _("Indicators")),
    ("tasks", _("Tasks")),
    ("projects", _("Projects")),
)
