"""What the journal knows of one site by year: hazardous waste generated, and waste taken in for a permit's quota."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from wufei.journal.asking import ask

_NODES = "SELECT n FROM journal.account WHERE place = %(place)s AND role::text = ANY (%(roles)s)"
# The cube lies in the order of (period, giving node): one look per period and account.
_GENERATED = """
WITH RECURSIVE each AS (
    SELECT min(period) AS period FROM journal.cube
    UNION ALL
    SELECT (SELECT min(c.period) FROM journal.cube c WHERE c.period > each.period)
    FROM each WHERE each.period IS NOT NULL)
SELECT left(p.period, 4)::int, sum(c.mass_g)::bigint
FROM each p
CROSS JOIN LATERAL (
    SELECT * FROM journal.cube c WHERE c.period = p.period AND c.from_n = ANY (%(nodes)s)) AS c
JOIN journal.stream s ON s.n = c.stream_n
WHERE s.hazardous AND p.period ~ '^[0-9]{4}([QH-]|$)'
GROUP BY 1 ORDER BY 1"""
_TAKEN = """
SELECT s.id, sum(c.mass_g)::bigint
FROM journal.cube c JOIN journal.stream s ON s.n = c.to_stream_n
WHERE c.to_n = ANY (%(nodes)s) AND c.from_n <> ALL (%(own)s) AND left(c.period, 4) = %(year)s
GROUP BY 1 ORDER BY 1"""
TAKING = ("storage", "process", "sink")


def yearly_generation(connection: Connection[Any], site_id: str) -> dict[int, int]:
    """Grams of hazardous waste that arose at a site, by the year of the reporting period; reversals taken off.

    A year without any record is absent: it is unknown, not zero. A plan's period (2021–2025) belongs to no year.
    """
    nodes = _nodes(connection, site_id, ("origin",))
    return dict(ask(connection, _GENERATED, {"nodes": nodes}).fetchall()) if nodes else {}


def taken_in(connection: Connection[Any], site_id: str, year: int) -> dict[str, int]:
    """Grams by stream that a site took in from elsewhere in a year: what counts against a permit's yearly quota."""
    nodes = _nodes(connection, site_id, TAKING)
    own = _nodes(connection, site_id, ("origin", *TAKING, "product", "loss"))
    values = {"nodes": nodes, "own": own, "year": str(year)}
    return dict(ask(connection, _TAKEN, values).fetchall()) if nodes else {}


def _nodes(connection: Connection[Any], site_id: str, roles: tuple[str, ...]) -> list[int]:
    """The numbers of a site's accounts in some roles, with all their details."""
    values = {"place": site_id, "roles": list(roles)}
    return [n for (n,) in ask(connection, _NODES, values).fetchall()]
