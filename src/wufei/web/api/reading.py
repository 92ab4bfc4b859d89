"""Read records: a page of them by what they say, and one in its canonical form with its history."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from wufei.intake.payload import Key, Word
from wufei.intake.posting import RecordNotFound
from wufei.journal import canonical
from wufei.journal.find import ROLES, Found, Wanted, find, get
from wufei.terms import Basis
from wufei.web.api.core import database, operation, send
from wufei.web.policy import Policy

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
Role = Literal[ROLES]  # type: ignore[valid-type]
Moment = Annotated[datetime, Field(description="an instant with its zone; nothing later was known yet")]


class KnownIn(BaseModel):
    """As known on an instant."""

    model_config = ConfigDict(extra="forbid")

    as_known_on: Moment | None = None


class RecordsIn(KnownIn):
    """Filters of the records; each narrows."""

    stream: Word | None = None
    account: Key | None = None
    place: Word | None = None
    role: Role | None = None
    basis: Basis | None = None
    period: Word | None = None
    actor: Word | None = None
    acting_for: Word | None = None
    happened_from: Day | None = None
    happened_to: Day | None = None
    state: Literal["standing", "reversed", "reversal", "correction"] | None = None
    cursor: Annotated[int, Field(ge=0, le=2**63 - 1, description="`next_cursor` of the page before")] | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100

    def wanted(self) -> Wanted:
        """As the journal takes it."""
        narrowing = self.model_dump(exclude={"cursor", "limit", "as_known_on"})
        return Wanted(**narrowing, known_on=self.as_known_on)


@operation("GET", "/journal/records", Policy.READER, summary="Records")
def records(request: HttpRequest, asked: Query[RecordsIn]) -> JsonResponse:  # noqa: ARG001
    """Records that answer to every filter, the latest first; `next_cursor` leads to the next page."""
    page = find(database(), asked.wanted(), before=asked.cursor, limit=asked.limit)
    more = page[-1].seq if len(page) == asked.limit else None
    return send({"records": [plain_record(found) for found in page], "next_cursor": more})


@operation("GET", "/journal/records/{uuid:record_id}", Policy.READER, summary="A record")
def record(request: HttpRequest, record_id: UUID, asked: Query[KnownIn]) -> JsonResponse:  # noqa: ARG001
    """One record in its canonical form, with its hash and what reversed or replaced it."""
    found = get(database(), record_id, known_on=asked.as_known_on)
    if found is None:
        raise RecordNotFound(id=record_id)
    return send(plain_record(found))


def plain_record(found: Found) -> dict[str, Any]:
    """A record as JSON: the canonical fields, then its place, hash and history."""
    return canonical_record(found) | {
        "seq": found.seq,
        "leaf": found.leaf.hex(),
        "reversed_by": found.reversed_by and str(found.reversed_by),
        "replaced_by": found.replaced_by and str(found.replaced_by),
    }


def canonical_record(found: Found) -> dict[str, Any]:
    """The canonical form of a record, as it was hashed."""
    said = found.record
    columns = {name: getattr(said, name) for name, *_how in canonical.RECORD if hasattr(said, name)}
    parts = {
        "entries": [
            canonical.plain_object(
                canonical.ENTRY,
                {
                    "from_key": e.from_account,
                    "to_key": e.to_account,
                    "nullif(to_stream, stream)": e.to_stream,
                    **{name: getattr(e, name) for name in ("stream", "mass_g", "from_lot", "to_lot")},
                },
            )
            for e in said.entries
        ],
        "observations": [
            canonical.plain_object(
                canonical.OBSERVATION,
                {name: getattr(o, name) for name in ("metric", "place", "sd", "stream", "unit", "value")},
            )
            for o in said.observations
        ],
        "steps": [
            canonical.plain_object(
                canonical.STEP,
                {"case_id": s.case}
                | {
                    name: getattr(s, name)
                    for name in ("data", "due_at", "holder", "no", "state", "transition", "workflow")
                },
            )
            for s in said.steps
        ],
        "evidence": [{"kind": e.kind, "name": e.name, "sha256": e.sha256} for e in said.evidence] or None,
        "known_at": found.known_at,
    }
    return canonical.plain_object(canonical.RECORD, columns | parts)
