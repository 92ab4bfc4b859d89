"""The language of indicator formulas: named inputs, numbers, ``+ - * /``, brackets, ``min``, ``max`` and ``share``.

``share(part, whole, otherwise)`` is ``part / whole``, and ``otherwise`` where the whole is zero. Nothing else can be
said: no attribute, no index, no text. Units are checked by dimension before any number is known, so that 吨 + % is
refused at load; numbers are exact fractions in base units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from lark import Lark, Transformer, v_args
from lark.exceptions import LarkError

from wufei.catalog.indicator_errors import (
    FormulaFunctionUnknown,
    FormulaInputUnknown,
    FormulaUnitsClash,
    FormulaUnreadable,
)
from wufei.terms import unit

GRAMMAR = r"""
?start: sum
?sum: product | sum "+" product -> add | sum "-" product -> subtract
?product: factor | product "*" factor -> multiply | product "/" factor -> divide
?factor: NUMBER -> number | NAME -> name | "-" factor -> negate | "(" sum ")"
    | NAME "(" sum ("," sum)* ")" -> call
NAME: /[a-z][a-z0-9_]*/
NUMBER: /[0-9]+(\.[0-9]+)?/
%import common.WS
%ignore WS
"""
LONGEST = 400
ARITY = {"min": (2, 9), "max": (2, 9), "share": (3, 3)}
Powers = tuple[tuple[str, Fraction], ...]  # base dimension and power, sorted; () is a plain number


@dataclass(frozen=True, slots=True)
class Node:
    """A step of a formula: ``op`` is number, name, an operation or a function; ``number`` and ``name`` as it needs."""

    op: str
    children: tuple[Node, ...] = ()
    number: Fraction = Fraction(0)
    name: str = ""

    def names(self) -> Iterator[str]:
        """Every input that the formula names, in order, repeated as often as it stands there."""
        if self.op == "name":
            yield self.name
        for child in self.children:
            yield from child.names()


@v_args(inline=True)
class _Build(Transformer[Any, Node]):
    def number(self, token: Any) -> Node:
        return Node("number", number=Fraction(str(token)))

    def name(self, token: Any) -> Node:
        return Node("name", name=str(token))

    def call(self, token: Any, *arguments: Node) -> Node:
        least, most = ARITY.get(str(token), (0, -1))
        if not least <= len(arguments) <= most:
            raise FormulaFunctionUnknown(name=str(token), known=", ".join(sorted(ARITY)))
        return Node(str(token), arguments)

    def __default__(self, data: Any, children: list[Node], _meta: Any) -> Node:
        return Node(str(data), tuple(children))


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=False)


@cache
def parse(text: str) -> Node:
    """The formula as a tree. Raises FormulaUnreadable and FormulaFunctionUnknown."""
    if len(text) > LONGEST:
        raise FormulaUnreadable(formula=text[:40], why=f"longer than {LONGEST} characters")
    try:
        return _Build(visit_tokens=False).transform(_parser().parse(text))
    except LarkError as error:
        if (inner := getattr(error, "orig_exc", None)) is not None and isinstance(inner, FormulaFunctionUnknown):
            raise inner from None
        at = getattr(error, "column", 0)
        raise FormulaUnreadable(formula=text, why=f"column {at}") from error


def powers(symbol: str | None) -> Powers:
    """The dimension of a unit as powers of base dimensions; a missing unit is a plain number."""
    if symbol is None:
        return ()
    text = unit(symbol).dimension
    if text == "1":
        return ()
    parts = (part.partition("^") for part in text.split(" "))
    return tuple(sorted((name, Fraction(power or "1")) for name, _, power in parts))


def shown(dimension: Powers) -> str:
    """A dimension for people: ``[mass] [money]^-1``; ``1`` for a plain number."""
    return " ".join(name if power == 1 else f"{name}^{power}" for name, power in dimension) or "1"


def dimension(node: Node, units: Mapping[str, str | None]) -> Powers:
    """The dimension that the formula comes out in. Raises FormulaInputUnknown and FormulaUnitsClash."""
    if node.op == "number":
        return ()
    if node.op == "name":
        if node.name not in units:
            raise FormulaInputUnknown(name=node.name, known=", ".join(sorted(units)))
        return powers(units[node.name])
    parts = [dimension(child, units) for child in node.children]
    if node.op in {"multiply", "divide", "share"}:
        whole = _times(parts[0], parts[1], 1 if node.op == "multiply" else -1)
        return _same([whole, *parts[2:]])
    return _same(parts)


def _times(left: Powers, right: Powers, sign: int) -> Powers:
    total = dict(left)
    for name, power in right:
        total[name] = total.get(name, Fraction(0)) + sign * power
    return tuple(sorted((name, power) for name, power in total.items() if power))


def _same(parts: list[Powers]) -> Powers:
    for part in parts[1:]:
        if part != parts[0]:
            raise FormulaUnitsClash(left=shown(parts[0]), right=shown(part))
    return parts[0]


@dataclass(frozen=True, slots=True)
class Slope:
    """A value in base units and how it moves with each input: the exact partial derivatives."""

    value: Fraction
    by: Mapping[str, Fraction]


def value(node: Node, given: Mapping[str, Fraction]) -> Slope:
    """The value of the formula at ``given`` (base units) with its derivatives. Raises ZeroDivisionError, KeyError."""
    if node.op == "number":
        return Slope(node.number, {})
    if node.op == "name":
        return Slope(given[node.name], {node.name: Fraction(1)})
    parts = [value(child, given) for child in node.children]
    return _OPERATIONS[node.op](*parts)


def _combine(total: Fraction, *weighted: tuple[Slope, Fraction]) -> Slope:
    by: dict[str, Fraction] = {}
    for part, weight in weighted:
        for name, slope in part.by.items():
            by[name] = by.get(name, Fraction(0)) + weight * slope
    return Slope(total, by)


def _multiply(left: Slope, right: Slope) -> Slope:
    return _combine(left.value * right.value, (left, right.value), (right, left.value))


def _divide(left: Slope, right: Slope) -> Slope:
    whole = left.value / right.value
    return _combine(whole, (left, 1 / right.value), (right, -whole / right.value))


_OPERATIONS: dict[str, Callable[..., Slope]] = {
    "add": lambda a, b: _combine(a.value + b.value, (a, Fraction(1)), (b, Fraction(1))),
    "subtract": lambda a, b: _combine(a.value - b.value, (a, Fraction(1)), (b, Fraction(-1))),
    "multiply": _multiply,
    "divide": _divide,
    "negate": lambda a: _combine(-a.value, (a, Fraction(-1))),
    "min": lambda *parts: min(parts, key=lambda part: part.value),
    "max": lambda *parts: max(parts, key=lambda part: part.value),
    "share": lambda part, whole, otherwise: _divide(part, whole) if whole.value else otherwise,
}
