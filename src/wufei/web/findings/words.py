"""How the figures of findings are called, in both languages; one that nobody named bears its own name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from wufei.flows.findings.look import figure_text

FIGURES: dict[str, Promise] = {
    "age_days": _("Age of the oldest"),
    "capacity_g": _("Capacity"),
    "covered_count": _("Licences that cover it"),
    "difference_g": _("Difference"),
    "difference_percent": _("Difference, of what was sent"),
    "done_g": _("So far this year"),
    "ever_count": _("Anything ever recorded (1 yes, 0 no)"),
    "exempt_count": _("Under an exemption (1 yes, 0 no)"),
    "expected_g": _("Expected"),
    "facility_count": _("Own facilities for hazardous waste"),
    "generated_g": _("Generated"),
    "heading_count": _("Facilities that name a heading in a permit"),
    "held_g": _("In storage"),
    "high_g": _("Upper end of what peers let expect"),
    "late_days": _("Days late"),
    "licence_count": _("Licences in force"),
    "licensed_count": _("Holds an operating licence (1 yes, 0 no)"),
    "limit_g": _("Legal limit"),
    "line_count": _("Lines of the plan that name it"),
    "loads_count": _("Loads in all"),
    "low_g": _("Lower end of what peers let expect"),
    "mass_g": _("Mass"),
    "none_percent": _("Peers that recorded nothing"),
    "of_expected_percent": _("Of what was expected"),
    "of_limit_percent": _("Of the legal limit"),
    "of_tolerance_percent": _("Of the tolerance"),
    "peers_count": _("Peers"),
    "plan_count": _("Filed plans of the year"),
    "planned_g": _("Planned"),
    "quota_g": _("Yearly scale of the licence"),
    "received_g": _("Received"),
    "recorded_g": _("Recorded"),
    "round_count": _("A multiple of a full package (1 yes, 0 no)"),
    "same_count": _("Loads of the same mass"),
    "sent_g": _("Sent"),
    "share_percent": _("Share"),
    "silent_days": _("Days without a record"),
    "spread_percent": _("Spread among peers"),
    "spreads_count": _("Distance from the peers, in spreads"),
    "taken_g": _("Taken in"),
    "tolerance_percent": _("Tolerance"),
    "told_count": _("Told on the manifest (1 yes, 0 no)"),
    "treated_g": _("Treated"),
}


def figures(lines: Iterable[Mapping[str, Any]], lang: str) -> list[tuple[str, str]]:
    """Label and value of each figure of a finding's form."""
    found = []
    for line in lines:
        name, value = str(line.get("name")), line.get("value")
        shown = figure_text(name, None if value is None else Decimal(str(value)), lang)
        found.append((str(FIGURES.get(name, name)), shown))
    return found
