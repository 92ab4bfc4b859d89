"""Records read back whole, filters, pages in both directions, desk and series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN
from tests.journal.readers import walk
from wufei.journal import Entry, Evidence, Observation, Record, Step, append, reading, reverse
from wufei.journal.desk import Cases, case, desk
from wufei.journal.paging import CursorUnreadable
from wufei.journal.reading import Filter, query, record
from wufei.journal.series import series
from wufei.journal.statement import statement
from wufei.terms import PeriodUnreadable

Make = Callable[..., Record]


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
