"""What a file really is: content beats the name, every encoding is said, every broken table is named."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest
import python_calamine

from tests.intake.files import HEAD, ROW, as_csv, as_xlsx, row
from wufei.catalog import Catalog
from wufei.intake import xlsx
from wufei.intake.headings import find_headings
from wufei.intake.importing import Wish, open_sheet, sheet_of
from wufei.intake.sniff import sniff
from wufei.intake.tables import letter, tables
from wufei.terms import NamedError


def opened(path: Path, catalogue: Catalog, kind: str = "entries") -> object:
    return open_sheet(sheet_of(catalogue, kind), Wish(kind, path, "p", "o"))


def refusal(path: Path, catalogue: Catalog, kind: str = "entries") -> NamedError:
    with pytest.raises(NamedError) as caught:
        opened(path, catalogue, kind)
    assert caught.value.render("zh")
    assert caught.value.render("en")
    return caught.value


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return path


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", b"%PDF-1.7 ...", "a PDF document"),
        ("a.xlsx", b"time,mass\r\n1,2\r\n", "plain text"),
        ("a.xls", b"<html><table><tr><td>1", "a web page or XML"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "a PNG image"),
        ("a.csv", b"\x1f\x8b\x08\x00", "a gzip archive"),
    ],
)
def test_content_beats_the_name(tmp_path: Path, catalogue: Catalog, name: str, content: bytes, found: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    error = refusal(path, catalogue)
    assert (error.code, error.values["found_en"]) == ("import_file_not_as_named", found)


def test_a_workbook_named_csv_and_other_archives(tmp_path: Path, catalogue: Catalog) -> None:
    as_xlsx(tmp_path / "a.xlsx", [ROW]).rename(tmp_path / "a.csv")
    assert refusal(tmp_path / "a.csv", catalogue).values["found_en"] == "a workbook"
    assert refusal(archive(tmp_path / "b.xlsx", "word/document.xml"), catalogue).values["found_en"] == "a Word document"
    assert refusal(archive(tmp_path / "c.xlsx", "x.txt"), catalogue).values["found_en"] == "a ZIP archive"
    assert refusal(archive(tmp_path / "d.xlsx", "xl/workbook.xml"), catalogue).code == "import_workbook_broken"
    (tmp_path / "e.xlsx").write_bytes(b"PK\x03\x04 cut off")
    assert refusal(tmp_path / "e.xlsx", catalogue).code == "import_workbook_broken"
    (tmp_path / "f.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nothing else")
    assert refusal(tmp_path / "f.xls", catalogue).code == "import_workbook_broken"


def test_a_truncated_workbook(tmp_path: Path, catalogue: Catalog) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", [row() for _ in range(500)])
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as cut:
        for name in whole.namelist():
            body = whole.read(name)
            cut.writestr(name, body[: len(body) // 2] if "sheet1" in name else body)
    assert refusal(tmp_path / "b.xlsx", catalogue).code == "import_workbook_broken"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "big5", "shift_jis", "latin-1"])
def test_other_encodings_are_named(tmp_path: Path, catalogue: Catalog, encoding: str) -> None:
    words = {
        "latin-1": "café, é",
        "shift_jis": "廃棄物の発生量データ、工場",
        "big5": "廢棄物產生量資料，工廠與處理設施",
    }
    note = words.get(encoding, "备注")
    path = as_csv(tmp_path / "a.csv", [["2025-03-05", note] * 4] * 3, ["date", "note", "x"], encoding)
    assert refusal(path, catalogue).code == "import_encoding_unknown"


@pytest.mark.parametrize("content", [b"", b"  \r\n", b"\xef\xbb\xbf\r\n"])
def test_nothing_in_it(tmp_path: Path, catalogue: Catalog, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert refusal(path, catalogue).code == "import_file_empty"


def test_headings_only_and_empty_sheets(tmp_path: Path, catalogue: Catalog) -> None:
    assert refusal(as_csv(tmp_path / "a.csv", []), catalogue).code == "import_file_empty"
    assert refusal(as_xlsx(tmp_path / "b.xlsx", [], []), catalogue).code == "import_file_empty"
    assert refusal(tmp_path / "nothing.csv", catalogue).code == "import_file_missing"


def test_headings_missing_repeated_and_none_at_all(tmp_path: Path, catalogue: Catalog) -> None:
    missing = refusal(as_csv(tmp_path / "a.csv", [ROW[:7]], HEAD[:7]), catalogue)
    assert (missing.code, missing.values["missing"]) == ("import_headings_missing", "依据条款 Rule")
    repeated = refusal(as_csv(tmp_path / "b.csv", [[*ROW, "1"]], [*HEAD, "mass_t"]), catalogue)
    assert (repeated.code, repeated.values["columns"]) == ("import_heading_repeated", "F、J")
    assert refusal(as_csv(tmp_path / "c.csv", [["1", "2"]], ["a", "b"]), catalogue).code == "import_headings_missing"
    assert refusal(tmp_path / "a.csv", catalogue, "observations").code == "import_headings_missing"


def test_an_unknown_kind(tmp_path: Path, catalogue: Catalog) -> None:
    with pytest.raises(NamedError) as caught:
        sheet_of(catalogue, "attic")
    assert caught.value.values["known"] == "entries、observations、orgs、permits、sites、vehicles"


def test_a_broken_line(tmp_path: Path, catalogue: Catalog) -> None:
    path = as_csv(tmp_path / "a.csv", [ROW])
    path.write_bytes(path.read_bytes() + b"x" * 200_000 + b"\r\n")
    error = refusal(path, catalogue)
    assert (error.code, error.values["row"]) == ("import_table_broken", 3)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters_and_titles_above_the_headings(tmp_path: Path, catalogue: Catalog, mark: str) -> None:
    path = as_csv(tmp_path / "a.csv", [[], HEAD, ["# 说明"], ROW], ["2025年3月台账"], mark=mark)
    found = opened(path, catalogue)
    assert (found.headings.row, found.rows, found.table.delimiter) == (3, 1, mark)  # type: ignore[attr-defined]


def test_the_second_sheet_is_found(tmp_path: Path, catalogue: Catalog) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet("封面").write_string(0, 0, "台账")
        sheet = book.add_worksheet("明细")
        for at, cells in enumerate([HEAD, ROW]):
            sheet.write_row(at, 0, cells)
        book.add_worksheet("隐藏").hide()
    found = opened(tmp_path / "a.xlsx", catalogue)
    assert found.table.sheet == "明细"  # type: ignore[attr-defined]


def test_our_reader_of_xlsx_agrees_with_calamine(tmp_path: Path) -> None:
    from datetime import datetime

    moment = datetime(2025, 3, 5, 8, 30, 15)  # noqa: DTZ001  (a spreadsheet knows no zone)
    cells = [[moment, 32.5, 7, -0.125, "文字", 'a<b>&"c', None, "x", {"formula": "=1+1", "value": 2}]] * 300
    for options in ({}, {"constant_memory": True}, {"date_1904": True}):
        path = as_xlsx(tmp_path / "a.xlsx", cells, [f"列{n}" for n in range(9)], **options)
        ours = [["" if c is None else c for c in line] for _, line in xlsx.rows(path, "数据")]
        theirs = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        assert ours == theirs


def test_a_large_workbook_takes_little_memory(tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", [row(note=f"备注 {n}", mass=n / 8) for n in range(6000)])
    tracemalloc.start()
    try:
        assert sum(1 for _ in xlsx.rows(path, "数据")) == 6001
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", [ROW])
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as made:
        for name in whole.namelist():
            body = whole.read(name)
            if "sheet1" in name:
                body = body.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1)
            made.writestr(name, body)
    with pytest.raises(NamedError) as caught:
        list(xlsx.rows(tmp_path / "b.xlsx", "数据"))
    assert caught.value.code == "import_workbook_broken"


ODF = "urn:oasis:names:tc:opendocument:xmlns"
SPACES = " ".join(f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "table", "text"))


def _line(cells: list[str]) -> str:
    texts = (f"<table:table-cell office:value-type='string'><text:p>{c}</text:p></table:table-cell>" for c in cells)
    return "<table:table-row>" + "".join(texts) + "</table:table-row>"


def test_old_workbooks_by_calamine(tmp_path: Path, catalogue: Catalog) -> None:
    ods = tmp_path / "a.ods"
    body = f"<office:document-content {SPACES}><office:body><office:spreadsheet><table:table table:name='数据'>"
    body += _line(HEAD) + _line(ROW) + "</table:table></office:spreadsheet></office:body></office:document-content>"
    with zipfile.ZipFile(ods, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr("content.xml", body)
        made.writestr("META-INF/manifest.xml", "<x/>")
    table = tables(ods, sniff(ods))[0]
    assert find_headings(sheet_of(catalogue, "entries"), table.rows()).row == 1  # type: ignore[union-attr]
    assert [cells for _, cells in table.rows()][1][:8] == ROW[:8]


def test_letters() -> None:
    assert [letter(n) for n in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
