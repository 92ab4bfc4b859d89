"""From a row of cells to a record, or to what is wrong with it, cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from wufei.catalog import Catalog
from wufei.catalog.sheets import NEEDED, Sheet, SheetColumn
from wufei.intake.cell_errors import (
    CellError,
    CellMissing,
    CellOutside,
    EvidenceIncomplete,
    MassTwice,
    MassUnitMissing,
)
from wufei.intake.cells import mass, reader, text_of
from wufei.intake.headings import Headings
from wufei.intake.ids import RowIds, of_key, of_lot
from wufei.intake.tables import letter, shown
from wufei.intake.words import Accounts, Names, WordList, names_of
from wufei.journal import Entry, Evidence, Observation, Record
from wufei.terms import Mass, NamedError

_KEPT = 20_000
_REPEATING = {"account", "name", "word", "unit", "period", "percent"}
_RULE = "rule"


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in a row: the row's number, the column's letter and heading, the cell's text, the named error."""

    row: int
    column: str
    heading: str
    cell: str
    error: NamedError

    def as_dict(self) -> dict[str, Any]:
        """Plain data, both languages."""
        place = {"row": self.row, "column": self.column, "heading": self.heading, "cell": self.cell}
        return place | {"error": self.error.as_dict()}


class Drafts:
    """Makes records of one sheet's rows for one person and organisation."""

    def __init__(
        self,
        sheet: Sheet,
        catalog: Catalog,
        headings: Headings,
        ids: RowIds,
        *,
        actor: str,
        acting_for: str,
        escaped: bool,
    ) -> None:
        self._sheet, self._ids, self._actor, self._acting_for = sheet, ids, actor, acting_for
        self._escaped = escaped
        self._headings = headings
        self._catalog = catalog
        self._columns = [(at, column, column.fills, self._reader(column)) for at, column in headings.columns]
        self._needed = NEEDED[sheet.makes] - set(sheet.fixed)
        self._units = {m.id: m.unit for scope in (*catalog.cities.values(), catalog.national)
                       for kind in ("metrics", "indicators") for m in scope.items(kind)}  # fmt: skip

    def _reader(self, column: SheetColumn) -> Callable[[Any], Any]:
        read = reader(column, self._names, escaped=self._escaped)
        if column.form not in _REPEATING and column.fills != _RULE:
            return read
        kept: dict[str, Any] = {}

        def remembered(cell: Any) -> Any:
            if not isinstance(cell, str):
                return read(cell)
            found = kept.get(cell)
            if found is None:
                found = read(cell)
                if len(kept) < _KEPT:
                    kept[cell] = found
            return found

        return remembered

    def _names(self, column: SheetColumn) -> Names | WordList | Accounts:
        if column.form == "account":
            return Accounts(WordList(column), names_of(self._catalog, column.of))
        return WordList(column) if column.words else names_of(self._catalog, column.of)

    def draft(self, row: int, cells: list[Any]) -> Record | list[RowError] | None:
        """The record of a row, everything wrong with it, or None when the row is empty."""
        values: dict[str, Any] = dict(self._sheet.fixed)
        seen: dict[str, tuple[int, SheetColumn]] = {}
        errors: list[RowError] = []
        width = len(cells)
        for at, column, fills, read in self._columns:
            cell = cells[at] if at < width else None
            if cell is None or (isinstance(cell, str) and (not cell or cell.isspace())):
                continue
            try:
                if fills in seen:
                    raise MassTwice(heading=column.heading(), other=seen[fills][1].heading())
                seen[fills] = (at, column)
                values[fills] = read(cell)
            except CellError as error:
                errors.append(self._error(row, at, column, cell, error))
        if not seen and not any(shown(cell).strip() for cell in cells):
            return None
        errors += self._whole_row(row, cells, values, seen)
        if errors:
            return errors
        return self._record(row, values)

    def _error(self, row: int, at: int, column: SheetColumn, cell: Any, error: NamedError) -> RowError:
        error.place = f"{letter(at)}{row}"
        return RowError(row, letter(at), column.heading(), shown(cell), error)

    def _whole_row(
        self, row: int, cells: list[Any], values: dict[str, Any], seen: dict[str, tuple[int, SheetColumn]]
    ) -> list[RowError]:
        """What concerns several cells: needed ones, units, evidence, cells beyond the headings."""
        complete = seen.keys() >= self._needed
        found = [] if complete else [self._missing(row, field) for field in sorted(self._needed - seen.keys())]
        if isinstance(values.get("mass"), Decimal):
            at, column = seen["mass"]
            unit = values.get("mass_unit")
            try:
                if unit is None:
                    raise MassUnitMissing(cell=text_of(cells[at]))
                values["mass"] = mass(values["mass"], unit, cells[at])
            except CellError as error:
                found.append(self._error(row, at, column, cells[at], error))
        if ("evidence_name" in values) != ("evidence_sha256" in values):
            at, column = seen.get("evidence_name") or seen["evidence_sha256"]
            found.append(self._error(row, at, column, cells[at], EvidenceIncomplete()))
        for at in range(self._headings.width, len(cells)):
            if shown(cells[at]).strip():
                error = CellOutside(place=f"{letter(at)}{row}", cell=shown(cells[at]))
                found.append(RowError(row, letter(at), "", shown(cells[at]), error))
        return found

    def _missing(self, row: int, field: str) -> RowError:
        columns = [(at, c) for at, c in self._headings.columns if c.fills == field]
        at, column = columns[0] if columns else (0, self._sheet.filling(field)[0])
        heading = " / ".join(c.heading() for _, c in columns)
        return self._error(row, at, column, "", CellMissing(heading=heading or column.heading()))

    def _record(self, row: int, values: dict[str, Any]) -> Record:
        key = values.get("key")
        evidence: tuple[Evidence, ...] = ()
        if "evidence_name" in values:
            kind = values.get("evidence_kind", "file")
            evidence = (Evidence(kind, values["evidence_name"], values["evidence_sha256"]),)
        record_id: UUID = of_key(self._acting_for, key) if key else self._ids.of(row)
        values |= {field: of_lot(self._acting_for, values[field]) for field in _LOTS & values.keys()}
        entries, observations, sd = _PARTS[self._sheet.makes](values, self._units)
        return Record(
            values["happened_at"], values["period"], values["basis"], self._actor, self._acting_for, values["rule"],
            entries, (), observations, sd, evidence, values.get("note"), id=record_id,
        )  # fmt: skip


_LOTS = frozenset({"from_lot", "to_lot"})
Parts = tuple[tuple[Entry, ...], tuple[Observation, ...], int | None]


def _entry(values: dict[str, Any], _units: dict[str, str | None]) -> Parts:
    weighed: Mass = values["mass"]
    moved = Entry(
        values["from_account"], values["to_account"], values["stream"], weighed.g,
        values.get("from_lot"), values.get("to_lot"), values.get("to_stream"),
    )  # fmt: skip
    return (moved,), (), values.get("sd")


def _observation(values: dict[str, Any], units: dict[str, str | None]) -> Parts:
    unit = values.get("unit") or units.get(values["metric"]) or ""
    seen = Observation(values["metric"], values["place"], values["value"], unit, values.get("stream"), values.get("sd"))
    return (), (seen,), None


_PARTS: dict[str, Callable[[dict[str, Any], dict[str, str | None]], Parts]] = {
    "entries": _entry,
    "observations": _observation,
}
