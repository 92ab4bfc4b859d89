"""Find the row of headings and what each column of a file fills."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wufei.catalog.sheets import NEEDED, Sheet, SheetColumn
from wufei.intake.errors import HeadingRepeated, HeadingsMissing
from wufei.intake.tables import letter, shown
from wufei.intake.words import fold

LOOKED_AT = 20
OWN = (
    "错误 error",
    "列 column",
    "单元格 cell",
    "说明 zh",
    "说明 en",
    "处理办法 remedy",
)  # an error sheet's own columns


@dataclass(frozen=True, slots=True)
class Headings:
    """The row that holds the headings, which column of the file is which, and headings that nobody reads."""

    row: int
    columns: tuple[tuple[int, SheetColumn], ...]
    unread: tuple[str, ...]
    width: int


def find_headings(sheet: Sheet, rows: Iterable[tuple[int, list[Any]]]) -> Headings | None:
    """The headings within the first rows; None when no row has any of ours.

    Raises HeadingRepeated and HeadingsMissing.
    """
    known = {fold(name): column for column in sheet.columns for name in column.names()}
    best: tuple[int, int, list[Any]] | None = None
    for number, cells in itertools.islice(rows, LOOKED_AT):
        hits = sum(_key(cell) in known for cell in cells)
        if hits and (best is None or hits > best[0]):
            best = (hits, number, cells)
    if best is None:
        return None
    return _headings(sheet, known, best[1], best[2])


def _key(cell: Any) -> str:
    return fold(cell) if isinstance(cell, str) else ""


def _headings(sheet: Sheet, known: dict[str, SheetColumn], row: int, cells: list[Any]) -> Headings:
    found: dict[str, list[tuple[int, SheetColumn]]] = {}
    unread = []
    for at, cell in enumerate(cells):
        column = known.get(_key(cell))
        if column:
            found.setdefault(column.id, []).append((at, column))
        elif shown(cell).strip() and shown(cell) not in OWN:
            unread.append(shown(cell))
    for places in found.values():
        if len(places) > 1:
            where = "、".join(letter(at) for at, _ in places)
            raise HeadingRepeated(place=f"{row}", heading=places[0][1].heading(), columns=where)
    filled = {column.fills for places in found.values() for _, column in places} | set(sheet.fixed)
    missing = [sheet.filling(field)[0].heading() for field in sorted(NEEDED[sheet.makes] - filled)]
    if missing:
        seen = "、".join(shown(cell) for cell in cells if shown(cell).strip())
        raise HeadingsMissing(place=f"{row}", missing="、".join(missing), found=seen[:400])
    columns = tuple(place for places in found.values() for place in places)
    return Headings(row, columns, tuple(unread), len(cells))
