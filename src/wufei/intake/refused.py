"""From the journal's refusal back to the cell: which column of the row the offending value came from."""

from __future__ import annotations

from typing import Any

from wufei.catalog.sheets import SheetColumn
from wufei.intake.drafts import RowError
from wufei.intake.headings import Headings
from wufei.intake.tables import letter, shown
from wufei.journal import Outcome, Record
from wufei.terms import NamedError

# For each refusal, the fields that it can be about; the first of them whose value the refusal names, else the first.
FIELDS: dict[str, tuple[str, ...]] = {
    "account_to_itself": ("from_account",),
    "account_unknown": ("from_account", "to_account"),
    "stream_unknown": ("stream", "to_stream"),
    "stream_changed": ("to_stream",),
    "mass_not_positive": ("mass",),
    "storage_below_zero": ("from_account",),
    "time_in_future": ("happened_at",),
    "record_period_unreadable": ("period",),
    "period_closed": ("period",),
    "basis_unknown": ("basis",),
    "rule_missing": ("rule",),
    "sd_negative": ("sd",),
    "metric_unknown": ("metric",),
    "unit_of_metric": ("unit", "value"),
    "place_unknown": ("place",),
    "idempotency_conflict": ("key",),
    "id_repeated": ("key",),
}


def row_error(outcome: Outcome, record: Record, row: int, cells: list[Any], headings: Headings) -> RowError:
    """The refusal of a record as an error of its row, at the column that it is about."""
    error = outcome.error
    assert error is not None  # noqa: S101  (only refused records come here)
    found = _column(error, record, headings)
    if found is None:
        error.place = str(row)
        return RowError(row, "", "", "", error)
    at, column = found
    error.place = f"{letter(at)}{row}"
    return RowError(row, letter(at), column.heading(), shown(cells[at] if at < len(cells) else None), error)


def _column(error: NamedError, record: Record, headings: Headings) -> tuple[int, SheetColumn] | None:
    fields = FIELDS.get(error.code, ())
    detail = str(error.values.get("detail", ""))
    values = {"from_account": "", "to_account": "", "stream": "", "to_stream": ""}
    for entry in record.entries:
        values = {name: str(getattr(entry, name)) for name in values}
    named = [name for name in fields if values.get(name) and values[name] == detail]
    for field in (*named, *fields):
        for at, column in headings.columns:
            if column.fills == field:
                return at, column
    return None
