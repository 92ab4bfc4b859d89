"""The journal as a few dictionaries: what a sequence of acts must come to, worked out without a database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from wufei.journal import Record
from wufei.terms import Period

Book = dict[tuple[str, str], int]


@dataclass
class Case:
    """Where the closing of a period stands, and who asked for what."""

    no: int = 0
    state: str = "open"
    asked_by: str = ""


@dataclass
class Model:
    """Records that stand in the order of the journal, and the closings of periods."""

    records: dict[UUID, Record] = field(default_factory=dict)
    reversed_by: dict[UUID, UUID] = field(default_factory=dict)
    closings: dict[str, Case] = field(default_factory=lambda: defaultdict(Case))

    def take(self, *records: Record) -> None:
        for record in records:
            self.records[record.id] = record
            if record.reverses:
                self.reversed_by[record.reverses] = record.id

    def book(self) -> Book:
        """Grams on each account by stream; nothing that is zero."""
        found: Book = defaultdict(int)
        for record in self.records.values():
            for e in record.entries:
                found[e.from_account, e.stream] -= e.mass_g
                found[e.to_account, e.to_stream or e.stream] += e.mass_g
        return {key: g for key, g in found.items() if g}

    def held(self, account: str, stream: str, up_to: object = None) -> int:
        """Grams on one account with all that happened up to an instant."""
        total = 0
        for record in self.records.values():
            if up_to is None or record.happened_at <= up_to:  # type: ignore[operator]
                for e in record.entries:
                    total += e.mass_g * ((e.to_account, e.to_stream or e.stream) == (account, stream))
                    total -= e.mass_g * ((e.from_account, e.stream) == (account, stream))
        return total

    def standing(self) -> list[Record]:
        """Records that are neither reversed nor reversals."""
        return [r for r in self.records.values() if r.id not in self.reversed_by and not r.reverses]

    def lots(self) -> dict[tuple[str, str, UUID], int]:
        """Grams of each lot on each account, of what stands; nothing that is zero."""
        found: dict[tuple[str, str, UUID], int] = defaultdict(int)
        for record in self.standing():
            for e in record.entries:
                if e.from_lot:
                    found[e.from_account, e.stream, e.from_lot] -= e.mass_g
                if e.to_lot:
                    found[e.to_account, e.to_stream or e.stream, e.to_lot] += e.mass_g
        return {key: g for key, g in found.items() if g}

    def entered(self) -> dict[UUID, int]:
        """Grams that came into each lot from elsewhere, of what stands."""
        found: dict[UUID, int] = defaultdict(int)
        for record in self.standing():
            for e in record.entries:
                if e.to_lot and e.to_lot != e.from_lot:
                    found[e.to_lot] += e.mass_g
        return dict(found)

    def closed(self, period: str) -> bool:
        """Whether a closed period overlaps this one."""
        asked = Period.parse(period)
        return any(
            case.state in {"closed", "reopening_proposed"}
            and Period.parse(name).first <= asked.last
            and asked.first <= Period.parse(name).last
            for name, case in self.closings.items()
        )

    def refusal_of_reversal(self, id_: UUID, period: str) -> str | None:
        """The code by which a reversal of the record is refused; None when it goes through."""
        if self.closed(period):
            return "period_closed"
        if id_ in self.reversed_by:
            return "already_reversed"
        return "reversal_of_reversal" if self.records[id_].reverses else None
