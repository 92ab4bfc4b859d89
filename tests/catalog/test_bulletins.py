"""Published figures: what a bulletin must say, and each contradiction with a case that trips it and one that passes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.catalog.conftest import Drawing
from wufei.catalog import Catalog, Finding
from wufei.catalog.bulletin_findings import implied_opening
from wufei.terms import NamedError

CITY_2023 = "bulletin_2023"


def figure(name: str, printed: str, **more: object) -> dict[str, object]:
    base = {
        "id": name,
        "zh": f"{name} 数",
        "en": name,
        "clause": "表",
        "printed": printed,
        "unit": "万吨",
        "metric": None,
    }
    return base | {"value": float(printed.strip("%")) if "." in printed else int(printed.strip("%"))} | more


def bulletin(drawing: Drawing, *figures: dict[str, object], **more: object) -> None:
    drawing.write("places", "demo", code="000000", level="city", parent=None, code_kind="gb2260")
    drawing.write("bulletins", "year", place="demo", period="2023", figures=list(figures), **more)


def findings(drawing: Drawing) -> list[Finding]:
    return [f for f in drawing.load().city("demo").findings if f.code.startswith("bulletin_")]


def test_a_total_that_leaves_a_part_out(drawing: Drawing) -> None:
    parts = [figure("a", "3.1"), figure("b", "0.4")]
    claim = [{"total": "all", "parts": ["a", "b"]}]
    bulletin(drawing, figure("all", "3.1"), *parts, sums=claim)
    found = findings(drawing)
    assert [(f.code, f.severity) for f in found] == [("bulletin_sum_differs", "error")]
    assert found[0].figures == {"printed": "3.1 万吨", "added": "3.5 万吨", "gap": "0.4 万吨"}
    assert "“b 数”" in found[0].zh
    assert "without “b”" in found[0].en
    bulletin(drawing, figure("all", "3.4"), *parts, sums=claim)
    assert "没有计入" not in findings(drawing)[0].zh
    bulletin(drawing, figure("all", "3.5"), *parts, sums=claim)
    assert findings(drawing) == []


@pytest.mark.parametrize(
    ("printed", "severity"), [("0.2%", "error"), ("2.1%", None), ("2%", None), ("3%", "error"), ("2.0%", "note")]
)
def test_a_share_that_is_none(drawing: Drawing, printed: str, severity: str | None) -> None:
    share = figure("share", printed, unit="%")
    bulletin(
        drawing,
        figure("part", "34.69"),
        figure("whole", "1657"),
        share,
        shares=[{"share": "share", "part": "part", "whole": "whole"}],
    )
    assert [f.severity for f in findings(drawing)] == ([severity] if severity else [])


def test_a_rate_with_a_short_denominator(drawing: Drawing) -> None:
    figures = [figure("part", "951"), figure("whole", "1657")]
    claim = {"share": "share", "part": "part", "whole": "whole"}
    short = claim | {"indicator": "strength", "leaves_out_zh": "往年存量", "leaves_out_en": "older stock"}
    bulletin(drawing, figure("share", "57%", unit="%"), *figures, shares=[short])
    found = findings(drawing)
    assert [f.code for f in found] == ["bulletin_denominator_short"]
    assert ("indicators", "strength") in found[0].items
    bulletin(drawing, figure("share", "57%", unit="%"), *figures, shares=[claim])
    assert findings(drawing) == []
    bulletin(drawing, figure("share", "99%", unit="%"), *figures, shares=[short])
    assert [f.code for f in findings(drawing)] == ["bulletin_share_differs"]


@pytest.mark.parametrize(("stock", "gap"), [("43.12", "4.80"), ("38.32", None), ("30.32", "-8.00")])
def test_routes_that_exceed_or_fall_short(drawing: Drawing, stock: str, gap: str | None) -> None:
    routes = {"own": "439.22", "others": "235.89", "yard": "282.58", "other_yard": "32.61"}
    figures = [figure(name, printed) for name, printed in routes.items()]
    balance = {"generated": "generated", "routes": list(routes), "stock": "stock"}
    accounts = {"opening_account": "opening:2023-01-01", "stock_account": "storage:demo"}
    bulletin(drawing, figure("generated", "1028.62"), *figures, figure("stock", stock), balances=[balance | accounts])
    assert [f.figures["gap"] for f in findings(drawing)] == ([f"{gap} 万吨"] if gap else [])


def test_a_figure_without_a_number_claims_nothing(drawing: Drawing) -> None:
    unknown = figure("all", "0") | {"printed": "约十", "value": None}
    bulletin(drawing, unknown, figure("a", "3"), figure("b", "4"), sums=[{"total": "all", "parts": ["a", "b"]}])
    assert findings(drawing) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"printed": "3.2"}, "figure_not_printed"),
        ({"metric": "nothing"}, "reference_unknown"),
        ({"metric": "strength"}, "unit_wrong"),
        ({"id": "other"}, "figure_unknown"),
        ({"stream": "nothing"}, "reference_unknown"),
        ({"unit": "篓"}, "unit_not_defined"),
        ({"entry": {"from_account": "attic:demo", "to_account": "storage:demo"}}, "account_misspelt"),
        ({"entry": {"from_account": "origin:nowhere", "to_account": "storage:demo"}}, "account_misspelt"),
    ],
)
def test_bad_figures_are_refused(
    drawing: Drawing, only: Callable[[], NamedError], change: dict[str, object], code: str
) -> None:
    sums = [{"total": "b", "parts": ["a", "b"]}]
    bulletin(drawing, figure("a", "3.1") | change, figure("b", "3.1"), sums=sums)
    error = only()
    assert error.code == code
    assert (error.place or "").rpartition(":")[0].endswith("year.yaml")


def test_the_findings_of_hohhot(catalogue: Catalog) -> None:
    city = catalogue.city("hohhot")
    found = [f for f in city.findings if f.code.startswith("bulletin_")]
    told = {(f.code, f.severity, f.figures["printed"]) for f in found if "printed" in f.figures}
    assert told == {
        ("bulletin_sum_differs", "error", "2247.644 万吨"),
        ("bulletin_sum_differs", "error", "1657 万吨"),
        ("bulletin_share_differs", "error", "0.2%"),
        ("bulletin_share_differs", "note", "12%"),
        ("bulletin_denominator_short", "warning", "57%"),
    }
    by_total = {f.figures["printed"]: f for f in found if f.code == "bulletin_sum_differs"}
    assert by_total["2247.644 万吨"].figures["added"] == "2251.668 万吨"
    assert "污泥" in by_total["2247.644 万吨"].zh
    assert by_total["1657 万吨"].figures["gap"] == "-1 万吨"
    gaps = {f.figures["gap"] for f in found if f.code == "bulletin_balance_open"}
    assert gaps == {"4.80 万吨", "0.37 万吨", "1.72 万吨"}
    year = city.get("bulletins", CITY_2023)
    assert [implied_opening(year, claim) for claim in year.balances] == [
        Decimal("4.80"),
        Decimal("0.37"),
        Decimal("1.72"),
    ]


def test_every_figure_of_hohhot_is_printed_and_explained(catalogue: Catalog) -> None:
    for item in catalogue.city("hohhot").items("bulletins"):
        for one in item.figures:
            assert one.metric or (one.note_zh and one.note_en), one.id
            assert one.value is not None or one.metric is None
            assert one.entry is None or (one.stream and one.value)
