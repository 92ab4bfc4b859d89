"""What one person recorded: ids and times alone, for the file of everything about them."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

_FIND = "SELECT id, known_at FROM journal.record WHERE actor = %s ORDER BY seq DESC LIMIT %s"


def records_of(connection: Connection[Any], actor: str, limit: int = 500) -> list[tuple[str, str]]:
    """Ids and times known of the actor's newest records; reads the whole journal once, so it is for rare questions."""
    return [(str(id_), known_at.isoformat()) for id_, known_at in connection.execute(_FIND, [actor, limit])]
