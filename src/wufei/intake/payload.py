"""A record as plain JSON, the shape that programs and forms send: read strictly, and what is wrong is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from wufei.intake.reading_errors import (
    MassTwiceOrNever,
    PayloadFieldMissing,
    PayloadFieldUnknown,
    PayloadFieldUnreadable,
    wanted,
)
from wufei.journal import Entry, Evidence, Observation, Record, new_id
from wufei.journal.stocktake import Count
from wufei.terms import Basis, Mass, MassUnreadable, NamedError

BIGINT = 2**63 - 1
Read = TypeVar("Read", bound=BaseModel)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,15})?")


def _named(error: NamedError) -> PydanticCustomError:
    return PydanticCustomError("named", "{code}", {"code": error.code, "error": error})


def _clean(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control_characters", "control characters")
    return text


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year in {1, 9999}:
        raise PydanticCustomError("moment", "not a time with a zone")
    return moment


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise PydanticCustomError("decimal_text", "not a decimal written as text")
    return Decimal(value)


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
        raise PydanticCustomError("uuid_text", "not a UUID")
    return UUID(value)


def _words(longest: int, **more: Any) -> Any:
    return Annotated[str, Field(min_length=1, max_length=longest, **more), AfterValidator(_clean)]


Word = _words(80)
Key = _words(200)
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Number = Annotated[
    Decimal, BeforeValidator(_decimal), WithJsonSchema({"type": "string", "pattern": f"^{_NUMBER.pattern}$"})
]
Id = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]


class Part(BaseModel):
    """What every shape shares: unknown fields are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class EntryIn(Part):
    """A mass of a stream from one account to another; exactly one of `mass_g` and `mass` says how much."""

    from_account: Key = Field(alias="from", description="role:place or role:place/detail", examples=["origin:togtoh"])
    to_account: Key = Field(alias="to", examples=["storage:togtoh"])
    stream: Word = Field(description="id of a stream of the catalogue", examples=["coal_fly_ash"])
    mass_g: StrictInt | None = Field(None, ge=-BIGINT, le=BIGINT, description="whole grams")
    mass: Annotated[str, Field(max_length=60)] | None = Field(
        None, description="number with unit, exact to the gram", examples=["1.5 吨"]
    )
    from_lot: Id | None = None
    to_lot: Id | None = None
    to_stream: Word | None = None

    @model_validator(mode="after")
    def _one_mass(self) -> Self:
        if (self.mass_g is None) == (self.mass is None):
            raise _named(MassTwiceOrNever())
        if self.mass is not None:
            try:
                object.__setattr__(self, "mass_g", Mass.parse(self.mass).g)
            except MassUnreadable as error:
                raise _named(error) from error
        return self

    def entry(self) -> Entry:
        """As the journal takes it."""
        grams = self.mass_g or 0
        return Entry(self.from_account, self.to_account, self.stream, grams, self.from_lot, self.to_lot, self.to_stream)


class ObservationIn(Part):
    """The value of a metric at a place over the record's period; decimals are text."""

    metric: Word
    place: Key
    value: Number
    unit: _words(40)
    stream: Word | None = None
    sd: Number | None = None


class EvidenceIn(Part):
    """A document behind the record, by the SHA-256 of its content."""

    kind: Word = Field(examples=["weighbridge_ticket"])
    name: _words(200)
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class SaidIn(Part):
    """When, on which basis and on what grounds something is said; by whom and for whom, the account says."""

    id: Id | None = Field(None, description="UUIDv7; also the idempotency key. Made here when left out")
    happened_at: Moment
    period: _words(10) = Field(description="reporting period", examples=["2025-03", "2025Q1", "2025"])
    basis: _words(20) = Field(json_schema_extra={"enum": [basis.value for basis in Basis]})
    rule: _words(300) = Field(description="source id and clause", examples=["hj_1259_2022 6.2"])
    evidence: list[EvidenceIn] = Field(default_factory=list, max_length=50)
    note: _words(2000) | None = None

    def said(self, *, actor: str, acting_for: str) -> Record:
        """A record without content, said by ``actor`` for ``acting_for``."""
        return Record(
            id=self.id or new_id(),
            happened_at=self.happened_at,
            period=self.period,
            basis=self.basis,
            actor=actor,
            acting_for=acting_for,
            rule=self.rule,
            evidence=tuple(Evidence(e.kind, e.name, e.sha256) for e in self.evidence),
            note=self.note,
        )


class RecordIn(SaidIn):
    """One record. Who says it and for which organisation come from the account, never from the text."""

    entries: list[EntryIn] = Field(default_factory=list, max_length=1000)
    observations: list[ObservationIn] = Field(default_factory=list, max_length=1000)
    sd_ppm: StrictInt | None = Field(
        None, ge=-(10**9), le=10**9, description="relative standard deviation of the masses, millionths"
    )
    replaces: Id | None = Field(None, description="id of the record that this one corrects")

    def record(self, *, actor: str, acting_for: str) -> Record:
        """As the journal takes it, said by ``actor`` for ``acting_for``."""
        return replace(
            self.said(actor=actor, acting_for=acting_for),
            entries=tuple(entry.entry() for entry in self.entries),
            observations=tuple(
                Observation(o.metric, o.place, o.value, o.unit, o.stream, o.sd) for o in self.observations
            ),
            sd_ppm=self.sd_ppm,
            replaces=self.replaces,
        )


class CountIn(SaidIn):
    """A stocktake: how much of a stream was found on an account, and whether a difference from the book is accepted."""

    account: Key = Field(examples=["storage:togtoh"])
    stream: Word
    counted_g: StrictInt = Field(ge=-BIGINT, le=BIGINT, description="whole grams found")
    tolerance_g: StrictInt = Field(0, ge=-BIGINT, le=BIGINT, description="a difference up to this is of no account")
    accept: Annotated[bool, Field(description="book a difference to the place's adjustment account")] = False
    lot: Id | None = None

    def count(self) -> Count:
        """As the journal takes it."""
        return Count(self.account, self.stream, self.counted_g, self.tolerance_g, self.lot)


class ReversalIn(Part):
    """A reversal: why, and where it is not the original's, when it counts."""

    note: _words(2000) = Field(description="why")
    id: Id | None = Field(None, description="UUIDv7 of the reversal; also the idempotency key")
    happened_at: Moment | None = Field(None, description="the original's when left out")
    period: _words(10) | None = Field(None, description="the original's when left out")


class CorrectionIn(ReversalIn):
    """A reversal together with the record that stands in its place."""

    record: RecordIn


def read(model: type[Read], payload: Any, place: str) -> Read:
    """``payload`` as ``model``; raises the NamedError of the first thing wrong, with its place."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        raise named(error.errors(include_url=False, include_input=False)[0], place) from error


def named(detail: ErrorDetails | Mapping[str, Any], place: str) -> NamedError:
    """The named error for one detail of a validation, placed."""
    where = place + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in detail["loc"])
    where = where.lstrip(".")
    context = detail.get("ctx") or {}
    if detail["type"] == "named":
        error: NamedError = context["error"]
        error.place = where
        return error
    if detail["type"] == "extra_forbidden":
        return PayloadFieldUnknown(place=where, field=detail["loc"][-1])
    if detail["type"] == "missing":
        return PayloadFieldMissing(place=where, field=detail["loc"][-1])
    wanted_zh, wanted_en = wanted(detail["type"], context)
    return PayloadFieldUnreadable(place=where, wanted_zh=wanted_zh, wanted_en=wanted_en)
