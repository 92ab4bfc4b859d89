"""The shapes of what the API reads and answers beyond a single record; they describe the schema."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from wufei.intake.payload import RecordIn


class BatchIn(BaseModel):
    """Up to 1,000 records. `atomic`: all or none; `row`: each for itself."""

    model_config = ConfigDict(extra="forbid")

    records: list[RecordIn] = Field(min_length=1, max_length=1000)
    mode: Literal["atomic", "row"] = "atomic"


class Problem(BaseModel):
    """A named error: stable code, both languages, what to do, and where."""

    code: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    place: str | None = Field(None, description="such as records[2].entries[0].mass")


class OutcomeOut(BaseModel):
    """What became of one record, in the order sent."""

    id: str | None
    outcome: Literal["appended", "duplicate", "refused", "held"]
    seq: int | None = Field(description="place in the journal, of a record that stands")
    error: Problem | None


class PostedOut(BaseModel):
    """Counts and one outcome for each record sent."""

    appended: int
    duplicate: int
    refused: int
    held: int
    outcomes: list[OutcomeOut]
