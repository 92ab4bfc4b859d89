"""What lots hold and where: the lots of containers, each wherever its mass stands now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from wufei.journal.asking import ask

_HELD = """
SELECT m.lot::text, a.key, a.role::text, s.id, sum(m.g)::bigint FROM (
    SELECT e.to_lot AS lot, e.to_n AS n, e.to_stream_n AS stream_n, e.mass_g AS g FROM journal.entry e
    WHERE e.to_lot = ANY (%(lots)s::uuid[])
    UNION ALL SELECT e.from_lot, e.from_n, e.stream_n, -e.mass_g FROM journal.entry e
    WHERE e.from_lot = ANY (%(lots)s::uuid[])) AS m
JOIN journal.account a ON a.n = m.n AND a.role IN ('storage', 'transit') JOIN journal.stream s ON s.n = m.stream_n
GROUP BY 1, 2, 3, 4 HAVING sum(m.g) <> 0 ORDER BY 1, 2, 4"""


@dataclass(frozen=True, slots=True)
class Part:
    """Grams of a lot's stream on an account in storage or on the road."""

    account: str
    role: str
    stream: str
    mass_g: int


def contents(connection: Connection[Any], lots: Collection[str]) -> dict[str, list[Part]]:
    """By lot, what of it stands in storage and on the road, as far as the person sees it: one query."""
    found: dict[str, list[Part]] = {lot: [] for lot in lots}
    for lot, *told in ask(connection, _HELD, {"lots": list(lots)}) if lots else ():
        found[lot].append(Part(*told))
    return found
