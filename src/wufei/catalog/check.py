"""Cross-checks over loaded items: references, units, validity, cited lines, corrections and circles."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from wufei.catalog.alarm_rules import Rule, RuleExampleFails
from wufei.catalog.bulletins import Bulletin, Figure
from wufei.catalog.correction import Correction
from wufei.catalog.errors import (
    AccountMisspelt,
    CycleFound,
    ExpectationFailed,
    FigureNotPrinted,
    FigureUnknown,
    LineOutside,
    PrintedNotOnLine,
    ReferenceUnknown,
    SheetIncomplete,
    TextChanged,
    UnitNotDefined,
    UnitWrong,
    ValidityBackwards,
)
from wufei.catalog.forms import Form
from wufei.catalog.indicator_check import check_definition, needs
from wufei.catalog.indicator_errors import IndicatorCircle
from wufei.catalog.indicator_parts import Definition
from wufei.catalog.items import Item, PlanItem
from wufei.catalog.kinds import Project, Source, Stream, Task
from wufei.catalog.loader import Note
from wufei.catalog.sheets import FIELDS, NEEDED, Sheet
from wufei.catalog.source_text import SourceText
from wufei.catalog.workflow_given import prove_led
from wufei.catalog.workflow_proof import prove
from wufei.catalog.workflows import Workflow
from wufei.catalog.yaml_file import line_of
from wufei.terms import NamedError, UnitUnknown, same_dimension, unit

Find = Callable[[str, str], Item | None]
Texts = dict[str, SourceText]


def place_of(item: Item, loc: tuple[int | str, ...] = (), value: object = None) -> str:
    """``file:line`` of a field of ``item``, for an error."""
    return f"{item.path}:{line_of(item.path, loc, value)}"


def check_notes(notes: Iterable[Note], find: Find) -> Iterator[NamedError]:
    """Every noted reference names an item and every noted unit is defined."""
    for note in notes:
        if note.kind == "unit":
            yield from _check_unit(note)
        elif find(note.kind, note.value) is None:
            place = place_of(note.item, (), note.value)
            yield ReferenceUnknown(place=place, field=note.field, kind=note.kind, id=note.value)


def _check_unit(note: Note) -> Iterator[NamedError]:
    try:
        unit(note.value)
    except UnitUnknown:
        place = place_of(note.item, (), note.value)
        yield UnitNotDefined(place=place, field=note.field, unit=note.value)


def check_item(item: Item, find: Find, texts: Texts) -> Iterator[NamedError]:
    """What one item must satisfy by itself."""
    if item.valid_to is not None and item.valid_to < item.valid_from:
        place = place_of(item, ("valid_to",))
        yield ValidityBackwards(place=place, valid_from=item.valid_from, valid_to=item.valid_to)
    yield from _check_cites(item, find, texts)
    if isinstance(item, PlanItem):
        yield from _check_printed(item, texts)
    for kind, check in _BY_KIND:
        if isinstance(item, kind):
            yield from check(item, find, texts)


def _check_cites(item: Item, find: Find, texts: Texts) -> Iterator[NamedError]:
    for number, cite in enumerate(item.cites):
        if find("sources", cite.source) is None:
            place = place_of(item, ("cites", number, "source"))
            yield ReferenceUnknown(place=place, field="cites", kind="sources", id=cite.source)
        text = texts.get(cite.source)
        last = max(cite.lines(), default=None)
        if last is not None and (text is None or last > len(text)):
            count = len(text) if text else 0
            place = place_of(item, ("cites", number, "line"))
            yield LineOutside(place=place, source=cite.source, line=last, count=count)


def _check_printed(item: PlanItem, texts: Texts) -> Iterator[NamedError]:
    """Each printed form stands on a cited line, or on cited lines run together."""
    cited = [(c, texts[c.source]) for c in item.cites if c.line is not None and c.source in texts]
    windows = [text.joined(c.lines()) for c, text in cited if c.lines()[-1] <= len(text)]
    for name, printed in item.printed.items():
        if not any(printed in window for window in windows):
            place = place_of(item, ("printed", name))
            lines = ", ".join(f"L{c.line}" for c, _ in cited) or "—"
            yield PrintedNotOnLine(place=place, field=name, printed=printed[:40], lines=lines)


def _check_source(item: Source, _find: Find, _texts: Texts) -> Iterator[NamedError]:
    if item.text is None:
        return
    path = item.path.parent / item.text
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    if digest != item.sha256:
        yield TextChanged(place=str(path))


def _check_correction(item: Correction, find: Find, texts: Texts) -> Iterator[NamedError]:
    for number, target in enumerate(item.every_target):
        found = find(target.kind, target.id)
        if found is None or not _has_field(found, target.field):
            place = place_of(item, (), target.id)
            name = f"{target.id}.{target.field}" if found else target.id
            yield ReferenceUnknown(place=place, field=f"target {number + 1}", kind=target.kind, id=name)
    text = texts.get(item.cites[0].source)
    for number, expected in enumerate(item.expect):
        line = text.line(expected.line) if text and 0 < expected.line <= len(text) else ""
        if expected.contains not in line:
            place = place_of(item, ("expect", number))
            yield ExpectationFailed(place=place, contains=expected.contains, line=expected.line)


def _has_field(item: Item, name: str | None) -> bool:
    printed = item.printed if isinstance(item, PlanItem) else {}
    return name is None or name in printed or name in type(item).model_fields


def _check_project(item: Project, _find: Find, _texts: Texts) -> Iterator[NamedError]:
    try:
        money = same_dimension(item.investment.unit, "万元")
    except UnitUnknown:
        return  # already reported as unit_not_defined
    if not money:
        place = place_of(item, ("investment", "unit"))
        yield UnitWrong(place=place, field="investment", unit=item.investment.unit, expected="万元")


_ACCOUNT = re.compile(
    r"(origin|storage|process|product|sink|loss|adjustment|unexplained|opening|outside):([\w.+-]+)(/[\w.+/-]+)?"
)
_PLACELESS = ("opening", "outside", "unexplained")


def _check_bulletin(item: Bulletin, find: Find, _texts: Texts) -> Iterator[NamedError]:
    ids = [figure.id for figure in item.figures]
    for name in dict.fromkeys((*ids, *item.named())):
        if ids.count(name) != 1:
            yield FigureUnknown(place=place_of(item, (), name), id=name)
    for figure in item.figures:
        yield from _check_figure(item, figure, find)
    for account in item.accounts():
        match = _ACCOUNT.fullmatch(account)
        if match is None or (match[1] not in _PLACELESS and find("places", match[2]) is None):
            yield AccountMisspelt(place=place_of(item, (), account), account=account)


def _check_figure(item: Bulletin, figure: Figure, find: Find) -> Iterator[NamedError]:
    place = place_of(item, ("figures", item.figures.index(figure)))
    if figure.value is not None and f"{figure.value:f}" not in figure.printed:
        yield FigureNotPrinted(place=place, id=figure.id, value=f"{figure.value:f}", printed=figure.printed)
    if figure.metric is None:
        return
    metric = find("metrics", figure.metric) or find("indicators", figure.metric)
    if metric is None:
        yield ReferenceUnknown(place=place, field="metric", kind="metrics", id=figure.metric)
    elif (expected := getattr(metric, "unit", None)) != figure.unit:
        yield UnitWrong(place=place, field=figure.id, unit=figure.unit, expected=expected)


def _check_sheet(item: Sheet, _find: Find, _texts: Texts) -> Iterator[NamedError]:
    known, needed = FIELDS[item.makes], NEEDED[item.makes]
    names = [name for column in item.columns for name in dict.fromkeys(column.names())]
    for column in item.columns:
        if column.fills not in known:
            yield _sheet(item, column.fills, "不是这种记录的字段", "is no field of such a record")
        if repeated := next((name for name in column.names() if names.count(name) > 1), None):
            yield _sheet(item, repeated, "重复出现", "stands twice")
    for field in sorted(set(item.fixed) - known):
        yield _sheet(item, field, "不是这种记录的字段", "is no field of such a record")
    for field in sorted(needed - set(item.fixed)):
        columns = item.filling(field)
        if not columns or (len(columns) == 1 and not columns[0].required):
            yield _sheet(item, field, "既无必填列也无固定值", "has neither a required column nor a fixed value")


def _sheet(item: Sheet, field: str, why_zh: str, why_en: str) -> SheetIncomplete:
    return SheetIncomplete(place=place_of(item, (), field), field=field, why_zh=why_zh, why_en=why_en)


def _check_workflow(item: Workflow, find: Find, _texts: Texts) -> Iterator[NamedError]:
    form = find("forms", item.form)
    if isinstance(form, Form):  # one that is missing has been reported as a reference
        yield from prove(item, form, lambda loc: place_of(item, loc))
        yield from prove_led(item, lambda name: _with_form(name, find), lambda loc: place_of(item, loc))


def _with_form(name: str, find: Find) -> tuple[Workflow, Form] | None:
    other = find("workflows", name)
    form = find("forms", other.form) if isinstance(other, Workflow) else None
    return (other, form) if isinstance(other, Workflow) and isinstance(form, Form) else None


def _check_definition(item: Any, find: Find, _texts: Texts) -> Iterator[NamedError]:
    yield from check_definition(item, find, lambda loc: place_of(item, loc))


def _check_rule(item: Rule, _find: Find, _texts: Texts) -> Iterator[NamedError]:
    for number, expected, found in item.failures():
        place = place_of(item, ("examples", number - 1))
        yield RuleExampleFails(place=place, rule=item.id, no=number, expected=expected, found=found)


_BY_KIND: tuple[tuple[type[Any], Callable[[Any, Find, Texts], Iterator[NamedError]]], ...] = (
    (Source, _check_source),
    (Correction, _check_correction),
    (Project, _check_project),
    (Bulletin, _check_bulletin),
    (Sheet, _check_sheet),
    (Workflow, _check_workflow),
    (Definition, _check_definition),
    (Rule, _check_rule),
)


def check_circles(items: Iterable[Item]) -> Iterator[NamedError]:
    """Parents of streams and dependencies of tasks never run in a circle."""
    streams: dict[str, list[str]] = {}
    tasks: dict[str, list[str]] = {}
    paths: dict[str, Path] = {}
    everything = list(items)
    for item in everything:
        paths[item.id] = item.path
        if isinstance(item, Stream):
            streams[item.id] = [item.parent] if item.parent else []
        elif isinstance(item, Task):
            tasks[item.id] = [dependency.task for dependency in item.depends_on]
    for name, graph in (("parent", streams), ("depends_on", tasks)):
        chain = find_circle(graph)
        if chain:
            yield CycleFound(place=str(paths[chain[0]]), field=name, chain=" → ".join(chain))
    if chain := find_circle(needs(everything)):
        yield IndicatorCircle(place=str(paths[chain[0]]), chain=" → ".join(chain))


def find_circle(graph: dict[str, list[str]]) -> list[str]:
    """A circular chain of ``graph`` (node → next nodes), first node repeated at its end; empty when there is none."""
    done: set[str] = set()
    for start in sorted(graph):
        trail: list[str] = []
        stack = [(start, iter(graph[start]))] if start not in done else []
        trail.extend([start] if stack else [])
        while stack:
            node, nexts = stack[-1]
            step = next(nexts, None)
            if step is None:
                done.add(node)
                stack.pop()
                trail.pop()
            elif step in trail:
                return [*trail[trail.index(step) :], step]
            elif step in graph and step not in done:
                stack.append((step, iter(graph[step])))
                trail.append(step)
    return []
