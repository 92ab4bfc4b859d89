"""Balances, statements and flows read back, in pages in both directions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN
from tests.journal.readers import walk
from wufei.journal import Record, append
from wufei.journal.account import balance_at
from wufei.journal.balances import Balance, Held, balances, open_transit
from wufei.journal.cube import Wanted, flows
from wufei.journal.moments import CITY_TIME, start_of
from wufei.journal.paging import CursorUnreadable, Page
from wufei.journal.statement import Statement, statement

Make = Callable[..., Record]


# Balances


def book_of(records: list[Record]) -> dict[tuple[str, str], int]:
    """The Book by hand."""
    book: dict[tuple[str, str], int] = {}
    for r in records:
        for e in r.entries:
            left, entered = (e.from_account, e.stream), (e.to_account, e.to_stream or e.stream)
            book[left] = book.get(left, 0) - e.mass_g
            book[entered] = book.get(entered, 0) + e.mass_g
    return {key: g for key, g in book.items() if g}


def test_balances_by_every_axis(filled: tuple[Connection[Any], list[Record]]) -> None:
    journal, records = filled
    book = book_of(records)
    found = walk(lambda cursor: balances(journal, cursor=cursor, size=4))
    assert {(b.account, b.stream): b.mass_g for b in found} == book
    assert [(b.account, b.stream) for b in found] == sorted(book)
    parts = {
        "account": lambda key: key[0],
        "place": lambda key: key[0].split(":")[1],
        "role": lambda key: key[0].split(":")[0],
        "stream": lambda key: key[1],
    }
    for by in (("account",), ("place",), ("role",), ("stream",), ("role", "stream"), ("place", "role")):
        expected: dict[tuple[str, ...], int] = {}
        for key, g in book.items():
            name = tuple(parts[axis](key) for axis in by)
            expected[name] = expected.get(name, 0) + g
        pages = walk(lambda cursor, by=by: balances(journal, by=by, cursor=cursor, size=3))
        assert {tuple(getattr(b, axis) for axis in by): b.mass_g for b in pages} == {
            k: g for k, g in expected.items() if g
        }


def test_balances_of_what_is_asked(filled: tuple[Connection[Any], list[Record]]) -> None:
    journal, records = filled
    book = book_of(records)
    for wanted, holds in (
        (Held(account="storage:a"), lambda key: key[0] == "storage:a"),
        (Held(place="b"), lambda key: key[0].endswith(":b")),
        (Held(role="transit"), lambda key: key[0].startswith("transit:")),
        (
            Held(role="sink", streams={"ash", "oil"}),
            lambda key: key[0].startswith("sink:") and key[1] in {"ash", "oil"},
        ),
        (Held(streams=set()), lambda _: False),
    ):
        found = walk(lambda cursor, wanted=wanted: balances(journal, wanted, cursor=cursor, size=2))
        assert {(b.account, b.stream): b.mass_g for b in found} == {k: g for k, g in book.items() if holds(k)}
    assert balances(journal, Held(account="storage:nowhere")) == Page(())
    assert balances(journal, by=("stream",), size=1).items[0] == Balance(
        sum(g for (_, s), g in book.items() if s == "ash"), stream="ash"
    )


def test_balances_largest_first(filled: tuple[Connection[Any], list[Record]]) -> None:
    journal, records = filled
    book = book_of(records)
    found = walk(lambda cursor: balances(journal, order="mass", cursor=cursor, size=4))
    assert [(b.mass_g, b.account, b.stream) for b in found] == sorted(
        ((g, *key) for key, g in book.items()), reverse=True
    )
    at_a = walk(lambda cursor: balances(journal, Held(place="a"), by=("stream",), order="mass", cursor=cursor, size=1))
    assert [b.mass_g for b in at_a] == sorted((b.mass_g for b in at_a), reverse=True)
    assert {b.stream: b.mass_g for b in at_a} == {
        b.stream: b.mass_g for b in balances(journal, Held(place="a"), by=("stream",)).items
    }
    with pytest.raises(CursorUnreadable):
        balances(journal, order="mass", cursor=balances(journal, size=1).next)


def test_open_transit_tells_since_when(journal: Connection[Any], make: Make) -> None:
    sent = [make(("storage:a", f"transit:m-{n}", "oil", 100), happened_at=WHEN + timedelta(hours=n)) for n in range(5)]
    append(journal, sent)
    append(journal, [
        make(("transit:m-1", "storage:b", "oil", 100), happened_at=WHEN + timedelta(days=1)),
        make(("transit:m-2", "storage:b", "oil", 97), happened_at=WHEN + timedelta(days=1)),
        make(("transit:m-3", "storage:b", "oil", 104), happened_at=WHEN + timedelta(days=1)),
    ])  # fmt: skip
    found = walk(lambda cursor: open_transit(journal, cursor=cursor, size=2))
    assert [(t.account, t.mass_g, t.since) for t in found] == [
        ("transit:m-0", 100, WHEN),
        ("transit:m-2", 3, WHEN + timedelta(hours=2)),
        ("transit:m-3", -4, WHEN + timedelta(hours=3)),
        ("transit:m-4", 100, WHEN + timedelta(hours=4)),
    ]
    assert open_transit(journal, Held(streams={"ash"})) == Page(())


# Statements


def movements(records: list[Record], account: str, stream: str | None) -> list[tuple[datetime, int, int]]:
    """(moment, order in the journal, grams in or out) of the account, in the statement's order."""
    found = []
    for n, r in enumerate(records):
        for part, e in enumerate(r.entries):
            if e.to_account == account and stream in {None, e.to_stream or e.stream}:
                found.append((r.happened_at, n * 10 + part, e.mass_g))
            if e.from_account == account and stream in {None, e.stream}:
                found.append((r.happened_at, n * 10 + part, -e.mass_g))
    return sorted(found)


DAYS = [
    (date(2025, 3, 1), date(2025, 5, 31)),
    (date(2025, 3, 10), date(2025, 5, 20)),
    (date(2025, 4, 1), date(2025, 4, 30)),
    (date(2025, 4, 3), date(2025, 4, 9)),
    (date(2025, 3, 20), date(2025, 4, 10)),
    (date(2025, 4, 1), date(2025, 5, 3)),
    (date(2025, 1, 1), date(2025, 1, 31)),
    (date(2026, 1, 1), date(2026, 1, 1)),
]


@pytest.mark.parametrize("account", ["storage:a", "process:b", "transit:m-1"])
@pytest.mark.parametrize("stream", ["oil", None])
def test_statements_add_up(filled: tuple[Connection[Any], list[Record]], account: str, stream: str | None) -> None:
    journal, records = filled
    every = movements(records, account, stream)
    assert len(every) > 10
    for days in DAYS:
        low, high = start_of(days[0]), start_of(days[1] + timedelta(days=1))
        inside = [m for m in every if low <= m[0] < high]
        whole = statement(journal, account, stream, days, size=1000)
        assert whole.opening_g == sum(g for at, _, g in every if at < low)
        assert whole.closing_g == sum(g for at, _, g in every if at < high)
        assert (whole.in_g, whole.out_g) == (
            sum(g for _, _, g in inside if g > 0),
            -sum(g for _, _, g in inside if g < 0),
        )
        assert [line.mass_g for line in whole.lines] == [g for _, _, g in inside]
        balance = whole.opening_g
        for line in whole.lines:
            balance += line.mass_g
            assert line.balance_g == balance
        assert balance == whole.closing_g
        paged = walk(
            lambda cursor, days=days: statement(journal, account, stream, days, cursor=cursor, size=3), "lines"
        )
        assert paged == list(whole.lines)
        assert balance_at(journal, account, stream, high) == whole.closing_g


def test_a_line_names_the_other_side(journal: Connection[Any], make: Make) -> None:
    here = datetime(2025, 3, 1, 0, 0, tzinfo=CITY_TIME)
    first = make(("origin:a", "storage:a", "oil", 10), happened_at=here)
    second = make(("storage:a", "process:a", "oil", 4, None, None, "ash"), happened_at=here, note="入炉")
    append(journal, [first, second])
    found = statement(journal, "storage:a", "oil", (date(2025, 3, 1), date(2025, 3, 1)))
    told = [(x.counter_account, x.mass_g, x.balance_g, x.record, x.note, x.reversal) for x in found.lines]
    assert told == [("origin:a", 10, 10, first.id, None, False), ("process:a", -4, 6, second.id, "入炉", False)]
    assert statement(journal, "process:a", "ash", (date(2025, 3, 1), date(2025, 3, 1))).lines[0].stream == "ash"
    assert statement(journal, "process:a", "oil", (date(2025, 3, 1), date(2025, 3, 1))).lines == ()
    nothing = statement(journal, "storage:c", "oil", (date(2025, 3, 1), date(2025, 3, 1)))
    assert nothing == Statement("storage:c", "oil", date(2025, 3, 1), date(2025, 3, 1), 0, 0, 0, (), None, None, None)
    assert statement(journal, "storage:a", "nothing", (date(2025, 3, 1), date(2025, 3, 1))).closing_g == 0


# Flows


def test_a_year_sums_its_months_quarters_halves_and_what_was_said_of_it(journal: Connection[Any], make: Make) -> None:
    periods = {"2025-03-31": 1, "2025-03": 10, "2025Q1": 100, "2025H1": 1000, "2025": 10_000, "2024-12": 5, "2026": 7}
    append(journal, [make(("origin:a", "storage:a", "ash", g), period=p) for p, g in periods.items()])
    expected = {
        "2025": (11_111, ["2025", "2025-03", "2025-03-31", "2025H1", "2025Q1"], []),
        "2025H1": (1_111, ["2025-03", "2025-03-31", "2025H1", "2025Q1"], ["2025"]),
        "2025Q1": (111, ["2025-03", "2025-03-31", "2025Q1"], ["2025", "2025H1"]),
        "2025-03": (11, ["2025-03", "2025-03-31"], ["2025", "2025H1", "2025Q1"]),
        "2025-04": (0, [], ["2025", "2025H1"]),
        "2024..2025": (11_116, ["2024-12", "2025", "2025-03", "2025-03-31", "2025H1", "2025Q1"], []),
        "2023": (0, [], []),
    }
    for period, (mass_g, contains, touches) in expected.items():
        found = flows(journal, period)
        assert sum(f.mass_g for f in found.rows) == mass_g
        assert [c.period for c in found.contains] == contains
        assert sum(c.mass_g for c in found.contains) == mass_g
        assert list(found.touches) == touches


def test_flows_by_any_axis_with_shares_and_variance(filled: tuple[Connection[Any], list[Record]]) -> None:
    journal, records = filled
    gone = {r.reverses for r in records if r.reverses}
    standing = [r for r in records if r.id not in gone and not r.reverses]

    def node(account: str) -> str:
        return "transit:all" if account.startswith("transit:") else account

    expected: dict[tuple[str, ...], list[Any]] = {}
    for r in standing:
        for e in r.entries:
            key = (node(e.from_account), node(e.to_account), e.stream, e.to_stream or e.stream, r.period)
            row = expected.setdefault(key, [0, 0, Decimal(0), {}])
            row[0] += e.mass_g
            row[1] += 1
            row[2] += (Decimal(e.mass_g) * Decimal(r.sd_ppm or 0) / 1_000_000) ** 2
            row[3][r.basis] = row[3].get(r.basis, 0) + e.mass_g
    found = flows(journal, "2025", by=("from_account", "to_account", "stream", "to_stream", "period"))
    assert {tuple(f.along.values()): [f.mass_g, f.entries, f.variance_g2, f.basis_g] for f in found.rows} == expected
    assert all(sum(f.shares().values()) == 1 for f in found.rows)
    by_role = flows(journal, "2025", by=("from_role",))
    assert {f.along["from_role"]: f.mass_g for f in by_role.rows} == {
        role: sum(v[0] for k, v in expected.items() if k[0].startswith(role + ":"))
        for role in {k[0].split(":")[0] for k in expected}
    }
    chosen = flows(
        journal,
        "2025",
        Wanted(streams={"oil"}, bases={"measured"}, from_roles={"storage"}, to_places={"b", "c"}),
        by=("to_place",),
    )
    for flow in chosen.rows:
        assert flow.mass_g == sum(
            e.mass_g for r in standing for e in r.entries
            if r.basis == "measured" and e.stream == "oil" and e.from_account.startswith("storage:")
            and e.to_account.endswith(":" + flow.along["to_place"])
        )  # fmt: skip
        assert flow.shares() == {"measured": Fraction(1)}
    (total,) = flows(journal, "2025", by=()).rows
    assert total.mass_g == sum(v[0] for v in expected.values())
