"""How the fixed values of the data read to people, in both languages."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: dict[str, dict[str, Promise]] = {
    "requirement_level": {
        "mandatory": _("Mandatory"),
        "optional": _("Optional"),
        "city_defined": _("City-defined"),
    },
    "direction": {
        "lower": _("Lower is better"),
        "higher": _("Higher is better"),
        "qualitative": _("Qualitative"),
    },
    "op": {
        "at_most": _("at most"),
        "at_least": _("at least"),
        "more_than": _("more than"),
        "less_than": _("less than"),
        "hold": _("hold the level"),
        "milestone": _("milestone"),
    },
    "confidence": {"high": _("High"), "medium": _("Medium"), "low": _("Low")},
    "certainty": {"sure": _("Sure"), "likely": _("Likely"), "unknown": _("Unknown")},
    "severity": {"error": _("Serious"), "warning": _("To check"), "note": _("Note")},
    "section": {
        "institution": _("Institutions"),
        "industry": _("Industry"),
        "agriculture": _("Agriculture"),
        "household": _("Household sources"),
        "construction": _("Construction waste"),
        "hazardous": _("Hazardous waste"),
    },
    "schedule_kind": {
        "staged": _("Staged by year"),
        "continuing": _("Continuing"),
        "complete_by": _("Complete by a year"),
    },
    "org_kind": {
        "city_bureau": _("City bureau"),
        "city_office": _("City office"),
        "party_body": _("Party body"),
        "county_bureau": _("County bureau"),
        "county_government": _("County government"),
        "zone_committee": _("Zone committee"),
        "enterprise": _("Enterprise"),
        "railway": _("Railway"),
        "group": _("Group"),
        "other": _("Other"),
    },
    "level": {
        "city": _("City"),
        "county": _("Banner, county or district"),
        "zone": _("Development zone"),
        "township": _("Township-level division"),
    },
    "code_kind": {
        "gb2260": _("GB/T 2260 code"),
        "statistical": _("statistical code"),
        "none": _("no code"),
    },
    "family": {
        "industrial": _("Industrial"),
        "agricultural": _("Agricultural"),
        "household": _("Household"),
        "construction": _("Construction"),
        "hazardous": _("Hazardous"),
        "sludge": _("Sludge"),
        "other": _("Other"),
    },
    "commitment_kind": {
        "quantity": _("Quantity"),
        "facility": _("Facility"),
        "system": _("System"),
        "policy": _("Policy"),
    },
    "category": {
        "structure": _("Table structure"),
        "content": _("Content"),
        "typing": _("Typing or scanning"),
        "conflict": _("Conflict inside the plan"),
        "project": _("Project list"),
        "organisation": _("Name of an organisation"),
    },
    "hazard": {
        "T": _("toxic"),
        "C": _("corrosive"),
        "I": _("ignitable"),
        "R": _("reactive"),
        "In": _("infectious"),
    },
    "account_role": {
        "origin": _("Origin"),
        "storage": _("Storage"),
        "transit": _("Transit"),
        "process": _("Process"),
        "product": _("Product"),
        "sink": _("Final disposal"),
        "loss": _("Loss"),
        "adjustment": _("Adjustment"),
        "unexplained": _("Unexplained"),
        "opening": _("Opening balance"),
        "outside": _("Outside"),
    },
    "basis": {
        "measured": _("Measured"),
        "manifested": _("Manifested"),
        "declared": _("Declared"),
        "estimated": _("Estimated"),
        "reconciled": _("Reconciled"),
    },
    "record_state": {"standing": _("Not reversed"), "reversed": _("Reversed")},
    "balance_axis": {
        "account": _("Account"),
        "place": _("Place"),
        "role": _("Role"),
        "stream": _("Waste stream"),
    },
    "flow_axis": {"role": _("Role"), "place": _("Place"), "account": _("Account")},
    "stocktake_kind": {"adjustment": _("Accepted differences"), "opening": _("Opening balances")},
    "import_mode": {"atomic": _("All rows or none"), "rows": _("Import the sound rows")},
    "import_state": {"running": _("Running"), "done": _("Done"), "refused": _("With refused rows")},
    "history": {
        "reverses": _("Reverses"),
        "replaces": _("Replaces"),
        "reversed_by": _("Reversed by"),
        "replaced_by": _("Replaced by"),
    },
    "period_state": {
        "open": _("Open"),
        "closing_proposed": _("Closing proposed"),
        "closed": _("Closed"),
        "reopening_proposed": _("Reopening proposed"),
    },
    "transition": {
        "propose_close": _("Propose to close"),
        "close": _("Confirm closing"),
        "propose_reopen": _("Propose to reopen"),
        "reopen": _("Confirm reopening"),
    },
    "yes": {"yes": _("Yes"), "no": _("No")},
    "finding": {
        "investment_sum_differs": _("Investment does not add up"),
        "task_order_conflict": _("Order of tasks is impossible"),
        "task_without_lead": _("Task without a lead"),
        "indicator_without_org": _("Indicator without a responsible organisation"),
        "lead_differs": _("Main text and task list name different leads"),
        "facility_without_project": _("Promised facility not in the project list"),
        "system_without_owner": _("System that no row owns"),
        "commitment_differs_from_indicator": _("Text and indicator table differ"),
        "money_in_doubt": _("Amount in doubt"),
        "bulletin_sum_differs": _("Published total is not the sum of its parts"),
        "bulletin_share_differs": _("Published share does not follow from its figures"),
        "bulletin_denominator_short": _("Published rate leaves something out below the line"),
        "bulletin_balance_open": _("Published balance does not close"),
    },
    "field": {
        "name": _("Name"),
        "title": _("Title"),
        "baseline": _("Baseline"),
        "target": _("Target"),
        "unit": _("Unit"),
        "responsible": _("Responsible"),
        "content": _("Content"),
        "lead": _("Lead"),
        "schedule": _("Schedule"),
        "text": _("Text"),
        "orgs": _("Responsible"),
        "investment": _("Investment"),
        "benefits": _("Benefits"),
        "deadline": _("Deadline"),
    },
}


def say(group: str, value: Any) -> str:
    """The word for ``value`` in the language now active; a value nobody named reads as it is written."""
    word = WORDS[group].get(value)
    return str(word) if word is not None else str(value).replace("_", " ")
