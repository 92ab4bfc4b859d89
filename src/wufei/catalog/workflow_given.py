"""What is proved of what a workflow does by itself: the names that prefilling, observing and correcting use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wufei.catalog.forms import Form, FormField
from wufei.catalog.workflow_errors import WorkflowFieldMistyped, WorkflowJudgeNoRole, WorkflowNameUnknown
from wufei.catalog.workflows import CASE, NOTHING, Lead, Observing, Workflow
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
    yield from _corrections(workflow, form, place)
    for number, step in enumerate(workflow.transitions):
        named = [*([step.period] if step.period else []), *step.copies, *step.copies.values()]
        named += [name for use in step.checks for name in use.when] + ([step.bound] if step.bound else [])
        yield from _fields(form, named, place(("transitions", number)))
        for each in step.observes:
            yield from _observing(form, each, place(("transitions", number)))
        for lead in step.leads:
            yield from _leading(workflow, form, lead, place(("transitions", number)))
    for field in form.fields:
        yield from _pairs(form, field, place(("form",)))


def _corrections(workflow: Workflow, form: Form, place: Place) -> Errors:
    """Who asks and decides are parties, what is locked are states, what is kept are fields; who decides is a role."""
    rule, at = workflow.corrections, place(("corrections",))
    if rule is None:
        return
    parties, states = {p.id: p for p in workflow.parties}, {s.id for s in workflow.states}
    asking = [name for name in (*rule.by, rule.decides) if name not in parties]
    yield from _unknown(asking, ("参与方", "party"), at)
    yield from _unknown([name for name in rule.locked if name not in states], ("状态", "state"), at)
    yield from _fields(form, [*rule.keeps, *(name for use in rule.checks for name in use.when)], at)
    judge = parties.get(rule.decides)
    if judge is not None and not judge.roles:
        yield WorkflowJudgeNoRole(place=at, party=rule.decides)


def _observing(form: Form, each: Observing, at: str) -> Errors:
    use = {"use_zh": "观测值", "use_en": "An observation"}
    if each.unit is not None:
        yield from _fields(form, [each.place, each.value], at)
        own = form.field(each.value)
        if own is not None and own.type != "number":
            yield WorkflowFieldMistyped(place=at, field=each.value, type=own.type, wanted="number", **use)
        return
    columns = [f"{each.each}.{name}" for name in (each.value, each.stream) if name]
    yield from _fields(form, [each.place, each.each, *columns], at)
    field = form.field(f"{each.each}.{each.value}")
    if field is not None and field.type != "mass":
        yield WorkflowFieldMistyped(place=at, field=each.value, type=field.type, wanted="mass", **use)


def _leading(workflow: Workflow, form: Form, lead: Lead, at: str) -> Errors:
    """The lot is one, and what is given is a field, a column of the lines, a party, or the case itself."""
    prefix = f"{lead.each}." if lead.each else ""
    yield from _fields(form, [prefix + lead.lot, *([lead.each] if lead.each else [])], at)
    known = {CASE, NOTHING, *(p.id for p in workflow.parties), *(f.id for f in form.fields)}
    lines = form.own(lead.each) if lead.each else None
    known |= {column.id for column in lines.fields} if lines else set()
    yield from _unknown([name for name in lead.gives.values() if name not in known], ("表单项", "field"), at)
    field, wanted = form.field(prefix + lead.lot), "text" if lead.by else "lot"
    if field is not None and field.type != wanted:
        use = {"use_zh": "随行的事项", "use_en": "A case that is taken along"}
        yield WorkflowFieldMistyped(place=at, field=lead.lot, type=field.type, wanted=wanted, **use)


def prove_led(workflow: Workflow, find: Callable[[str], tuple[Workflow, Form] | None], place: Place) -> Errors:
    """Every step that the workflow takes along in another one is declared there as led, with the fields it is given."""
    for number, step in enumerate(workflow.transitions):
        at = place(("transitions", number))
        for lead in step.leads:
            other = find(lead.workflow)
            if other is None:
                continue  # one that is missing has been reported as a reference
            led = {t.id for t in other[0].transitions if t.led}
            named = [lead.step, *([lead.emptied] if lead.emptied else [])]
            yield from _unknown([name for name in named if name not in led], ("随行步骤", "led step"), at)
            yield from _fields(other[1], lead.gives, at)
            if lead.by:
                yield from _unknown([lead.by] if (lead.by,) != other[0].one_per else [], ("表单项", "field"), at)


def _pairs(form: Form, field: FormField, at: str) -> Errors:
    """Columns name columns of their own lines, fields name fields."""
    lines = {column.id for column in field.fields}
    yield from _unknown([name for name in field.line_key if name not in lines], ("表单项", "field"), at)
    for each in (field, *field.fields):
        known = {f.id for f in form.fields} if each is field else lines
        turns = [*(rule.line_of for rule in each.required), each.sealed_up_to, each.counts]
        yield from _fields(form, [name for name in turns if name], at)
        named = [name for rule in each.required for pair in rule.differs for name in pair]
        named += [each.starts_as] if each.starts_as else []
        yield from _unknown([name for name in named if name not in known], ("表单项", "field"), at)


def _fields(form: Form, names: Iterable[str], at: str) -> Errors:
    yield from _unknown([name for name in names if form.field(name) is None], ("表单项", "field"), at)


def _unknown(names: Iterable[str], what: tuple[str, str], at: str) -> Errors:
    for name in names:
        yield WorkflowNameUnknown(place=at, what_zh=what[0], what_en=what[1], name=name)
