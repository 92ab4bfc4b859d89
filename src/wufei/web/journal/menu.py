"""The journal's own group of the menu."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wufei.registry.access import Wearer
from wufei.web.plan import Plan
from wufei.web.policy import Policy, admits


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the menu."""

    label: Promise
    href: str
    icon: str
    current: bool


_LINES = (
    (_("Journal at a glance"), "journal", "ledger", Policy.READER),
    (_("Post a record"), "post", "plus", Policy.SIGNER),
    (_("Records"), "records", "text", Policy.READER),
    (_("Balances"), "balances", "scale", Policy.READER),
    (_("Flows"), "flows", "flow", Policy.READER),
    (_("Flow diagrams"), "flow-diagrams", "sankey", Policy.READER),
    (_("Stocktakes"), "stocktakes", "count", Policy.READER),
    (_("Reporting periods"), "periods", "lock", Policy.READER),
    (_("Import"), "imports", "upload", Policy.READER),
)


def lines(request: HttpRequest, plan: Plan, hat: Wearer) -> list[Line]:
    """The pages that the hat in force may open."""
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        Line(label, reverse(name, args=[plan.id]), icon, name in (here, f"{here}s"))
        for label, name, icon, policy in _LINES
        if admits(policy, "journal", "change" if policy is Policy.SIGNER else "read", hat)
    ]
