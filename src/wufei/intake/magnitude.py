"""Masses a thousand times too small or too large: tonnes typed where kilograms are asked for, or the other way round.

Nothing is refused for its size. Each mass is held against the median of its stream between the same two accounts, in
the sheet and, for a few rows, in what the journal has; a factor of about a thousand is said with the rows.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

Key = tuple[str, str, str]
PAIRS = 20_000
ENOUGH = 5
SHOWN = 5
LOW, HIGH = 2.5, 3.5  # powers of ten around a thousand


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a look that is not wrong by itself: what, in both languages, and the first rows concerned."""

    code: str
    zh: str
    en: str
    rows: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"code": self.code, "zh": self.zh, "en": self.en, "rows": list(self.rows)}


class Magnitudes:
    """Counts the masses of each stream and pair of accounts by tenths of a power of ten, with a few rows of each."""

    def __init__(self) -> None:
        self._bins: dict[Key, dict[int, list[int]]] = {}

    def note(self, row: int, key: Key, mass_g: int) -> None:
        """Count one row; pairs beyond the first twenty thousand are not held."""
        bins = self._bins.get(key)
        if bins is None:
            if len(self._bins) >= PAIRS:
                return
            bins = self._bins[key] = {}
        found = bins.setdefault(round(math.log10(mass_g) * 10), [0])
        found[0] += 1
        if len(found) <= SHOWN:
            found.append(row)

    def remarks(self, connection: Connection[Any]) -> Iterator[Remark]:
        """One remark for each stream and pair with masses about a thousand times off."""
        usual = _history(connection, [key for key, bins in self._bins.items() if _count(bins) < ENOUGH])
        for key, bins in sorted(self._bins.items()):
            middle = usual.get(key) if _count(bins) < ENOUGH else _median(bins)
            if middle is not None:
                yield from _off(key, bins, middle)


def _count(bins: dict[int, list[int]]) -> int:
    return sum(found[0] for found in bins.values())


def _median(bins: dict[int, list[int]]) -> float:
    left = _count(bins) / 2
    for tenth in sorted(bins):
        left -= bins[tenth][0]
        if left <= 0:
            return tenth / 10
    return 0.0


def _off(key: Key, bins: dict[int, list[int]], middle: float) -> Iterator[Remark]:
    sides: dict[bool, list[list[int]]] = defaultdict(list)
    for tenth, found in sorted(bins.items()):
        if LOW <= abs(tenth / 10 - middle) <= HIGH:
            sides[tenth / 10 > middle].append(found)
    for larger, off in sides.items():
        total = sum(found[0] for found in off)
        rows = tuple(sorted(row for found in off for row in found[1:]))[:SHOWN]
        size_zh, size_en = ("大", "larger") if larger else ("小", "smaller")
        listed = ", ".join(map(str, rows))
        yield Remark(
            "mass_magnitude",
            f"{key[0]}（{key[1]} → {key[2]}）有 {total} 行的质量比通常约{size_zh}一千倍，"
            f"请核对吨与千克：第 {listed} 行。",
            f"{key[0]} ({key[1]} → {key[2]}): {total} rows are about a thousand times {size_en} than usual; "
            f"check tonnes and kilograms: rows {listed}.",
            rows,
        )


def _history(connection: Connection[Any], keys: list[Key]) -> dict[Key, float]:
    """The usual mass, as a power of ten, of pairs that the journal knows well; from the cube."""
    if not keys:
        return {}
    rows = connection.execute(
        "SELECT s.id, f.key, t.key, sum(c.mass_g) / sum(c.entries) FROM journal.cube c "
        "JOIN journal.stream s ON s.n = c.stream_n JOIN journal.account f ON f.n = c.from_n "
        "JOIN journal.account t ON t.n = c.to_n WHERE (s.id, f.key, t.key) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) "
        "GROUP BY 1, 2, 3 HAVING sum(c.entries) >= %s AND sum(c.mass_g) > 0",
        (*map(list, zip(*keys, strict=True)), ENOUGH),
    ).fetchall()
    return {(stream, source, target): math.log10(mean) for stream, source, target, mean in rows}
