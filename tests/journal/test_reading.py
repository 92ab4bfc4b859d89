"""Records read back whole, filters, pages in both directions, balances, statements, flows, desk and series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN
from wufei.journal import Entry, Evidence, Observation, Record, Step, append, reading, reverse
from wufei.journal.balances import Balance, Held, balance_at, balances, open_transit
from wufei.journal.cube import Wanted, flows
from wufei.journal.desk import Cases, case, desk
from wufei.journal.moments import CITY_TIME, start_of
from wufei.journal.paging import CursorUnreadable, Page
from wufei.journal.reading import Filter, query, record
from wufei.journal.series import series
from wufei.journal.statement import Statement, statement
from wufei.terms import PeriodUnreadable

Make = Callable[..., Record]
STREAMS, PLACES = ("oil", "ash", "brick"), ("a", "b", "c")
FEWER = {("origin", "b"), ("origin", "c"), ("storage", "c"), ("process", "a"), ("process", "c"), ("sink", "b")}


def walk(read: Callable[[str | None], Any], items: str = "items") -> list[Any]:
    """Every page forward from the first, then back again: both ways must give the same."""
    pages, cursor = [], None
    while True:
        page = read(cursor)
        pages.append(list(getattr(page, items)))
        if page.next is None:
            break
        cursor = page.next
    last = page
    back = [pages[-1]]
    while last.previous is not None:
        last = read(last.previous)
        back.insert(0, list(getattr(last, items)))
    assert [i for p in back for i in p] == [i for p in pages for i in p]
    return [i for p in pages for i in p]


def some_records(make: Make, count: int, seed: int = 1) -> list[Record]:
    """Movements between accounts of every kind over three months, some at the same moment."""
    chance = Random(seed)  # noqa: S311
    accounts = [
        f"{role}:{p}" for role in ("origin", "storage", "process", "sink") for p in PLACES if (role, p) not in FEWER
    ]
    accounts += [f"transit:m-{n}" for n in range(3)]
    found = []
    for n in range(count):
        moves = []
        for _ in range(chance.randint(1, 3)):
            left, right = chance.sample(accounts, 2)
            stream = chance.choice(STREAMS)
            becomes = chance.choice(STREAMS) if "process" in left + right else stream
            moves.append(
                (left, right, stream, chance.randint(1, 9), None, None, becomes if becomes != stream else None)
            )
        happened = WHEN + timedelta(days=chance.randint(0, 80), hours=chance.choice([0, 0, 7]))
        month = (happened + timedelta(hours=8)).strftime("%Y-%m")
        fields = {
            "happened_at": happened,
            "period": chance.choice([month, month, "2025Q1", "2025H1", "2025"]),
            "basis": chance.choice(["measured", "declared", "estimated"]),
            "actor": f"person-{n % 3}",
            "acting_for": f"org-{n % 2}",
            "rule": chance.choice(["hj_1259_2022 6.2", "hj_1259_2022 6.3", "law 36"]),
            "sd_ppm": chance.choice([None, 10_000]),
            "evidence": (Evidence("ticket", f"t-{n}", "ab" * 32),) if n % 4 == 0 else (),
        }
        found.append(make(*moves, **fields))
    return found


@pytest.fixture
def filled(journal: Connection[Any], make: Make) -> tuple[Connection[Any], list[Record]]:
    """120 records in appends of 10, a fifth of them reversed."""
    records = some_records(make, 100)
    for n in range(0, 100, 10):
        append(journal, records[n : n + 10])
    backs = [
        reverse(journal, r, actor="person-9", acting_for="org-9", happened_at=WHEN + timedelta(days=81), note="错")
        for r in records[::5]
    ]
    assert all(o.stands for o in append(journal, backs))
    return journal, records + backs


# Records


def test_a_record_comes_back_as_it_went(journal: Connection[Any], make: Make) -> None:
    whole = make(
        ("storage:a", "process:a", "oil", 5, uuid4(), uuid4(), "ash"),
        ("origin:b", "storage:b", "ash", 7),
        note='引号"\n', evidence=(Evidence("ticket", "磅单", "ab" * 32),), sd_ppm=1200,
        steps=(Step("c/1", 1, "w", "t", "s", "无废办", WHEN, {"a": [1, None]}), Step("c/2", 1, "w", "t", "s")),
        observations=(Observation("mines", "storage:a", Decimal("7.500"), "个", "ash", Decimal("0.10")),),
    )  # fmt: skip
    plain = make(("origin:a", "storage:a", "oil", 1))
    append(journal, [whole, plain])
    found = record(journal, whole.id)
    assert found
    assert replace(found.record, happened_at=WHEN) == whole
    assert found.record.happened_at == whole.happened_at
    assert (found.reversed_by, found.replaced_by) == (None, ())
    assert journal.execute("SELECT seq, leaf FROM journal.record WHERE id = %s", (whole.id,)).fetchone() == (
        found.seq, found.leaf,
    )  # fmt: skip
    assert record(journal, uuid4()) is None


def test_a_record_tells_what_was_done_about_it(journal: Connection[Any], make: Make) -> None:
    old = make(("origin:a", "storage:a", "oil", 1))
    append(journal, [old])
    back = reverse(journal, old, actor="p", acting_for="o", happened_at=WHEN, note="错")
    new = make(("origin:a", "storage:a", "oil", 2), replaces=old.id)
    append(journal, [back, new])
    found = record(journal, old.id)
    assert found
    assert (found.reversed_by, found.replaced_by) == (back.id, (new.id,))
    then = record(journal, old.id, found.known_at)
    assert then
    assert (then.reversed_by, then.replaced_by) == (None, ())
    assert record(journal, new.id, found.known_at) is None


def month_within(r: Record) -> bool:
    return r.period.startswith("2025-0") or r.period in {"2025Q1", "2025H1"}


FILTERS: dict[str, tuple[Filter, Callable[[Record, set[Any]], bool]]] = {
    "all": (Filter(), lambda *_: True),
    "account": (Filter(account="storage:a"), lambda r, _: any("storage:a" in sides(e) for e in r.entries)),
    "place": (Filter(place="b"), lambda r, _: any(s.endswith(":b") for e in r.entries for s in sides(e))),
    "role": (Filter(role="transit"), lambda r, _: any(s.startswith("transit") for e in r.entries for s in sides(e))),
    "role at place": (Filter(role="sink", place="c"), lambda r, _: any("sink:c" in sides(e) for e in r.entries)),
    "streams": (
        Filter(streams={"oil", "brick"}),
        lambda r, _: any({e.stream, e.to_stream} & {"oil", "brick"} for e in r.entries),
    ),
    "account and stream of one entry": (
        Filter(account="sink:a", streams={"ash"}),
        lambda r, _: any("sink:a" in sides(e) and "ash" in {e.stream, e.to_stream or e.stream} for e in r.entries),
    ),
    "half-year": (Filter(period="2025H1"), lambda r, _: month_within(r)),
    "quarter": (Filter(period="2025Q1"), lambda r, _: r.period in {"2025-03", "2025Q1"}),
    "month": (Filter(period="2025-04"), lambda r, _: r.period == "2025-04"),
    "year": (Filter(period="2025"), lambda *_: True),
    "no such year": (Filter(period="2024"), lambda *_: False),
    "happened": (
        Filter(happened_from=WHEN + timedelta(days=10), happened_to=WHEN + timedelta(days=20)),
        lambda r, _: WHEN + timedelta(days=10) <= r.happened_at < WHEN + timedelta(days=20),
    ),
    "basis": (Filter(basis="declared"), lambda r, _: r.basis == "declared"),
    "actor": (Filter(actor="person-1"), lambda r, _: r.actor == "person-1"),
    "acting for": (Filter(acting_for="org-9"), lambda r, _: r.acting_for == "org-9"),
    "rule": (Filter(rule="hj_1259_2022"), lambda r, _: r.rule.startswith("hj_1259_2022")),
    "evidence": (Filter(evidence=True), lambda r, _: bool(r.evidence)),
    "no evidence": (Filter(evidence=False), lambda r, _: not r.evidence),
    "reversed": (Filter(reversed=True), lambda r, gone: r.id in gone),
    "standing": (Filter(reversed=False, place="a"), lambda r, gone: r.id not in gone and at(r, "a")),
}


def sides(entry: Entry) -> tuple[str, str]:
    return entry.from_account, entry.to_account


def at(r: Record, place: str) -> bool:
    return any(s.endswith(":" + place) for e in r.entries for s in sides(e))


@pytest.mark.parametrize("few", [0, 20_000], ids=["walking", "by account"])
@pytest.mark.parametrize("name", FILTERS)
def test_filters_find_what_they_describe(
    filled: tuple[Connection[Any], list[Record]], monkeypatch: pytest.MonkeyPatch, name: str, few: int
) -> None:
    journal, records = filled
    monkeypatch.setattr(reading, "FEW_LINES", few)
    monkeypatch.setattr(reading, "WINDOW", 8)
    wanted, holds = FILTERS[name]
    gone = {r.reverses for r in records if r.reverses}
    found = walk(lambda cursor: query(journal, wanted, cursor=cursor, size=7))
    assert [s.record.id for s in found] == [r.id for r in reversed(records) if holds(r, gone)]
    assert all(a.seq > b.seq for a, b in pairwise(found))


def test_unreadable_filters_and_cursors_have_names(journal: Connection[Any]) -> None:
    with pytest.raises(PeriodUnreadable):
        query(journal, Filter(period="soon"))
    for wrong in ("x", "W10", "WzAsImEiXQ", "é", "bnVsbA"):
        with pytest.raises(CursorUnreadable):
            query(journal, cursor=wrong)
    for wrong in ("WzAsInNvb24iLDEsMV0",):
        with pytest.raises(CursorUnreadable):
            statement(journal, "storage:a", None, (date(2025, 3, 1), date(2025, 3, 2)), cursor=wrong)


def test_a_page_stays_where_it_was_when_records_arrive(journal: Connection[Any], make: Make) -> None:
    first = [make(("origin:a", "storage:a", "oil", n + 1)) for n in range(6)]
    append(journal, first)
    page = query(journal, size=3)
    append(journal, [make(("origin:a", "storage:a", "oil", 99))])
    older = query(journal, size=3, cursor=page.next)
    assert [s.record.entries[0].mass_g for s in older.items] == [3, 2, 1]
    assert older.next is None
    newer = query(journal, size=3, cursor=page.previous) if page.previous else query(journal, size=1)
    assert newer.items[0].record.entries[0].mass_g == 99


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


# Desk and Series


@pytest.fixture
def cases(journal: Connection[Any], make: Make) -> Connection[Any]:
    for n in range(9):
        due = WHEN + timedelta(days=n % 4) if n % 3 else None
        step = Step(f"case-{n}", 1, "inspection" if n % 2 else "complaint", "open", "opened", f"org-{n % 2}", due)
        append(journal, [make(steps=(step,), happened_at=WHEN + timedelta(minutes=n))])
    append(journal, [make(steps=(Step("case-4", 2, "complaint", "settle", "settled"),))])
    return journal


def test_the_desk_lists_what_is_due_first(cases: Connection[Any]) -> None:
    found = walk(lambda cursor: desk(cases, cursor=cursor, size=2))
    order = [8, 1, 5, 2, 7, 0, 3, 4, 6]  # due after 0, 1, 1, 2 and 3 days; the others not at all
    assert [c.case for c in found] == [f"case-{n}" for n in order]
    assert {c.case for c in desk(cases, Cases(workflow="complaint", state="opened")).items} == {
        "case-0", "case-2", "case-6", "case-8",
    }  # fmt: skip
    assert [c.case for c in desk(cases, Cases(due_before=WHEN + timedelta(days=1))).items] == ["case-8"]
    assert {c.case for c in desk(cases, Cases(holder="org-1", prefix="case-")).items} == {
        f"case-{n}" for n in (1, 3, 5, 7)
    }
    settled = case(cases, "case-4")
    assert settled
    assert (settled.state, settled.opened_at, settled.changed_at) == ("settled", WHEN + timedelta(minutes=4), WHEN)
    assert case(cases, "case-99") is None


def test_series_of_a_metric(journal: Connection[Any], make: Make) -> None:
    def seen(place: str, period: str, value: str, stream: str | None = None) -> Record:
        return make(observations=(Observation("mines", place, Decimal(value), "个", stream),), period=period)

    append(journal, [seen("a", "2025", "1"), seen("a", "2026", "2"), seen("b", "2025", "3")])
    append(journal, [seen("b", "2025", "4", "ash"), seen("b", "2025", "3.5")])
    found = series(journal, "mines")
    assert [(v.place, v.stream, v.period, v.value) for v in found] == [
        ("a", None, "2025", Decimal(1)), ("a", None, "2026", Decimal(2)),
        ("b", None, "2025", Decimal("3.5")), ("b", "ash", "2025", Decimal(4)),
    ]  # fmt: skip
    assert [v.value for v in series(journal, "mines", places={"b"}, periods={"2025"}, streams={"ash"})] == [Decimal(4)]
    assert series(journal, "value_added") == ()
    assert found[0].known_at <= datetime.now(UTC)
