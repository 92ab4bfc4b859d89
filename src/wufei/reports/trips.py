"""The cases behind transit accounts: what a manifest says of the load that left a site."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog
from wufei.catalog.workflows import CASE
from wufei.journal.asking import ask

_STEPS = "SELECT case_id, workflow, data FROM journal.step WHERE case_id = ANY (%s) ORDER BY case_id, no"


@dataclass(frozen=True, slots=True)
class Trip:
    """The case whose account a load stood on, and its form as filled so far."""

    case: str
    workflow: str
    values: dict[str, Any] = field(default_factory=dict)

    def line(self, stream: str, lots: Collection[str] = ()) -> dict[str, Any]:
        """The line of the form's wastes about a stream, that of one of the lots first; empty when there is none."""
        lines = [line for line in self.values.get("wastes") or () if line.get("stream") == stream]
        return next((line for line in lines if line.get("lot") in lots), lines[0] if lines else {})


def trips(connection: Connection[Any], accounts: Iterable[str], catalog: Catalog) -> dict[str, Trip]:
    """The trips of transit accounts by their keys, in one query; an account that belongs to no case is left out."""
    keys = {key.partition(":")[2]: key for key in accounts if key.startswith("transit:")}
    if not keys:
        return {}
    ids = case_ids(catalog, keys)
    found: dict[str, Trip] = {}
    for case, workflow, data in ask(connection, _STEPS, (ids,)):
        trip = found.setdefault(keys[case.partition(":")[2]], Trip(case, workflow))
        trip.values.update(json.loads(data or "{}").get("set", {}))
    return found


def case_ids(catalog: Catalog, numbers: Iterable[str]) -> list[str]:
    """The ids that the cases of transit accounts with these numbers may have."""
    return [f"{prefix}:{number}" for prefix in _prefixes(catalog) for number in numbers]


def moving_workflows(catalog: Catalog) -> list[str]:
    """The workflows whose cases hold mass of their own."""
    return sorted({w.id for w in catalog.national.items("workflows") if _holds_mass(w)})


def _prefixes(catalog: Catalog) -> list[str]:
    """How the ids of cases begin that hold mass of their own."""
    moving = (w for w in catalog.national.items("workflows") if _holds_mass(w))
    return sorted({w.case for w in moving})


def _holds_mass(workflow: Any) -> bool:
    return any(CASE in (p.leaves.at, p.enters.at) for t in workflow.transitions for p in t.posts)
