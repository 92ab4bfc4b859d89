"""What the journal records: a record with its entries, steps and observations, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from wufei.terms import Basis, NamedError


def new_id() -> UUID:
    """A random id whose order is the order of time (UUIDv7, RFC 9562); also the idempotency key."""
    return uuid7()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document behind a record, named by the SHA-256 of its content (hex)."""

    kind: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """``mass_g`` grams of ``stream`` leave ``from_account`` and enter ``to_account`` (keys ``role:place``).

    ``to_stream`` names another stream on arrival, allowed only at a process or an adjustment; lots link
    a mass to its batch.
    """

    from_account: str
    to_account: str
    stream: str
    mass_g: int
    from_lot: UUID | None = None
    to_lot: UUID | None = None
    to_stream: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The ``no``-th step of a case: the transition taken, the state reached, who must act next and by when."""

    case: str
    no: int
    workflow: str
    transition: str
    state: str
    holder: str | None = None
    due_at: datetime | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """The value of a metric at a place over the record's period, with its unit and standard deviation."""

    metric: str
    place: str
    value: Decimal
    unit: str
    stream: str | None = None
    sd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """Who says what, when it happened, for which reporting period, on which basis, rule and evidence.

    ``period`` is ``2025``, ``2025H1``, ``2025Q1``, ``2025-03`` or ``2025-03-31``; ``sd_ppm`` is the relative standard
    deviation of the masses in millionths; ``rule`` is a source id and a clause.
    """

    happened_at: datetime
    period: str
    basis: Basis | str
    actor: str
    acting_for: str
    rule: str
    entries: tuple[Entry, ...] = ()
    steps: tuple[Step, ...] = ()
    observations: tuple[Observation, ...] = ()
    sd_ppm: int | None = None
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None
    reverses: UUID | None = None
    replaces: UUID | None = None
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: ``appended``, ``duplicate`` (sent before, unchanged), ``refused`` or ``held``.

    ``held`` means sound itself, but not appended because another record of the same atomic append was refused.
    ``seq`` is the place in the journal of an appended or duplicate record.
    """

    id: UUID
    outcome: str
    seq: int | None = None
    error: NamedError | None = None

    @property
    def stands(self) -> bool:
        """True when the record is in the journal."""
        return self.outcome in {"appended", "duplicate"}
