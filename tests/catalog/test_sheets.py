"""Sheets to import: what a declaration must say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.catalog.conftest import Drawing, cite
from wufei.catalog import Catalog
from wufei.terms import NamedError

FIXED = {"period": "2025", "basis": "declared", "rule": "law 1", "metric": "heads", "place": "demo"}


def column(name: str, fills: str, form: str = "text", **more: object) -> dict[str, object]:
    return {
        "id": name,
        "zh": f"{name} 列",
        "en": f"{name} of",
        "fills": fills,
        "form": form,
        "about_zh": "意",
        "about_en": "x",
    } | more


TIME = column("when", "happened_at", "time", required=True)
VALUE = column("heads", "value", "number", required=True)


def sheet(drawing: Drawing, columns: list[dict[str, object]], fixed: dict[str, str] = FIXED) -> None:
    more = {"cites": cite(source="law"), "makes": "observations", "columns": columns, "fixed": fixed}
    drawing.write("national/sheets", "counted", **more)


def test_a_sheet_of_two_columns(drawing: Drawing) -> None:
    sheet(drawing, [TIME, VALUE])
    found = drawing.load().national.get("sheets", "counted")
    assert [c.id for c in found.filling("value")] == ["heads"]


@pytest.mark.parametrize(
    ("columns", "fixed", "field"),
    [
        ([TIME], FIXED, "value"),
        ([TIME, VALUE | {"required": False}], FIXED, "value"),
        ([TIME, VALUE], {k: v for k, v in FIXED.items() if k != "rule"}, "rule"),
        ([TIME, VALUE, column("x", "mass", "mass")], FIXED, "mass"),
        ([TIME, VALUE], FIXED | {"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_make_a_record(
    drawing: Drawing,
    only: Callable[[], NamedError],
    columns: list[dict[str, object]],
    fixed: dict[str, str],
    field: str,
) -> None:
    sheet(drawing, columns, fixed)
    error = only()
    assert (error.code, error.values["field"]) == ("sheet_incomplete", field)


def test_one_heading_for_two_columns(drawing: Drawing) -> None:
    sheet(drawing, [TIME, VALUE, column("other", "note", zh="heads 列")])
    assert {error.code for error in drawing.errors()} == {"sheet_incomplete"}


def test_every_heading_of_the_shipped_sheets_is_plain(catalogue: Catalog) -> None:
    for one in catalogue.national.items("sheets"):
        assert all(c.about_zh and c.about_en for c in one.columns)
        assert not [c.id for c in one.columns if c.form in {"name", "account"} and not c.of]
