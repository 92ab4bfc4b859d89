"""What every page tells while an outage is under way."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse

from wufei.web.journal.names import moment
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.web.policy import Policy, admits
from wufei.workflow import outages
from wufei.workflow.kinds import kind_of
from wufei.workflow.outages import Outage

WORKFLOW = "outage"


def told(plan: Plan, outage: Outage, *, linked: bool = False) -> dict[str, Any]:
    """An outage in words; its case is linked for whoever sees it."""
    field = kind_of(WORKFLOW).form.own("down")
    names = {o.id: o.en if lang() == "en" else o.zh for o in (field.options if field else ())}
    return {
        "under_way": outage.under_way, "drill": outage.drill, "down": names.get(outage.down, outage.down),
        "starts": moment(outage.starts_at), "expected": moment(outage.expected_at), "ended": moment(outage.ended_at),
        "case": outage.case, "href": reverse("case", args=[plan.id, outage.case]) if linked else "",
    }  # fmt: skip


def banners(request: HttpRequest, plan: Plan) -> list[dict[str, Any]]:
    """What every page tells whoever works here while outages are under way."""
    if not admits(Policy.READER, "journal", "read", request.hat):
        return []
    connection.ensure_connection()
    return [told(plan, one) for one in outages.outages(connection.connection) if one.under_way]
