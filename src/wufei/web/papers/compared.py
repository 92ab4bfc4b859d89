"""A paper's figures beside the register's: every pair that the form declares, and the way to the rows behind it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from wufei.catalog.forms import FormField, LineField
from wufei.registry.models import Site
from wufei.terms import Period
from wufei.web.journal.names import Names, mass
from wufei.web.language import lang
from wufei.web.plan import Plan
from wufei.workflow.cases import Case, Kind

# Which table of the register a given figure adds up; the balances have no rows of their own.
_TABLES = {
    "register_generated_g": "generated",
    "register_received_g": "stored",
    "register_treated_g": "treated",
    "register_handed_over_g": "handed_over",
    "register_handed_g": "handed_over",
}


def told(plan: Plan, site: Site, kind: Kind, case: Case) -> dict[str, Any]:
    """The tables of pairs, and what the page says of the case."""
    state = kind.workflow.state(case.state)
    period = Period.parse(str(case.values.get("period")))
    return {
        "flow": kind.workflow.name(lang()),
        "confidence": kind.workflow.confidence,
        "period_label": period.label(lang()),
        "state": (state.en if lang() == "en" else state.zh) if state else case.state,
        "case": reverse("case", args=[plan.id, case.id]),
        "tables": [_table(plan, site, field, case) for field in kind.form.fields if _pairs(field)],
        "versions": [
            {"no": step.no, "at": step.happened_at, "reason": _word(kind, step.transition)} for step in case.steps
        ],
    }


def _word(kind: Kind, transition: str) -> str:
    step = kind.workflow.transition(transition)
    return (step.en if lang() == "en" else step.zh) if step else transition


def _pairs(field: FormField) -> list[tuple[LineField, str]]:
    return [(column, column.starts_as) for column in field.fields if column.starts_as]


def _table(plan: Plan, site: Site, field: FormField, case: Case) -> dict[str, Any]:
    names = Names(plan)
    rows = []
    for line in case.values.get(field.id) or []:
        cells = [_cell(plan, site, case, line, column, given) for column, given in _pairs(field)]
        rows.append(
            {
                "stream": names.stream(str(line.get("stream") or "")),
                "cells": cells,
                "explanation": line.get("explanation") or "",
                "differs": any(cell["differs"] for cell in cells),
            }
        )
    return {"label": field.label(lang()), "heads": [c.label(lang()) for c, _g in _pairs(field)], "rows": rows}


def _cell(
    plan: Plan, site: Site, case: Case, line: dict[str, Any], column: LineField, given: str
) -> dict[str, Any]:  # fmt: skip
    said, read = line.get(column.id), line.get(given)
    differs = said != read
    apart = mass(said - read) if differs and isinstance(said, int) and isinstance(read, int) else ""
    query = {"period": str(case.values.get("period")), "stream": str(line.get("stream") or "")}
    if given in _TABLES:
        query["table"] = _TABLES[given]
    return {
        "label": column.label(lang()),
        "said": mass(said) if isinstance(said, int) else "",
        "read": mass(read) if isinstance(read, int) else "",
        "differs": differs,
        "apart": apart,
        "href": reverse("waste-register", args=[plan.id, site.pk], query=query),
    }
