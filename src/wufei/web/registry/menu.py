"""The registry's own group of the menu."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from wufei.registry.access import Wearer, may_any
from wufei.web.journal.menu import Line
from wufei.web.plan import Plan

# label, name of the address, list, icon, and the rule under which the hat must see something
_LINES = (
    (_("Organisations on register"), "registry-list", "organisations", "people", "organisations"),
    (_("Sites"), "registry-list", "sites", "pin", "sites"),
    (_("Map of the sites"), "map", "", "flag", "sites"),
    (_("Permits and filings"), "registry-list", "permits", "lock", "permits"),
    (_("Vehicles"), "registry-list", "vehicles", "truck", "vehicles"),
)


def lines(request: HttpRequest, plan: Plan, hat: Wearer) -> list[Line]:
    """The lists that hold anything for the hat in force."""
    match = request.resolver_match
    here = (match.url_name, match.kwargs.get("listed", "")) if match else ("", "")
    return [
        Line(label, reverse(name, args=[plan.id, *([listed] if listed else [])]), icon, here == (name, listed))
        for label, name, listed, icon, rule in _LINES
        if may_any(hat, "read", rule)
    ]
