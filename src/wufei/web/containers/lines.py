"""Containers as lines of a form that lists wastes with their lots: a manifest, a treatment record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from wufei.catalog.forms import Form, FormField
from wufei.reports.container_contents import contents
from wufei.workflow.cases import values_of
from wufei.workflow.kinds import kind_of
from wufei.workflow.values import MOST_LINES, Values

WORKFLOW = "hazardous_container"
_MASSES = ("planned_g", "dispatched_g", "mass_g")


def lines_of(connection: Connection[Any], form: Form, lots: Sequence[str]) -> Values:
    """The lines that these containers make in the first table of ``form`` that has lots; nothing where none has."""
    table = next((f for f in form.fields if any(c.type == "lot" for c in f.fields)), None)
    kept = list(dict.fromkeys(lots))[:MOST_LINES]
    if table is None or not kept:
        return {}
    filled = values_of(connection, [f"container:{lot}" for lot in kept])
    held = contents(connection, kept)
    whole = [(lot, values) for lot in kept if (values := filled[f"container:{lot}"])]
    return {table.id: [_line(table, lot, values, sum(p.mass_g for p in held[lot])) for lot, values in whole]}


def _line(table: FormField, lot: str, values: Values, mass_g: int) -> Values:
    kinds = kind_of(WORKFLOW).form.own("container_kind")
    packaging = next((o.zh for o in kinds.options if o.id == values.get("container_kind")), None) if kinds else None
    said = {"stream": values.get("stream"), "lot": lot, "packaging": packaging, "packages": "1"}
    said |= {"name": values.get("waste_name"), **(dict.fromkeys(_MASSES, mass_g) if mass_g > 0 else {})}
    columns = {column.id for column in table.fields}
    return {name: value for name, value in said.items() if name in columns and value}
