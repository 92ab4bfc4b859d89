"""Lights by hand, drivers that sum exactly, projections against published quantiles."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.catalog import Catalog
from wufei.indicators.drivers import Change, TooManyDrivers, decompose
from wufei.indicators.progress import Light, path_value, progress
from wufei.indicators.projection import Projection, back_test, project, student_cdf, student_quantile
from wufei.terms import Unknown


@pytest.mark.parametrize(
    ("indicator", "actual", "year", "raw", "light"),
    [
        # lower is better: 2.17 → 1.82
        ("general_industrial_waste_generation_intensity", "1.66", 2024, Fraction(51, 35), Light.MET),
        ("general_industrial_waste_generation_intensity", "1.96", 2023, Fraction(3, 5), Light.ON_TRACK),
        ("general_industrial_waste_generation_intensity", "1.99", 2023, Fraction(18, 35), Light.BEHIND),
        ("general_industrial_waste_generation_intensity", "2.24", 2023, Fraction(-1, 5), Light.SERIOUS),
        # higher is better: 22.1 → 60
        ("industrial_utilization_rate", "60.0", 2025, 1, Light.MET),
        ("industrial_utilization_rate", "41.05", 2025, Fraction(1, 2), Light.SERIOUS),
        # a level to hold: 100
        ("urban_waste_sorting_coverage", "100", 2022, 1, Light.MET),
        ("urban_waste_sorting_coverage", "99", 2022, Fraction(99, 100), Light.ON_TRACK),
        ("urban_waste_sorting_coverage", "70", 2025, Fraction(7, 10), Light.SERIOUS),
        # no base value: A/T
        ("zero_waste_project_investment", "111", 2022, Fraction(1, 2), Light.ON_TRACK),
        ("zero_waste_project_investment", "111", 2025, Fraction(1, 2), Light.SERIOUS),
        # strictly more than five
        ("zero_waste_policy_document_count", "5", 2025, 1, Light.BEHIND),
        ("zero_waste_policy_document_count", "6", 2021, Fraction(1), Light.MET),
        # “negative growth”: the reduction is above zero
        ("fertilizer_use_reduction", "0.1", 2023, 1, Light.MET),
        ("fertilizer_use_reduction", "0.0", 2023, 0, Light.SERIOUS),
        # a milestone in words: all evidence
        ("zero_waste_coordination_mechanism", "1", 2023, 1, Light.MET),
        ("zero_waste_coordination_mechanism", "0.75", 2025, Fraction(3, 4), Light.SERIOUS),
    ],
)
def test_lights(catalogue: Catalog, indicator: str, actual: str, year: int, raw: Any, light: Light) -> None:
    found = progress(catalogue.city("hohhot").get("indicators", indicator), Decimal(actual), year)
    assert (found.raw, found.light) == (raw, light)
    assert found.score is not None
    assert 0 <= found.score <= 1


def test_no_data_is_no_light(catalogue: Catalog) -> None:
    item = catalogue.city("hohhot").get("indicators", "green_mine_completion_rate")
    assert progress(item, Unknown("无", "none"), 2024).light == Light.NO_DATA


def test_the_path_is_straight(catalogue: Catalog) -> None:
    item = catalogue.city("hohhot").get("indicators", "general_industrial_waste_generation_intensity")
    assert [path_value(item, year) for year in (2020, 2025)] == [Fraction("2.17"), Fraction("1.82")]
    assert path_value(item, 2022) == Fraction("2.03")


RATE = "industrial_utilization_rate"
MASS = st.integers(1, 10**8).map(Fraction)


@given(st.lists(MASS, min_size=6, max_size=6))
def test_contributions_sum_to_the_change(catalogue: Catalog, masses: list[Fraction]) -> None:
    names = ("utilized", "generated", "prior_stock_utilized")
    fields = catalogue.definition(catalogue.city("hohhot").get("indicators", RATE)) | {"unit": "%"}
    found = decompose(fields, dict(zip(names, masses[:3], strict=True)), dict(zip(names, masses[3:], strict=True)))
    assert isinstance(found, Change)
    assert sum(found.by_input.values()) == found.total


def test_contributions_by_hand(catalogue: Catalog) -> None:
    """u/g from 2/4 to 3/6: u alone would bring 25 points, g alone −16⅔; Shapley splits the joint part evenly."""
    fields = {"formula": "utilized / generated", "unit": "%", "inputs": catalogue.definition(
        catalogue.city("hohhot").get("indicators", RATE))["inputs"]}  # fmt: skip
    two, three, four, six = map(Fraction, (2, 3, 4, 6))
    found = decompose(fields, {"utilized": two, "generated": four}, {"utilized": three, "generated": six})
    assert isinstance(found, Change)
    assert found.total == 0
    assert found.by_input == {"utilized": Fraction(125, 6), "generated": Fraction(-125, 6)}
    nothing = decompose(fields, {"utilized": two, "generated": four}, {"utilized": two, "generated": Fraction(0)})
    assert isinstance(nothing, Unknown)


def test_too_many_inputs_are_refused(catalogue: Catalog) -> None:
    fields = catalogue.definition(catalogue.city("hohhot").get("indicators", "public_participation_rate"))
    many = tuple(part.model_copy(update={"id": f"x{n}"}) for n in range(11) for part in fields["inputs"][:1])
    values = {part.id: Fraction(1) for part in many}
    with pytest.raises(TooManyDrivers):
        decompose({"formula": "x0", "unit": None, "inputs": many}, values, values)


@pytest.mark.parametrize(
    ("freedom", "share", "quantile"),  # any printed table of Student's t
    [(1, 0.95, 6.314), (2, 0.95, 2.920), (3, 0.975, 3.182), (4, 0.95, 2.132), (5, 0.975, 2.571), (10, 0.99, 2.764)],
)
def test_student_t_is_that_of_the_tables(freedom: int, share: float, quantile: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(quantile, abs=5e-4)
    assert student_cdf(-quantile, freedom) == pytest.approx(1 - share, abs=1e-4)


def test_a_line_is_continued() -> None:
    found = project({2020: 2.0, 2021: 1.9, 2022: 1.8, 2023: 1.7}, 2025)
    assert isinstance(found, Projection)
    assert found.mean == pytest.approx(1.5)
    assert found.probability(1.82, at_most=True) == pytest.approx(1)
    assert found.probability(1.4, at_most=True) == pytest.approx(0, abs=1e-6)


def test_an_uneven_past_gives_a_wide_future() -> None:
    """Years 1–4 with 1, 3, 2, 4: slope 0.8, s² = 0.9, so the scale at year 6 is √(0.9 · (1 + 1/4 + 12.25/5))."""
    found = project({1: 1.0, 2: 3.0, 3: 2.0, 4: 4.0}, 6)
    assert isinstance(found, Projection)
    assert (found.mean, found.scale) == (pytest.approx(5.3), pytest.approx((0.9 * 3.7) ** 0.5))
    assert found.high - found.mean == pytest.approx(2.920 * found.scale, abs=1e-3)
    assert found.probability(5.3, at_most=False) == pytest.approx(0.5)


def test_two_years_are_no_trend() -> None:
    assert isinstance(project({2020: 1.0, 2021: 2.0}, 2025), Unknown)


def test_the_past_is_projected_from_what_came_before() -> None:
    tried = back_test({2018: 1.0, 2019: 2.0, 2020: 3.0, 2021: 4.0, 2022: 9.0})
    assert [(each.year, each.held) for each in tried] == [(2021, True), (2022, False)]
    assert tried[1].projected == pytest.approx(5.0)
