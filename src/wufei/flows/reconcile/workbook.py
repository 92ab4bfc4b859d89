"""A case as a workbook: one sheet per list of docs/formats/flows.md, one column per field."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from wufei.flows.reconcile.errors import FlowCaseUnreadable
from wufei.terms.spreadsheet import workbook

FIELDS = ("status", "measured", "sd", "fixed", "lower", "upper", "name")
SHEETS = {
    "nodes": ("id", "balance", "name", "stage"),
    "flows": ("id", "from", "to", *FIELDS),
    "stocks": ("id", "node", *FIELDS),
    "variables": ("id", *FIELDS),
    "constraints": ("constraint",),
    "covariance": ("a", "b", "value"),
    "settings": ("name", "value"),
}
TEXTS = {"id", "from", "to", "node", "status", "name", "constraint", "a", "b", "stage"}
LARGEST_BYTES = 300_000_000
EXAMPLE: dict[str, list[tuple[Any, ...]]] = {
    "nodes": [("origin", False, "产生 origin", 0), ("storage", True, "贮存 storage", 1), ("out", False, "去向 out", 2)],
    "flows": [
        ("generated", "origin", "storage", "measured", 100, 5, None, None, None, "产生量 generated"),
        ("treated", "storage", "out", "measured", 80, 4, None, None, None, "处理量 treated"),
    ],
    "stocks": [("stored", "storage", "measured", 15, 3, None, None, None, "贮存增量 stock change")],
    "settings": [("unit", "t")],
}


def template(target: Any, case: dict[str, Any] | None = None) -> None:
    """Write a workbook to a path or open file: an example of three flows, or `case` when one is given."""
    book = workbook(target)
    bold = book.add_format({"bold": True, "bottom": 1})
    for name, columns in SHEETS.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 16)
        sheet.write_row(0, 0, columns, bold)
        rows = EXAMPLE.get(name, []) if case is None else _rows(case, name, columns)
        for at, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(at, column, value)
        if "status" in columns:
            at = columns.index("status")
            sheet.data_validation(
                1, at, 10_000, at, {"validate": "list", "source": ["measured", "fixed", "unmeasured"]}
            )
    book.close()


def _rows(case: dict[str, Any], name: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    if name == "settings":
        return [(key, case[key]) for key in ("unit", "nonnegative", "alpha") if key in case]
    given = case.get(name) or []
    if name == "constraints":
        return [(text,) for text in given]
    if name == "covariance":
        return [tuple(row) for row in given]
    return [tuple(each.get(column) for column in columns) for each in given]


def read(path: Path) -> dict[str, Any]:
    """The case in a workbook of the template. Raises FlowCaseUnreadable."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  (only workbooks need it)

    _not_too_large(path)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names if name in SHEETS}
    except (CalamineError, OSError, ValueError) as error:
        raise FlowCaseUnreadable(reason_zh="不是 XLSX 工作簿", reason_en=f"no XLSX workbook ({error})") from None
    if "flows" not in sheets:
        raise FlowCaseUnreadable(reason_zh="没有 flows 工作表", reason_en="it has no sheet named flows")
    return _case({name: _records(rows) for name, rows in sheets.items()})


def _not_too_large(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        raise FlowCaseUnreadable(reason_zh="不是 XLSX 工作簿", reason_en="no XLSX workbook") from None
    if size > LARGEST_BYTES:
        raise FlowCaseUnreadable(reason_zh="展开后过大", reason_en=f"it unpacks to {size:,} bytes")


def _records(rows: list[list[Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    heads = [str(head).strip() for head in rows[0]]
    found = []
    for row in rows[1:]:
        pairs = {h: _cell(h, value) for h, value in zip(heads, row, strict=False) if h and value not in ("", None)}
        if pairs:
            found.append(pairs)
    return found


def _cell(head: str, value: Any) -> Any:
    if head in TEXTS:
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return value


def _case(records: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    case: dict[str, Any] = {name: records.get(name, []) for name in ("nodes", "flows", "stocks", "variables")}
    for node in case["nodes"]:
        if isinstance(node.get("balance"), (int, float)):
            node["balance"] = bool(node["balance"])
    case["constraints"] = [each["constraint"] for each in records.get("constraints", []) if "constraint" in each]
    case["covariance"] = [[each.get(k) for k in ("a", "b", "value")] for each in records.get("covariance", [])]
    settings = {each.get("name"): each.get("value") for each in records.get("settings", [])}
    return case | {k: v for k, v in settings.items() if k in ("unit", "nonnegative", "alpha")}
