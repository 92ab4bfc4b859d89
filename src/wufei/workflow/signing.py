"""Signatures: a hash over the whole form as it was signed, who signed how and when, and the check of all of them.

What is signed is the canonical form (wufei.journal.canonical) of the case, the number and the name of the step, and
every value of the form after it. The journal keeps only what each step changed; the whole is told again from the start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg import Connection

from wufei.journal.canonical import canonical
from wufei.terms import NamedError
from wufei.workflow.cases import Case, Move, read
from wufei.workflow.errors import DeviceClockWrong, SignedBeforeOthers
from wufei.workflow.values import Values

CLOCK_OFF = timedelta(hours=12)  # by so much a device's clock shows another day


@dataclass(frozen=True, slots=True)
class Checked:
    """One signature checked: what was said to be signed, and what the steps tell; ``holds`` when they are the same."""

    no: int
    transition: str
    acting_for: str
    said: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether the signature is over what the journal holds."""
        return self.said == self.found


def content_hash(case: str, no: int, transition: str, values: Values) -> str:
    """SHA-256 (hex) over what a signature covers."""
    signed = {"case": case, "no": no, "transition": transition, "values": values}
    return hashlib.sha256(canonical(signed)).hexdigest()


def signature(case: Case, move: Move, values: Values) -> Values:
    """What a step keeps of its signature; ``values`` are the whole form after the step."""
    kept: Values = {"content": content_hash(case.id, case.no + 1, move.transition, values), "method": move.method}
    told = {"device": move.device, "place": move.place, "mandate": move.mandate}
    kept |= {name: value for name, value in told.items() if value}
    if off := clock_off(move):
        kept["clock_off_s"] = int(off.total_seconds())
    return kept


def clock_off(move: Move) -> timedelta | None:
    """How far the device's clock goes wrong, where that makes a difference of half a day or more; else None."""
    if move.device_at is None or move.received_at is None:
        return None
    off = move.device_at - move.received_at
    return off if abs(off) >= CLOCK_OFF else None


def refusals(case: Case, move: Move) -> Iterator[NamedError]:
    """What stands against the time that a signature claims: it comes after those that it rests on."""
    last = max((s.happened_at for s in case.steps if s.signed), default=None)
    if last is not None and move.happened_at < last:
        yield SignedBeforeOthers(place="happened_at", at=move.happened_at.isoformat(), last=last.isoformat())


def warnings(move: Move) -> Iterator[NamedError]:
    """What is told beside a signature that stands."""
    if off := clock_off(move):
        yield DeviceClockWrong(hours=round(abs(off.total_seconds()) / 3600))


def verify(connection: Connection[Any], case_id: str) -> list[Checked]:
    """Every signature of a case, checked against what its steps tell. Raises CaseUnknown."""
    return list(checked(read(connection, case_id)))


def checked(case: Case) -> Iterator[Checked]:
    """The same of a case that was read."""
    values: Values = {}
    for step in case.steps:
        values = values | step.data.get("set", {})
        if step.signed:
            told = values if "correction" not in step.data else values | {"correction": step.data["correction"]}
            found = content_hash(case.id, step.no, step.transition, told)
            yield Checked(step.no, step.transition, step.acting_for, str(step.signed.get("content", "")), found)
