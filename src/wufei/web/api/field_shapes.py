"""The bodies of what the field app sends."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from wufei.intake.payload import Moment
from wufei.workflow.field.receiving import MOST


class EnrolIn(BaseModel):
    """A phone to enrol: its id, the public half of its key, and the id signed with the private half."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    label: Annotated[str, Field(min_length=1, max_length=80)]
    public_key: Annotated[str, Field(pattern=r"^04[0-9a-f]{128}$", description="P-256, uncompressed, hexadecimal")]
    proof: Annotated[str, Field(max_length=128, description="base64 of r and s, 64 bytes: ECDSA over the id")]


class SyncIn(BaseModel):
    """Up to 200 signed actions, its own and those that it was handed; ``device_at`` is its clock as it sends."""

    model_config = ConfigDict(extra="forbid")

    device: UUID | None = None
    device_at: Moment | None = None
    actions: list[dict[str, Any]] = Field(min_length=0, max_length=MOST)
