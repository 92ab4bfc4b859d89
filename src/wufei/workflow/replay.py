"""What the steps of a case posted, told again from its values: the way to know what a correction must post.

Each step is told again with the values that held at it, once as they stand and once as corrected; the difference, step
by step, is what must be posted so that the accounts stand as if the corrected values had been signed at the time.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wufei.journal.records import Entry
from wufei.workflow import rules
from wufei.workflow.cases import Case, Kind, Taken
from wufei.workflow.values import Values

LAID = frozenset({"applied", "settled"})  # outcomes with which a correction stands
Cell = tuple[str, int | None, str | None]  # a field, or a column of one of its lines
_Key = tuple[str, str, str, str | None, Any, Any]


def changed_cells(old: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterator[tuple[Cell, Any, Any]]:
    """Each field, or column of a line, that ``changes`` alter, with its value before and after."""
    for name, now in changes.items():
        was = old.get(name)
        if isinstance(now, list) and isinstance(was, list):
            for number, (line, before) in enumerate(zip(now, was, strict=False)):
                for column in dict.fromkeys([*before, *line]):
                    if before.get(column) != line.get(column):
                        yield (name, number, column), before.get(column), line.get(column)
        elif was != now:
            yield (name, None, None), was, now


def differences(kind: Kind, case: Case, changes: Values, at: int = 0) -> list[tuple[int, tuple[Entry, ...]]]:
    """By number of the step: the entries that make the accounts stand as corrected; steps without any are left out.

    ``at`` is the number of the step whose values are corrected; 0 for those that stand now.
    """
    old = as_told(kind, case)
    new = _overlaid(kind, case.steps, old, changes, at)
    found = []
    for number, (was, now) in enumerate(zip(_posted(kind, case, old), _posted(kind, case, new), strict=True), 1):
        if entries := tuple(_apart(was, now)):
            found.append((number, entries))
    return found


def as_told(kind: Kind, case: Case) -> list[Values]:
    """The values at each step, with the corrections made since laid over them."""
    told: list[Values] = []
    for step in case.steps:
        changes, note = step.data.get("set", {}), step.data.get("correction")
        if note is not None:
            earlier = bool(note.get("at")) and note["outcome"] in LAID
            laid, at = (note["changes"], note["at"]) if earlier else (changes, 0)
            told = _overlaid(kind, case.steps, told, laid, at)
        told.append(copy.deepcopy((told[-1] if told else {}) | changes))
    return told


def standing_changes(kind: Kind, case: Case, changes: Values, at: int) -> Values:
    """What a correction changes in the form as it stands now: nothing where a later step said otherwise."""
    if not at:
        return changes
    old = as_told(kind, case)
    new = _overlaid(kind, case.steps, old, changes, at)
    return {name: new[-1].get(name) for name in changes if new[-1].get(name) != old[-1].get(name)}


def _overlaid(
    kind: Kind, steps: Sequence[Taken], told: list[Values], changes: Mapping[str, Any], at: int
) -> list[Values]:  # fmt: skip
    """The values at each step once ``changes`` correct those of the step ``at`` (0: the last)."""
    made = copy.deepcopy(told)
    if not told:
        return made
    index = (at or len(told)) - 1
    for cell, was, now in list(changed_cells(told[index], changes)):
        for number in _stretch(kind, steps, told, cell, index):
            if _look(told[number], cell) == was:
                _put(made[number], cell, now)
    return made


def _stretch(kind: Kind, steps: Sequence[Taken], told: list[Values], cell: Cell, index: int) -> range:
    """The steps at which the value of a cell is the one that stands at ``index``: as far as it has been the same.

    One that is asked for afresh, such as a day's meter, goes no further than its own step and until the next of them.
    """
    name, _line, column = cell
    field = kind.form.field(name if column is None else f"{name}.{column}")
    if field is not None and field.anew:
        fills = [n for n in range(len(told)) if steps[n].transition in field.fill]
        first = max((n for n in fills if n <= index), default=index)
        return range(first, min((n for n in fills if n > index), default=len(told)))
    first = past = index
    while first > 0 and _look(told[first - 1], cell) == _look(told[index], cell):
        first -= 1
    while past < len(told) and _look(told[past], cell) == _look(told[index], cell):
        past += 1
    return range(first, past)


def _look(values: Values, cell: Cell) -> Any:
    name, line, column = cell
    if line is None:
        return values.get(name)
    lines = values.get(name) or []
    return lines[line].get(column) if line < len(lines) else None


def _put(values: Values, cell: Cell, value: Any) -> None:
    name, line, column = cell
    if line is None or column is None:
        values[name] = value
    elif line < len(values.get(name) or []):
        values[name][line][column] = value


def _posted(kind: Kind, case: Case, told: list[Values]) -> Iterator[tuple[Entry, ...]]:
    held: dict[rules.Stock, int] = {}
    for step, values in zip(case.steps, told, strict=True):
        transition = kind.workflow.transition(step.transition)
        made = rules.entries(transition, case.id, values, held) if transition else ()
        held = rules.after(held, made)
        yield made


def _apart(was: tuple[Entry, ...], now: tuple[Entry, ...]) -> Iterator[Entry]:
    net: Counter[_Key] = Counter()
    for sign, entries in ((1, now), (-1, was)):
        for e in entries:
            arrived = e.to_stream or e.stream
            key: _Key = (e.from_account, e.to_account, e.stream, arrived, e.from_lot, e.to_lot)
            back: _Key = (e.to_account, e.from_account, arrived, e.stream, e.to_lot, e.from_lot)
            if back in net:
                net[back] -= sign * e.mass_g
            else:
                net[key] += sign * e.mass_g
    for (source, target, stream, arrived, from_lot, to_lot), mass_g in net.items():
        if mass_g > 0:
            yield _entry(source, target, stream, arrived, mass_g, from_lot, to_lot)
        elif mass_g < 0:
            yield _entry(target, source, arrived, stream, -mass_g, to_lot, from_lot)


def _entry(source: str, target: str, stream: Any, arrived: Any, mass_g: int, from_lot: Any, to_lot: Any) -> Entry:
    changed = arrived if arrived != stream else None
    return Entry(source, target, stream, mass_g, from_lot=from_lot, to_lot=to_lot, to_stream=changed)
