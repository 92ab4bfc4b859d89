"""Files hold what the page shows, read back, and cannot run a formula."""

import csv
import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from wufei.reports.export import csv_bytes, xlsx_bytes
from wufei.reports.table import Cell, Column, Table
from wufei.web.kinds import KINDS
from wufei.web.plan import Plan

BOM = b"\xef\xbb\xbf"


def rows_of_csv(body: bytes) -> list[list[str]]:
    assert body.startswith(BOM)
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def rows_of_xlsx(body: bytes) -> list[list]:
    return CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()


def export(client: Client, plan: Plan, kind: str, suffix: str, query: str = "") -> bytes:
    response = client.get(reverse("export", args=[plan.id, kind, suffix]) + query)
    assert response.status_code == 200
    assert f'.{suffix}"' in response["Content-Disposition"]
    return response.content


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_list_exports_every_row(reader: Client, plan: Plan, kind: str) -> None:
    many = len(plan.items(kind))
    assert len(rows_of_csv(export(reader, plan, kind, "csv"))) == 1 + many
    sheet = rows_of_xlsx(export(reader, plan, kind, "xlsx"))
    assert len(sheet) == 3 + many
    assert str(many) in sheet[1][0]
    assert "来源" in sheet[1][0]


@pytest.mark.django_db
def test_the_filters_of_the_page_hold_in_the_file(reader: Client, plan: Plan) -> None:
    rows = rows_of_csv(export(reader, plan, "indicators", "csv", "?requirement_level=mandatory&sort=-no"))
    mandatory = [item.no for item in plan.items("indicators") if item.requirement_level == "mandatory"]
    assert [int(row[0]) for row in rows[1:]] == sorted(mandatory, reverse=True)


@pytest.mark.django_db
def test_headings_follow_the_language(reader: Client, plan: Plan, in_english: Callable[[Client], Client]) -> None:
    assert "责任单位" in rows_of_csv(export(reader, plan, "indicators", "csv"))[0]
    assert "Responsible organisations" in rows_of_csv(export(in_english(reader), plan, "indicators", "csv"))[0]


@pytest.mark.django_db
def test_numbers_are_numbers_and_the_unknown_is_not_zero(reader: Client, plan: Plan) -> None:
    sheet = rows_of_xlsx(export(reader, plan, "indicators", "xlsx"))
    at = sheet[2].index("2020 年现状值")
    for row, item in zip(sheet[3:], plan.items("indicators"), strict=True):
        if item.baseline.value is not None:
            assert Decimal(str(row[at])) == item.baseline.value
        elif item.baseline.text is None:
            assert row[at] == "未知"


@pytest.mark.django_db
def test_an_unknown_suffix_is_no_page(reader: Client, plan: Plan) -> None:
    assert reader.get(reverse("export", args=[plan.id, "tasks", "pdf"])).status_code == 404


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "普通"]


@pytest.fixture
def evil() -> tuple:
    columns = (Column("text", "=Heading", lambda text, _lang: Cell(text)),)
    return columns, Table("evil", columns, words=str).prepare(EVIL, "zh").rows


def test_csv_disarms_formulas(evil: tuple) -> None:
    for row, text in zip(rows_of_csv(csv_bytes(*evil))[1:], EVIL, strict=True):
        assert row[0] == (text if text == "普通" else f"'{text}")


def test_xlsx_keeps_formulas_as_text(evil: tuple) -> None:
    import zipfile

    body = xlsx_bytes("=title", "note", *evil)
    sheet = zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower()
    assert [row[0] for row in rows_of_xlsx(body)[3:]] == [text.replace("\r", "\n") for text in EVIL] or len(
        rows_of_xlsx(body)
    ) == 3 + len(EVIL)
