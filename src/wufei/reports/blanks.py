"""Numbered paper blanks as PDF, one A4 page each: the fields of the paper path of a workflow, number and QR code.

The text of a blank is Chinese, whoever prints it, as the paper manifest is.
"""

from __future__ import annotations

from collections.abc import Sequence

from wufei.catalog.forms import FormField, LineField
from wufei.reports.labels import qr
from wufei.reports.typeset import pdf
from wufei.workflow.cases import Kind
from wufei.workflow.outages import paper_step

NUMBER = "paper_number"  # printed at the head


def blanks_pdf(kind: Kind, blanks: Sequence[tuple[str, str]]) -> bytes:
    """The pages of ``blanks``, each its number and the name of the organisation that it was issued to."""
    steps = _steps(kind)
    fields = [f for f in kind.form.fields if f.id != NUMBER and _asked(f, steps)]
    told = {
        "title": kind.workflow.zh,
        "fields": [{"zh": f.zh, "hint": _hint(f)} for f in fields if f.type != "lines"],
        "tables": [
            {"zh": f.zh, "heads": [c.zh for c in f.fields if _asked(c, steps)]} for f in fields if f.type == "lines"
        ],
        "parties": [p.zh for p in kind.workflow.parties if p.field and p.turn != "next_leg"],
        "pages": [{"number": number, "org": org, "qr": qr(number)} for number, org in blanks],
    }
    return pdf("blank", "blank.typ", {"blanks.json": told})


def _steps(kind: Kind) -> frozenset[str]:
    first = paper_step(kind)
    if first is None:
        return frozenset()
    return frozenset({first.id, *(t.id for t in kind.workflow.open_from(first.enters))})


def _asked(field: LineField, steps: frozenset[str]) -> bool:
    if isinstance(field, FormField) and field.fields:
        return any(_asked(column, steps) for column in field.fields)
    return bool(steps & {*field.fill, *(need.at for need in field.required)})


def _hint(field: LineField) -> str:
    return "　".join("□" + option.zh for option in field.options)
