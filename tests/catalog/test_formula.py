"""The language of formulas: what can be said, units by dimension, exact numbers, derivatives, rounding."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalog.conftest import Drawing
from wufei import catalog
from wufei.catalog import formula
from wufei.catalog.indicator_check import outcome
from wufei.catalog.indicator_errors import FormulaFunctionUnknown, FormulaUnitsClash, FormulaUnreadable
from wufei.catalog.worked import round_half_up
from wufei.terms import NamedError

F = Fraction
UNITS = {"mass": "吨", "money": "万元", "share": "%", "heads": "头"}
NUMBERS = {"mass": F(6), "money": F(3), "share": F(1, 2), "heads": F(4)}


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("mass / money", "[mass] [money]^-1", 2),
        ("1 - share * 2", "1", 0),
        ("-(mass - 2 * mass)", "[mass]", 6),
        ("mass / mass / 2", "1", F(1, 2)),
        ("max(mass, 2 * mass) - min(mass, mass / 2)", "[mass]", 9),
        ("share(heads, heads - heads, 1)", "1", 1),
        ("0.25 * heads", "[count]", 1),
    ],
)
def test_what_a_formula_says(text: str, dimension: str, value: int) -> None:
    node = formula.parse(text)
    assert formula.shown(formula.dimension(node, UNITS)) == dimension
    assert formula.value(node, NUMBERS).value == value


@pytest.mark.parametrize("text", ["mass + share", "mass - 1", "min(mass, heads)", "share(mass, mass, mass)"])
def test_different_dimensions_neither_add_nor_compare(text: str) -> None:
    with pytest.raises(FormulaUnitsClash):
        formula.dimension(formula.parse(text), UNITS)


@pytest.mark.parametrize(
    "text", ["", "mass +", "mass.real", "mass[0]", "'text'", "a = b", "lambda: 1", "mass ** 2", "1e9", "mass; mass"]
)
def test_nothing_else_can_be_said(text: str) -> None:
    with pytest.raises(FormulaUnreadable):
        formula.parse(text)


@pytest.mark.parametrize("text", ["exec(mass)", "share(mass, mass)", "min(mass)", "__import__(mass)"])
def test_only_known_functions_are_called(text: str) -> None:
    with pytest.raises((FormulaFunctionUnknown, FormulaUnreadable)):
        formula.parse(text)


def test_a_formula_too_long_is_refused() -> None:
    with pytest.raises(FormulaUnreadable):
        formula.parse("1 + " * 200 + "1")


@given(st.fractions(1, 9), st.fractions(1, 9), st.fractions(1, 9))
def test_derivatives_are_those_of_the_formula(a: F, b: F, c: F) -> None:
    """Against the quotient rule by hand: f = a / (b + c)."""
    found = formula.value(formula.parse("a / (b + c)"), {"a": a, "b": b, "c": c})
    assert found.by == {"a": 1 / (b + c), "b": -a / (b + c) ** 2, "c": -a / (b + c) ** 2}


@pytest.mark.parametrize(
    ("exact", "decimals", "printed"),
    [
        (F(5, 1000), 2, "0.01"),
        (F(-5, 1000), 2, "-0.01"),
        (F(71428, 1000), 1, "71.4"),
        (F(5, 2), 0, "3"),
        (F(2), None, "2.00"),
    ],
)
def test_rounding_is_half_up(exact: F, decimals: int | None, printed: str) -> None:
    assert f"{round_half_up(exact, decimals):f}" == printed


def test_every_worked_example_of_every_indicator_comes_out(catalogue: catalog.Catalog) -> None:
    """The loader refuses others; this counts them, so that none is left out by mistake."""
    seen = 0
    for item in catalogue.national.items("indicators"):
        assert item.formula, item.id
        assert len(item.examples) >= 3, item.id
        for example in item.examples:
            assert outcome(item, item.unit, example) == example.gives, (item.id, example.zh)
            seen += 1
    assert seen >= 3 * 49


A = {"id": "amount", "zh": "量", "en": "amount", "unit": "吨"}
B = {"id": "money", "zh": "钱", "en": "money", "unit": "万元"}
EXAMPLES = [
    {"zh": "甲", "en": "a", "given": {"amount": 6, "money": 3}, "gives": 2},
    {"zh": "乙", "en": "b", "given": {"amount": None, "money": 3}, "gives": None},
    {"zh": "丙", "en": "c", "given": {"amount": 0, "money": 3}, "gives": 0},
]


def defined(drawing: Drawing, **fields: object) -> None:
    base = {
        "formula": "amount / money",
        "inputs": [A, B],
        "examples": EXAMPLES,
        "unit": "吨/万元",
        "direction": "lower",
        "requirement_level": "optional",
        "cites": [{"source": "law", "clause": "1"}],
    }
    drawing.write("national/indicators", "strength", **(base | fields))


def test_inputs_declare_the_metrics_they_are_observed_as(drawing: Drawing) -> None:
    defined(drawing)
    loaded = drawing.load()
    assert {m.id: m.unit for m in loaded.national.items("metrics")} == {"amount": "吨", "money": "万元"}


BROKEN: dict[str, dict[str, object]] = {
    "formula_input_unknown": {"formula": "amount / missing"},
    "formula_input_unused": {"formula": "amount", "unit": "吨", "examples": EXAMPLES},
    "formula_units_clash": {"formula": "amount + money"},
    "formula_unreadable": {"formula": "amount / / money"},
    "formula_function_unknown": {"formula": "sum(amount, money)"},
    "examples_too_few": {"examples": EXAMPLES[:2]},
    "example_wrong": {"examples": [EXAMPLES[0] | {"gives": 2.01}, *EXAMPLES[1:]]},
    "input_source_unclear": {"inputs": [A, B | {"value": 1}]},
    "unit_wrong": {"inputs": [A | {"indicator": "other"}, B]},
    "reference_unknown": {"inputs": [A | {"metric": "nobody"}, B]},
    "unit_not_defined": {"inputs": [A | {"unit": "桶"}, B]},
    "indicator_circle": {"inputs": [A, B | {"indicator": "strength", "unit": "吨/万元"}], "unit": None,
                         "examples": [e | {"gives": g} for e, g in zip(EXAMPLES, (2, None, 0), strict=True)]},
}  # fmt: skip


@pytest.mark.parametrize("code", BROKEN)
def test_a_wrong_definition_is_refused_by_name(drawing: Drawing, code: str) -> None:
    drawing.write("national/indicators", "other", unit="%", direction="lower", requirement_level="optional")
    defined(drawing, **BROKEN[code])
    found = drawing.errors()
    assert code in {error.code for error in found}, [error.render("en") for error in found]
    assert all(":" in str(error.place) for error in found if code != "indicator_circle")


def test_errors_say_where(drawing: Drawing) -> None:
    defined(drawing, **BROKEN["example_wrong"])
    (error,) = drawing.errors()
    assert isinstance(error, NamedError)
    assert error.values["number"] == 1
    assert "2.01" in error.text("zh")
