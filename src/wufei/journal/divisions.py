"""Flows of a whole city by division: one question to the cube for every period, role, stream and division."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import Connection, sql

from wufei.journal.asking import ask
from wufei.journal.asknown import known_on
from wufei.journal.cube_sql import CUBE

_DIVIDED = """
WITH lies AS (SELECT * FROM unnest(%(places)s::text[], %(divisions)s::text[]) AS l (place, division)),
node AS MATERIALIZED (
    SELECT a.n, a.role::text AS role, coalesce(l.division, '') AS division
    FROM journal.account a LEFT JOIN lies l USING (place) WHERE a.node_n IS NULL),
wanted AS MATERIALIZED (SELECT n, id FROM journal.stream WHERE id = ANY (%(streams)s))
SELECT c.period, f.role, f.division, t.role, t.division, s.id, c.basis::text,
       sum(c.mass_g)::bigint, sum(c.entries)::bigint, sum(c.variance_g2)
FROM ({cube}) AS c JOIN wanted s ON s.n = c.stream_n JOIN node f ON f.n = c.from_n JOIN node t ON t.n = c.to_n
GROUP BY 1, 2, 3, 4, 5, 6, 7
HAVING sum(c.entries) <> 0 OR sum(c.mass_g) <> 0
ORDER BY 1, 2, 3, 4, 5, 6, 7"""
_EVERY = "c.period >= %(low)s AND c.period < %(high)s"


@dataclass(frozen=True, slots=True)
class DividedFlow:
    """Grams of a stream that went from a role in one division to a role in another over a reporting period.

    A division is empty where the place lies in none: a manifest on the road, an account outside the city.
    """

    period: str
    from_role: str
    from_division: str
    to_role: str
    to_division: str
    stream: str
    basis: str
    mass_g: int
    entries: int
    variance_g2: Decimal


def divided_flows(
    connection: Connection[Any],
    divisions: Mapping[str, str],
    streams: Collection[str],
    years: tuple[int, int],
    as_known_on: datetime | None = None,
) -> list[DividedFlow]:
    """The flows of ``streams`` whose reporting period begins in the years ``first`` to ``last``, by division.

    ``divisions`` says which division a place (of the catalogue, or a site) lies in. Raises what ``known_on`` raises.
    """
    known = known_on(connection, as_known_on)
    cube = CUBE.folded(None, sql.SQL(_EVERY))
    if known.at is not None:
        cube = cube + CUBE.entries(known.later, -1, None, sql.SQL(_EVERY))
    values = {
        "places": list(divisions),
        "divisions": list(divisions.values()),
        "streams": sorted(streams),
        "low": f"{years[0]:04d}",
        "high": f"{years[1] + 1:04d}",
    }
    return [DividedFlow(*row) for row in ask(connection, sql.SQL(_DIVIDED).format(cube=cube), values).fetchall()]
