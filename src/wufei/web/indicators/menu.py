"""The indicators' own group of the menu."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wufei.registry.access import Wearer
from wufei.web.journal.menu import Line
from wufei.web.plan import Plan
from wufei.web.policy import Policy, admits

_LINES = (
    (_("Indicator wall"), "wall", "gauge", {"wall", "figure"}),
    (_("What changed since"), "figure-changes", "clock", {"figure-changes"}),
)


def lines(request: HttpRequest, plan: Plan, hat: Wearer) -> list[Line]:
    """The pages that the hat in force may open."""
    if not admits(Policy.READER, "indicators", "read", hat):
        return []
    match = request.resolver_match
    here = match.url_name if match else ""
    return [Line(label, reverse(name, args=[plan.id]), icon, here in names) for label, name, icon, names in _LINES]
