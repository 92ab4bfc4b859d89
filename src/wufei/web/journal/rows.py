"""Records as rows of lists."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from wufei.journal.reading import Stored
from wufei.web.journal.names import Names, entry_rows, moment
from wufei.web.wording import say

SHOWN_ENTRIES = 3


def record_row(names: Names, stored: Stored, suffix: str = "") -> dict[str, Any]:
    """A record as one row: when, what moved, on which basis, and whether it still stands."""
    said = stored.record
    return {
        "href": record_url(names, said.id) + suffix,
        "happened": moment(said.happened_at),
        "known": moment(stored.known_at),
        "period": said.period,
        "basis": say("basis", said.basis),
        "entries": entry_rows(names, said.entries[:SHOWN_ENTRIES]),
        "more": max(0, len(said.entries) - SHOWN_ENTRIES),
        "observations": [
            {"metric": names.metric(o.metric), "place": names.place(o.place), "value": o.value, "unit": o.unit}
            for o in said.observations[:SHOWN_ENTRIES]
        ],
        "steps": [say("transition", step.transition) + " · " + step.case.partition(":")[2] for step in said.steps],
        "states": states(stored),
        "note": said.note or "",
    }


def record_url(names: Names, record_id: Any) -> str:
    """The address of a record's page."""
    return reverse("record", args=[names.plan.id, record_id])


def states(stored: Stored) -> list[tuple[str, str]]:
    """Badges: mark and word."""
    found = []
    if stored.reversed_by:
        found.append(("error", _("reversed")))
    if stored.record.reverses:
        found.append(("warning", _("reversal")))
    if stored.record.replaces:
        found.append(("note", _("correction")))
    return found
