"""The states of a kind of case as a drawing, made on the server: where it stands, where it was, what may follow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from wufei.catalog.workflows import Workflow

WIDE, HIGH, GAP, DROP = 150, 36, 18, 46
LETTERS_ZH, LETTERS_EN = 9, 18


@dataclass(frozen=True, slots=True)
class Box:
    """A state's place in the drawing, in pixels."""

    x: float
    y: float


def diagram(flow: Workflow, now: str, been: Iterable[str], language: str) -> SafeString:
    """The drawing: states in rows by how many steps lead to them, the present one and those passed marked."""
    rows = _rows(flow)
    wide = max(len(row) for row in rows) * (WIDE + GAP) + GAP
    high = len(rows) * (HIGH + DROP) - DROP + 2 * GAP
    boxes = {
        state: Box(wide / 2 + (n - (len(row) - 1) / 2) * (WIDE + GAP) - WIDE / 2, GAP + at * (HIGH + DROP))
        for at, row in enumerate(rows)
        for n, state in enumerate(row)
    }
    passed = {*been, flow.start}
    label = _("States: {states}").format(states=" → ".join(_name(flow, s, language) for s in [*been] or [now]))
    return format_html(
        '<svg class="states" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}{}</svg>',
        f"{wide:g}", f"{high:g}", f"{wide:g}", f"{high:g}", label,
        _ways(flow, boxes, passed, language), _states(flow, boxes, now, passed, language),
    )  # fmt: skip


def _rows(flow: Workflow) -> list[list[str]]:
    depth = {flow.start: 0}
    queue = deque([flow.start])
    while queue:
        left = queue.popleft()
        for step in flow.open_from(left):
            if step.enters not in depth:
                depth[step.enters] = depth[left] + 1
                queue.append(step.enters)
    rows: list[list[str]] = [[] for _n in range(max(depth.values()) + 1)]
    for state in flow.states:
        if state.id in depth:
            rows[depth[state.id]].append(state.id)
    return rows


def _name(flow: Workflow, state_id: str, language: str) -> str:
    state = flow.state(state_id)
    return (state.en if language == "en" else state.zh) if state else state_id


def _states(flow: Workflow, boxes: Mapping[str, Box], now: str, passed: set[str], language: str) -> SafeString:
    most = LETTERS_EN if language == "en" else LETTERS_ZH

    def drawn(state_id: str, box: Box) -> tuple[object, ...]:
        state, whole = flow.state(state_id), _name(flow, state_id, language)
        marks = ["state", *(["now"] if state_id == now else []), *(["passed"] if state_id in passed else [])]
        marks += ["final"] if state and state.final else []
        text = whole if len(whole) <= most else whole[: most - 1] + "…"
        return (" ".join(marks), whole, f"{box.x:g}", f"{box.y:g}", WIDE, HIGH, f"{box.x + WIDE / 2:g}",
                f"{box.y + HIGH / 2 + 5:g}", text)  # fmt: skip

    return format_html_join(
        "",
        '<g class="{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="8"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        (drawn(state_id, box) for state_id, box in boxes.items()),
    )


def _ways(flow: Workflow, boxes: Mapping[str, Box], passed: set[str], language: str) -> SafeString:
    ways: dict[tuple[str, str], list[str]] = {}
    for step in flow.transitions:
        for left in step.leaves:
            if left != step.enters and left in boxes and step.enters in boxes:
                ways.setdefault((left, step.enters), []).append(step.en if language == "en" else step.zh)
    return format_html_join(
        "",
        '<path class="{}" d="{}"><title>{}</title></path>',
        (
            (
                "way passed" if {left, entered} <= passed else "way",
                _path(boxes[left], boxes[entered]),
                " / ".join(names),
            )
            for (left, entered), names in ways.items()
        ),
    )


def _path(left: Box, entered: Box) -> str:
    half = WIDE / 2
    if entered.y > left.y:
        x1, y1, x2, y2 = left.x + half, left.y + HIGH, entered.x + half, entered.y
        bend = (y2 - y1) / 2
        return f"M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}"
    if entered.y == left.y:
        x1, x2 = (left.x + WIDE, entered.x) if entered.x > left.x else (left.x, entered.x + WIDE)
        return f"M{x1:g} {left.y + HIGH / 2:g}L{x2:g} {entered.y + HIGH / 2:g}"
    x1, y1, x2, y2 = left.x + half + 24, left.y, entered.x + half + 24, entered.y + HIGH
    bend = (y1 - y2) / 2
    return f"M{x1:g} {y1:g}C{x1:g} {y1 - bend:g} {x2:g} {y2 + bend:g} {x2:g} {y2:g}"
