"""How the history of the registry reads: its acts, its actors, and the fields of organisations and sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ACTS = {"insert": _("put on register"), "update": _("changed"), "delete": _("taken off")}
FIELDS = {
    "name_zh": _("Chinese name"),
    "name_en": _("English name"),
    "aliases": _("Also known as"),
    "kind": _("Kind"),
    "credit_code": _("Credit code"),
    "industry": _("Industry (GB/T 4754)"),
    "legal_person": _("Legal representative"),
    "registered_address": _("Registered address"),
    "place": _("Place"),
    "address": _("Address"),
    "org_id": _("Held by"),
    "merged_into_id": _("Merged into"),
    "closed_on": _("Closed from"),
    "closed_reason": _("Reason for closing"),
    "longitude": _("Longitude"),
    "latitude": _("Latitude"),
    "in_operation_since": _("In operation since"),
    "generation_cycle_months": _("Generation comes round every (months)"),
    "eia_approval_no": _("Approval of the environmental assessment"),
    "discharge_permit_no": _("Discharge permit"),
    "eia_generation_g_per_year": _("Generation expected by the assessment (g a year)"),
    "class_override": _("Unit class set"),
    "class_override_reason": _("Reason for the class"),
    "class_override_by": _("Class set by"),
    "class_override_on": _("Class decided on"),
}
_SILENT = frozenset({"id", "created_at", "declared"})  # they say nothing that the page does not


def actor_name(actor: str) -> str:
    """A person by number, as everywhere; what the owner of the tables did is set-up."""
    return gettext("set-up of the system") if actor.startswith("role:") else actor


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Each field that changed, with what it held; lists are joined, and what was and is empty is left out."""
    for key in sorted({*before, *after} - _SILENT, key=_order):
        was, now = _shown(before.get(key)), _shown(after.get(key))
        if was or now:
            yield key, was, now


def _order(key: str) -> tuple[int, str]:
    known = list(FIELDS)
    return (known.index(key) if key in FIELDS else len(known), key)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    return "" if value is None else str(value)
