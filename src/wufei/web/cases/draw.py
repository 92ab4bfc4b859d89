"""Draw a page of cases: what all of them hold."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from psycopg import Connection

from wufei.web.journal.asked import Asked
from wufei.web.policy import Policy, admits
from wufei.web.render import page
from wufei.workflow import engine
from wufei.workflow.engine import Case
from wufei.workflow.errors import CaseUnknown


def draw(
    request: HttpRequest, template: str, context: dict[str, Any], asked: Asked | None = None, *, status: int = 200
) -> HttpResponse:
    """The page with its filters, and whether the person signs."""
    around: dict[str, Any] = {"signs": admits(Policy.SIGNER, "journal", "change", request.hat)}
    if asked is not None:
        around["question"] = asked
    return page(request, f"web/cases/{template}", around | context, status=status)


def case_or_404(connection: Connection[Any], case_id: str) -> Case:
    """The case as far as the hat may see it; a page that does not exist when it may see none of it."""
    try:
        return engine.read(connection, case_id)
    except CaseUnknown as error:
        raise Http404 from error
