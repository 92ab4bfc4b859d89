"""Read records: a page of them by what they say, and one in its canonical form with its history."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from wufei.intake.payload import Key, Word
from wufei.intake.posting import RecordNotFound
from wufei.journal import canonical
from wufei.journal.moments import start_of
from wufei.journal.reading import Filter, Stored, query
from wufei.journal.reading import record as one
from wufei.registry.access import Wearer, narrow
from wufei.terms import Basis
from wufei.web.api.core import caller, database, operation, send
from wufei.web.policy import Policy

Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
Cursor = Annotated[str, Field(max_length=1000, description="`next` or `previous` of another page")]
Size = Annotated[int, Field(ge=1, le=1000)]
Role = Literal[
    "origin", "storage", "transit", "process", "product", "sink", "loss", "adjustment", "unexplained", "opening",
    "outside",
]  # fmt: skip
Moment = Annotated[datetime, Field(description="an instant with its zone; nothing later was known yet")]


class KnownIn(BaseModel):
    """As known on an instant."""

    model_config = ConfigDict(extra="forbid")

    as_known_on: Moment | None = None


class RecordsIn(KnownIn):
    """Filters of the records; each narrows."""

    stream: Annotated[list[Word] | None, Field(max_length=100)] = None
    account: Key | None = None
    place: Word | None = None
    role: Role | None = None
    basis: Basis | None = None
    period: Word | None = Field(None, description="takes in the reporting periods within it")
    actor: Word | None = None
    acting_for: Word | None = None
    rule: Word | None = Field(None, description="how the citation begins")
    happened_from: Day | None = None
    happened_to: Day | None = Field(None, description="this day counts too")
    evidence: bool | None = Field(None, description="with or without")
    reversed: bool | None = Field(None, description="reversed by now or not")
    cursor: Cursor | None = None
    limit: Size = 100

    def filter(self, hat: Wearer) -> Filter:
        """As the journal takes it."""
        same = ("account", "role", "place", "period", "basis", "actor", "acting_for", "rule", "evidence", "reversed")
        return Filter(
            **{name: getattr(self, name) for name in same},
            streams=self.stream,
            mine=narrow(hat),
            happened_from=start_of(self.happened_from) if self.happened_from else None,
            happened_to=start_of(self.happened_to + timedelta(days=1)) if self.happened_to else None,
        )


@operation("GET", "/journal/records", Policy.READER, summary="Records", zh="按条件查询记录，逐页返回")
def records(request: HttpRequest, asked: Query[RecordsIn]) -> JsonResponse:
    """Records that answer to every filter, what became known last first; `next` leads to the following page."""
    wanted = asked.filter(caller(request).hat)
    page = query(database(), wanted, as_known_on=asked.as_known_on, cursor=asked.cursor, size=asked.limit)
    return send({"records": [plain_record(r) for r in page.items], "next": page.next, "previous": page.previous})


@operation(
    "GET",
    "/journal/records/{uuid:record_id}",
    Policy.READER,
    summary="A record",
    zh="一条记录的规范形式、哈希和前后记录",
)
def record(request: HttpRequest, record_id: UUID, asked: Query[KnownIn]) -> JsonResponse:  # noqa: ARG001
    """One record in its canonical form, with its hash and what reversed or replaced it."""
    found = one(database(), record_id, asked.as_known_on)
    if found is None:
        raise RecordNotFound(id=record_id)
    return send(plain_record(found))


def plain_record(found: Stored) -> dict[str, Any]:
    """A record as JSON: the canonical fields, then its place, hash and history."""
    return canonical_record(found) | {
        "seq": found.seq,
        "leaf": found.leaf.hex(),
        "reversed_by": found.reversed_by and str(found.reversed_by),
        "replaced_by": [str(new) for new in found.replaced_by],
    }


def canonical_record(found: Stored) -> dict[str, Any]:
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
