"""One record: everything it says, its hash, its history, and whether it is sealed."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from wufei.journal import reading
from wufei.journal.reading import Stored
from wufei.web.api.reading import canonical_record
from wufei.web.journal.asked import Asked
from wufei.web.journal.draw import database, draw, naming_errors
from wufei.web.journal.names import Names, entry_rows, moment
from wufei.web.journal.rows import record_url, states
from wufei.web.plan import plan_of
from wufei.web.policy import journal_reader
from wufei.web.wording import say

_SEALED = """
SELECT l.position, h.size, h.root, h.sealed_at FROM journal.leaf l
JOIN LATERAL (SELECT * FROM journal.tree_head h WHERE h.size > l.position ORDER BY h.size LIMIT 1) AS h ON true
WHERE l.seq = %s"""


@journal_reader
@require_safe
@naming_errors
def record(request: HttpRequest, city: str, record_id: UUID) -> HttpResponse:
    """The record as it was known on the day asked for."""
    plan = plan_of(city)
    asked = Asked(request, plan)
    stored = reading.record(database(), record_id, asked.knowledge.at)
    if stored is None:
        raise Http404
    names = Names(plan, asked.knowledge.suffix)
    return draw(request, "record.html", told(names, stored) | {"sealed": _sealed(stored.seq)}, asked)


def told(names: Names, stored: Stored) -> dict[str, Any]:
    """Everything that a record says, in words."""
    said = stored.record
    return {
        "record": said,
        "stored": stored,
        "entries": entry_rows(names, said.entries),
        "observations": [
            {"metric": names.metric(o.metric), "place": names.place(o.place), "stream": names.stream(o.stream)}
            | {"value": o.value, "unit": o.unit, "sd": o.sd}
            for o in said.observations
        ],
        "steps": said.steps,
        "happened": moment(said.happened_at),
        "known": moment(stored.known_at),
        "basis": say("basis", said.basis),
        "sd": f"{said.sd_ppm / 10_000:g}%" if said.sd_ppm is not None else "",
        "rule": names.rule(said.rule),
        "org": names.acting_for(said.acting_for),
        "states": states(stored),
        "history": _history(names, stored),
        "may_reverse": not stored.reversed_by and not said.reverses and not said.steps,
        "leaf": stored.leaf.hex(),
        "canonical": json.dumps(canonical_record(stored), ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    }


def _history(names: Names, stored: Stored) -> list[tuple[str, str, str]]:
    """How, which record, where: what it reverses or replaces, and what reversed or replaced it."""
    said = stored.record
    links = [
        ("reverses", said.reverses),
        ("replaces", said.replaces),
        ("reversed_by", stored.reversed_by),
        *(("replaced_by", new) for new in stored.replaced_by),
    ]
    return [(say("history", how), str(other), record_url(names, other)) for how, other in links if other]


def _sealed(seq: int) -> dict[str, Any] | None:
    """Where the record stands in the tree, and the first head above it; None when not sealed yet."""
    row = database().execute(_SEALED, (seq,)).fetchone()
    if row is None:
        return None
    position, size, root, at = row
    return {"position": position, "size": size, "root": bytes(root).hex(), "at": moment(at)}
