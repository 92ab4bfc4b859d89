"""Origins and fates of lots: worked by hand, against a slow exact simulation, at size, and from the database."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Connection

from tests.journal.conftest import WHEN
from wufei.journal import Record, append, reverse
from wufei.journal.lot_reader import LotTooLinked, linked
from wufei.journal.lots import (
    WITHOUT_STOCK,
    Attribution,
    LotUnknown,
    Move,
    Sharing,
    SharingRuleUnknown,
    Stock,
    Trace,
    by_account,
    moves_of,
    shares,
    standing,
)

Make = Callable[..., Record]
A, B, C, D, E = (UUID(int=n) for n in range(1, 6))
FIFO = Sharing("fifo")


def sums(trace: Trace) -> None:
    assert sum(trace.origins.values()) == trace.mass_g
    assert sum(trace.fates.values()) == trace.mass_g
    assert all(g > 0 for g in (*trace.origins.values(), *trace.fates.values()))
    if trace.mass_g:
        assert sum(shares(trace.origins).values()) == 1
        assert sum(shares(trace.fates).values()) == 1


def merged() -> list[Move]:
    """Two lots, 60 and 40 grams, emptied into one, of which 50 grams are burnt and 30 sold."""
    return [
        Move("origin:a", "storage:a", "oil", 60, None, A),
        Move("origin:b", "storage:a", "oil", 40, None, B),
        Move("storage:a", "storage:b", "oil", 60, A, C),
        Move("storage:a", "storage:b", "oil", 40, B, C),
        Move("storage:b", "sink:a", "oil", 50, C, None),
        Move("storage:b", "outside:x", "oil", 30, C, None),
    ]


def test_proportional_by_hand() -> None:
    found = Attribution(merged())
    assert by_account(found.trace(A).fates) == {"outside:x": 18, "sink:a": 30, "storage:b": 12}
    assert by_account(found.trace(B).fates) == {"outside:x": 12, "sink:a": 20, "storage:b": 8}
    assert found.trace(C).origins == {Stock("origin:a", A, "oil"): 60, Stock("origin:b", B, "oil"): 40}
    assert shares(found.trace(C).origins)[Stock("origin:a", A, "oil")] == Fraction(3, 5)
    for lot in (A, B, C):
        sums(found.trace(lot))


def test_first_in_first_out_by_hand() -> None:
    found = Attribution(merged(), FIFO)
    assert by_account(found.trace(A).fates) == {"outside:x": 10, "sink:a": 50}
    assert by_account(found.trace(B).fates) == {"outside:x": 20, "storage:b": 20}
    sums(found.trace(C))


def test_a_rule_for_one_role() -> None:
    """The furnace is mixed although the stores are first in, first out."""
    moves = [
        Move("origin:a", "storage:a", "oil", 10, None, A),
        Move("origin:b", "storage:a", "oil", 30, None, B),
        Move("storage:a", "process:a", "oil", 10, A, None),
        Move("storage:a", "process:a", "oil", 30, B, None),
        Move("process:a", "sink:a", "oil", 20, None, None, "ash"),
    ]
    mixed = Attribution(moves, Sharing("fifo", {"process": "proportional"}))
    assert by_account(mixed.trace(A).fates) == {"process:a": 5, "sink:a": 5}
    assert by_account(Attribution(moves, FIFO).trace(A).fates) == {"sink:a": 10}
    assert mixed.trace(A).fates[Stock("sink:a", None, "ash")] == 5


def test_rounding_gives_the_largest_remainder_first() -> None:
    moves = [Move(f"origin:{p}", "storage:a", "oil", g, None, C) for p, g in (("a", 1), ("b", 1), ("c", 1))]
    moves += [Move("storage:a", "storage:b", "oil", 2, C, D)]
    assert by_account(Attribution(moves).trace(D).origins) == {"origin:a": 1, "origin:b": 1}
    moves = [Move(f"origin:{p}", "storage:a", "oil", g, None, C) for p, g in (("a", 5), ("b", 3), ("c", 2))]
    moves += [Move("storage:a", "storage:b", "oil", 7, C, D)]  # 3.5, 2.1 and 1.4
    assert by_account(Attribution(moves).trace(D).origins) == {"origin:a": 4, "origin:b": 2, "origin:c": 1}


def test_what_comes_back_counts_once() -> None:
    moves = [
        Move("origin:a", "storage:a", "oil", 100, None, A),
        Move("storage:a", "storage:b", "oil", 80, A, B),
        Move("storage:b", "storage:a", "oil", 50, B, A),
        Move("storage:a", "sink:a", "oil", 70, A, None),
    ]
    found = Attribution(moves)
    assert found.trace(A).mass_g == 100
    assert by_account(found.trace(A).fates) == {"sink:a": 70, "storage:b": 30}
    assert by_account(found.trace(A).origins) == {"origin:a": 100}
    assert found.trace(B).mass_g == 80
    sums(found.trace(B))


def test_a_circle_of_two_lots_mixes() -> None:
    """A third of lot A goes round through B, mixed there with as much again."""
    moves = [
        Move("origin:a", "storage:a", "oil", 90, None, A),
        Move("origin:b", "storage:b", "oil", 30, None, B),
        Move("storage:a", "storage:b", "oil", 30, A, B),
        Move("storage:b", "storage:a", "oil", 30, B, A),
    ]
    trace = Attribution(moves).trace(A)
    assert by_account(trace.origins) == {"origin:a": 90, "origin:b": 15}
    assert by_account(trace.fates) == {"storage:a": 90, "storage:b": 15}
    sums(trace)


def test_a_shortage_has_a_name() -> None:
    moves = [
        Move("origin:a", "storage:a/tank", "oil", 10, None, A),
        Move("storage:a/tank", "process:a", "oil", 25, A, B),
        Move("process:a", "product:a", "oil", 25, B, C, "brick"),
    ]
    for sharing in (Sharing(), FIFO):
        found = Attribution(moves, sharing)
        short = Stock("unexplained:a/tank", A, "oil")
        assert found.unexplained_g == {short: 15}
        assert found.trace(C).origins == {Stock("origin:a", A, "oil"): 10, short: 15}
        assert found.trace(A).mass_g == 25, "what was drawn as lot A was lot A, explained or not"
        sums(found.trace(C))


def test_streams_that_change_and_streams_that_mix() -> None:
    moves = [
        Move("origin:a", "storage:a", "oil", 10, None, A),
        Move("origin:a", "storage:a", "ash", 10, None, A),
        Move("storage:a", "process:a", "oil", 4, A, B, "brick"),
        Move("process:a", "product:a", "brick", 4, B, None),
    ]
    fates = Attribution(moves).trace(A).fates
    assert fates == {Stock("storage:a", A, None): 16, Stock("product:a", None, "brick"): 4}


def test_reversals_cancel(make: Make) -> None:
    good = make(("origin:a", "storage:a", "oil", 10, None, A), ("storage:a", "sink:a", "oil", 4, A, None))
    wrong = make(("origin:b", "storage:a", "oil", 90, None, A))
    back = make(("storage:a", "origin:b", "oil", 90, A, None), reverses=wrong.id)
    later = make(("storage:a", "sink:a", "oil", 6, A, None))
    for records in ([good, wrong, back, later], [wrong, good, later, back]):
        trace = Attribution(moves_of(records)).trace(A)
        assert (by_account(trace.origins), by_account(trace.fates)) == ({"origin:a": 10}, {"sink:a": 10})
    assert len(standing(moves_of([back, later]))) == 2, "without its original it is a movement like any other"


def test_stock_without_a_lot_is_nobodys_lot() -> None:
    moves = [
        Move("storage:a", "storage:b", "oil", 10, None, A),
        Move("storage:b", "storage:c", "oil", 10, A, None),
    ]
    trace = Attribution(moves).trace(A)
    assert trace.origins == {Stock("storage:a", A, "oil"): 10}
    assert trace.fates == {Stock("storage:c", None, "oil"): 10}
    pooled = Attribution(moves, Sharing(pooled=frozenset({"storage"}))).trace(A)
    assert by_account(pooled.origins) == {"unexplained:a": 10}


def test_wrong_questions_have_names() -> None:
    with pytest.raises(LotUnknown):
        Attribution(merged()).trace(E)
    with pytest.raises(SharingRuleUnknown):
        Sharing("lifo")  # type: ignore[arg-type]
    with pytest.raises(SharingRuleUnknown):
        Sharing("fifo", {"process": "by hand"})  # type: ignore[dict-item]
    assert shares({}) == {}


# Against a simulation that carries exact fractions of every (origin, part of the lot or not) in every pool.


Content = dict[Any, Fraction]


class Slow:
    """One lot followed by brute force."""

    def __init__(self, moves: list[Move], sharing: Sharing, lot: UUID) -> None:
        self.sharing, self.lot = sharing, lot
        self.pools: dict[Any, list[tuple[Fraction, Content]]] = {}
        rest = [(m.to_account, left) for m in moves if (left := self.move(m)) is not None]
        rest += [(account, content) for (account, _), pool in self.pools.items() for _, content in pool]
        self.origins: Content = {}
        self.fates: Content = {}
        for account, content in rest:
            for (origin, part), g in content.items():
                if part and g:
                    self.origins[origin] = self.origins.get(origin, Fraction(0)) + g
                    self.fates[account] = self.fates.get(account, Fraction(0)) + g

    def rule(self, account: str) -> str:
        return self.sharing.by_role.get(account.split(":", maxsplit=1)[0], self.sharing.rule)

    def move(self, move: Move) -> Content | None:
        """Carry it out; what has arrived where no pool is comes back."""
        content: Content = {}
        for (origin, part), g in self.draw(move).items():
            key = (origin, part or move.to_lot == self.lot)
            content[key] = content.get(key, Fraction(0)) + g
        if not self.sharing.holds(move.to_account, move.to_lot):
            return content
        pool = self.pools.setdefault((move.to_account, move.to_lot), [])
        if self.rule(move.to_account) == "proportional" and pool:
            mass, there = pool.pop()
            zero = Fraction(0)
            pool.append(
                (mass + move.mass_g, {k: there.get(k, zero) + content.get(k, zero) for k in {*there, *content}})
            )
        else:
            pool.append((Fraction(move.mass_g), content))
        return None

    def draw(self, move: Move) -> Content:
        account, wanted = move.from_account, Fraction(move.mass_g)
        part_of_it = move.from_lot == self.lot
        if not self.sharing.holds(account, move.from_lot):
            return {(account, part_of_it): wanted}
        pool, taken = self.pools.setdefault((account, move.from_lot), []), Content()
        while wanted and pool:
            mass, content = pool.pop(0)
            part = min(wanted, mass) / mass
            for key, g in content.items():
                taken[key] = taken.get(key, Fraction(0)) + g * part
            wanted -= mass * part
            if part < 1:
                pool.insert(0, (mass * (1 - part), {key: g * (1 - part) for key, g in content.items()}))
        if wanted:
            key = ("unexplained:" + account.split(":")[1], part_of_it)
            taken[key] = taken.get(key, Fraction(0)) + wanted
        return taken


PLACES = ["origin:a", "origin:b", "storage:a", "storage:b", "process:a", "sink:a", "opening:2024", "product:a"]
LOTS = [A, B, C, D, None]


@st.composite
def a_move(draw: st.DrawFn) -> Move:
    left, right = draw(st.lists(st.sampled_from(PLACES), min_size=2, max_size=2, unique=True))
    lots = [
        None if p.split(":")[0] in WITHOUT_STOCK and draw(st.booleans()) else draw(st.sampled_from(LOTS))
        for p in (left, right)
    ]
    return Move(left, right, draw(st.sampled_from(["oil", "ash"])), draw(st.integers(1, 50)), *lots)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(a_move(), min_size=1, max_size=25),
    st.sampled_from([Sharing(), FIFO, Sharing("fifo", {"process": "proportional"}), Sharing(pooled=frozenset())]),
)
def test_against_the_slow_simulation(moves: list[Move], sharing: Sharing) -> None:
    found = Attribution(moves, sharing)
    for lot in found.lots:
        trace = found.trace(lot)
        sums(trace)
        exact = Slow(moves, sharing, lot)
        assert abs(sum(exact.origins.values()) - trace.mass_g) <= Fraction(1, 2)
        for slow, rounded in ((exact.origins, trace.origins), (exact.fates, trace.fates)):
            assert set(by_account(rounded)) <= set(slow)
            for account, g in slow.items():  # each lot and stream of the account is rounded by less than a gram
                stocks = 1 + len([stock for stock in rounded if stock.account == account]) + len(LOTS)
                assert abs(g - by_account(rounded).get(account, 0)) < stocks
        assert trace == Attribution(moves, sharing).trace(lot)


def city(lots: int, seed: int) -> list[Move]:
    """Lots of every size made, merged, split, repacked, burnt and returned."""
    chance = Random(seed)  # noqa: S311
    held: list[tuple[str, UUID, int]] = []
    moves: list[Move] = []
    for n in range(lots):
        lot, account = UUID(int=n + 1), f"storage:{chance.choice('abc')}"
        if len(held) < 5 or (chance.random() < 0.4 and n < lots - 1):
            mass_g = chance.randint(1, 10**12)
            moves.append(Move(f"origin:{chance.choice('abc')}", account, "oil", mass_g, None, lot))
            held.append((account, lot, mass_g))
            continue
        total = 0
        for _ in range(chance.randint(1, 4)):
            source, old, there = held.pop(chance.randrange(len(held)))
            taken = there if chance.random() < 0.5 else chance.randint(1, there)
            if source == account:
                source_lot, via = old, "process:a"
                moves.append(Move(source, via, "oil", taken, source_lot, lot))
                moves.append(Move(via, account, "oil", taken, lot, lot))
            else:
                moves.append(Move(source, account, "oil", taken, old, lot))
            total += taken
            if taken < there:
                held.append((source, old, there - taken))
            if not held:
                break
        held.append((account, lot, total))
    return moves


@pytest.mark.parametrize("sharing", [Sharing(), FIFO], ids=["proportional", "fifo"])
def test_ten_thousand_linked_lots(sharing: Sharing) -> None:
    moves = city(10_000, 1)
    found = Attribution(moves, sharing)
    newest, oldest = found.trace(UUID(int=10_000)), found.trace(UUID(int=1))
    assert len(found.lots) == 10_000
    sums(newest)
    sums(oldest)
    assert len(newest.origins) > 1


def test_ten_thousand_lots_through_one_silo() -> None:
    moves = [Move("origin:a", "storage:a", "oil", 10**6 + n, None, UUID(int=n + 1)) for n in range(5000)]
    silo = UUID(int=90_000)
    moves += [Move("storage:a", "storage:b", "oil", 10**6 + n, UUID(int=n + 1), silo) for n in range(5000)]
    moves += [Move("storage:b", "sink:a", "oil", 10**5, silo, UUID(int=n + 10_000)) for n in range(5000)]
    found = Attribution(moves)
    trace = found.trace(silo)
    last = found.trace(UUID(int=14_999))
    sums(trace)
    assert len(last.origins) == 5000
    sums(last)


# From the database


def test_linked_entries_are_found_through_lots_and_plants(journal: Connection[Any], make: Make) -> None:
    records = [
        make(("origin:a", "storage:a", "oil", 60, None, A)),
        make(("origin:b", "storage:b", "oil", 40, None, B)),
        make(("storage:a", "process:c", "oil", 60, A, None), ("storage:b", "process:c", "oil", 40, B, None)),
        make(("process:c", "product:c", "oil", 70, None, C, "brick"), ("process:c", "loss:c", "oil", 30)),
        make(("product:c", "outside:x", "brick", 70, C, None)),
        make(("origin:c", "storage:c", "oil", 7, None, D), ("storage:c", "sink:c", "oil", 7, D, None)),
    ]
    append(journal, records)
    found = Attribution(linked(journal, A))
    assert found.lots == {A, B, C}
    assert by_account(found.trace(A).fates) == {"loss:c": 18, "outside:x": 42}
    assert by_account(found.trace(C).origins) == {"origin:a": 42, "origin:b": 28}
    assert found.trace(A).fates == Attribution(linked(journal, A, direction="fates")).trace(A).fates
    assert found.trace(C).origins == Attribution(linked(journal, C, direction="origins")).trace(C).origins
    assert len(linked(journal, A, sharing=Sharing(pooled=frozenset()))) == 2, "without the plant the trail ends there"
    assert len(linked(journal, D)) == 2
    assert linked(journal, E) == []
    with pytest.raises(LotTooLinked):
        linked(journal, A, most=3)


def test_linked_entries_as_known_before_a_reversal(journal: Connection[Any], make: Make) -> None:
    first = make(("origin:a", "storage:a", "oil", 60, None, A))
    wrong = make(("storage:a", "sink:a", "oil", 20, A, None))
    append(journal, [first, wrong])
    (then,) = journal.execute("SELECT max(known_at) FROM journal.receipt").fetchone() or (None,)
    append(journal, [reverse(journal, wrong, actor="p", acting_for="o", happened_at=WHEN, note="错")])
    assert by_account(Attribution(linked(journal, A)).trace(A).fates) == {"storage:a": 60}
    before = Attribution(linked(journal, A, as_known_on=then)).trace(A).fates
    assert by_account(before) == {"sink:a": 20, "storage:a": 40}


def test_what_happened_first_counts_first_however_late_it_was_told(journal: Connection[Any], make: Make) -> None:
    append(journal, [make(("storage:a", "sink:a", "oil", 20, A, None), happened_at=WHEN.replace(day=6))])
    append(journal, [make(("origin:a", "storage:a", "oil", 60, None, A))])
    found = Attribution(linked(journal, A))
    assert found.unexplained_g == {}
    assert by_account(found.trace(A).origins) == {"origin:a": 60}


def test_ten_thousand_linked_lots_from_the_database(journal: Connection[Any], make: Make) -> None:
    journal.execute("SET LOCAL timezone = 'UTC'")
    moves = city(10_000, 2)
    entries = [(m.from_account, m.to_account, m.stream, m.mass_g, m.from_lot, m.to_lot) for m in moves]
    append(journal, [make(*entries[n : n + 50]) for n in range(0, len(entries), 50)])
    journal.execute("ANALYZE journal.entry; ANALYZE journal.record; ANALYZE journal.account")
    found = linked(journal, UUID(int=5_000))
    assert len(found) > 10_000
    sums(Attribution(found).trace(UUID(int=5_000)))
