"""Where the mass of a lot came from and where it ended, through merges, splits, repackings and changes of stream.

Pure: entries in, shares out. A pool is a lot on an account. What enters a pool is a parcel; what is drawn from it is
shared out by a declared rule: *proportional*, as if all were well mixed, or *fifo*, the parcel that came first leaves
first (a parcel drawn in part is drawn evenly). Parcels are kept as whole grams, so that nothing is rounded on the way.
Only the answer is rounded, once, to whole grams that add up exactly: the largest remainders first, then by name.

Accounts that hold no stock of their own (origin, opening, outside, adjustment, unexplained) give and take without
limit: what leaves them is an origin, what enters them has arrived. So is stock without a lot, except in the roles that
``Sharing`` pools: a furnace may be charged lot by lot and emptied as one. What is drawn beyond what a pool holds came
from ``unexplained``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar
from uuid import UUID

from wufei.journal.records import Record
from wufei.terms import NamedError

Rule = Literal["proportional", "fifo"]
Key = TypeVar("Key", bound=Hashable)
WITHOUT_STOCK = frozenset({"origin", "opening", "outside", "adjustment", "unexplained"})
_ONE = 1 << 192  # fractions of a gram on the way, finer than any sum of errors can reach
_FINE = 128  # bits dropped before rounding, so that equal remainders compare equal


class SharingRuleUnknown(NamedError):
    """A sharing rule other than the two."""

    code = "sharing_rule_unknown"
    zh = "没有名为“{rule}”的分摊规则。"
    en = "There is no sharing rule named {rule!r}."
    remedy_zh = "可用：proportional（按比例）、fifo（先进先出）。"
    remedy_en = "There are: proportional, fifo."


class LotUnknown(NamedError):
    """A lot that no entry names."""

    code = "lot_unknown"
    zh = "批次 {lot} 没有任何分录。"
    en = "No entry names the lot {lot}."
    remedy_zh = "请核对批次编号。"
    remedy_en = "Check the id of the lot."


class Stock(NamedTuple):
    """A lot of a stream on an account; ``stream`` None where streams were mixed."""

    account: str
    lot: UUID | None
    stream: str | None


class Move(NamedTuple):
    """One entry as lots see it: ``stream`` on leaving, ``arrives_as`` on arrival, and the record it belongs to."""

    from_account: str
    to_account: str
    stream: str
    mass_g: int
    from_lot: UUID | None = None
    to_lot: UUID | None = None
    arrives_as: str | None = None
    record: UUID | None = None
    reverses: UUID | None = None


def moves_of(records: Iterable[Record]) -> list[Move]:
    """The entries of records, in order."""
    return [
        Move(e.from_account, e.to_account, e.stream, e.mass_g, e.from_lot, e.to_lot, e.to_stream, r.id, r.reverses)
        for r in records
        for e in r.entries
    ]


@dataclass(frozen=True, slots=True)
class Sharing:
    """The declared rule, other rules for some account roles, and the roles whose stock without a lot is a pool."""

    rule: Rule = "proportional"
    by_role: Mapping[str, Rule] = field(default_factory=lambda: MappingProxyType({}))
    pooled: frozenset[str] = frozenset({"process"})

    def __post_init__(self) -> None:
        """Raise SharingRuleUnknown for a rule that is none of the two."""
        for rule in (self.rule, *self.by_role.values()):
            if rule not in _POOLS:
                raise SharingRuleUnknown(rule=rule)

    def holds(self, account: str, lot: UUID | None) -> bool:
        """Whether the lot (or what has none) on the account is a pool."""
        role = account.partition(":")[0]
        return role not in WITHOUT_STOCK and (lot is not None or role in self.pooled)


@dataclass(frozen=True, slots=True)
class Trace:
    """All mass that was ever part of ``lot``: where it came from and where it is now, each adding up to ``mass_g``."""

    lot: UUID
    mass_g: int
    origins: dict[Stock, int]
    fates: dict[Stock, int]


def shares(parts: Mapping[Key, int]) -> dict[Key, Fraction]:
    """The exact share of each part, summing to one; empty when there is nothing."""
    total = sum(parts.values())
    return {key: Fraction(g, total) for key, g in parts.items()} if total else {}


def by_account(parts: Mapping[Stock, int]) -> dict[str, int]:
    """The grams of each account, lots and streams together."""
    found: dict[str, int] = {}
    for stock, g in parts.items():
        found[stock.account] = found.get(stock.account, 0) + g
    return found


Piece = tuple[int, int]  # a parcel by its number, and grams of it


@dataclass(slots=True)
class _Parcel:
    """Grams of uniform content, part of ``lot``: made of pieces of earlier parcels, or, without any, from an origin."""

    stock: Stock
    lot: UUID | None
    mass_g: int
    pieces: Sequence[Piece]


class _Fifo:
    """A pool whose first parcel leaves first."""

    def __init__(self) -> None:
        self._queue: deque[list[int]] = deque()

    def put(self, parcel: int, mass_g: int, _parcels: list[_Parcel]) -> None:
        self._queue.append([parcel, mass_g])

    def draw(self, mass_g: int) -> list[Piece]:
        """Up to ``mass_g`` grams."""
        pieces = []
        while mass_g and self._queue:
            first = self._queue[0]
            taken = min(first[1], mass_g)
            pieces.append((first[0], taken))
            mass_g -= taken
            first[1] -= taken
            if not first[1]:
                self._queue.popleft()
        return pieces

    def rest(self) -> list[Piece]:
        """What is left."""
        return [(parcel, g) for parcel, g in self._queue]


class _Mixed:
    """A pool in which whatever comes is mixed with what is there."""

    def __init__(self) -> None:
        self._parcel, self._mass_g = -1, 0

    def put(self, parcel: int, mass_g: int, parcels: list[_Parcel]) -> None:
        if self._mass_g:
            old, new = parcels[self._parcel].stock, parcels[parcel].stock
            stock = new if old == new else new._replace(stream=None)
            pieces = ((self._parcel, self._mass_g), (parcel, mass_g))
            parcels.append(_Parcel(stock, stock.lot, self._mass_g + mass_g, pieces))
            parcel = len(parcels) - 1
        self._parcel, self._mass_g = parcel, self._mass_g + mass_g

    def draw(self, mass_g: int) -> list[Piece]:
        """Up to ``mass_g`` grams."""
        taken = min(mass_g, self._mass_g)
        self._mass_g -= taken
        return [(self._parcel, taken)] if taken else []

    def rest(self) -> list[Piece]:
        """What is left."""
        return [(self._parcel, self._mass_g)] if self._mass_g else []


_POOLS: Mapping[str, Any] = {"fifo": _Fifo, "proportional": _Mixed}


class Attribution:
    """The parcels of a run of entries; ``trace`` answers for a lot. ``unexplained_g`` are grams drawn beyond stock."""

    def __init__(self, moves: Iterable[Move], sharing: Sharing = Sharing()) -> None:
        self._sharing = sharing
        self._parcels: list[_Parcel] = []
        self._pools: dict[tuple[str, UUID | None], Any] = {}
        self._ended: list[Piece] = []
        self._stocked: dict[tuple[str, bool], bool] = {}
        self.unexplained_g: dict[Stock, int] = {}
        for move in standing(list(moves)):
            self._apply(move)
        self.lots = frozenset(parcel.lot for parcel in self._parcels if parcel.lot is not None)

    def _apply(self, move: Move) -> None:
        stock = Stock(move.to_account, move.to_lot, move.arrives_as or move.stream)
        parcel = self._add(stock, move.to_lot, move.mass_g, self._draw(move))
        if self._holds(move.to_account, move.to_lot):
            self._pool(move.to_account, move.to_lot).put(parcel, move.mass_g, self._parcels)
        else:
            self._ended.append((parcel, move.mass_g))

    def _draw(self, move: Move) -> list[Piece]:
        account, lot, stream = move.from_account, move.from_lot, move.stream
        if not self._holds(account, lot):
            return [(self._add(Stock(account, lot or move.to_lot, stream), lot, move.mass_g), move.mass_g)]
        pieces: list[Piece] = self._pool(account, lot).draw(move.mass_g)
        short = move.mass_g
        for _, g in pieces:
            short -= g
        if short:
            nowhere = Stock("unexplained:" + account.partition(":")[2], lot, stream)
            self.unexplained_g[nowhere] = self.unexplained_g.get(nowhere, 0) + short
            pieces.append((self._add(nowhere, lot, short), short))
        return pieces

    def _holds(self, account: str, lot: UUID | None) -> bool:
        """What ``Sharing.holds`` says, which is the same for all lots of an account."""
        key = (account, lot is None)
        found = self._stocked.get(key)
        if found is None:
            found = self._stocked[key] = self._sharing.holds(account, lot)
        return found

    def _add(self, stock: Stock, lot: UUID | None, mass_g: int, pieces: Sequence[Piece] = ()) -> int:
        self._parcels.append(_Parcel(stock, lot, mass_g, pieces))
        return len(self._parcels) - 1

    def _pool(self, account: str, lot: UUID | None) -> Any:
        key = (account, lot)
        pool = self._pools.get(key)
        if pool is None:
            rule = self._sharing.by_role.get(account.partition(":")[0], self._sharing.rule)
            pool = self._pools[key] = _POOLS[rule]()
        return pool

    def trace(self, lot: UUID) -> Trace:
        """Origins and fates of all mass that was ever part of the lot; what left it and came back counts once.

        Raises LotUnknown.
        """
        if lot not in self.lots:
            raise LotUnknown(lot=lot)
        fates = self._fates(lot)
        total = (sum(fates.values()) + _ONE // 2) // _ONE
        return Trace(lot, total, _rounded(self._origins(lot), total), _rounded(fates, total))

    def _fates(self, lot: UUID) -> dict[Stock, int]:
        """By place of rest, ``_ONE`` to the gram: forward, the fraction of each parcel that was part of the lot."""
        part: list[int] = []
        for parcel in self._parcels:
            if parcel.lot == lot:
                part.append(_ONE)
            else:
                part.append(sum(g * part[n] for n, g in parcel.pieces) // parcel.mass_g)
        found: dict[Stock, int] = {}
        for pool in (*(p.rest() for p in self._pools.values()), self._ended):
            for n, g in pool:
                if part[n]:
                    stock = self._parcels[n].stock
                    found[stock] = found.get(stock, 0) + g * part[n]
        return found

    def _origins(self, lot: UUID) -> dict[Stock, int]:
        """By origin, ``_ONE`` to the gram: backward, the fraction of each parcel that will be part of the lot."""
        ahead = [0] * len(self._parcels)
        found: dict[Stock, int] = {}
        for n in range(len(self._parcels) - 1, -1, -1):
            parcel = self._parcels[n]
            part = _ONE if parcel.lot == lot else ahead[n] // parcel.mass_g
            if not part:
                continue
            for source, g in parcel.pieces:
                ahead[source] += g * part
            if not parcel.pieces:
                found[parcel.stock] = found.get(parcel.stock, 0) + parcel.mass_g * part
        return found


def standing(moves: Sequence[Move]) -> list[Move]:
    """The moves without those of reversed records and of the reversals themselves, which cancel."""
    present = {move.record for move in moves}
    gone = {move.reverses for move in moves if move.reverses is not None} & present
    return [move for move in moves if move.record not in gone and (move.reverses is None or move.reverses not in gone)]


def _rounded(scaled: Mapping[Stock, int], total: int) -> dict[Stock, int]:
    """Whole grams that add up to ``total``: each rounded down, then one gram more to the largest remainders."""
    fine = {stock: (g + (1 << (_FINE - 1))) >> _FINE for stock, g in scaled.items()}
    unit = _ONE >> _FINE
    found = {stock: g // unit for stock, g in fine.items()}
    order = sorted(fine, key=lambda stock: (-(fine[stock] % unit), [str(each or "") for each in stock]))
    for stock in order[: total - sum(found.values())]:
        found[stock] += 1
    return {stock: g for stock, g in sorted(found.items(), key=lambda item: [str(each or "") for each in item[0]]) if g}
