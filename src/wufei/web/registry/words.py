"""How the registry's ids read: places, kinds and streams of the catalogue, dates, and what is near its end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from wufei import catalog
from wufei.reports.numbers import unknown_text
from wufei.reports.table import Cell
from wufei.web.journal.names import mass
from wufei.web.language import lang as language
from wufei.web.plan import Plan

SOON = timedelta(days=90)


def kind_name(kind: str, item_id: str, lang: str = "") -> str:
    """The name of an item of a national kind, in the reader's language unless told; its id where there is none."""
    found = catalog.current().national.find(kind, item_id)
    return found.name(lang or language()) if found else item_id


def place_name(plan: Plan, place: str, lang: str) -> str:
    """The name of a place of the city; the id itself when there is none."""
    found = plan.find("places", place)
    return found.name(lang) if found else place


def stream_name(plan: Plan, stream: str, lang: str) -> str:
    """A stream's code and name."""
    found = plan.find("streams", stream)
    if found is None:
        return stream
    return f"{found.code} {found.name(lang)}" if found.code else found.name(lang)


def text_or_unknown(text: str) -> Cell:
    """Text, or the word for what is not known."""
    return Cell(text) if text else Cell(unknown_text(language()), mark="nil")


def mass_cell(mass_g: int | None) -> Cell:
    """A mass in tonnes, or the unknown."""
    if mass_g is None:
        return Cell(unknown_text(language()), mark="nil")
    return Cell(mass(mass_g), value=mass_g)


def standing(item: Any, day: date) -> tuple[str, str]:
    """Mark and word for whether an organisation, a site or a vehicle is open on ``day``."""
    if getattr(item, "merged_into_id", None):
        return "note", _("merged")
    if item.closed_on and item.closed_on <= day:
        return "blank", _("closed")
    return "sure", _("open")


def validity(permit: Any, day: date) -> tuple[str, str]:
    """Mark and word for a permit on ``day``: revoked, not yet, over, ending within 90 days, in force."""
    if permit.revoked_on and permit.revoked_on <= day:
        return "error", _("revoked")
    if permit.valid_from > day:
        return "note", _("not yet in force")
    if permit.valid_to and permit.valid_to < day:
        return "error", _("expired")
    if permit.valid_to and permit.valid_to - day <= SOON:
        return "warning", _("{days} days left").format(days=(permit.valid_to - day).days + 1)
    return "sure", _("in force")
