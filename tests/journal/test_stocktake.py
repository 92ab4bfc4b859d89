"""Counts: what is asserted, refused and booked, and what becomes of a count when the past turns out otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN, balance
from tests.journal.scratch import Scratch
from wufei.journal import Record, append, reverse
from wufei.journal.asknown import latest_settled
from wufei.journal.lot_reader import linked
from wufei.journal.lots import Attribution, by_account
from wufei.journal.reading import record
from wufei.journal.stocktake import (
    Count,
    StocktakeDiffers,
    StocktakeNegative,
    StocktakeOfNoStock,
    asserted,
    take_stock,
)
from wufei.terms import NamedError

Make = Callable[..., Record]
TANK = "storage:a/tank"
COUNTED = WHEN + timedelta(days=10)


@pytest.fixture
def stocked(journal: Connection[Any], make: Make) -> Connection[Any]:
    """1,000 grams in the tank, 50 of which leave it after the count."""
    journal.execute(
        "INSERT INTO journal.metric VALUES ('stocktake', '克'), ('stocktake_tolerance', '克') ON CONFLICT DO NOTHING"
    )
    append(journal, [make(("origin:a", TANK, "oil", 1_000)), make((TANK, "sink:a", "oil", 50), happened_at=after(1))])
    return journal


def after(days: int) -> Any:
    return COUNTED + timedelta(days=days)


def said(make: Make, **fields: Any) -> Record:
    return make(**({"happened_at": COUNTED, "note": "月末盘点"} | fields))


def entries(journal: Connection[Any], id_: UUID) -> list[tuple[str, str, int]]:
    stored = record(journal, id_)
    assert stored
    return [(e.from_account, e.to_account, e.mass_g) for e in stored.record.entries]


def test_what_agrees_is_asserted_and_moves_nothing(stocked: Connection[Any], make: Make) -> None:
    told = take_stock(stocked, Count(TANK, "oil", 1_000), sheet := said(make))
    assert told.outcome == "appended"
    assert entries(stocked, sheet.id) == []
    (found,) = asserted(stocked)
    assert (found.record, found.account, found.stream, found.at) == (sheet.id, TANK, "oil", COUNTED)
    assert (found.counted_g, found.book_g, found.difference_g, found.holds) == (1_000, 1_000, 0, True)
    assert balance(stocked, TANK, "oil") == 950


def test_a_difference_is_refused_until_somebody_accepts_it(stocked: Connection[Any], make: Make) -> None:
    with pytest.raises(StocktakeDiffers) as caught:
        take_stock(stocked, Count(TANK, "oil", 970, tolerance_g=29), said(make))
    assert "差 -30 克" in caught.value.render("zh")
    assert asserted(stocked) == []
    told = take_stock(stocked, Count(TANK, "oil", 970), sheet := said(make), accept=True)
    assert told.stands
    assert entries(stocked, sheet.id) == [(TANK, "adjustment:a/tank", 30)]
    assert balance(stocked, TANK, "oil") == 920
    assert asserted(stocked)[0].holds


def test_a_gain_comes_from_the_adjustment_and_may_name_its_lot(stocked: Connection[Any], make: Make) -> None:
    lot = uuid4()
    append(stocked, [make(("origin:b", "storage:b", "oil", 60, None, lot))])
    take_stock(stocked, Count("storage:b", "oil", 65, lot=lot), sheet := said(make), accept=True)
    assert entries(stocked, sheet.id) == [("adjustment:b", "storage:b", 5)]
    trace = Attribution(linked(stocked, lot)).trace(lot)
    assert by_account(trace.origins) == {"adjustment:b": 5, "origin:b": 60}
    assert by_account(trace.fates) == {"storage:b": 65}


def test_within_the_tolerance_nothing_is_booked_unless_asked(stocked: Connection[Any], make: Make) -> None:
    count = Count(TANK, "oil", 1_004, tolerance_g=5)
    take_stock(stocked, count, sheet := said(make))
    assert entries(stocked, sheet.id) == []
    (found,) = asserted(stocked)
    assert (found.difference_g, found.tolerance_g, found.holds) == (4, 5, True)
    take_stock(stocked, count, again := said(make), accept=True)
    assert entries(stocked, again.id) == [("adjustment:a/tank", TANK, 4)]
    assert [found.difference_g for found in asserted(stocked)] == [0, 0]


@pytest.mark.parametrize("counted", [970, 1_000])
def test_sending_a_count_again_changes_nothing(stocked: Connection[Any], make: Make, counted: int) -> None:
    count, sheet = Count(TANK, "oil", counted), said(make)
    assert take_stock(stocked, count, sheet, accept=True).outcome == "appended"
    held = balance(stocked, TANK, "oil")
    append(stocked, [make(("origin:a", TANK, "oil", 7))])
    assert take_stock(stocked, count, sheet, accept=True).outcome == "duplicate"
    assert balance(stocked, TANK, "oil") == held + 7
    other = take_stock(stocked, Count(TANK, "oil", counted + 1), sheet, accept=True)
    assert other.error
    assert other.error.code == "idempotency_conflict"


def test_what_is_recorded_late_makes_a_count_untrue_until_it_is_mended(stocked: Connection[Any], make: Make) -> None:
    take_stock(stocked, Count(TANK, "oil", 1_000), said(make))
    then = latest_settled(stocked)
    late = make((TANK, "sink:a", "oil", 40), happened_at=COUNTED)
    append(stocked, [late, make((TANK, "sink:a", "oil", 5), happened_at=after(2))])
    (found,) = asserted(stocked, TANK)
    assert (found.book_g, found.difference_g, found.holds) == (960, 40, False)
    assert asserted(stocked, as_known_on=then)[0].holds, "as known then it held"
    append(stocked, [reverse(stocked, late, actor="p", acting_for="o", happened_at=late.happened_at, note="重复")])
    assert asserted(stocked)[0].holds
    assert asserted(stocked, "storage:b") == []


def test_a_reversed_count_asserts_nothing_and_gives_its_difference_back(stocked: Connection[Any], make: Make) -> None:
    take_stock(stocked, Count(TANK, "oil", 900), sheet := said(make), accept=True)
    kept = record(stocked, sheet.id)
    assert kept
    append(stocked, [reverse(stocked, kept.record, actor="p", acting_for="o", happened_at=COUNTED, note="数错")])
    assert asserted(stocked) == []
    assert balance(stocked, TANK, "oil") == 950
    assert balance(stocked, "adjustment:a/tank", "oil") == 0


def test_an_empty_place_is_counted_too(stocked: Connection[Any], make: Make) -> None:
    take_stock(stocked, Count("storage:c/new", "ash", 0), said(make))
    (found,) = asserted(stocked, "storage:c/new")
    assert (found.counted_g, found.book_g, found.holds) == (0, 0, True)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (Count(TANK, "oil", -1), StocktakeNegative),
        (Count(TANK, "oil", 1, tolerance_g=-1), StocktakeNegative),
        (Count("origin:a", "oil", 1), StocktakeOfNoStock),
        (Count("transit:m-1", "oil", 1), StocktakeOfNoStock),
        (Count("adjustment:a", "oil", 1), StocktakeOfNoStock),
    ],
)
def test_wrong_counts_have_names(
    stocked: Connection[Any], make: Make, count: Count, expected: type[NamedError]
) -> None:
    with pytest.raises(expected):
        take_stock(stocked, count, said(make), accept=True)


@pytest.mark.parametrize(
    ("count", "fields", "code"),
    [
        (Count("storage:nowhere", "oil", 5), {}, "account_unknown"),
        (Count("storage:nowhere", "oil", 0), {}, "place_unknown"),
        (Count(TANK, "unobtainium", 5), {}, "stream_unknown"),
        (Count(TANK, "oil", 1_000), {"actor": ""}, "actor_missing"),
        (Count(TANK, "oil", 1_000), {"rule": ""}, "rule_missing"),
    ],
)
def test_the_journal_refuses_a_count_by_name(
    stocked: Connection[Any], make: Make, count: Count, fields: dict[str, Any], code: str
) -> None:
    told = take_stock(stocked, count, said(make, **fields), accept=True)
    assert told.error
    assert told.error.code == code
    assert asserted(stocked) == []


def test_two_counts_at_once_book_the_difference_once(place: Scratch, make: Make) -> None:
    key = "storage:b/at-once"
    with place.connect() as owner:
        append(owner, [make(("origin:b", key, "oil", 100))])
    gate, told = threading.Barrier(6), []

    def count() -> None:
        with place.connect("wufei_app") as connection:
            gate.wait(30)
            told.append(take_stock(connection, Count(key, "oil", 80), said(make), accept=True))

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with place.connect() as owner:
        assert [one.outcome for one in told] == ["appended"] * 6
        assert balance(owner, key, "oil") == 80
        assert [found.holds for found in asserted(owner, key)] == [True] * 6
