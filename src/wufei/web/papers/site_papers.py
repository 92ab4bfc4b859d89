"""What the page of a site's papers shows: what is due, plan beside actual, registers of the last years."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from psycopg import Connection

from wufei.catalog.workflows import Workflow
from wufei.journal.site_masses import yearly_generation
from wufei.registry.access import Wearer
from wufei.registry.models import Site
from wufei.registry.site_class import unit_class
from wufei.reports.declaration import declared_until
from wufei.reports.management_plan import Beside, plan_and_actual
from wufei.reports.paper_calendar import Due, papers
from wufei.terms import Period, Unknown
from wufei.web.journal.names import Names, mass
from wufei.web.language import joined, lang
from wufei.web.plan import Plan
from wufei.web.registry.words import kind_name
from wufei.workflow.in_stead import orgs_of, signers
from wufei.workflow.kinds import kinds_for

BEHIND, DONE_BEHIND, AHEAD = timedelta(days=400), timedelta(days=100), timedelta(days=130)
KEPT_YEARS = 6  # five full years at least (HJ 1259—2022, 6), and the one under way


def told(plan: Plan, site: Site, hat: Wearer, connection: Connection[Any], day: date) -> dict[str, Any]:
    """Everything on the page but its frame, from a fixed number of queries."""
    found = unit_class(site, yearly_generation(connection, site.pk), day, plan.catalog)
    known = not isinstance(found.unit_class, Unknown)
    mine = orgs_of(signers(connection, hat))
    kinds = kinds_for(hat, mine)
    begun = {kind.workflow.id for kind in kinds} if site.org_id in mine else set()
    until = declared_until(connection, site.pk)
    days = (day - (BEHIND if known else DONE_BEHIND), day + AHEAD)
    unit = str(found.unit_class) if known else None
    due = papers(connection, (site.pk, site.org_id), unit, days, plan.catalog)
    shown = [paper for paper in due if not paper.done or paper.duty.due_on >= day - DONE_BEHIND]
    return {
        "unit_class": kind_name("unit_classes", str(found.unit_class), lang()) if known else "",
        "class_unknown": "" if known else found.unit_class.reason(lang()),
        "due": [_due(plan, site, paper, day, begun) | _owed_by(paper, known=known) for paper in shown],
        "declared_until": until.isoformat() if until else "",
        "year": day.year,
        "beside": [_beside(Names(plan), each) for each in plan_and_actual(connection, site.pk, day.year)],
        "others": [_other(plan, site, kind.workflow) for kind in kinds if site.org_id in mine and _of_a_site(kind)],
        "registers": [(year, _register(plan, site, str(year))) for year in range(day.year, day.year - KEPT_YEARS, -1)],
        "this_month": _register(plan, site, f"{day:%Y-%m}"),
    }


def _owed_by(paper: Due, *, known: bool) -> dict[str, Any]:
    """Which classes owe it, where the site's own is unknown: then nothing is late, for nobody knows that it is owed."""
    if known:
        return {}
    names = [kind_name("unit_classes", each, lang()) for each in paper.duty.duty.classes]
    told: dict[str, Any] = {"owed_by": joined(names)}
    return told if paper.state else told | {"mark": "blank", "state": _("not begun")}


def _due(plan: Plan, site: Site, paper: Due, day: date, begun: set[str]) -> dict[str, Any]:
    flow, period = paper.workflow, paper.duty.period
    return {
        "name": paper.duty.duty.name(lang()),
        "period": Period.parse(period).label(lang()),
        "asked": period,
        "day": paper.duty.due_on,
        "mark": "error" if paper.late(day) else "sure" if paper.done else "note" if paper.state else "blank",
        "state": _state(paper, day),
        "case": reverse("case", args=[plan.id, paper.case]) if paper.case else "",
        "compare": reverse("paper-compared", args=[plan.id, site.pk, flow.id, period]) if flow and paper.case else "",
        "workflow": flow.id if flow and not paper.case and flow.id in begun and _time_to_begin(paper, day) else "",
        "register": _register(plan, site, period),
    }


def _time_to_begin(paper: Due, day: date) -> bool:
    """A report of a period once that is over; a plan of a period at any time."""
    last = Period.parse(paper.duty.period).last
    return last < day or paper.duty.due_on <= last


def _state(paper: Due, day: date) -> str:
    if paper.state is not None:
        word = paper.state.en if lang() == "en" else paper.state.zh
        return " · ".join((word, _("overdue"))) if paper.late(day) else word
    return _("overdue, not begun") if paper.late(day) else _("not begun")


def _register(plan: Plan, site: Site, period: str) -> str:
    return reverse("waste-register", args=[plan.id, site.pk], query={"period": period})


def _beside(names: Names, each: Beside) -> dict[str, Any]:
    return {
        "stream": names.stream(each.stream),
        "generation": "" if each.planned_generation_g is None else mass(each.planned_generation_g),
        "generated": mass(each.generated_g),
        "transfer": "" if each.planned_transfer_g is None else mass(each.planned_transfer_g),
        "handed_over": mass(each.handed_over_g),
        "beyond": each.planned_transfer_g is not None and each.handed_over_g > each.planned_transfer_g,
    }


def _of_a_site(kind: Any) -> bool:
    """A kind of case about a site, which no duty of the calendar begins."""
    return kind.form.own("site") is not None and not (kind.workflow.one_per and kind.workflow.prefill)


def _other(plan: Plan, site: Site, flow: Workflow) -> dict[str, Any]:
    return {
        "name": flow.name(lang()),
        "about": flow.about_en if lang() == "en" else flow.about_zh,
        "href": reverse("case-begin", args=[plan.id, flow.id], query={"site": site.pk}),
        "confidence": flow.confidence,
    }
