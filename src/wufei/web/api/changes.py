"""The change feed: records and the steps of cases in the order in which they were sealed, read on and on."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from wufei.journal import changes as feed
from wufei.journal.changes import Change
from wufei.web.api.core import database, operation, send
from wufei.web.api.reading import plain_record
from wufei.web.policy import Policy


class ChangesIn(BaseModel):
    """Where to go on reading."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[int, Field(ge=0, le=2**62, description="`next` of the last answer; 0 for the beginning")] = 0
    latest: bool = Field(default=False, description="tell nothing, only where the feed ends now")
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@operation("GET", "/changes", Policy.READER, summary="Changes", zh="按封存次序逐页读取新记录和事项步骤")
def changes(request: HttpRequest, asked: Query[ChangesIn]) -> JsonResponse:  # noqa: ARG001
    """Records with their entries, observations and steps of cases, as sealed; ask again with `next` for what follows.

    A record is told some seconds after its append, exactly once and in an order that never changes. Where `more` is
    true, ask again at once, even if nothing was told.
    """
    if asked.latest:
        return send({"changes": [], "next": feed.end_of(database()), "more": False})
    found = feed.changes(database(), asked.cursor, asked.limit)
    return send({"changes": [plain_change(c) for c in found.items], "next": found.reached, "more": found.more})


def plain_change(change: Change) -> dict[str, Any]:
    """A change as JSON: its place, the cases that it moves, and the record whole."""
    record = plain_record(change.stored)
    return {"position": change.position, "cases": [s.case for s in change.stored.record.steps], "record": record}
