"""A figure as plain data for JSON: exact numbers as text, Unknown with its reason, the whole lineage."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from wufei.catalog.worked import round_half_up
from wufei.indicators.figure import Amount, Figure
from wufei.terms import Lineage, Unknown

EXACT = 9


def figure_as_data(figure: Figure) -> dict[str, Any]:
    """The figure with everything that it rests on."""
    result = figure.result
    return {
        "indicator": figure.indicator,
        "place": figure.place,
        "period": str(result.period),
        "as_known_on": result.as_known_on.isoformat() if result.as_known_on else None,
        "value": value_as_data(result.value),
        "unit": result.unit,
        "way": figure.way,
        "coverage": value_as_data(result.coverage),
        "basis_shares": {str(basis): f"{share:f}" for basis, share in result.basis_shares.items()},
        "sd": value_as_data(result.sd),
        "reported": _amount(figure.reported) if figure.reported else None,
        "alternatives": [
            {"id": o.alternative.id, "formula": o.alternative.formula, "value": value_as_data(o.value)}
            for o in figure.alternatives
        ],
        "lineage": lineage_as_data(result.lineage) if result.lineage else None,
    }


def _amount(amount: Amount) -> dict[str, Any]:
    return {"value": value_as_data(amount.value), "period": str(amount.period)}


def value_as_data(value: Any) -> Any:
    """A number as text, Unknown as its reasons, None as it is."""
    if isinstance(value, Unknown):
        return {"unknown": {"zh": value.zh, "en": value.en}}
    if isinstance(value, Fraction):
        value = round_half_up(value, EXACT).normalize()
    return f"{value:f}" if isinstance(value, Decimal) else None if value is None else str(value)


def lineage_as_data(step: Lineage) -> dict[str, Any]:
    """One step and those below it; what is not said is left out."""
    said = {
        "kind": step.kind,
        "zh": step.zh,
        "en": step.en,
        "value": value_as_data(step.value),
        "unit": step.unit,
        "cites": [str(cite) for cite in step.cites],
        "count": step.count,
        "hash": step.hash,
        "records": list(step.records),
        "children": [lineage_as_data(child) for child in step.children],
    }
    return {name: value for name, value in said.items() if value not in (None, [])}
