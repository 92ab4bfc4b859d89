"""What an inspection knows by itself: whom it is of, the checklist's items, the points in all and the result."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from psycopg import Connection

from wufei import catalog
from wufei.catalog.checklists import Checklist
from wufei.registry.models import Site
from wufei.registry.permits import permits_on
from wufei.terms import Period
from wufei.workflow.prefill import giver
from wufei.workflow.values import Values

WORKFLOW = "standardized_inspection"


@giver("standardized_inspection")
def standardized_inspection(_connection: Connection[Any], values: Values) -> Values:
    """The unit, its kind (a licence in force at the end of the year makes it an operator), items, points, result."""
    site = Site.objects.select_related("org").filter(pk=values.get("site")).first()
    checklist = _checklist()
    if site is None or checklist is None or not values.get("period"):
        return {}
    subject = values.get("subject") or _subject(site, Period.parse(str(values["period"])))
    wanted = [item for item in checklist.items if subject in item.subjects]
    scores = {line.get("item"): line.get("score") for line in values.get("items") or ()}
    points = sum((Decimal(scores[item.id]) for item in wanted if scores.get(item.id) is not None), Decimal(0))
    most = sum(item.points for item in wanted)
    band = checklist.band(points, most)
    done = all(scores.get(item.id) is not None for item in wanted)
    told = {"result": band.id, "inspected_count": "1", "passed_count": str(int(band.passes))} if done else {}
    return told | {
        "org": site.org_id, "subject": subject, "checklist": checklist.id,
        "items": [{"item": item.id, "name": item.zh, "most": str(item.points)} for item in wanted],
        "points": str(points), "most": str(most),
    }  # fmt: skip


def _checklist() -> Checklist | None:
    items: tuple[Checklist, ...] = catalog.current().national.items("checklists")
    return next((item for item in items if item.workflow == WORKFLOW), None)


def _subject(site: Site, period: Period) -> str:
    kinds = [kind.id for kind in catalog.current().national.items("permit_kinds") if kind.licence]
    held = permits_on(period.last, org=site.org_id, kind__in=kinds)
    return "operator" if any(permit.site_id in {None, site.pk} for permit in held) else "generator"
