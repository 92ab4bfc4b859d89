"""The group of cases in the menu."""

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
    (_("Alarm findings"), "findings", "alert", Policy.READER, ("findings", "finding", "finding-rules")),
    (_("Road check"), "road-check", "truck", Policy.READER, ("road-check",)),
    (_("Cases"), "cases", "columns", Policy.READER, ("cases", "case", "case-step")),
    (_("Containers"), "containers", "drum", Policy.READER, ("containers", "container", "container-label")),
    (_("Scan a label"), "container-scan", "scan", Policy.READER, ("container-scan",)),
    (_("Begin a case"), "case-choose", "plus", Policy.SIGNER, ("case-choose", "case-begin")),
    (_("Outages and blanks"), "outages", "text", Policy.READER, ("outages", "blank-scan")),
    (_("Conflicts from the field"), "field-conflicts", "text", Policy.SIGNER, ("field-conflicts",)),
)


def lines(request: HttpRequest, plan: Plan, hat: Wearer) -> list[Line]:
    """The pages that the hat in force may open."""
    match = request.resolver_match
    here = match.url_name if match else ""
    return [
        Line(label, reverse(name, args=[plan.id]), icon, here in names)
        for label, name, icon, policy, names in _LINES
        if admits(policy, "journal", "change" if policy is Policy.SIGNER else "read", hat)
    ]
