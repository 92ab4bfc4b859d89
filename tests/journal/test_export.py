"""Exports: every digit, no formula, bounded memory, and a note that says as known on when."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
import python_calamine
from psycopg import Connection

from wufei.journal import Evidence, Observation, Record, append
from wufei.journal import export as exporting
from wufei.journal.export import COLUMNS, ExportUnknown, csv_chunks, export, xlsx_chunks
from wufei.journal.find import Wanted

Make = Callable[..., Record]


@pytest.fixture
def filled(journal: Connection[Any], make: Make) -> Connection[Any]:
    proof = (Evidence("ticket", "票据.jpg", "ab" * 32),)
    outcomes = append(
        journal,
        [
            make(("origin:a", "storage:a", "ash", 1_234_567), note="=HYPERLINK(1)", sd_ppm=12_500, evidence=proof),
            make(("storage:a", "process:b", "oil", 5_000_000), basis="declared"),
            make(observations=(Observation("value_added", "a", Decimal("0.10"), "万元", "ash", Decimal("0.005")),)),
        ],
    )
    assert all(outcome.stands for outcome in outcomes)
    return journal


def as_rows(body: bytes) -> list[dict[str, str]]:
    text = body.decode("utf-8-sig")
    note, _, rest = text.partition("\r\n")
    assert note.startswith("# ")
    return list(csv.DictReader(io.StringIO(rest)))


def test_csv(filled: Connection[Any]) -> None:
    rows = as_rows(b"".join(export(filled, "entries", "csv")))
    assert [row["质量（吨）"] for row in rows] == ["1.234567", "5"]
    assert rows[0]["备注"] == "'=HYPERLINK(1)"
    assert rows[0]["发生时间"] == "2025-03-05 16:00:00+08:00"
    assert (rows[0]["相对标准差（%）"], rows[0]["佐证名称"], rows[0]["佐证校验值"]) == ("1.25", "票据.jpg", "ab" * 32)
    assert rows[1]["转入账户"] == "process:b"


def test_filters_and_language(filled: Connection[Any]) -> None:
    body = b"".join(export(filled, "entries", "csv", Wanted(basis="declared"), lang="en"))
    assert body.decode("utf-8-sig").startswith("# Wufei journal · entries · as known on 20")
    assert [row["Mass (t)"] for row in as_rows(body)] == ["5"]
    assert as_rows(b"".join(export(filled, "entries", "csv", Wanted(known_on=datetime(2020, 1, 1, tzinfo=UTC))))) == []


def test_xlsx(filled: Connection[Any]) -> None:
    body = io.BytesIO(b"".join(export(filled, "entries", "xlsx")))
    lines = python_calamine.CalamineWorkbook.from_filelike(body).get_sheet_by_index(0).to_python()
    assert lines[1] == [column.zh for column in COLUMNS["entries"]]
    assert lines[2][6] == 1.234567
    assert lines[2][lines[1].index("备注")] == "=HYPERLINK(1)"
    assert lines[2][0].isoformat() == "2025-03-05T16:00:00"


def test_parquet(filled: Connection[Any]) -> None:
    table = pq.read_table(io.BytesIO(b"".join(export(filled, "entries", "parquet"))))
    assert table["mass_g"].to_pylist() == [1_234_567, 5_000_000]
    assert table["happened_at"].to_pylist()[0] == datetime(2025, 3, 5, 8, tzinfo=UTC)
    assert table["note"].to_pylist() == ["=HYPERLINK(1)", None]
    assert "截至" in table.schema.metadata[b"note"].decode()
    seen = pq.read_table(io.BytesIO(b"".join(export(filled, "observations", "parquet")))).to_pylist()
    assert [(row["value"], row["unit"], row["stream"], row["sd"]) for row in seen] == [("0.1", "万元", "ash", "0.005")]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_nothing_to_export_is_still_a_file(journal: Connection[Any], form: str) -> None:
    assert b"".join(export(journal, "observations", form))


def test_unknown_forms_are_refused_at_once(journal: Connection[Any]) -> None:
    with pytest.raises(ExportUnknown):
        export(journal, "entries", "docx")


def test_a_csv_comes_in_chunks_as_the_rows_are_read() -> None:
    read = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal read
        for _ in range(10_000):
            read += 1
            yield ("x",)

    chunks = csv_chunks((COLUMNS["entries"][1],), rows(), "zh", "# 注")
    next(chunks)
    next(chunks)
    assert read == exporting.BLOCK
    assert sum(chunk.count(b"\r\n") for chunk in chunks) == 10_000 - exporting.BLOCK


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "SHEET_ROWS", 5)
    body = io.BytesIO(b"".join(xlsx_chunks((COLUMNS["entries"][1],), [(str(n),) for n in range(7)], "en", "# note")))
    book = python_calamine.CalamineWorkbook.from_filelike(body)
    assert [len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names] == [5, 5, 3]
