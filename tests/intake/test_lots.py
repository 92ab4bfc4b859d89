"""Lots in sheets: an organisation's own numbers and ids, through import and export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from tests.intake.files import HEAD, as_csv, row
from wufei.catalog import Catalog
from wufei.intake.ids import of_lot
from wufei.intake.importing import Report, Wish, run_import
from wufei.journal.export import export

WHO, OTHER = "statistics_bureau", "commerce_bureau"
LOT = "01970000-0000-7000-8000-000000000001"
COLUMNS = [*HEAD, "转出批次", "To lot"]
Lots = list[tuple[UUID | None, UUID | None]]


def take(journal: Connection[Any], catalogue: Catalog, path: Path, who: str = WHO) -> Report:
    wish = Wish("entries", path, "person-1", who, again=True)
    return run_import(journal, catalogue, wish, now=lambda: datetime.now(UTC))


def lots(journal: Connection[Any]) -> Lots:
    return journal.execute("SELECT from_lot, to_lot FROM journal.entry ORDER BY seq, ordinal").fetchall()


def test_own_numbers_and_ids_become_lots(journal: Connection[Any], catalogue: Catalog, tmp_path: Path) -> None:
    rows = [[*row(), "B-7", ""], [*row(mass="2"), LOT, " B-7 "], [*row(mass="3"), "", ""]]
    report = take(journal, catalogue, as_csv(tmp_path / "a.csv", rows, COLUMNS))
    assert (report.appended, report.refused) == (3, 0), report.errors
    own = of_lot(WHO, "B-7")
    assert lots(journal) == [(own, None), (UUID(LOT), own), (None, None)]


def test_another_organisation_s_number_is_another_lot(
    journal: Connection[Any], catalogue: Catalog, tmp_path: Path
) -> None:
    path = as_csv(tmp_path / "a.csv", [[*row(), "B-7", "B-7"]], COLUMNS)
    take(journal, catalogue, path)
    take(journal, catalogue, as_csv(tmp_path / "b.csv", [[*row(mass="9"), "B-7", "B-7"]], COLUMNS), OTHER)
    ((mine, kept), (theirs, _)) = lots(journal)
    assert mine == kept != theirs


def test_lots_go_out_and_come_back(journal: Connection[Any], catalogue: Catalog, tmp_path: Path) -> None:
    take(journal, catalogue, as_csv(tmp_path / "a.csv", [[*row(), "B-7", LOT]], COLUMNS))
    (tmp_path / "back.csv").write_bytes(b"".join(export(journal, "entries", "csv")))
    report = take(journal, catalogue, tmp_path / "back.csv")
    assert (report.appended, report.refused) == (1, 0), report.errors
    first, second = lots(journal)
    assert first == second == (of_lot(WHO, "B-7"), UUID(LOT))
