"""A case as people read it: its head, the form as filled, each step with what it changed, and what is on the road."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from wufei.catalog.forms import Form, FormField
from wufei.terms import every_error
from wufei.web.cases.documents import Document, Documents
from wufei.web.cases.things import Shown, Things
from wufei.web.journal.names import mass, moment
from wufei.web.language import lang
from wufei.workflow import corrections
from wufei.workflow.engine import Case, Kind, Taken
from wufei.workflow.filling import sealed_by
from wufei.workflow.values import Values

SOON_DAYS = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of the form: its label, its value, and the step whose signature covers it."""

    label: str
    value: Shown
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a field: the headings (with the step that covers each), and the cells of each line."""

    label: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Shown, ...], ...]

    @property
    def labelled(self) -> list[list[tuple[str, Shown]]]:
        """The cells of each line with the heading that each stands under."""
        return [[(label, value) for (label, _seal), value in zip(self.heads, row, strict=True)] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Change:
    """What a step changed: which field, and how it reads before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A step as the timeline shows it."""

    no: int
    step: str
    state: str
    who: str
    org: Shown
    happened: str
    known: str
    signed: str
    content: str
    device: str
    mandate: str
    place: str
    note: str
    href: str
    changes: tuple[Change, ...]
    asked: tuple[Change, ...]
    warnings: tuple[str, ...]
    documents: tuple[Document, ...]
    anew: bool = False  # whether it said something that each such step says afresh, such as a day's meter


@dataclass(frozen=True, slots=True)
class Due:
    """By when somebody must act, and how near that is: mark, words, day."""

    mark: str
    word: str
    day: str


def step_name(kind: Kind, step_id: str) -> str:
    """The name of a step in the reader's language."""
    step = kind.workflow.transition(step_id)
    if step is None and step_id in corrections.STEPS | {corrections.SETTLE}:
        step = corrections.transition(step_id, kind.workflow.start)
    return (step.en if lang() == "en" else step.zh) if step else step_id


def state_name(kind: Kind, state_id: str) -> str:
    """The name of a state in the reader's language."""
    state = kind.workflow.state(state_id)
    return (state.en if lang() == "en" else state.zh) if state else state_id


def number_of(case_id: str) -> str:
    """The case's own number, short enough to read: the first and last parts."""
    number = case_id.partition(":")[2]
    return f"{number[:8]}…{number[-4:]}" if len(number) > 14 else number


def holder_name(things: Things, kind: Kind, holder: str | None) -> str:
    """Who must act next: an organisation, or a party that is a role."""
    party = next((p for p in kind.workflow.parties if p.id == holder), None)
    if party is not None and not things.knows(holder):
        return party.en if lang() == "en" else party.zh
    return things.org(holder).text


def due(at: datetime | None, now: datetime | None = None) -> Due | None:
    """The deadline in words; None when no clock runs."""
    if at is None:
        return None
    left = at - (now or timezone.now())
    day = timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
    if left.total_seconds() < 0:
        return Due("error", _("days overdue: {count}").format(count=-left.days), day)
    if left.days < 1:
        return Due("warning", _("due within a day"), day)
    words = _("days left: {count}").format(count=left.days)
    return Due("warning" if left.days <= SOON_DAYS else "note", words, day)


def filled(things: Things, kind: Kind, case: Case) -> tuple[list[Cell], list[Table]]:
    """The form: its single fields that hold something, and its tables."""
    sealed = {name: step_name(kind, step) for name, step in sealed_by(kind, case)}
    cells, tables = [], []
    for one in kind.form.fields:
        held = case.values.get(one.id)
        if one.type == "lines":
            tables += [_table(things, one, held, sealed)] if held else []
        elif held not in (None, ""):
            cells.append(Cell(one.label(lang()), things.show(one, held), sealed.get(one.id, "")))
    return cells, tables


def _table(things: Things, one: FormField, held: list[Values], sealed: Mapping[str, str]) -> Table:
    shown = [c for c in one.fields if any(line.get(c.id) not in (None, "") for line in held)]
    heads = tuple((c.label(lang()), sealed.get(f"{one.id}.{c.id}", "")) for c in shown)
    rows = tuple(tuple(things.show(c, line.get(c.id)) for c in shown) for line in held)
    return Table(one.label(lang()), heads, rows)


def timeline(things: Things, kind: Kind, case: Case, documents: Documents) -> list[Turn]:
    """Every step, the latest first."""
    values: Values = {}
    turns = []
    for step in case.steps:
        now = values | step.data.get("set", {})
        brought = documents.of(things.plan.id, case, step)
        changes = tuple(_changes(things, kind.form, values, now))
        turns.append(_turn(things, kind, step, changes, documents.notes.get(step.record, ""), brought))
        values = now
    return turns[::-1]


def _turn(
    things: Things, kind: Kind, step: Taken, changes: tuple[Change, ...], note: str, documents: tuple[Document, ...]
) -> Turn:  # fmt: skip
    signed = step.data.get("signed", {})
    method = str(signed.get("method", ""))
    return Turn(
        step.no, step_name(kind, step.transition), state_name(kind, step.state), things.person(step.actor).text,
        things.org(step.acting_for), moment(step.happened_at), moment(step.known_at),
        _method(method), *(str(signed.get(name) or "") for name in ("content", "device", "mandate", "place")),
        note, reverse("record", args=[things.plan.id, step.record]), changes,
        tuple(_asked(things, kind.form, step)), tuple(_warning(w) for w in step.data.get("warnings", ())), documents,
        _says_anew(kind, step.transition),
    )  # fmt: skip


def _says_anew(kind: Kind, step_id: str) -> bool:
    every = [column for one in kind.form.fields for column in (one, *one.fields)]
    return any(field.anew and field.type == "mass" and step_id in field.fill for field in every)


def _asked(things: Things, form: Form, step: Taken) -> Iterator[Change]:
    """What a proposed correction would change."""
    for told in step.data.get("correction", {}).get("diff", ()):
        head, _bracket, rest = told["place"].partition("[")
        number, _end, column = rest.partition("].")
        field = form.field(f"{head}.{column}" if column else head)
        if field is not None:
            label = f"{field.label(lang())} {number}".strip()
            yield Change(label, *(things.show(field, told[key]).text for key in ("was", "now")))


def _warning(told: Mapping[str, Any]) -> str:
    """A warning as it reads now; its code where the error is no longer known."""
    known = next((error for error in every_error() if error.code == told.get("code")), None)
    if known is None:
        return str(told.get("code", ""))
    return known(**told.get("values", {})).text(lang())


def _method(method: str) -> str:
    words = {
        "account": _("signed with an account"),
        "one_time_code": _("signed with a one-time code"),
        "standing_mandate": _("signed under a mandate"),
    }
    return words.get(method, method)


def _changes(things: Things, form: Form, was: Values, now: Values) -> Iterator[Change]:
    for one in form.fields:
        before, after = was.get(one.id), now.get(one.id)
        if before == after:
            continue
        if one.type == "lines":
            yield from _line_changes(things, one, before or [], after or [])
        else:
            yield Change(one.label(lang()), things.show(one, before).text, things.show(one, after).text)


def _line_changes(things: Things, one: FormField, was: list[Values], now: list[Values]) -> Iterator[Change]:
    for number in range(max(len(was), len(now))):
        before = was[number] if number < len(was) else {}
        after = now[number] if number < len(now) else {}
        for column in one.fields:
            if before.get(column.id) != after.get(column.id):
                label = f"{one.label(lang())} {number + 1} · {column.label(lang())}"
                shown = (things.show(column, line.get(column.id)).text for line in (before, after))
                yield Change(label, *shown)


def on_the_road(things: Things, held: Mapping[str, int]) -> list[tuple[Shown, str]]:
    """What stands on the case's own account, by waste."""
    found = []
    for stream, grams in sorted(held.items()):
        item = things.plan.find("streams", stream)
        found.append((Shown(f"{item.code or ''} {item.name(lang())}".strip() if item else stream), mass(grams)))
    return found
