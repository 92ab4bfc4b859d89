"""Mass is exact: what is parsed is what is printed, and nothing finer than a gram gets in."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.terms import Mass, MassUnreadable
from wufei.terms.mass import GRAMS

grams = st.integers(min_value=-(2**63 - 1), max_value=2**63 - 1)


@pytest.mark.parametrize(
    ("text", "g"),
    [
        ("1吨", 1_000_000),
        ("0.5 千克", 500),
        ("951万吨", 9_510_000_000_000),
        ("1,240.5 kg", 1_240_500),
        ("1e3 t", 1_000_000_000),
        ("-2 t", -2_000_000),
        ("1，000 克", 1_000),
    ],
)
def test_reads_what_people_write(text: str, g: int) -> None:
    assert Mass.parse(text) == Mass(g)


def test_a_bare_number_needs_a_default_unit() -> None:
    assert Mass.parse("2.5", "吨") == Mass(2_500_000)
    assert Mass.parse("2.5 千克", "吨") == Mass(2_500)
    with pytest.raises(MassUnreadable):
        Mass.parse("2.5")


@pytest.mark.parametrize(
    "text", ["", "吨", "abc t", "1 lb", "0.0000001 t", "1e30 t", "1 2 t", "NaN t", "∞ 吨", "1.5.2 t"]
)
def test_refuses_by_name(text: str) -> None:
    with pytest.raises(MassUnreadable) as caught:
        Mass.parse(text)
    assert caught.value.code == "mass_unreadable"
    assert caught.value.text("zh")
    assert caught.value.remedy("en")


@pytest.mark.parametrize("wrong", [1.5, True, "1", Decimal(1), 2**63])
def test_only_int64_grams(wrong: object) -> None:
    with pytest.raises(MassUnreadable):
        Mass(wrong)  # type: ignore[arg-type]


@given(grams, st.sampled_from(sorted(GRAMS)))
def test_format_parses_back(g: int, symbol: str) -> None:
    assert Mass.parse(Mass(g).format(symbol)) == Mass(g)


@given(st.integers(-(2**61), 2**61), st.integers(-(2**61), 2**61))
def test_addition_is_exact(left: int, right: int) -> None:
    assert (Mass(left) + Mass(right)).g == left + right
    assert Mass(left) + Mass(right) - Mass(right) == Mass(left)


def test_adds_only_to_mass() -> None:
    with pytest.raises(TypeError):
        Mass(1) + 1  # type: ignore[operator]


def test_rounds_half_up_only_for_show() -> None:
    assert Mass(1_005_000).format("吨", 2) == "1.01 吨"
    assert Mass(1_005_000).format("吨") == "1.005 吨"
