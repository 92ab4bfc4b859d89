"""Keep the database's copy of what may be named: streams, places and metrics of the catalogue."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from wufei.catalog import Catalog

_STREAMS = """
INSERT INTO journal.stream AS s (id, hazardous) VALUES (%s, %s)
ON CONFLICT (id) DO UPDATE SET hazardous = excluded.hazardous WHERE s.hazardous <> excluded.hazardous"""
_PLACES = "INSERT INTO journal.place VALUES (%s) ON CONFLICT DO NOTHING"
_METRICS = """
INSERT INTO journal.metric AS m (id, unit) VALUES (%s, %s)
ON CONFLICT (id) DO UPDATE SET unit = excluded.unit WHERE m.unit IS DISTINCT FROM excluded.unit"""


def mirror(connection: Connection[Any], catalog: Catalog) -> None:
    """Write the catalogue's streams, places and metrics into the database; nothing is ever taken away.

    A published value of an indicator is an observation of the metric that bears the indicator's id.
    """
    scopes = (catalog.national, *catalog.cities.values())
    streams = {s.id: s.hazardous for scope in scopes for s in scope.streams}
    places = {p.id for scope in catalog.cities.values() for p in scope.places}
    metrics = {m.id: m.unit for scope in scopes for kind in ("indicators", "metrics") for m in scope.items(kind)}
    with connection.cursor() as cursor:
        cursor.executemany(_STREAMS, sorted(streams.items()))
        cursor.executemany(_PLACES, [(place,) for place in sorted(places)])
        cursor.executemany(_METRICS, sorted(metrics.items()))
