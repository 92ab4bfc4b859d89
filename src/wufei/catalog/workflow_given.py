"""What is proved of the values that a workflow makes by itself: the names that prefilling and observing use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wufei.catalog.forms import Form, FormField
from wufei.catalog.workflow_errors import WorkflowFieldMistyped, WorkflowNameUnknown
from wufei.catalog.workflows import Observing, Workflow
from wufei.terms import NamedError

Place = Callable[[tuple[int | str, ...]], str]
Errors = Iterator[NamedError]


def prove_given(workflow: Workflow, form: Form, place: Place) -> Errors:
    """Every field and step that ``one_per``, ``prefill``, ``observes``, ``period`` and the form's own pairs name."""
    yield from _fields(form, workflow.one_per, place(("one_per",)))
    if workflow.prefill is not None:
        steps = {t.id for t in workflow.transitions}
        unknown = [name for name in workflow.prefill.at if name not in steps]
        yield from _unknown(unknown, ("步骤", "step"), place(("prefill",)))
    for number, step in enumerate(workflow.transitions):
        yield from _fields(form, [step.period] if step.period else [], place(("transitions", number)))
        for each in step.observes:
            yield from _observing(form, each, place(("transitions", number)))
    for field in form.fields:
        yield from _pairs(form, field, place(("form",)))


def _observing(form: Form, each: Observing, at: str) -> Errors:
    columns = [f"{each.each}.{name}" for name in (each.value, each.stream) if name]
    yield from _fields(form, [each.place, each.each, *columns], at)
    field = form.field(f"{each.each}.{each.value}")
    if field is not None and field.type != "mass":
        use = {"use_zh": "观测值", "use_en": "An observation"}
        yield WorkflowFieldMistyped(place=at, field=each.value, type=field.type, wanted="mass", **use)


def _pairs(form: Form, field: FormField, at: str) -> Errors:
    """Columns name columns of their own lines, fields name fields."""
    lines = {column.id for column in field.fields}
    yield from _unknown([name for name in field.line_key if name not in lines], ("表单项", "field"), at)
    for each in (field, *field.fields):
        known = {f.id for f in form.fields} if each is field else lines
        named = [name for rule in each.required for pair in rule.differs for name in pair]
        named += [each.starts_as] if each.starts_as else []
        yield from _unknown([name for name in named if name not in known], ("表单项", "field"), at)


def _fields(form: Form, names: Iterable[str], at: str) -> Errors:
    yield from _unknown([name for name in names if form.field(name) is None], ("表单项", "field"), at)


def _unknown(names: Iterable[str], what: tuple[str, str], at: str) -> Errors:
    for name in names:
        yield WorkflowNameUnknown(place=at, what_zh=what[0], what_en=what[1], name=name)
