"""Importing files: what goes in, what is refused by which name and where, and that nothing is ever half-written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection
from psycopg.errors import DeadlockDetected

from tests.intake.conftest import count
from tests.intake.files import HEAD, OBSERVED, SEEN, as_csv, as_xlsx, row
from wufei.catalog import Catalog
from wufei.intake import importing
from wufei.intake.error_sheet import write_error_sheet
from wufei.intake.errors import ImportBlocked, ImportedByAnother, SeemsImported
from wufei.intake.importing import Report, Wish, run_import
from wufei.terms import NamedError

Run = Callable[..., Report]
LOCAL = datetime(2025, 3, 5)  # noqa: DTZ001  (a spreadsheet knows no zone)


@pytest.fixture
def run(journal: Connection[Any], catalogue: Catalog) -> Run:
    def call(path: Path, kind: str = "entries", **wish: Any) -> Report:
        made = Wish(kind, path, wish.pop("actor", "person:1"), wish.pop("acting_for", "statistics_bureau"), **wish)
        return run_import(journal, catalogue, made, now=lambda: datetime.now(UTC))

    return call


def only(report: Report) -> tuple[str, str, str]:
    """Place, code and cell of the only error."""
    assert len(report.errors) == 1, report.errors
    error = report.errors[0]
    assert error["error"]["zh"]
    assert error["error"]["remedy_en"]
    return error["error"]["place"], error["error"]["code"], error["cell"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_in_each_encoding(journal: Connection[Any], run: Run, tmp_path: Path, encoding: str) -> None:
    report = run(as_csv(tmp_path / "a.csv", [row(note="备注，含逗号"), row(mass="1,240.5")], encoding=encoding))
    assert (report.appended, report.refused, report.encoding, report.rows) == (2, 0, encoding, 2)
    query = "SELECT e.mass_g, r.note, r.basis::text FROM journal.entry e JOIN journal.record r USING (seq) ORDER BY seq"
    rows = journal.execute(query).fetchall()
    assert rows == [(32_500_000, "备注，含逗号", "measured"), (1_240_500_000, None, "measured")]


def test_a_workbook_with_dates_formulas_and_serials(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    rows = [
        row(time=LOCAL.replace(hour=8, minute=30), mass=32.5),
        row(time=45721.354166666664, mass={"formula": "=65/2", "value": 32.5}),
        row(time="2025年3月5日 8:30", mass={"formula": "=1/3", "value": 1 / 3}),
    ]
    report = run(as_xlsx(tmp_path / "a.xlsx", rows))
    assert (report.appended, report.refused) == (3, 0), report.errors
    times = journal.execute("SELECT DISTINCT happened_at FROM journal.record").fetchall()
    assert times == [(datetime(2025, 3, 5, 0, 30, tzinfo=UTC),)]
    masses = journal.execute("SELECT mass_g FROM journal.entry ORDER BY seq").fetchall()
    assert masses == [(32_500_000,), (32_500_000,), (333_333,)]


def test_a_workbook_of_1904_reads_its_dates(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", [row(time=LOCAL)], date_1904=True)
    assert run(path).appended == 1
    assert journal.execute("SELECT happened_at FROM journal.record").fetchall() == [
        (datetime(2025, 3, 4, 16, tzinfo=UTC),)
    ]


def test_names_in_chinese_become_ids(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    rows = [row(source="贮存：托克托县/1号库", target="过程:和林格尔县", stream="SW02"), row(stream="粉煤灰")]
    assert run(as_csv(tmp_path / "a.csv", rows)).appended == 2
    keys = journal.execute("SELECT key FROM journal.account WHERE key LIKE 'storage%' ORDER BY key DESC").fetchall()
    assert keys == [("storage:togtoh/1号库",), ("storage:togtoh",)]


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"time": ""}, "A2", "cell_missing"),
        ({"time": "03/05/2025"}, "A2", "cell_date_ambiguous"),
        ({"time": "soon"}, "A2", "cell_time_unreadable"),
        ({"time": "2999-01-01"}, "A2", "time_in_future"),
        ({"period": "March"}, "B2", "cell_period_unreadable"),
        ({"period": "2021..2025"}, "B2", "cell_period_unreadable"),
        ({"source": "storage:nowhere"}, "C2", "account_unknown"),
        ({"target": "storage:nowhere"}, "D2", "account_unknown"),
        ({"source": "attic:togtoh"}, "C2", "cell_word_unknown"),
        ({"source": "togtoh"}, "C2", "cell_name_unknown"),
        ({"target": "storage:togtoh"}, "C2", "account_to_itself"),
        ({"stream": "unobtainium"}, "E2", "cell_name_unknown"),
        ({"mass": "0"}, "F2", "cell_mass_unreadable"),
        ({"mass": "-3"}, "F2", "cell_mass_unreadable"),
        ({"mass": "0.0000001"}, "F2", "cell_mass_unreadable"),
        ({"mass": "99999999999999"}, "F2", "cell_mass_unreadable"),
        ({"mass": "12,5"}, "F2", "cell_decimal_comma"),
        ({"mass": "1.234,5"}, "F2", "cell_decimal_comma"),
        ({"mass": "约12"}, "F2", "cell_number_unreadable"),
        ({"mass": "12千克"}, "F2", "cell_unit_differs"),
        ({"mass": ""}, "F2", "cell_missing"),
        ({"basis": "guessed"}, "G2", "cell_word_unknown"),
        ({"rule": ""}, "H2", "cell_missing"),
        ({"note": "x" * 2001}, "I2", "cell_text_too_long"),
    ],
)
def test_bad_cells_are_named_and_placed(
    journal: Connection[Any], run: Run, tmp_path: Path, change: dict[str, str], place: str, code: str
) -> None:
    report = run(as_csv(tmp_path / "a.csv", [row(**change), row()]))
    assert only(report)[:2] == (place, code)
    assert (report.appended, report.refused, report.kept) == (0, 1, False)
    assert count(journal) == 0


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("３２．５", 32_500_000),
        (" 1 240.5 ", 1_240_500_000),
        ("1,240", 1_240_000_000),
        ("12.5吨", 12_500_000),
        ("1.5e3", 1_500_000_000),
    ],
)
def test_numbers_as_people_write_them(
    journal: Connection[Any], run: Run, tmp_path: Path, text: str, grams: int
) -> None:
    assert run(as_csv(tmp_path / "a.csv", [row(mass=text)])).appended == 1
    assert journal.execute("SELECT mass_g FROM journal.entry").fetchall() == [(grams,)]


def test_a_mass_with_its_unit_beside_it(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    head = [*HEAD[:5], "质量", *HEAD[6:], "质量单位"]
    rows = [[*row(mass="3"), "kg"], [*row(mass="3吨"), ""], [*row(mass="3"), "万吨"]]
    assert run(as_csv(tmp_path / "a.csv", rows, head)).appended == 3
    assert journal.execute("SELECT mass_g FROM journal.entry ORDER BY seq").fetchall() == [
        (3000,),
        (3_000_000,),
        (30_000_000_000,),
    ]
    report = run(as_csv(tmp_path / "b.csv", [[*row(mass="3"), ""]], head))
    assert only(report) == ("F2", "cell_unit_missing", "3")


def test_two_masses_in_one_row(run: Run, tmp_path: Path) -> None:
    report = run(as_csv(tmp_path / "a.csv", [[*row(), "32500"]], [*HEAD, "mass_kg"]))
    assert only(report) == ("J2", "cell_filled_twice", "32500")


def test_cells_without_a_heading_and_headings_that_nobody_reads(run: Run, tmp_path: Path) -> None:
    report = run(as_csv(tmp_path / "a.csv", [[*row(), "x", "y"]], [*HEAD, "车牌"]))
    assert only(report) == ("K2", "cell_outside", "y")
    assert [r.code for r in report.remarks] == ["heading_unread"]


def test_periods_and_percentages_of_a_workbook(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    head = [*HEAD, "相对标准差（%）"]
    report = run(as_xlsx(tmp_path / "a.xlsx", [[*row(period=LOCAL), 2]], head))
    assert only(report)[1] == "cell_period_is_date"
    rows = [[*row(), 2], [*row(), "2%"], [*row(), {"percent": 0.02}], [*row(period=2025), "2"]]
    assert run(as_xlsx(tmp_path / "b.xlsx", rows, head)).appended == 4
    assert journal.execute("SELECT DISTINCT sd_ppm FROM journal.record").fetchall() == [(20_000,)]


def test_a_failed_formula_is_named(run: Run, tmp_path: Path) -> None:
    report = run(as_xlsx(tmp_path / "a.xlsx", [row(mass={"formula": "=1/0", "value": "#DIV/0!"})]))
    assert only(report) == ("F2", "cell_formula_failed", "#DIV/0!")


def test_observations(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    rows = [SEEN, [*SEEN[:2], "常住人口", "托克托县", "20", "申报", "x"]]
    assert run(as_csv(tmp_path / "a.csv", rows, OBSERVED), kind="observations").appended == 2
    seen = journal.execute("SELECT metric, place, value, unit FROM journal.observation ORDER BY seq").fetchall()
    name = "resident_population"
    assert seen == [(name, "hohhot", Decimal("363.94"), "万人"), (name, "togtoh", Decimal(20), "万人")]
    report = run(as_csv(tmp_path / "b.csv", [[*SEEN, "个"]], [*OBSERVED, "单位"]), kind="observations")
    assert only(report) == ("H2", "unit_of_metric", "个")


def test_the_same_file_twice_is_a_no_op(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "a.csv", [row(mass=str(n)) for n in range(1, 6)])
    assert run(path).appended == 5
    again = run(path)
    assert (again.appended, again.duplicates, again.kept) == (0, 5, True)
    path.rename(tmp_path / "other.csv")
    assert run(tmp_path / "other.csv", mode="rows").duplicates == 5
    assert count(journal) == 5
    with pytest.raises(ImportedByAnother):
        run(tmp_path / "other.csv", actor="person:2")


def test_a_dry_run_says_all_and_leaves_nothing(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "a.csv", [row(), row(source="storage:nowhere"), row(mass="x")])
    report = run(path, dry_run=True)
    assert [e["row"] for e in report.errors] == [3, 4] or {e["row"] for e in report.errors} == {3, 4}
    assert report.refused == 2
    assert count(journal) == count(journal, "entry") == 0
    assert journal.execute("SELECT count(*) FROM intake_import").fetchone() == (0,)
    assert journal.execute("SELECT count(*) FROM journal.turnover").fetchone() == (0,)


def test_row_mode_lets_sound_rows_in_and_the_error_sheet_can_be_mended(
    journal: Connection[Any], catalogue: Catalog, run: Run, tmp_path: Path
) -> None:
    rows = [row(mass=str(n)) for n in range(1, 8)]
    rows[2] = row(mass="12,5")
    rows[5] = row(mass="6", source="storage:nowhere")
    path = as_csv(tmp_path / "a.csv", rows)
    report = run(path, mode="rows")
    assert (report.appended, report.refused, report.kept) == (5, 2, True)
    sheet = tmp_path / "errors.xlsx"
    assert write_error_sheet(path, report, sheet, catalogue) == 2
    again = run(sheet, mode="rows")
    assert (again.appended, again.refused, again.remarks) == (0, 2, [])
    assert {e["error"]["code"] for e in again.errors} == {"cell_decimal_comma", "account_unknown"}
    mended = as_csv(tmp_path / "mended.csv", [row(mass="12.5"), row(mass="6")])
    assert run(mended, mode="rows").appended == 2
    assert count(journal) == 7


def test_a_mended_copy_of_the_whole_file_is_refused(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    rows = [row(mass=str(n), note=f"车次 {n}") for n in range(1, 1200)]
    rows[7] = row(mass="x")
    assert run(as_csv(tmp_path / "a.csv", rows), mode="rows").refused == 1
    rows[7] = row(mass="8")
    copy = as_csv(tmp_path / "mended.csv", rows)
    with pytest.raises(SeemsImported) as caught:
        run(copy, mode="rows")
    assert caught.value.values["share"] > 90
    assert count(journal) == 1198
    fresh = [row(mass=str(n), note=f"车次 {n}") for n in range(5000, 6200)]
    assert run(as_csv(tmp_path / "next_month.csv", fresh), mode="rows").appended == 1200
    assert run(copy, mode="rows", again=True).appended == 1199


def test_an_interrupted_import_goes_on(
    journal: Connection[Any], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    path = as_csv(tmp_path / "a.csv", [row(mass=str(n)) for n in range(1, 36)])
    whole = importing._Run.deal_with
    calls: list[int] = []

    def fails(self: Any, batch: list[Any]) -> None:
        calls.append(len(batch))
        whole(self, batch)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing._Run, "deal_with", fails)
    with pytest.raises(KeyboardInterrupt):
        run(path, mode="rows")
    assert count(journal) == 20
    assert journal.execute("SELECT rows_done, state FROM intake_import").fetchone() == (20, "running")
    report = run(path, mode="rows")
    assert calls == [10, 10, 10, 10, 5]
    assert (report.appended, report.duplicates) == (35, 0)
    assert count(journal) == 35


def test_idempotency_keys(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    head = [*HEAD, "幂等编号"]
    first = [[*row(mass="1"), "T-1"], [*row(mass="2"), "T-2"]]
    assert run(as_csv(tmp_path / "a.csv", first, head)).appended == 2
    report = run(as_csv(tmp_path / "b.csv", [*first, [*row(mass="3"), "T-3"]], head), again=True)
    assert (report.appended, report.duplicates) == (1, 2)
    other = run(as_csv(tmp_path / "c.csv", [[*row(mass="9"), "T-1"]], head))
    assert only(other) == ("J2", "idempotency_conflict", "T-1")
    twice = run(as_csv(tmp_path / "d.csv", [[*row(mass="4"), "T-9"], [*row(mass="5"), "T-9"]], head))
    assert only(twice)[:2] == ("J3", "id_repeated")
    assert count(journal) == 3


def test_masses_a_thousand_times_off_are_remarked(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    rows = [row(mass=str(30 + n)) for n in range(12)]
    rows[4] = row(mass="0.034")
    rows[9] = row(mass="31500")
    report = run(as_csv(tmp_path / "a.csv", rows))
    assert report.appended == 12
    assert sorted(r.rows for r in report.remarks if r.code == "mass_magnitude") == [(6,), (11,)]
    alone = run(as_csv(tmp_path / "b.csv", [row(mass="0.0035", source="storage:hohhot")]))
    assert alone.remarks == []
    run(
        as_csv(
            tmp_path / "c.csv",
            [row(mass=str(30 + n), source="storage:hohhot", time=f"2025-03-0{n + 1}") for n in range(6)],
        )
    )
    known = run(as_csv(tmp_path / "d.csv", [row(mass="0.031", source="storage:hohhot", time="2025-03-09")]))
    assert [r.rows for r in known.remarks] == [(2,)]


def test_large_sheets_with_three_bad_rows(journal: Connection[Any], run: Run, tmp_path: Path) -> None:
    rows = [row(mass=str(1 + n % 50)) for n in range(12_000)]
    for at in (17, 6000, 11_999):
        rows[at] = row(mass="bad")
    path = as_csv(tmp_path / "a.csv", rows)
    report = run(path)
    assert [e["row"] for e in report.errors] == [19, 6002, 12_001]
    assert count(journal) == 0
    assert run(path, mode="rows").appended == 11_997


def test_every_error_has_a_wording(run: Run, tmp_path: Path) -> None:
    report = run(as_csv(tmp_path / "a.csv", [row(mass="x", time="y", basis="z")]))
    assert [e["column"] for e in report.errors] == ["A", "F", "G"]
    assert replace(report, errors=[]).as_dict()["refused"] == 1
    assert all(isinstance(e, dict) for e in report.errors)
    assert issubclass(SeemsImported, NamedError)


def test_a_deadlock_starts_an_atomic_import_again(
    journal: Connection[Any], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = importing._Run.deal_with
    left = [2]

    def blocked(self: Any, batch: list[Any]) -> None:
        whole(self, batch)
        if left[0]:
            left[0] -= 1
            raise DeadlockDetected

    monkeypatch.setattr(importing._Run, "deal_with", blocked)
    path = as_csv(tmp_path / "a.csv", [row(mass="1"), row(mass="2")])
    assert run(path).appended == 2
    assert count(journal) == 2
    left[0] = importing.TRIES
    with pytest.raises(ImportBlocked):
        run(as_csv(tmp_path / "b.csv", [row(mass="3")]))
    assert count(journal) == 2
