"""Who may see and do what: the hat that a person wears, and what the declared policy lets it see and change."""

from wufei.registry.access.filters import allowed, changeable, journal_places, may, may_any, narrow, visible
from wufei.registry.access.wearer import OUTSIDE_ROLE, SETUP, STRANGER, Wearer

__all__ = [
    "OUTSIDE_ROLE",
    "SETUP",
    "STRANGER",
    "Wearer",
    "allowed",
    "changeable",
    "journal_places",
    "may",
    "may_any",
    "narrow",
    "visible",
]
