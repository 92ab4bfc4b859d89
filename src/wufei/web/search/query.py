"""Asking the search index: letter-by-letter hits first, then what comes close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.safestring import SafeString

from wufei.web.search.excerpt import excerpt
from wufei.web.search.folding import spaced, words
from wufei.web.search.index import LINE
from wufei.web.search.models import SearchDocument

CLOSE = 0.49  # one wrong character of three still comes close: (2·3-2)/(2·3+2) = 0.5
SHORT = 3  # with fewer characters a wrong one leaves too little to go by
MOST = 2000
_CLOSE = " OR %(spaced)s <%% spaced"

_SQL = """
SELECT id, kind, {exact} AS exact, word_similarity(%(spaced)s, spaced) AS score
FROM web_searchdocument
WHERE city IN ('', %(city)s) AND ({exact}{close})
ORDER BY exact DESC, (kind = 'line'), score DESC, place
LIMIT %(most)s
"""

__all__ = ["LINE", "Found", "Hit", "find"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One document found, with the passage that answers."""

    kind: str
    item_id: str
    line: int | None
    exact: bool
    excerpt: SafeString


@dataclass(frozen=True, slots=True)
class Found:
    """One page of hits, and how many there are of each kind."""

    hits: tuple[Hit, ...]
    counts: Mapping[str, int]
    total: int
    exact: int
    page: int
    pages: int


def find(city: str, asked: str, *, kind: str = "", page: int = 1, size: int = 20) -> Found:
    """Search what a city's reader may find; two statements whatever is found, none for an empty question."""
    wanted = words(asked)
    if not wanted:
        return Found((), {}, 0, 0, 1, 1)
    rows = _rows(city, wanted)
    counts = Counter(row[1] for row in rows)
    rows = [row for row in rows if not kind or row[1] == kind]
    pages = max(1, -(-len(rows) // size))
    page = min(max(1, page), pages)
    shown = rows[(page - 1) * size : page * size]
    exact = sum(row[2] for row in rows)
    return Found(_hits(shown, wanted), counts, len(rows), exact, page, pages)


def _rows(city: str, wanted: tuple[str, ...]) -> list[tuple[int, str, bool, float]]:
    exact = " AND ".join(f"plain LIKE %(word{at})s" for at in range(len(wanted)))
    values: dict[str, Any] = {f"word{at}": f"%{_literal(word)}%" for at, word in enumerate(wanted)}
    values |= {"spaced": spaced(" ".join(wanted)), "city": city, "most": MOST}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(CLOSE)])
        cursor.execute(_SQL.format(exact=exact, close=_CLOSE if _long_enough(wanted) else ""), values)
        rows: list[tuple[int, str, bool, float]] = cursor.fetchall()
    return rows


def _long_enough(wanted: tuple[str, ...]) -> bool:
    """Whether a question can be answered by what only comes close."""
    return len("".join(wanted)) >= SHORT


def _literal(word: str) -> str:
    """The word with LIKE's own signs taken literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _hits(rows: list[tuple[int, str, bool, float]], wanted: tuple[str, ...]) -> tuple[Hit, ...]:
    documents = SearchDocument.objects.only("kind", "item_id", "line", "text").in_bulk([row[0] for row in rows])
    return tuple(
        Hit(d.kind, d.item_id, d.line, row[2], excerpt(d.text, wanted)) for row in rows if (d := documents.get(row[0]))
    )
