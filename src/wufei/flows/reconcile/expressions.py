"""Constraints as people write them, parsed by a small grammar and never evaluated as Python.

An expression becomes a postfix program; its value and derivatives come from running the program on numbers that carry
a gradient (forward differentiation), its linear form from running it on affine forms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from lark import Lark, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from wufei.flows.reconcile.errors import FlowExpressionBad, FlowNameUnknown

LONGEST = 5000
GRAMMAR = r"""
?start: sum | sum "=" sum -> equal
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: unary | product "*" unary -> multiply | product "/" unary -> divide
?unary: power | "-" unary -> negate | "+" unary
?power: atom | atom ("^"|"**") unary -> raise_to
?atom: NUMBER -> number | name | FUNCTION "(" sum ")" -> call | "(" sum ")"
name: WORD -> word | QUOTED -> quoted
FUNCTION.2: /(exp|log|sqrt)(?=\s*\()/
NUMBER: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?/
WORD: /[^\W\d]\w*([.:]\w+)*/
QUOTED: /`[^`\n]+`/
%ignore /[ \t]+/
"""
Step = tuple[str, Any]
Gradient = dict[str, float]


class _ToPostfix(Transformer[Any, list[Step]]):
    """Builds the program from the leaves upwards, while parsing."""

    def number(self, found: list[Any]) -> list[Step]:
        return [("number", float(found[0]))]

    def word(self, found: list[Any]) -> list[Step]:
        return [("name", str(found[0]))]

    def quoted(self, found: list[Any]) -> list[Step]:
        return [("name", str(found[0])[1:-1])]

    def call(self, found: list[Any]) -> list[Step]:
        return [*found[1], (str(found[0]), None)]

    def negate(self, found: list[Any]) -> list[Step]:
        return [*found[0], ("negate", None)]


def _two(name: str) -> Callable[[Any, list[Any]], list[Step]]:
    return lambda _self, found: [*found[0], *found[1], (name, None)]


_DOES = {each: each for each in ("add", "subtract", "multiply", "divide", "raise_to")} | {"equal": "subtract"}
for _rule, _name in _DOES.items():
    setattr(_ToPostfix, _rule, _two(_name))


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_ToPostfix())


@dataclass(frozen=True)
class Expression:
    """A constraint that must be zero: its text, its program, and the names that it uses."""

    text: str
    program: tuple[Step, ...]
    names: tuple[str, ...]

    def affine(self) -> tuple[float, Gradient] | None:
        """Constant and coefficients when the expression is linear in its names, else None."""
        try:
            return _run(self.program, lambda name: (0.0, {name: 1.0}), exact=True)
        except _NotLinear:
            return None
        except (ArithmeticError, ValueError):
            return None

    def affine_given(self, known: Mapping[str, float]) -> tuple[float, Gradient] | None:
        """The same when some names have values already."""
        try:
            return _run(self.program, lambda n: (known[n], {}) if n in known else (0.0, {n: 1.0}), exact=True)
        except (_NotLinear, ArithmeticError, ValueError):
            return None

    def value_and_gradient(self, values: Mapping[str, float]) -> tuple[float, Gradient]:
        """Value and partial derivatives; nan where the expression has none (log of zero, division by zero)."""
        try:
            return _run(self.program, lambda name: (float(values[name]), {name: 1.0}), exact=False)
        except (ArithmeticError, ValueError, TypeError):
            return math.nan, dict.fromkeys(self.names, math.nan)


class _NotLinear(Exception):
    """A product of two unknowns, a power or a function of one."""


def parse(text: str, known: Mapping[str, Any]) -> Expression:
    """Read one constraint. Raises FlowExpressionBad and, for a name not in `known`, FlowNameUnknown."""
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise FlowExpressionBad(text=str(text)[:80], column=min(len(str(text)), LONGEST))
    try:
        program: Any = _parser().parse(text)
    except UnexpectedInput as error:
        at = getattr(error, "column", -1)
        raise FlowExpressionBad(text=text[:80], column=at if at > 0 else len(text)) from None
    except (VisitError, ValueError, OverflowError):
        raise FlowExpressionBad(text=text[:80], column=1) from None
    names = tuple(sorted({value for step, value in program if step == "name"}))
    for name in names:
        if name not in known:
            raise FlowNameUnknown(text=text[:80], name=name)
    return Expression(text, tuple(program), names)


def _run(
    program: tuple[Step, ...], look_up: Callable[[str], tuple[float, Gradient]], *, exact: bool
) -> tuple[float, Gradient]:
    stack: list[tuple[float, Gradient]] = []
    for step, value in program:
        if step == "number":
            stack.append((value, {}))
        elif step == "name":
            stack.append(look_up(value))
        elif step in _ONE:
            stack.append(_ONE[step](stack.pop(), exact))
        else:
            right = stack.pop()
            stack.append(_BINARY[step](stack.pop(), right, exact))
    return stack[0]


def _combine(a: float, left: Gradient, b: float, right: Gradient) -> Gradient:
    result = {name: a * x for name, x in left.items()}
    for name, x in right.items():
        result[name] = result.get(name, 0.0) + b * x
    return result


def _linear_only(exact: bool, *gradients: Gradient) -> None:  # noqa: FBT001
    if exact and any(gradients):
        raise _NotLinear


def _multiply(left: Any, right: Any, exact: bool) -> Any:  # noqa: FBT001
    if left[1] and right[1]:
        _linear_only(exact, left[1])
    return left[0] * right[0], _combine(right[0], left[1], left[0], right[1])


def _divide(left: Any, right: Any, exact: bool) -> Any:  # noqa: FBT001
    _linear_only(exact, right[1])
    value = left[0] / right[0]
    return value, _combine(1.0 / right[0], left[1], -value / right[0], right[1])


def _raise_to(left: Any, right: Any, exact: bool) -> Any:  # noqa: FBT001
    _linear_only(exact, left[1], right[1])
    value = left[0] ** right[0]
    if isinstance(value, complex):
        raise ValueError  # noqa: TRY004  (what math itself raises outside a function's domain)
    slope = right[0] * left[0] ** (right[0] - 1.0) if left[1] else 0.0
    growth = value * math.log(left[0]) if right[1] else 0.0
    return value, _combine(slope, left[1], growth, right[1])


def _function(value: Callable[[float], float], slope: Callable[[float], float]) -> Callable[[Any, bool], Any]:
    def apply(inner: Any, exact: bool) -> Any:  # noqa: FBT001
        _linear_only(exact, inner[1])
        factor = slope(inner[0]) if inner[1] else 0.0
        return value(inner[0]), {name: factor * x for name, x in inner[1].items()}

    return apply


_ONE: dict[str, Callable[[Any, bool], Any]] = {
    "negate": lambda inner, _exact: (-inner[0], {name: -x for name, x in inner[1].items()}),
    "exp": _function(math.exp, math.exp),
    "log": _function(math.log, lambda x: 1.0 / x),
    "sqrt": _function(math.sqrt, lambda x: 0.5 / math.sqrt(x)),
}
_BINARY: dict[str, Callable[[Any, Any, bool], Any]] = {
    "add": lambda left, right, _exact: (left[0] + right[0], _combine(1.0, left[1], 1.0, right[1])),
    "subtract": lambda left, right, _exact: (left[0] - right[0], _combine(1.0, left[1], -1.0, right[1])),
    "multiply": _multiply,
    "divide": _divide,
    "raise_to": _raise_to,
}


def jacobian(
    expressions: list[Expression], index: Mapping[str, int], values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Values (m) and derivatives (m × n) of the expressions at `values` (n); `index` says where each name stands."""
    found = np.empty(len(expressions))
    slopes = np.zeros((len(expressions), len(values)))
    for row, expression in enumerate(expressions):
        here = {name: values[index[name]] for name in expression.names}
        found[row], gradient = expression.value_and_gradient(here)
        for name, slope in gradient.items():
            slopes[row, index[name]] = slope
    return found, slopes
