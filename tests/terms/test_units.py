"""Units convert exactly inside one dimension and refuse to cross it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wufei.terms import UnitMismatch, UnitUnknown, convert, same_dimension, unit
from wufei.terms.mass import GRAMS


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("1969581.7", "万元", "亿元", "196.95817"),
        ("2.17", "吨/万元", "千克/万元", "2170"),
        ("50", "%", "1", "0.5"),
        ("30", "吨/日", "千克/日", "30000"),
        ("3", "亩", "m²", "2000"),
        ("24", "万立方米", "立方米", "240000"),
        ("100", "兆瓦", "千瓦", "100000"),
    ],
)
def test_converts_exactly(value: str, source: str, target: str, expected: str) -> None:
    assert convert(Decimal(value), source, target) == Decimal(expected)


@pytest.mark.parametrize(
    ("left", "right"), [("吨", "%"), ("吨/年", "吨/日"), ("元", "吨"), ("个", "吨"), ("亩", "立方米")]
)
def test_dimensions_do_not_mix(left: str, right: str) -> None:
    assert not same_dimension(left, right)
    with pytest.raises(UnitMismatch):
        convert(Decimal(1), left, right)


@pytest.mark.parametrize("symbol", ["", " ", "斤", "吨+%", "吨/0", "__import__('os')", "lambda: 1", "吨；"])
def test_unknown_symbols_are_named(symbol: str) -> None:
    with pytest.raises(UnitUnknown):
        unit(symbol)


@given(st.integers(-(10**12), 10**12), st.sampled_from(["吨", "千克", "万吨", "克", "g", "kt", "Mt"]))
def test_agrees_with_mass(value: int, symbol: str) -> None:
    """Two tables of mass units must never drift apart."""
    assert convert(value, symbol, "g") == value * GRAMS[symbol]


def test_every_mass_unit_is_defined() -> None:
    assert all(unit(symbol).dimension == "[mass]" and unit(symbol).factor == GRAMS[symbol] for symbol in GRAMS)
