"""The forms of the cases whose accounts stand in transit, by the number that the account bears."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wufei.catalog.workflows import CASE, Workflow
from wufei.flows.findings.facts import Window

_STEPS = "SELECT case_id, data FROM journal.step WHERE case_id = ANY (%(cases)s) ORDER BY case_id, no"


def prefixes(window: Window) -> tuple[str, ...]:
    """How the ids of cases begin that can hold mass of their own."""
    return tuple(sorted({w.case for w in window.catalog.national.items("workflows") if _holds_mass(w)}))


def _holds_mass(workflow: Workflow) -> bool:
    return any(CASE in (p.leaves.at, p.enters.at) for t in workflow.transitions for p in t.posts)


def cases_of(window: Window, trips: Iterable[str]) -> list[str]:
    """The ids that the cases of these trips may have."""
    return [f"{prefix}:{trip}" for prefix in prefixes(window) for trip in dict.fromkeys(trips)]


def forms(window: Window, trips: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The form of each trip as its steps have filled it; one that belongs to no case is left out."""
    wanted = cases_of(window, trips)
    found: dict[str, dict[str, Any]] = {}
    for case, data in window.rows(_STEPS, cases=wanted) if wanted else ():
        found.setdefault(case.partition(":")[2], {}).update(json.loads(data or "{}").get("set", {}))
    return found
