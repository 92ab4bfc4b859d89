"""The canonical form of a record: JSON with sorted keys, no spaces, nothing null, UTF-8.

One declaration gives both the SQL that hashes a record as it is appended and the Python that anybody
can check it with, so that the two cannot drift apart. Numbers that are not whole (observed values) are
decimal strings; times are UTC with six decimals. ``docs/journal.md`` shows an example.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

FORM = 1
TIME_SQL = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''

# (key, column, how it is written): word needs no escaping, text does, json is canonical already.
ENTRY = (
    ("from", "from_key", "word"),
    ("from_lot", "from_lot", "word?"),
    ("mass_g", "mass_g", "int"),
    ("stream", "stream", "word"),
    ("to", "to_key", "word"),
    ("to_lot", "to_lot", "word?"),
    ("to_stream", "nullif(to_stream, stream)", "word?"),
)
OBSERVATION = (
    ("metric", "metric", "word"),
    ("place", "place", "word"),
    ("sd", "sd", "number?"),
    ("stream", "stream", "word?"),
    ("unit", "unit", "text"),
    ("value", "value", "number"),
)
STEP = (
    ("case", "case_id", "text"),
    ("data", "data", "json?"),
    ("due_at", "due_at", "time?"),
    ("holder", "holder", "text?"),
    ("no", "no", "int"),
    ("state", "state", "word"),
    ("transition", "transition", "word"),
    ("workflow", "workflow", "word"),
)
RECORD = (
    ("acting_for", "acting_for", "text"),
    ("actor", "actor", "text"),
    ("basis", "basis", "word"),
    ("entries", "entries", "parts?"),
    ("evidence", "evidence", "json?"),
    ("form", "form", "form"),
    ("happened_at", "happened_at", "time"),
    ("id", "id", "word"),
    ("known_at", "known_at", "time"),
    ("note", "note", "text?"),
    ("observations", "observations", "parts?"),
    ("period", "period", "word"),
    ("replaces", "replaces", "word?"),
    ("reverses", "reverses", "word?"),
    ("rule", "rule", "text"),
    ("sd_ppm", "sd_ppm", "int?"),
    ("steps", "steps", "parts?"),
)

_SQL = {
    "word": "'\"' || {c}::text || '\"'",
    "text": "to_json({c}::text)::text",
    "json": "{c}",
    "int": "{c}::text",
    "number": "'\"' || trim_scale({c})::text || '\"'",
    "time": "'\"' || to_char({c} AT TIME ZONE 'UTC', " + TIME_SQL + ") || '\"'",
    "parts": "'[' || {c} || ']'",
    "form": f"'{FORM}'",
}


def sql_object(fields: tuple[tuple[str, str, str], ...], **columns: str) -> str:
    """An SQL expression for the canonical object; ``columns`` renames a column to an SQL expression."""
    pieces: list[str] = []
    for key, column, how in fields:
        name = ("," if pieces else "") + f'"{key}":'
        body = _SQL[how.rstrip("?")].format(c=columns.get(column, column))
        piece = f"'{name}' || {body}"
        pieces.append(f"coalesce({piece}, '')" if how.endswith("?") else piece)
    return "'{' || " + " || ".join(pieces) + " || '}'"


def sql_time(column: str) -> str:
    """The SQL that writes a time."""
    return _SQL["time"].format(c=column)


def write_time(moment: datetime) -> str:
    """UTC with six decimals and a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def write_number(value: Decimal) -> str:
    """A decimal without exponent or trailing zeros."""
    plain = f"{value:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


_PYTHON: dict[str, Any] = {"time": write_time, "number": write_number, "word": str, "form": lambda _: FORM}


def plain_object(fields: tuple[tuple[str, str, str], ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical object as plain data; ``values`` maps column names to Python values, None left out."""
    found: dict[str, Any] = {}
    for key, column, how in fields:
        value = FORM if how == "form" else values.get(column)
        if value is None or (how == "parts?" and not value):
            continue
        if how == "json?" and isinstance(value, str):
            value = json.loads(value)
        found[key] = _PYTHON.get(how.rstrip("?"), lambda v: v)(value)
    return found


def canonical(plain: Mapping[str, Any]) -> bytes:
    """The bytes that are hashed."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_hash(form: bytes, algorithm: str = "sha256") -> bytes:
    """RFC 6962 leaf: hash of 0x00 and the canonical form."""
    return hashlib.new(algorithm, b"\x00" + form).digest()


def record_sql() -> dict[str, str]:
    """The canonical expressions by part, for the append function and for verification."""
    return {
        "record": sql_object(RECORD),
        "entry": sql_object(ENTRY),
        "step": sql_object(STEP),
        "observation": sql_object(OBSERVATION),
    }
