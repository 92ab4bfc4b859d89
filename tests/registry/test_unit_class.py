"""Unit classes and the duties that follow: worked cases of HJ 1259—2022, 4.2, 5 and 7."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei import catalog as catalogues
from wufei.catalog import Catalog
from wufei.registry.duty_calendar import duties, to_keep
from wufei.registry.unit_class import SiteFacts, classify
from wufei.terms import is_unknown

T = 1_000_000  # grams
DAY = date(2025, 6, 1)
OLD = date(2010, 1, 1)
CAT = catalogues.load()


@pytest.mark.parametrize(
    ("facts", "by_year", "expected", "why"),
    [
        # in operation three years or more: the largest of the last three
        (SiteFacts(OLD), {2022: 99 * T, 2023: 100 * T, 2024: 3 * T}, "key_unit", "generation"),
        (SiteFacts(OLD), {2022: 99 * T, 2023: 100 * T - 1, 2024: 3 * T}, "simplified_unit", "generation"),
        (SiteFacts(OLD), {2022: 10 * T, 2023: 0, 2024: 0}, "simplified_unit", "generation"),
        (SiteFacts(OLD), {2022: 10 * T - 1, 2023: 0, 2024: 0}, "registered_unit", "generation"),
        # what lies further back does not count
        (SiteFacts(OLD), {2021: 500 * T, 2022: 1 * T, 2023: 1 * T, 2024: 1 * T}, "registered_unit", "generation"),
        # one to three years: the largest while operating
        (SiteFacts(date(2023, 9, 1)), {2023: 12 * T, 2024: 9 * T}, "simplified_unit", "generation"),
        # less than a year, not yet operating, or seldom: the assessed figure
        (SiteFacts(date(2024, 9, 1), assessed_g_per_year=150 * T), {2024: 1 * T}, "key_unit", "generation"),
        (SiteFacts(date(2026, 1, 1), assessed_g_per_year=20 * T), {}, "simplified_unit", "generation"),
        (SiteFacts(OLD, 37, 5 * T), {2024: 200 * T}, "registered_unit", "generation"),
        (SiteFacts(OLD, 36, 5 * T), {2022: 0, 2023: 0, 2024: 200 * T}, "key_unit", "generation"),
        # own treatment and licences make key units whatever is generated, also when nothing is known
        (SiteFacts(own_treatment=True), {}, "key_unit", "own_treatment"),
        (SiteFacts(OLD, licence=True), {2022: 0, 2023: 0, 2024: 0}, "key_unit", "licence"),
        # enough is known when a single year suffices
        (SiteFacts(OLD), {2024: 100 * T}, "key_unit", "generation"),
        (SiteFacts(), {2024: 100 * T}, "key_unit", "generation"),
        # the authority's word
        (SiteFacts(OLD, override="key_unit"), {2022: 0, 2023: 0, 2024: 0}, "key_unit", "override"),
    ],
)  # fmt: skip
def test_worked_cases(facts: SiteFacts, by_year: dict[int, int], expected: str, why: str) -> None:
    found = classify(facts, by_year, DAY, CAT)
    assert (found.unit_class, found.why) == (expected, why)


@pytest.mark.parametrize(
    ("facts", "by_year", "word"),
    [
        (SiteFacts(OLD), {2022: 0, 2024: 0}, "2023"),
        (SiteFacts(OLD), {2024: 50 * T}, "2022"),
        (SiteFacts(OLD), {}, "2022"),
        (SiteFacts(), {2024: 0}, "operation"),
        (SiteFacts(date(2025, 1, 1)), {}, "assessment"),
    ],
)
def test_what_is_not_known_is_never_little(facts: SiteFacts, by_year: dict[int, int], word: str) -> None:
    found = classify(facts, by_year, DAY, CAT)
    assert is_unknown(found.unit_class)
    assert word in found.unit_class.en
    assert found.why == "unknown"


def test_before_the_rule_there_is_no_class() -> None:
    assert is_unknown(classify(SiteFacts(OLD, licence=True), {}, date(2022, 9, 30), CAT).unit_class)


def test_an_override_keeps_what_was_computed() -> None:
    found = classify(SiteFacts(OLD, override="key_unit"), {2022: 0, 2023: 0, 2024: 0}, DAY, CAT)
    assert found.computed == "registered_unit"


@given(st.dictionaries(st.sampled_from([2022, 2023, 2024]), st.integers(0, 10**9), min_size=3), st.integers(1, 10**9))
def test_more_waste_never_lowers_the_class(by_year: dict[int, int], more: int) -> None:
    order = [item.id for item in CAT.national.items("unit_classes")]
    less = classify(SiteFacts(OLD), by_year, DAY, CAT).unit_class
    raised = classify(SiteFacts(OLD), by_year | {2024: by_year[2024] + more}, DAY, CAT).unit_class
    assert order.index(raised) <= order.index(less)


def year(unit_class: str, catalog: Catalog = CAT) -> list[tuple[str, str, str]]:
    found = duties(unit_class, date(2025, 1, 1), date(2025, 12, 31), catalog)
    return [(due.duty.id, due.period, due.due_on.isoformat()) for due in found]


def test_the_year_of_a_key_unit() -> None:
    found = year("key_unit")
    assert found[0] == ("monthly_declaration", "2024-12", "2025-01-15")
    assert ("management_plan", "2025", "2025-03-31") in found
    assert ("yearly_declaration", "2024", "2025-03-31") in found
    assert [d for d in found if d[0] == "monthly_declaration"][-1] == ("monthly_declaration", "2025-11", "2025-12-15")
    assert len(found) == 14


def test_the_year_of_the_other_classes() -> None:
    assert year("simplified_unit") == [
        ("quarterly_declaration", "2024Q4", "2025-01-15"),
        ("management_plan", "2025", "2025-03-31"),
        ("yearly_declaration", "2024", "2025-03-31"),
        ("quarterly_declaration", "2025Q1", "2025-04-15"),
        ("quarterly_declaration", "2025Q2", "2025-07-15"),
        ("quarterly_declaration", "2025Q3", "2025-10-15"),
    ]
    assert [d[0] for d in year("registered_unit")] == ["management_plan", "yearly_declaration"]


def test_a_duty_begins_with_its_rule() -> None:
    assert not duties("key_unit", date(2022, 1, 1), date(2022, 9, 30), CAT)
    assert duties("key_unit", date(2022, 10, 1), date(2022, 10, 31), CAT)[0].due_on == date(2022, 10, 15)


def test_records_are_kept_as_long_as_the_rules_say() -> None:
    kept = {k.duty.id: (k.keep.value, k.keep.unit) for k in to_keep("key_unit", DAY, CAT)}
    assert kept == {"keep_waste_register": (5, "年"), "keep_manifests": (10, "年"), "keep_storage_video": (3, "月")}
    assert "keep_storage_video" not in {k.duty.id for k in to_keep("registered_unit", DAY, CAT)}
