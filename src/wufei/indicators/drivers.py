"""Which inputs moved an indicator between two periods, exactly: Shapley values, which sum to the change.

Each input's contribution is the mean change of the formula over every order in which the inputs can be exchanged
(Shapley 1953; for decomposition of indicators Ang, Huang and Mu 2009, who show it equal to the refined LMDI family in
being perfect and symmetric). Exact fractions: no residual. 2ⁿ evaluations, so formulas of at most ten inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import Any

from wufei.catalog.indicator_parts import Input
from wufei.catalog.worked import work
from wufei.terms import NamedError, Unknown

MOST_INPUTS = 10


class TooManyDrivers(NamedError):
    """A formula of too many inputs to be decomposed."""

    code = "too_many_drivers"
    zh = "公式有 {count} 项输入，最多分解 {most} 项。"
    en = "The formula has {count} inputs; at most {most} are decomposed."
    remedy_zh = "请把公式拆成几个指标。"
    remedy_en = "Split the formula into several indicators."


@dataclass(frozen=True, slots=True)
class Change:
    """The change of an indicator in its unit, and what each input contributed; the contributions sum to the change."""

    before: Fraction
    after: Fraction
    by_input: Mapping[str, Fraction]

    @property
    def total(self) -> Fraction:
        """After less before."""
        return self.after - self.before


def decompose(
    fields: Mapping[str, Any], before: Mapping[str, Fraction], after: Mapping[str, Fraction]
) -> Change | Unknown:
    """What moved the formula from ``before`` to ``after`` (inputs in their units), or Unknown where it has no value.

    Raises TooManyDrivers.
    """
    parts: dict[str, Input] = {part.id: part for part in fields["inputs"]}
    names = sorted(name for name in parts if name in before and name in after)
    if len(names) > MOST_INPUTS:
        raise TooManyDrivers(count=len(names), most=MOST_INPUTS)
    values: dict[frozenset[str], Fraction] = {}
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            given = {name: (after if name in chosen else before)[name] for name in names}
            found = work(fields["formula"], parts, given, fields["unit"]).exact
            if isinstance(found, Unknown):
                return found
            values[frozenset(chosen)] = found
    shares = {name: _shapley(name, names, values) for name in names}
    return Change(values[frozenset()], values[frozenset(names)], {n: share for n, share in shares.items() if share})


def _shapley(name: str, names: list[str], values: Mapping[frozenset[str], Fraction]) -> Fraction:
    others = [other for other in names if other != name]
    total = Fraction(0)
    for size in range(len(others) + 1):
        weight = Fraction(factorial(size) * factorial(len(names) - size - 1), factorial(len(names)))
        for chosen in map(frozenset, combinations(others, size)):
            total += weight * (values[chosen | {name}] - values[chosen])
    return total
