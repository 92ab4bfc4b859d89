"""A declared form as JSON Schema (2020-12), so that programs can check what they send."""

from __future__ import annotations

from typing import Any

from wufei.catalog.forms import Form, FormField, LineField
from wufei.workflow.values import MOST_G, MOST_LINES, MOST_LONG_TEXT, MOST_TEXT

_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string", "maxLength": MOST_TEXT},
    "long_text": {"type": "string", "maxLength": MOST_LONG_TEXT},
    "yes_no": {"type": "boolean"},
    "number": {"type": ["string", "number"], "description": "a decimal; kept as text"},
    "mass": {"type": "integer", "minimum": 0, "maximum": MOST_G, "description": "whole grams"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "lot": {"type": "string", "format": "uuid"},
}
_ID: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}$"}


def form_schema(form: Form) -> dict[str, Any]:
    """The schema of a form's values; what is required hangs on the step and is told beside it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": form.en,
        "properties": {field.id: _schema(field) for field in form.fields},
        "additionalProperties": False,
    }


def _schema(field: LineField) -> dict[str, Any]:
    told = {"title": field.en, "x-title-zh": field.zh, "x-type": field.type} | _rules(field)
    if field.type == "lines" and isinstance(field, FormField):
        columns = {column.id: _schema(column) for column in field.fields}
        line = {"type": "object", "properties": columns, "additionalProperties": False}
        return told | {"type": "array", "maxItems": MOST_LINES, "items": line}
    if field.type == "choice":
        return told | {"enum": [option.id for option in field.options]}
    return told | _TYPES.get(field.type, _ID)


def _rules(field: LineField) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if field.fill:
        told["x-filled-at"] = list(field.fill)
    if field.sealed_from:
        told["x-sealed-from"] = field.sealed_from
    if field.required:
        told["x-required"] = [
            {"at": r.at, "when": {name: list(values) for name, values in r.when.items()}} for r in field.required
        ]
    if field.counts:
        told["description"] = f"The index of a line of “{field.counts}”, counted from 0."
    elif field.help_en:
        told["description"] = field.help_en
    return told
