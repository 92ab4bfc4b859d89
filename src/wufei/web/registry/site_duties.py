"""The unit class of a site and the duties that follow from it, as the site's page says them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from psycopg import Connection

from wufei.journal.site_masses import yearly_generation
from wufei.registry.duty_calendar import duties, to_keep
from wufei.registry.models import Site
from wufei.registry.site_class import unit_class
from wufei.registry.unit_class import Classified
from wufei.reports.numbers import quantity
from wufei.terms import Unknown
from wufei.web.journal.names import mass
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.registry.words import kind_name

AHEAD = timedelta(days=400)
WHY = {
    "override": lambda: _("set by the authority"),
    "own_treatment": lambda: _("it utilises or disposes of hazardous waste itself"),
    "licence": lambda: _("it holds an operating licence"),
    "generation": lambda: _("by the mass that it generates in a year"),
    "unknown": lambda: "",
}


def class_and_duties(plan: Plan, site: Site, connection: Connection[Any], day: date) -> dict[str, Any]:
    """The class in words with why, what counted, the next duties with their days, and what is to be kept."""
    found = unit_class(site, yearly_generation(connection, site.pk), day, plan.catalog)
    told: dict[str, Any] = {"counted": _counted(found), "why": WHY[found.why]()}
    if isinstance(found.unit_class, Unknown):
        return told | {"name": "", "unknown": found.unit_class.reason(lang()), "due": [], "kept": []}
    if found.why == "override":
        told |= {"by": site.class_override_by, "on": site.class_override_on, "reason": site.class_override_reason}
    coming = duties(found.unit_class, day, day + AHEAD, plan.catalog)
    return told | {
        "name": kind_name("unit_classes", found.unit_class, lang()),
        "due": [{"name": d.duty.name(lang()), "period": d.period, "day": d.due_on} for d in coming[:6]],
        "kept": [
            {"name": k.duty.name(lang()), "length": quantity(k.keep.value, k.keep.unit, lang())}
            for k in to_keep(found.unit_class, day, plan.catalog)
        ],
    }


def _counted(found: Classified) -> str:
    if isinstance(found.judged.g, Unknown):
        return found.judged.g.reason(lang())
    return mass(found.judged.g)
