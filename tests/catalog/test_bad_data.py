"""Each way to break a catalogue has a named error with file, line and remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.catalog.conftest import Drawing, cite
from wufei import catalog
from wufei.terms import NamedError

Only = Callable[[], NamedError]


def line(path: Path, text: str) -> int:
    """Where ``text`` begins a line of the file, as a person would count."""
    return next(
        n for n, found in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if found.strip().startswith(text)
    )


def test_the_drawing_itself_is_sound(drawing: Drawing) -> None:
    loaded = drawing.load()
    assert loaded.counts()["demo"] == {"city": 1, "indicators": 1, "orgs": 2, "sources": 1}
    assert loaded.city("demo").indicators[0].reading["name"] == "强度★"


@pytest.mark.parametrize("cites", [..., []])
def test_no_citation_no_load(drawing: Drawing, only: Only, cites: object) -> None:
    path = drawing.write("orgs", "bureau_c", kind="city_bureau", cites=cites)
    error = only()
    assert error.code == "citation_missing"
    assert str(path) in (error.place or "")
    assert "cites" in error.remedy("zh")


@pytest.mark.parametrize("field", ["zh", "en", "valid_from", "valid_to", "checked_on"])
def test_head_is_mandatory(drawing: Drawing, only: Only, field: str) -> None:
    drawing.write("orgs", "bureau_c", kind="city_bureau", **{field: ...})
    error = only()
    assert error.code == "field_missing"
    assert error.values["field"] == field


def test_duplicate_key(drawing: Drawing, only: Only) -> None:
    path = drawing.write("orgs", "bureau_c", kind="city_bureau")
    path.write_text(path.read_text(encoding="utf-8") + "zh: 又一个\n", encoding="utf-8")
    error = only()
    assert error.code == "key_duplicated"
    assert error.place == f"{path}:{len(path.read_text(encoding='utf-8').splitlines())}"


def test_unknown_org_with_its_line(drawing: Drawing, only: Only) -> None:
    path = drawing.indicator(responsible_orgs=["bureau_a", "bureau_x"])
    error = only()
    assert error.code == "reference_unknown"
    assert error.place == f"{path}:{line(path, '- bureau_x')}"


@pytest.mark.parametrize(("unit", "code"), [("斤", "unit_not_defined"), ("吨+%", "unit_not_defined")])
def test_undefined_unit(drawing: Drawing, only: Only, unit: str, code: str) -> None:
    path = drawing.indicator(unit=unit)
    error = only()
    assert error.code == code
    assert error.place == f"{path}:{line(path, 'unit:')}"


def test_money_in_tonnes(drawing: Drawing, only: Only) -> None:
    drawing.project("project_1", 1, 5, investment={"value": 5, "unit": "吨"})
    assert only().code == "unit_wrong"


def test_unknown_field_and_wrong_value(drawing: Drawing) -> None:
    drawing.indicator(colour="red", no="one")
    codes = sorted(error.code for error in drawing.errors())
    assert codes == ["field_invalid", "field_unknown"]


def test_every_error_is_reported_not_only_the_first(drawing: Drawing) -> None:
    drawing.write("orgs", "bureau_c", kind="city_bureau", cites=...)
    drawing.write("orgs", "bureau_d", kind="city_bureau", zh=...)
    drawing.indicator(responsible_orgs=["nobody"])
    assert sorted(error.code for error in drawing.errors()) == [
        "citation_missing",
        "field_missing",
        "reference_unknown",
    ]


def test_file_name_is_the_id(drawing: Drawing, only: Only) -> None:
    path = drawing.write("orgs", "bureau_c", kind="city_bureau")
    path.rename(path.with_name("bureau_d.yaml"))
    assert only().code == "id_mismatch"


def test_unknown_folder(drawing: Drawing, only: Only) -> None:
    drawing.write("gadgets", "one")
    assert only().code == "kind_unknown"


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe\x00", b"a: &x [*y]"])
def test_unreadable_file(drawing: Drawing, only: Only, content: bytes) -> None:
    drawing.write("orgs", "bureau_c", kind="city_bureau").write_bytes(content)
    assert only().code == "file_unreadable"


def test_not_a_mapping(drawing: Drawing, only: Only) -> None:
    drawing.write("orgs", "bureau_c", kind="city_bureau").write_text("- 1\n")
    assert only().code == "field_invalid"


def test_validity_runs_backwards(drawing: Drawing, only: Only) -> None:
    drawing.write("orgs", "bureau_c", kind="city_bureau", valid_from="2025-01-01", valid_to="2024-12-31")
    assert only().code == "validity_backwards"


def test_versions_may_follow_but_not_overlap(drawing: Drawing) -> None:
    fields = {"kind": "city_bureau", "valid_to": "2022-12-31"}
    drawing.write("orgs", "bureau_c", **fields)
    drawing.write("orgs/later", "bureau_c", kind="city_bureau", valid_from="2023-01-01", zh="新名")
    scope = drawing.load().city("demo")
    assert scope.get("orgs", "bureau_c").zh == "新名"
    drawing.write("orgs/later", "bureau_c", kind="city_bureau", valid_from="2022-12-31")
    error = drawing.errors()[0]
    assert error.code == "validity_overlap"
    assert "2022-12-31" in error.text("zh")


def test_line_outside_the_source(drawing: Drawing) -> None:
    drawing.indicator(cites=cite(99), printed={})
    assert [error.code for error in drawing.errors()] == ["line_outside"]


def test_printed_form_must_stand_on_its_line(drawing: Drawing, only: Only) -> None:
    path = drawing.indicator(printed={"name": "强度", "target": "1.83"})
    error = only()
    assert error.code == "printed_not_on_line"
    assert error.place == f"{path}:{line(path, 'target: ')}" or "target" in error.values["field"]


def test_mended_source_trips_the_expectation(drawing: Drawing, only: Only) -> None:
    drawing.write(
        "corrections",
        "star",
        category="content",
        printed="强度★",
        reading="强度",
        confidence="sure",
        reason_zh="印误",
        reason_en="misprint",
        target={"kind": "indicators", "id": "strength", "field": "name"},
        expect=[{"line": 3, "contains": "强度★"}],
    )
    assert only().code == "expectation_failed"


def test_correction_of_nothing(drawing: Drawing, only: Only) -> None:
    drawing.write(
        "corrections",
        "star",
        category="content",
        confidence="sure",
        reason_zh="印误",
        reason_en="misprint",
        target={"kind": "indicators", "id": "strength", "field": "colour"},
        expect=[{"line": 2, "contains": "强度★"}],
    )
    assert only().code == "reference_unknown"


def test_changed_source_text(drawing: Drawing) -> None:
    (drawing.city / "sources" / "plan.txt").write_text("别的\n" * 9)
    assert "source_text_changed" in {error.code for error in drawing.errors()}


def test_circle_of_dependencies(drawing: Drawing, only: Only) -> None:
    drawing.task("industry_1", 1, 4, depends_on=[{"task": "industry_2", "zh": "先", "en": "first"}])
    drawing.task("industry_2", 2, 5, depends_on=[{"task": "industry_1", "zh": "先", "en": "first"}])
    error = only()
    assert error.code == "cycle_found"
    assert "industry_1 → industry_2 → industry_1" in error.text("en")


def test_table_rows_are_items_and_ragged_rows_are_refused(drawing: Drawing) -> None:
    head = drawing.write("national/streams", "codes", table="codes.csv", cites=cite(source="law"), confidence="high")
    table = head.with_suffix(".csv")
    table.write_text(
        "id,zh,en,parent,family,hazardous\nHW08,油,Oil,,hazardous,true\n900-1,废油,Used oil,HW08,hazardous,true\n"
    )
    streams = drawing.load().national.streams
    assert [(s.id, s.parent, s.hazardous) for s in streams] == [("900-1", "HW08", True), ("HW08", None, True)]
    table.write_text("id,zh,en,parent,family,hazardous\nHW08,油\n")
    assert drawing.errors()[0].code == "table_unreadable"


def test_empty_root(tmp_path: Path) -> None:
    with pytest.raises(NamedError) as caught:
        catalog.load(tmp_path)
    assert caught.value.code == "catalog_empty"
