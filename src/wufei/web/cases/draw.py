"""Draw a page of cases: what all of them hold."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from wufei.web.journal.asked import Asked
from wufei.web.policy import Policy, admits
from wufei.web.render import page


def draw(
    request: HttpRequest, template: str, context: dict[str, Any], asked: Asked | None = None, *, status: int = 200
) -> HttpResponse:
    """The page with its filters, and whether the person signs."""
    around: dict[str, Any] = {"signs": admits(Policy.SIGNER, "journal", "change", request.hat)}
    if asked is not None:
        around["question"] = asked
    return page(request, f"web/cases/{template}", around | context, status=status)
