"""Template → filled in → imported → exported → imported again: the same rows each time."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import python_calamine
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from wufei.catalog import Catalog
from wufei.intake.importing import Report, Wish, run_import, sheet_of
from wufei.intake.template import DATA, HELP, WORDS, csv_template, xlsx_template
from wufei.journal.export import export
from wufei.journal.find import Wanted

BEIJING = timedelta(hours=8)
START = datetime(2025, 1, 1)  # noqa: DTZ001  (as a spreadsheet writes it)
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"))
NOTES = st.one_of(
    st.none(), st.sampled_from(["=1+1", "'=x", "-", "@", "'", '逗号，引号"', "a;b"]), st.text(LETTERS, max_size=30)
)


@st.composite
def filled_rows(draw: Any) -> dict[str, Any]:
    """A valid row of the entries' sheet, by column id, as a person would write it."""
    minutes = draw(st.integers(0, 400_000))
    unit, scale = draw(
        st.sampled_from([("mass_t", 1_000_000), ("mass_kg", 1000), ("mass_g", 1), ("mass_10kt", 10**10)])
    )
    grams = draw(st.integers(1, 10**12 if scale > 1 else 10**9))
    source = draw(st.sampled_from(["origin:togtoh", "产生:土默特左旗", "storage:hohhot/1号库"]))
    target = draw(st.sampled_from(["storage:wuchuan", "过程：和林格尔县", "sink:hohhot"]))
    return {
        "happened_at": f"{START + timedelta(minutes=minutes):%Y-%m-%d %H:%M}",
        "period": draw(st.sampled_from(["2025", "2025H1", "2025Q1", "2025-03", "2025-03-31"])),
        "from_account": source,
        "to_account": target,
        "stream": draw(st.sampled_from(["coal_fly_ash", "炉渣", "SW06", "municipal_waste"])),
        unit: f"{Decimal(grams) / scale:f}",
        "basis": draw(st.sampled_from(["measured", "联单", "declared", "估算", "Reconciled"])),
        "sd": draw(st.one_of(st.none(), st.integers(0, 5000).map(lambda n: f"{Decimal(n) / 100:f}"))),
        "rule": draw(st.sampled_from(["hj_1259_2022 6.2", "statistical_practice 通用口径"])),
        "note": draw(NOTES),
    }


def head_of(path: Path) -> list[str]:
    """The headings of a template."""
    if path.suffix == ".csv":
        return next(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    book = python_calamine.CalamineWorkbook.from_path(path)
    return [str(cell) for cell in book.get_sheet_by_name(DATA).to_python()[0]]


def other_sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Help and words of a template, which stay in the file that people send back."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python()[:40] for name in (HELP, WORDS)}


def fill(template: bytes, path: Path, catalog: Catalog, rows: list[dict[str, Any]]) -> None:
    """Write rows below the two first lines of a template, as a person does with a spreadsheet program."""
    path.write_bytes(template)
    others = {} if path.suffix == ".csv" else other_sheets(path)
    by_heading = {column.heading(): column.id for column in sheet_of(catalog, "entries").columns}
    order = [by_heading[heading] for heading in head_of(path)]
    cells = [["" if row.get(name) is None else str(row[name]) for name in order] for row in rows]
    if path.suffix == ".csv":
        out = io.StringIO()
        csv.writer(out).writerows(
            [["'" + c if c.lstrip("'").startswith(("=", "@", "-")) else c for c in line] for line in cells]
        )
        path.write_bytes(template + out.getvalue().encode())
        return
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(DATA)
        for at, line in enumerate([list(by_heading), [f"# {h}" for h in by_heading], *cells]):
            for column, cell in enumerate(line):
                sheet.write_string(at, column, cell)
        for name, lines in others.items():
            page = book.add_worksheet(name)
            for at, line in enumerate(lines):
                page.write_row(at, 0, line)


def exported(connection: Connection[Any], lang: str, form: str = "csv") -> bytes:
    return b"".join(export(connection, "entries", form, Wanted(acting_for="statistics_bureau"), lang=lang))


def told(body: bytes) -> Counter[tuple[str, ...]]:
    """What an export says, without ids and the time it was known."""
    lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig").partition("\r\n")[2])))
    kept = [at for at, name in enumerate(lines[0]) if name not in {"记录编号", "记录时间", "Record", "Known at"}]
    return Counter(tuple(line[at] for at in kept) for line in lines[1:])


def expected(rows: list[dict[str, Any]]) -> Counter[tuple[int, str, str | None]]:
    scales = {"mass_t": 1_000_000, "mass_kg": 1000, "mass_g": 1, "mass_10kt": 10**10}
    return Counter(
        (
            int(
                Decimal(next(row[name] for name in scales if name in row))
                * next(s for n, s in scales.items() if n in row)
            ),
            row["period"],
            (row["note"] or "").strip() or None,
        )
        for row in rows
    )


@pytest.fixture
def undone(journal: Connection[Any]) -> Connection[Any]:
    return journal


@pytest.fixture(scope="module")
def templates(catalogue: Catalog) -> dict[str, bytes]:
    sheet = sheet_of(catalogue, "entries")
    return {"csv": csv_template(sheet), "xlsx": xlsx_template(sheet, catalogue)}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(filled_rows(), min_size=1, max_size=12, unique_by=str), form=st.sampled_from(["csv", "xlsx"]))
def test_template_filled_imported_exported(
    undone: Connection[Any],
    catalogue: Catalog,
    templates: dict[str, bytes],
    tmp_path: Path,
    rows: list[dict[str, Any]],
    form: str,
) -> None:
    path = tmp_path / f"filled.{form}"
    fill(templates[form], path, catalogue, rows)

    def take(source: Path, actor: str) -> Report:
        wish = Wish("entries", source, actor, "statistics_bureau", again=True)
        return run_import(undone, catalogue, wish, now=lambda: datetime.now(UTC))

    with undone.transaction():
        report = take(path, "person-1")
        assert (report.appended, report.refused) == (len(rows), 0), report.errors
        query = "SELECT e.mass_g, r.period, r.note FROM journal.entry e JOIN journal.record r USING (seq)"
        assert Counter(undone.execute(query).fetchall()) == expected(rows)
        first = exported(undone, "zh")
        assert len(exported(undone, "zh", "parquet")) > 0
        raise psycopg.Rollback
    back = tmp_path / "back.csv"
    back.write_bytes(first)
    with undone.transaction():
        again = take(back, "person-1")
        assert (again.appended, again.refused) == (len(rows), 0), again.errors
        assert told(exported(undone, "zh")) == told(first)
        raise psycopg.Rollback


def test_templates_say_everything(catalogue: Catalog, tmp_path: Path) -> None:
    for sheet in catalogue.national.items("sheets"):
        path = tmp_path / f"{sheet.id}.xlsx"
        path.write_bytes(xlsx_template(sheet, catalogue))
        book = python_calamine.CalamineWorkbook.from_path(path)
        assert book.sheet_names == [DATA, HELP, WORDS]
        assert head_of(path) == [column.heading() for column in sheet.columns]
        explained = book.get_sheet_by_name(HELP).to_python()
        assert [line[1] for line in explained[6:]] == [column.id for column in sheet.columns]
        words = {cell for line in book.get_sheet_by_name(WORDS).to_python() for cell in line}
        known = {"streams": "粉煤灰", "places": "hohhot", "metrics": "resident_population"}
        assert {known[kind] for column in sheet.columns for kind in column.of if kind in known} <= words
        assert {word.id for column in sheet.columns for word in column.words} <= words
        (tmp_path / f"{sheet.id}.csv").write_bytes(csv_template(sheet))
        assert head_of(tmp_path / f"{sheet.id}.csv") == head_of(path)


def test_a_blank_template_holds_no_rows(catalogue: Catalog, journal: Connection[Any], tmp_path: Path) -> None:
    path = tmp_path / "blank.xlsx"
    path.write_bytes(xlsx_template(sheet_of(catalogue, "entries"), catalogue))
    with pytest.raises(Exception, match="no row of data"):
        run_import(journal, catalogue, Wish("entries", path, "a", "b"), now=lambda: datetime.now(UTC))
