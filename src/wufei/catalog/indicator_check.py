"""Checks of an indicator's formula at load: inputs, units, sources, worked examples, and circles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from wufei.catalog import formula
from wufei.catalog.errors import HeadIncomplete, ReferenceUnknown, UnitWrong
from wufei.catalog.indicator_errors import (
    ExamplesTooFew,
    ExampleWrong,
    FormulaInputUnknown,
    FormulaInputUnused,
    FormulaUnitsClash,
    InputSourceUnclear,
)
from wufei.catalog.indicator_parts import Definition, Example, Input
from wufei.catalog.worked import work
from wufei.terms import Citation, NamedError, UnitUnknown, Unknown, same_dimension

Find = Callable[[str, str], Any]
Placed = Callable[[tuple[int | str, ...]], str]
FEWEST_EXAMPLES = 3


def check_definition(item: Any, find: Find, place: Placed) -> Iterator[NamedError]:
    """Everything that can be wrong with the formula of an indicator; nothing where it has none."""
    if not item.formulas():
        return
    if item.formula is None:
        yield HeadIncomplete(place=place(("alternatives",)), field="formula")
    for number, part in enumerate(item.inputs):
        yield from _check_sources(part, find, place(("inputs", number)))
    for number, other in enumerate(item.alternatives):
        yield from _check_cites(other.cites, find, place(("alternatives", number)))
    wrong = list(_check_formulas(item, place))
    yield from wrong
    if not wrong:
        yield from _check_examples(item, place)


def _check_formulas(item: Any, place: Placed) -> Iterator[NamedError]:
    units = {part.id: part.unit for part in item.inputs}
    used: set[str] = set()
    texts, by = item.formulas(), None
    try:
        wanted = formula.powers(item.unit)
        for by in texts:
            found = formula.parse(texts[by])
            used |= set(found.names())
            came = formula.dimension(found, units)
            if came != wanted:
                raise FormulaUnitsClash(left=formula.shown(came), right=formula.shown(wanted))
    except UnitUnknown:
        return  # already reported as unit_not_defined
    except NamedError as error:
        at = ("formula",) if by is None else ("alternatives",)
        yield type(error)(place=place(at), **error.values)
        return
    ids = [part.id for part in item.inputs]
    for number, name in enumerate(ids):
        if name not in used or ids.index(name) != number:
            yield FormulaInputUnused(place=place(("inputs", number)), name=name)


def _check_sources(part: Input, find: Find, place: str) -> Iterator[NamedError]:
    alone = [part.value is not None, part.indicator is not None]
    others = (part.metric, part.flow, part.facilities, part.sites)
    if sum(alone) + any(other is not None for other in others) > 1 or (sum(alone) and part.observed):
        yield _unclear(
            part, place, "参数、引用和观测只能取其一", "a constant, a reference and observations exclude each other"
        )
    if part.value is not None and not part.cites:
        yield _unclear(part, place, "参数没有出处", "the constant has no citation")
    if part.observed and part.metric is not None:
        yield _unclear(part, place, "observed 与 metric 只能写一个", "observed and metric exclude each other")
    yield from _check_cites(part.cites, find, place)
    yield from _check_unit(part, find, place)


def _check_cites(cites: Iterable[Citation], find: Find, place: str) -> Iterator[NamedError]:
    for cite in cites:
        if find("sources", cite.source) is None:
            yield ReferenceUnknown(place=place, field="cites", kind="sources", id=cite.source)


def _check_unit(part: Input, find: Find, place: str) -> Iterator[NamedError]:
    """What an input is read from measures what the input measures."""
    named = part.metric or part.indicator
    source = None
    if named is not None:
        source = find("metrics", named) or find("indicators", named)
        if source is None:
            yield ReferenceUnknown(place=place, field="metric", kind="metrics", id=named)
            return
    units = [source.unit or "%"] if source is not None else []
    counted = find("metrics", part.sites) if part.sites is not None else None
    units += [counted.unit or "%"] if counted is not None else []
    units += ["吨"] if part.flow is not None else []
    for symbol in units:
        if not same_dimension(part.unit or "%", symbol):
            yield UnitWrong(place=place, field=part.id, unit=part.unit or "1", expected=symbol)


def _unclear(part: Input, place: str, why_zh: str, why_en: str) -> InputSourceUnclear:
    return InputSourceUnclear(place=place, name=part.id, why_zh=why_zh, why_en=why_en)


def _check_examples(item: Any, place: Placed) -> Iterator[NamedError]:
    missing = [e for e in item.examples if e.gives is None and None in e.given.values()]
    if len(item.examples) < FEWEST_EXAMPLES or not missing:
        yield ExamplesTooFew(place=place(("examples",)), count=len(item.examples))
    for number, example in enumerate(item.examples):
        where = place(("examples", number))
        try:
            found = outcome(item, item.unit, example)
        except NamedError as error:
            yield type(error)(place=where, **error.values)
            continue
        if found != example.gives:
            yield ExampleWrong(place=where, number=number + 1, expected=_said(example.gives), found=_said(found))


def outcome(definition: Definition, symbol: str | None, example: Example) -> Any:
    """What the formula makes of a worked example: the rounded value, or None for Unknown."""
    inputs = {part.id: part for part in definition.inputs}
    texts = definition.formulas()
    for name in (*example.given, *([] if example.by in texts else [example.by])):
        if name not in inputs:
            raise FormulaInputUnknown(name=name, known=", ".join(sorted(inputs)))
    given: dict[str, Decimal | None] = {part.id: part.value for part in definition.inputs}
    found = work(texts[example.by], inputs, given | example.given, symbol).rounded(definition.decimals)
    return None if isinstance(found, Unknown) else found


def _said(number: Any) -> str:
    return "Unknown" if number is None else f"{number:f}"


def needs(items: Iterable[Any]) -> dict[str, list[str]]:
    """Which indicators need which others for the same period."""
    return {
        item.id: [part.indicator for part in item.inputs if part.indicator and part.period == "same"]
        for item in items
        if item.kind == "indicators"
    }
