"""Periods print what they parse, and split without gap or overlap."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.terms import Period, PeriodUnreadable

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
kinds = st.sampled_from(["day", "month", "quarter", "half", "year"])


@pytest.mark.parametrize("text", ["2025", "2025-02", "2025Q4", "2025H2", "2024-02-29", "2021..2025"])
def test_prints_what_it_parses(text: str) -> None:
    assert str(Period.parse(text)) == text


@pytest.mark.parametrize("text", ["", "2025-13", "2025-02-30", "2025Q5", "25", "2025..2021", "2025-1", "今年"])
def test_refuses_by_name(text: str) -> None:
    with pytest.raises(PeriodUnreadable):
        Period.parse(text)


@given(days, kinds)
def test_containing_holds_the_day(day: date, kind: str) -> None:
    period = Period.containing(day, kind)
    assert day in period
    assert Period.parse(str(period)) == period


@given(days, kinds)
def test_split_covers_every_day_once(day: date, kind: str) -> None:
    year = Period.containing(day, "year")
    parts = list(year.split(kind))
    assert sum(part.days for part in parts) == year.days
    for before, after in pairwise(parts):
        assert after.first == before.last + timedelta(days=1)


def test_labels_in_both_languages() -> None:
    assert [
        Period.parse(t).label("zh") for t in ("2025Q1", "2025-03", "2021..2025", "2025H2", "2025-03-31", "2025")
    ] == [
        "2025年第一季度",
        "2025年3月",
        "2021—2025年",
        "2025年下半年",
        "2025年3月31日",
        "2025年",
    ]
    assert [
        Period.parse(t).label("en") for t in ("2025Q1", "2025-03", "2021..2025", "2025H2", "2025-03-31", "2025")
    ] == [
        "2025 Q1",
        "March 2025",
        "2021–2025",
        "2025 H2",
        "31 March 2025",
        "2025",
    ]


def test_a_plan_covers_its_years() -> None:
    plan = Period.plan(2021, 2025)
    assert plan.covers(Period.year(2023))
    assert not plan.covers(Period.year(2026))


def test_the_last_year_that_there_is_is_split_as_any_other() -> None:
    assert [str(part) for part in Period.parse("9999").split("quarter")] == [f"9999Q{n}" for n in (1, 2, 3, 4)]
