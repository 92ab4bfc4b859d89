"""Write docs/workflows.md from the declared workflows and their forms: diagram, steps, clocks, fields.

Run it after a change to a workflow: ``.venv/bin/python scripts/workflow_docs.py``. A test holds the page to the data.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from wufei import catalog
from wufei.catalog.forms import Form, LineField
from wufei.catalog.workflows import Clock, End, Posting, Transition, Workflow

PAGE = Path(__file__).resolve().parent.parent / "docs/workflows.md"
OPENING = """# Workflows

A kind of case is one file in `src/wufei/data/national/workflows` and the form that it names in `forms`; this page is
written from them by `scripts/workflow_docs.py`. When the catalogue is loaded it is proved of each that every state can
be reached and left for an end, that every clock has an owner and can be stopped, and that no way through it leaves mass
in transit or takes from transit what was never put there. A new kind of case is one new file; no Python knows any.

A step is a record of the journal: the fields that it changed, a hash over the whole form as it was signed, and the
entries that it posts. A field is *sealed* by the signature of a step; from then on it changes by a correction only.
Checks are functions of `workflow/checks.py` over the form and what the registry and the journal know of those named in
it; one that warns lets the step through and keeps the warning with it. [Scenarios](scenarios.md) tell how it all goes.
"""


def page(cat: catalog.Catalog) -> str:
    """The whole document."""
    flows = cat.national.items("workflows")
    return "\n".join([OPENING, *(section(flow, cat.national.get("forms", flow.form)) for flow in flows)])


def section(flow: Workflow, form: Form) -> str:
    """One workflow: what it is, its diagram, steps, clocks and fields."""
    parts = [
        f"## {flow.en} · {flow.zh}\n",
        f"`{flow.id}`, cases `{flow.case}:…`, form `{form.id}`. {flow.about_en}\n",
        "```mermaid\nstateDiagram-v2",
        *diagram(flow),
        "```\n",
        "| step | by | from | to | checks | posts |\n| --- | --- | --- | --- | --- | --- |",
        *(step_row(step) for step in flow.transitions),
        "",
        *(["| clock | owner | runs from | until | length |\n| --- | --- | --- | --- | --- |"] if flow.clocks else []),
        *(clock_row(clock) for clock in flow.clocks),
        "",
        *corrected(flow),
        f"### Fields of {form.en}\n",
        "| field | type | sealed by | required at |\n| --- | --- | --- | --- |",
        *(row for field in form.fields for row in field_rows(field, getattr(field, "fields", ()))),
        "",
    ]
    return "\n".join(parts)


def corrected(flow: Workflow) -> Iterator[str]:
    """How signed cases are corrected, where the workflow says so."""
    rule = flow.corrections
    if rule is not None:
        length = f"{rule.answer.value} {rule.answer.unit.replace('_', ' ')}"
        kept = f" Never corrected: {words(rule.keeps)}." if rule.keeps else ""
        yield (
            f"Corrections: {words(rule.by)} change minor fields at once; any other needs the consent of the other "
            f"signers, who have {length}; after that `{rule.decides}` decides.{kept}\n"
        )


def diagram(flow: Workflow) -> Iterator[str]:
    """Mermaid's lines: the start, a line per step and state left, the ends."""
    yield from (f"  {state.id}: {state.en}" for state in flow.states)
    yield f"  [*] --> {flow.start}"
    yield from (f"  {left} --> {step.enters}: {step.en}" for step in flow.transitions for left in step.leaves)
    yield from (f"  {state.id} --> [*]" for state in flow.states if state.final)


def step_row(step: Transition) -> str:
    """A step as a row of the table."""
    signed = step.en if step.signs else f"{step.en} (no signature)"
    posted = "; ".join(posting_text(posting) for posting in step.posts) or "–"
    rules = ", ".join(f"`{use.rule}`" + (" (warns)" if use.severity == "warn" else "") for use in step.checks) or "–"
    where = f"{words(step.by)} | {words(step.leaves)} | `{step.enters}`"
    return f"| {signed} · {step.zh} `{step.id}` | {where} | {rules} | {posted} |"


def posting_text(posting: Posting) -> str:
    """An entry in words."""
    return f"`{end_text(posting.leaves)}` → `{end_text(posting.enters)}`: {posting.mass}"


def end_text(end: End) -> str:
    """One end of an entry."""
    return f"{end.role}:{end.at}"


def clock_row(clock: Clock) -> str:
    """A clock as a row of the table."""
    length = f"{clock.limit.value} {clock.limit.unit.replace('_', ' ')}"
    return f"| {clock.en} · {clock.zh} | {clock.owner} | {words(clock.starts)} | {words(clock.stops)} | {length} |"


def field_rows(field: LineField, columns: Iterable[LineField], prefix: str = "") -> Iterator[str]:
    """A field, and its columns below it."""
    required = ", ".join(f"`{rule.at}`" for rule in field.required) or "–"
    sealed = f"`{field.sealed_from}`" if field.sealed_from else "–"
    yield f"| {prefix}{field.en} · {field.zh} `{field.id}` | {field.type} | {sealed} | {required} |"
    for column in columns:
        yield from field_rows(column, (), "↳ ")


def words(ids: Iterable[str]) -> str:
    """Ids as code, listed."""
    return ", ".join(f"`{name}`" for name in ids)


if __name__ == "__main__":
    PAGE.write_text(page(catalog.load()), encoding="utf-8")
    print(PAGE.name)
