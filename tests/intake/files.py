"""Sheets that tests make up."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import xlsxwriter

HEAD = ["发生时间", "报告期", "转出账户", "转入账户", "废物流", "质量（吨）", "计量依据", "依据条款", "备注"]
ROW = [
    "2025-03-05 08:30",
    "2025-03",
    "storage:togtoh",
    "process:horinger",
    "coal_fly_ash",
    "32.5",
    "实测",
    "hj 6.2",
    "",
]
OBSERVED = ["发生时间", "报告期", "观测指标", "地点", "数值", "计量依据", "依据条款"]
SEEN = ["2025-12-31", "2025", "resident_population", "hohhot", "363.94", "declared", "statistical_practice 通用口径"]


def row(**changes: Any) -> list[Any]:
    """A sound row with some cells changed: time, period, source, target, stream, mass, basis, rule, note."""
    names = ["time", "period", "source", "target", "stream", "mass", "basis", "rule", "note"]
    return [changes.get(name, cell) for name, cell in zip(names, ROW, strict=True)]


def as_csv(
    path: Path, rows: list[list[Any]], head: list[str] | None = None, encoding: str = "utf-8", mark: str = ","
) -> Path:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\r\n").writerows([head or HEAD, *rows])
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def as_xlsx(path: Path, rows: list[list[Any]], head: list[str] | None = None, **options: Any) -> Path:
    """A workbook; dates are written as dates, ``{"formula": …, "value": …}`` as a formula with its stored result."""
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("数据")
        styles = {
            "day": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "percent": book.add_format({"num_format": "0%"}),
        }
        for at, cells in enumerate([head or HEAD, *rows]):
            for column, cell in enumerate(cells):
                if isinstance(cell, dict) and "formula" in cell:
                    sheet.write_formula(at, column, cell["formula"], None, cell["value"])
                elif isinstance(cell, dict):
                    sheet.write_number(at, column, cell["percent"], styles["percent"])
                elif hasattr(cell, "year"):
                    sheet.write_datetime(at, column, cell, styles["day"])
                elif isinstance(cell, int | float):
                    sheet.write_number(at, column, cell)
                elif cell is not None:
                    sheet.write_string(at, column, str(cell))
    return path
