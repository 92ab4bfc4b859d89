"""Read a file of the national system by the declared layout that fits its headings: lines, and what cannot be read.

Pure but for the file: nothing is posted here. A file that fits no layout is refused by name and told how it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from wufei.catalog import Catalog
from wufei.catalog.exchange import ExchangeLayout, LayoutColumn, LayoutTable
from wufei.intake.cells import BEIJING, read_number, read_text, read_time, text_of
from wufei.intake.headings import LOOKED_AT
from wufei.intake.sniff import Sniffed, sniff
from wufei.intake.tables import Table, letter, tables
from wufei.intake.words import fold
from wufei.terms import Mass, NamedError
from wufei.terms.mass import GRAMS

MOST_LINES = 50_000
_FITS = 0.5  # share of a table's needed headings from which a sheet is taken for it


class LayoutNotKnown(NamedError):
    """A file whose headings fit no declared layout."""

    code = "national_layout_not_known"
    zh = "文件不合任何已登记的国家系统版式；最接近的“{nearest}”缺少表头：{missing}；文件里的表头：{found}。"
    en = "The file fits no declared layout; nearest is “{nearest}”, without: {missing}; found: {found}."
    remedy_zh = "请确认下载的是台账或申报表；若国家系统改了版式，请管理员在 exchange_layouts 中加一份新版式。"
    remedy_en = (
        "Check that it is the ledger or the declaration; if the national system changed its layout, have the new one"
        " added to exchange_layouts."
    )


class NationalFileTooLong(NamedError):
    """More rows than one reconciliation takes."""

    code = "national_file_too_long"
    zh = "一次对账最多 {most} 行。"
    en = "One reconciliation takes at most {most} rows."
    remedy_zh = "请按季度或按月下载后分次对账。"
    remedy_en = "Download and reconcile by quarter or month."


class NationalCellMissing(NamedError):
    """A row without something that the layout needs."""

    code = "national_cell_missing"
    zh = "缺少“{heading}”。"
    en = "“{heading}” is missing."
    remedy_zh = "请在国家系统中补全该行后重新下载。"
    remedy_en = "Complete the row in the national system and download again."


class NationalCodeUnknown(NamedError):
    """A waste code that the catalogue does not have."""

    code = "national_code_unknown"
    zh = "废物代码“{value}”不在《国家危险废物名录》中。"
    en = "The waste code “{value}” is not in the national list."
    remedy_zh = "请核对代码；更名或停用的代码见目录。"
    remedy_en = "Check the code; the catalogue shows codes that were renamed or retired."


class NationalUnitUnknown(NamedError):
    """A unit that is no unit of mass."""

    code = "national_unit_unknown"
    zh = "计量单位“{value}”不是质量单位。"
    en = "“{value}” is no unit of mass."
    remedy_zh = "可用：{known}。"
    remedy_en = "There are: {known}."


@dataclass(frozen=True, slots=True)
class Line:
    """A row that could be read: where it stands, and what it says. Masses in grams, unknown ones None."""

    table: str
    row: int
    batch: str
    day: date | None
    stream: str
    mass_g: int | None
    manifest: str = ""
    masses_g: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class National:
    """A file as read: its layout, the lines of each table, what was refused (with its place), headings nobody read."""

    layout: ExchangeLayout
    sha256: str
    lines: tuple[Line, ...]
    refused: tuple[NamedError, ...]
    unread: tuple[str, ...]

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the file has, in the layout's order."""
        found = {line.table for line in self.lines}
        return tuple(t.mirrors for t in self.layout.tables if t.mirrors in found)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A sheet that a table of a layout fits: which column holds what, below which row."""

    source: Table
    table: LayoutTable
    row: int
    columns: tuple[tuple[int, LayoutColumn], ...]
    unread: tuple[str, ...]


def read_national(path: Path, name: str, catalog: Catalog, day: date) -> National:
    """Read the file by the layout that fits it best, the newest first.

    Raises LayoutNotKnown, NationalFileTooLong, and what ``sniff`` and ``tables`` raise.
    """
    sniffed = sniff(path, name, "entries")
    sheets = tables(path, sniffed)
    layouts = sorted(_valid(catalog, day), key=lambda layout: layout.valid_from, reverse=True)
    fits = {layout.id: list(_fits(layout, sheets)) for layout in layouts}
    best = max(layouts, key=lambda layout: len(fits[layout.id]), default=None)
    if best is None or not fits[best.id]:
        raise _unknown(layouts, sheets)
    return _read(best, fits[best.id], sniffed, _codes(catalog))


def _valid(catalog: Catalog, day: date) -> Iterator[ExchangeLayout]:
    for layout in catalog.national.items(ExchangeLayout.kind):
        if isinstance(layout, ExchangeLayout) and layout.valid_from <= day:
            yield layout


def _codes(catalog: Catalog) -> dict[str, str]:
    return {stream.code: stream.id for stream in catalog.national.items("streams") if getattr(stream, "code", None)}


def _fits(layout: ExchangeLayout, sheets: Iterable[Table]) -> Iterator[_Fit]:
    taken = set[str]()
    for source in sheets:
        found = [fit for table in layout.tables if table.mirrors not in taken and (fit := _fit(source, table))]
        if found:
            best = max(found, key=lambda fit: len(fit.columns))
            taken.add(best.table.mirrors)
            yield best


def _fit(source: Table, table: LayoutTable) -> _Fit | None:
    """How the table lies in the sheet; None unless one row holds every needed heading."""
    known = {fold(name): column for column in table.columns for name in column.names()}
    for number, cells in islice(source.rows(), LOOKED_AT):
        texts = [text_of(cell) if isinstance(cell, str) else "" for cell in cells]
        columns = tuple((at, known[fold(text)]) for at, text in enumerate(texts) if fold(text) in known)
        if all(column in {found for _at, found in columns} for column in table.columns if column.needed):
            unread = tuple(text for text in texts if text and fold(text) not in known)
            return _Fit(source, table, number, columns, unread)
    return None


def _unknown(layouts: list[ExchangeLayout], sheets: list[Table]) -> LayoutNotKnown:
    """The error that names the layout's table that comes nearest and what it lacks."""
    headings = [text_of(cell) for sheet in sheets for _n, cells in islice(sheet.rows(), LOOKED_AT) for cell in cells
                if isinstance(cell, str) and cell.strip()]  # fmt: skip
    seen = {fold(text) for text in headings}
    nearest: tuple[int, str, list[str]] = (-1, "—", [])
    for layout in layouts:
        for table in layout.tables:
            hits = sum(any(fold(name) in seen for name in column.names()) for column in table.columns)
            lacks = [c.heading for c in table.columns if c.needed and not any(fold(n) in seen for n in c.names())]
            nearest = max(nearest, (hits, f"{layout.zh}·{table.sheet}", lacks), key=lambda each: each[0])
    found = "、".join(dict.fromkeys(headings))[:300] or "—"
    return LayoutNotKnown(nearest=nearest[1], missing="、".join(nearest[2]) or "—", found=found)


def _read(layout: ExchangeLayout, fits: list[_Fit], sniffed: Sniffed, codes: Mapping[str, str]) -> National:
    lines, refused = list[Line](), list[NamedError]()
    for fit in fits:
        for number, cells in fit.source.rows():
            if number <= fit.row or not any(text_of(cell) for cell in cells):
                continue
            if len(lines) + len(refused) >= MOST_LINES:
                raise NationalFileTooLong(most=MOST_LINES)
            try:
                lines.append(_line(fit, number, cells, codes))
            except NamedError as error:
                error.place = f"{fit.source.sheet} {error.place or number}".strip()
                refused.append(error)
    unread = tuple(dict.fromkeys(text for fit in fits for text in fit.unread))
    return National(layout, sniffed.sha256, tuple(lines), tuple(refused), unread)


def _line(fit: _Fit, number: int, cells: list[Any], codes: Mapping[str, str]) -> Line:
    row = _Row(fit, number, cells)
    code = row.text("code")
    if code not in codes:
        raise NationalCodeUnknown(place=row.place("code"), value=code)
    masses = {c.fills: row.mass(c.fills, c.unit) for _at, c in fit.columns if c.fills and c.unit}
    mass = row.mass("mass", row.text("unit")) if row.has("mass") else None
    if row.has("mass") and mass is None:
        raise NationalCellMissing(place=row.place("mass"), heading=row.heading("mass"))
    day = row.day("day") if row.has("day") else None
    return Line(
        fit.table.mirrors, number, row.text("batch"), day, codes[code], mass, row.text("manifest"),
        {name: g for name, g in masses.items() if name},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read by what its columns hold."""

    fit: _Fit
    number: int
    cells: list[Any]

    def _column(self, fills: str) -> tuple[int, LayoutColumn] | None:
        return next((each for each in self.fit.columns if each[1].fills == fills), None)

    def has(self, fills: str) -> bool:
        """Whether the sheet has such a column."""
        return self._column(fills) is not None

    def heading(self, fills: str) -> str:
        """The heading of the column."""
        found = self._column(fills)
        return found[1].heading if found else fills

    def place(self, fills: str) -> str:
        """The cell as a spreadsheet names it."""
        found = self._column(fills)
        return f"{letter(found[0])}{self.number}" if found else str(self.number)

    def _cell(self, fills: str) -> Any:
        found = self._column(fills)
        return self.cells[found[0]] if found and found[0] < len(self.cells) else None

    def text(self, fills: str) -> str:
        """The cell as text; raises NationalCellMissing where it is needed and empty."""
        found = self._column(fills)
        text = read_text(self._cell(fills))
        if not text and found and found[1].needed:
            raise NationalCellMissing(place=self.place(fills), heading=found[1].heading)
        return text

    def day(self, fills: str) -> date | None:
        """The day in Beijing; None where the cell is empty and not needed."""
        if not self.text(fills):
            return None
        return self._placed(fills, lambda: read_time(self._cell(fills)).astimezone(BEIJING).date())

    def mass(self, fills: str, unit: str | None) -> int | None:
        """Grams; None for an empty cell. A mass of nothing is a mass."""
        if not text_of(self._cell(fills)):
            return None
        if unit not in GRAMS:
            raise NationalUnitUnknown(place=self.place("unit"), value=unit or "", known="、".join(GRAMS))
        value: Decimal = self._placed(fills, lambda: read_number(self._cell(fills)))
        return self._placed(fills, lambda: Mass.of(value, unit).g)

    def _placed(self, fills: str, work: Any) -> Any:
        try:
            return work()
        except NamedError as error:
            error.place = self.place(fills)
            raise
