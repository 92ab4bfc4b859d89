"""The directory: whom and what somebody may name in a form, and the names behind the ids that stand in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

MOST = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """An organisation, site or vehicle by id and name; ``more`` tells namesakes apart: a code, or whose it is."""

    id: str
    zh: str
    en: str
    more: str = ""

    def name(self, lang: str) -> str:
        """The name in ``lang``; Chinese where there is no English one."""
        return self.en if lang == "en" and self.en else self.zh


def find(connection: Connection[Any], kind: str, words: str, owners: Iterable[str] = ()) -> list[Entry]:
    """What can be named: one query; a kind that the directory does not hold gives nothing.

    Open organisations (``org``) whose name or code holds the words (two characters at least); sites (``site``) and
    vehicles (``vehicle``) of ``owners``, sites of others by their names as well.
    """
    query = "SELECT id, zh, en, more FROM public.registry_directory(%s, %s, %s::text[], %s)"
    rows = connection.execute(query, (kind, words.replace("\x00", "")[:80], list(owners), MOST))
    return [Entry(*row) for row in rows]


def meant(connection: Connection[Any], words: str) -> tuple[str, ...]:
    """The ids that words can mean, closed things included: by name, credit code or plate (two letters at least)."""
    row = connection.execute("SELECT public.registry_meant(%s, %s)", (words.replace("\x00", "")[:80], MOST)).fetchone()
    return tuple(found.lower() for found in (row and row[0]) or ())


def names(connection: Connection[Any], ids: Iterable[str]) -> dict[str, Entry]:
    """The names behind the ids of organisations, sites, vehicles, storages, facilities and permits: one query."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute("SELECT id, zh, en FROM public.registry_names(%s::text[])", (wanted,))
    return {row[0]: Entry(*row) for row in rows}


def known_as(connection: Connection[Any], org_id: str) -> frozenset[str]:
    """Every id under which an organisation has acted, as somebody of it must know who may not see those rows."""
    return frozenset(row[0] for row in connection.execute("SELECT public.registry_known_as(%s)", (org_id,)))
