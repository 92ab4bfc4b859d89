"""The group of the menu for people and data: what the hat in force has the power for."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wufei.registry import powers
from wufei.registry.access import Wearer
from wufei.web.journal.menu import Line
from wufei.web.plan import Plan

OWN: tuple[tuple[Promise, str, str, str], ...] = (
    (_("People of my organisation"), "people", "people", "see_people"),
    (_("Mandates of my organisation"), "mandates", "pencil", "see_mandates"),
)
OFFICE: tuple[tuple[Promise, str, str, str], ...] = (
    (_("Claims to decide"), "decide-claims", "flag", "decide_claims"),
    (_("Data-subject requests"), "requests", "person", "decide_requests"),
    (_("How long data is kept"), "keeping", "clock", "see_security"),
    (_("Security checklist"), "checklist", "lock", "see_security"),
    (_("Audit log"), "audit", "text", "see_audit"),
    (_("Help with an account"), "impersonate", "person", "impersonate"),
    (_("Help with an account"), "impersonate", "person", "ask_password"),
)


def lines(request: HttpRequest, plan: Plan, hat: Wearer) -> list[Line]:
    """The pages that the hat may open; those of an organisation are those of its own."""
    match = request.resolver_match
    here = (match.url_name, match.kwargs.get("org_id")) if match else ("", None)
    found = [
        (label, name, icon, [plan.id, hat.org])
        for label, name, icon, power in OWN
        if hat.org and powers.may(hat, power)
    ]
    found += [(label, name, icon, [plan.id]) for label, name, icon, power in OFFICE if powers.may(hat, power)]
    return [
        Line(label, reverse(name, args=where), icon, here == (name, where[1] if len(where) > 1 else None))
        for label, name, icon, where in found
    ]
