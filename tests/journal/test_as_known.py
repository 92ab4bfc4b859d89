"""The past stays as it was known: every reading, whatever is recorded later and however appends overlap."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from psycopg import Connection, sql

from tests.journal.conftest import WHEN
from tests.journal.readers import some_records
from tests.journal.scratch import Scratch, scratch_journal
from wufei.app.postgres import Postgres
from wufei.journal import Observation, Record, Step, append, cube_sql, reverse
from wufei.journal.account import balance_at
from wufei.journal.asknown import (
    InstantInFuture,
    InstantNotSettled,
    InstantWithoutZone,
    Known,
    known_on,
    latest_settled,
)
from wufei.journal.balances import balances, open_transit
from wufei.journal.cube import Wanted, flows, summarize
from wufei.journal.cube_sql import Axis, by_role, nodes
from wufei.journal.desk import case, desk
from wufei.journal.reading import Filter, query, record
from wufei.journal.series import series
from wufei.journal.statement import statement

Make = Callable[..., Record]
SPAN = (date(2025, 3, 10), date(2025, 5, 20))
SMALL_BLOCKS = "UPDATE journal.setting SET value = %s WHERE name = 'summary_block_entries'"
BY_NODE: tuple[Axis, ...] = ("from_account", "to_account", "stream", "to_stream", "period")


def plain(value: Any) -> Any:
    """The answer without the question's instant in it."""
    if is_dataclass(value) and any(f.name == "as_known_on" for f in fields(value)):
        return replace(value, as_known_on=None)  # type: ignore[type-var]
    return value


READINGS: dict[str, Callable[[Connection[Any], datetime | None], Any]] = {
    "balances": lambda c, at: balances(c, size=1000, as_known_on=at),
    "balances by role": lambda c, at: balances(c, by=("role", "stream"), as_known_on=at),
    "balances by mass": lambda c, at: balances(c, order="mass", size=1000, as_known_on=at),
    "balance at": lambda c, at: balance_at(c, "storage:a", None, WHEN + timedelta(days=30), as_known_on=at),
    "open transit": lambda c, at: open_transit(c, as_known_on=at),
    "statement": lambda c, at: statement(c, "storage:a", None, SPAN, size=1000, as_known_on=at),
    "statement of a manifest": lambda c, at: statement(c, "transit:m-1", "oil", SPAN, size=1000, as_known_on=at),
    "flows by account": lambda c, at: flows(c, "2025", by=BY_NODE, as_known_on=at),
    "flows by role": lambda c, at: flows(c, "2025", as_known_on=at),
    "flows of a month": lambda c, at: flows(c, "2025-04", Wanted(streams={"oil"}), as_known_on=at),
    "flows to a place": lambda c, at: flows(c, "2025Q1", Wanted(to_places={"a"}), by=("to_place",), as_known_on=at),
    "flows from places": lambda c, at: flows(
        c, "2025", Wanted(from_places={"b", "c"}, to_roles={"process", "storage"}), by=BY_NODE, as_known_on=at
    ),
    "flows to the road": lambda c, at: flows(c, "2025", Wanted(to_roles={"transit"}), by=BY_NODE, as_known_on=at),
    "desk": lambda c, at: desk(c, as_known_on=at),
    "case": lambda c, at: case(c, "case-1", as_known_on=at),
    "series": lambda c, at: series(c, "mines", as_known_on=at),
    "query": lambda c, at: query(c, size=1000, as_known_on=at),
    "query of reversed": lambda c, at: query(c, Filter(reversed=True, place="a"), size=1000, as_known_on=at),
}


def batches(connection: Connection[Any], make: Make, chance: Random) -> Iterator[list[Record]]:
    """Movements, values and steps, and again and again the reversal or the correction of something older."""
    pool = some_records(make, 60, chance.randint(0, 10**6))
    done: list[Record] = []
    steps = dict.fromkeys(range(3), 0)
    while pool:
        batch = [pool.pop() for _ in range(min(len(pool), chance.randint(1, 9)))]
        for _ in range(chance.randint(0, 2)):
            value = Decimal(chance.randint(1, 99))
            seen = Observation("mines", chance.choice("ab"), value, "个", chance.choice([None, "ash"]))
            batch.append(make(observations=(seen,), period=chance.choice(["2025", "2024"])))
        if chance.random() < 0.7:
            n = chance.choice(list(steps))
            steps[n] += 1
            step = Step(f"case-{n}", steps[n], "inspection", "go", f"state-{steps[n]}", f"org-{chance.randint(1, 3)}")
            batch.append(make(steps=(step,)))
        for old in chance.sample(done, min(len(done), chance.randint(0, 3))):
            done.remove(old)
            back = reverse(connection, old, actor="p", acting_for="o", happened_at=WHEN + timedelta(days=90), note="错")
            batch.append(replace(back, period=chance.choice([old.period, "2025-06"])))
            batch.append(make(("origin:a", "storage:a", "oil", chance.randint(1, 9)), replaces=old.id))
        done += [r for r in batch if not r.reverses and not r.steps]
        yield batch


@pytest.mark.parametrize("seed", range(3))
def test_every_reading_stays_as_it_was(journal: Connection[Any], make: Make, seed: int) -> None:
    chance = Random(seed)  # noqa: S311
    journal.execute(SMALL_BLOCKS, (str(3 + seed * 10),))
    remembered: list[tuple[datetime, dict[str, Any]]] = [
        (latest_settled(journal), {name: plain(read(journal, None)) for name, read in READINGS.items()})
    ]
    for n, batch in enumerate(batches(journal, make, chance)):
        outcomes = append(journal, batch)
        assert all(o.stands for o in outcomes), outcomes
        if n % 3 == 2:
            journal.execute("SELECT journal.summarize((SELECT max(n) - 2 FROM journal.receipt))")
        instant = latest_settled(journal)
        answers = {name: plain(read(journal, None)) for name, read in READINGS.items()}
        for name, read in READINGS.items():
            assert plain(read(journal, instant)) == answers[name], name
        remembered.append((instant, answers))
    assert len(remembered) > 8
    for instant, answers in remembered:
        for name, read in READINGS.items():
            assert plain(read(journal, instant)) == answers[name], (name, instant)


def test_a_record_is_known_from_its_append_on(journal: Connection[Any], make: Make) -> None:
    before = latest_settled(journal)
    one = make(("origin:a", "storage:a", "oil", 1))
    append(journal, [one])
    found = record(journal, one.id)
    assert found
    assert before < found.known_at
    assert record(journal, one.id, before) is None
    assert record(journal, one.id, found.known_at - timedelta(microseconds=1)) is None
    assert record(journal, one.id, found.known_at) == found


def test_instants_that_cannot_be_answered_have_names(journal: Connection[Any]) -> None:
    with pytest.raises(InstantInFuture):
        balances(journal, as_known_on=datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(InstantWithoutZone):
        balances(journal, as_known_on=datetime(2025, 1, 1))  # noqa: DTZ001
    assert balances(journal, as_known_on=datetime(2020, 1, 1, tzinfo=UTC)).items == ()


@pytest.mark.parametrize("seed", range(5))
def test_receipts_out_of_order_are_parted_exactly(journal: Connection[Any], seed: int) -> None:
    """Numbers are drawn up to a second before their times; whatever the disorder, an instant parts by time."""
    chance = Random(seed)  # noqa: S311
    start = datetime(2026, 1, 1, tzinfo=UTC)
    drawn = sorted(chance.randint(0, 20_000) for _ in range(200))  # milliseconds
    known = {n: start + timedelta(milliseconds=ms + chance.randint(0, 1000)) for n, ms in enumerate(drawn, 1)}
    with journal.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO journal.receipt (n, known_at, records, entries) OVERRIDING SYSTEM VALUE VALUES (%s, %s, 0, 0)",
            list(known.items()),
        )
    assert [n for n, _ in sorted(known.items(), key=lambda item: item[1])] != sorted(known), "there is disorder"
    instants = [start + timedelta(milliseconds=chance.randint(-500, 22_000)) for _ in range(100)]
    for instant in (*instants, *list(known.values())[:50]):
        found = known_on(journal, instant)
        believed = {n for n in known if n <= found.last and n not in found.but}
        assert believed == {n for n, at in known.items() if at <= instant}
        query_ = "SELECT count(*) FROM journal.receipt, LATERAL (SELECT n << 20 AS seq) AS x WHERE "
        for condition, count in ((found.known("x"), len(believed)), (found.later("x"), len(known) - len(believed))):
            assert journal.execute(query_ + condition.as_string(journal)).fetchone() == (count,)


def test_a_receipt_known_later_is_left_out_of_every_fold(journal: Connection[Any], make: Make) -> None:
    """As when its number was drawn before that of one that was known sooner."""
    journal.execute(SMALL_BLOCKS, ("1",))
    for n in range(6):
        append(journal, [make(("origin:a", "storage:a", "oil", 10**n))])
    journal.execute("SELECT journal.summarize((SELECT max(n) FROM journal.receipt))")
    ((first,),) = journal.execute("SELECT min(n) FROM journal.receipt").fetchall()
    known = Known(latest_settled(journal), first + 4, (first + 1, first + 3))
    for by in (("from_role",), ("from_place",)):
        rows = cube_sql.rows_of(journal, cube_sql.Question(Wanted(), by, known, ["2025-03"]))  # type: ignore[arg-type]
        assert [row[-3] for row in rows] == [10_101, 10_101]
    flows_known = by_role(journal, known)
    assert flows_known is not None
    assert journal.execute(sql.SQL("SELECT sum(mass_g) FROM ({}) AS f").format(flows_known)).fetchone() == (10_101,)


# Appends that overlap


@pytest.fixture
def place(postgres: Postgres) -> Iterator[Scratch]:
    with scratch_journal(postgres) as made:
        yield made


def held(connection: Connection[Any], at: datetime | None) -> int:
    return sum(b.mass_g for b in balances(connection, by=("role",), as_known_on=at).items if b.role == "storage")


def test_an_append_under_way_is_waited_for(place: Scratch, make: Make) -> None:
    with place.connect() as slow, place.connect() as quick, place.connect() as reader:
        append(quick, [make(("origin:a", "storage:a", "oil", 1))])
        with slow.transaction():
            before = latest_settled(reader)
            append(slow, [make(("origin:a", "storage:a", "oil", 10))])
            append(quick, [make(("origin:b", "storage:b", "oil", 100))])
            now = reader.execute("SELECT clock_timestamp()").fetchone()
            assert now
            settled = latest_settled(reader)
            assert settled < now[0]
            with pytest.raises(InstantNotSettled):
                known_on(reader, now[0], patience=0.05)
            at_settled, at_before = held(reader, settled), held(reader, before)
            assert held(slow, None) == 111, "one's own append is no obstacle"
        assert latest_settled(reader) > now[0]
        assert held(reader, now[0]) == 111
        assert (held(reader, settled), held(reader, before)) == (at_settled, at_before)


def test_patience_is_rewarded(place: Scratch, make: Make) -> None:
    with place.connect() as slow, place.connect() as reader:
        begun = threading.Event()

        def dawdle() -> None:
            with slow.transaction():
                append(slow, [make(("origin:a", "storage:a", "oil", 10))])
                begun.set()
                time.sleep(0.3)

        thread = threading.Thread(target=dawdle)
        thread.start()
        begun.wait()
        (now,) = reader.execute("SELECT clock_timestamp()").fetchone() or (None,)
        assert held(reader, now) == 10
        thread.join()


def test_a_transaction_that_waited_does_not_change_the_past(place: Scratch, make: Make) -> None:
    """What counts is when the append was made, not when its transaction began."""
    with place.connect() as old, place.connect() as reader, old.transaction():
        old.execute("SELECT 1")
        time.sleep(0.02)
        before = latest_settled(reader)
        append(old, [make(("origin:a", "storage:a", "oil", 10))])
        assert held(old, before) == 0
        found = old.execute("SELECT min(known_at) > %s FROM journal.record", (before,)).fetchone()
        assert found == (True,)


def test_the_summary_waits_for_what_is_under_way(place: Scratch, make: Make) -> None:
    def summarized(connection: Connection[Any]) -> int:
        ((last,),) = connection.execute("SELECT coalesce(max(last_receipt), 0) FROM journal.summary_block").fetchall()
        return int(last)

    with place.connect() as slow, place.connect() as quick:
        quick.execute(SMALL_BLOCKS, ("1",))
        append(quick, [make(("origin:a", "storage:a", "oil", 1))])
        with slow.transaction():
            append(slow, [make(("origin:a", "storage:a", "oil", 10))])
            append(quick, [make(("origin:b", "storage:b", "oil", 100))])
            time.sleep(1.2)
            summarize(quick)
            assert summarized(quick) <= 1
            assert flows(quick, "2025", by=()).rows[0].mass_g == 101
        assert flows(quick, "2025", by=()).rows[0].mass_g == 111
        time.sleep(1.2)
        assert summarize(quick) >= 2
        assert summarized(quick) == 3
        assert flows(quick, "2025", by=()).rows[0].mass_g == 111
        assert summarize(quick) == 0


def test_a_rebuilt_summary_is_the_same(journal: Connection[Any], make: Make) -> None:
    journal.execute(SMALL_BLOCKS, ("7",))
    for batch in batches(journal, make, Random(9)):  # noqa: S311
        append(journal, batch)
        journal.execute("SELECT journal.summarize((SELECT max(n) FROM journal.receipt))")
    tables = (
        "SELECT * FROM journal.summary_block ORDER BY 1",
        "SELECT * FROM journal.summary ORDER BY 1, 2, 3, 4, 5, 6, 7",
    )
    kept = [journal.execute(table).fetchall() for table in tables]
    assert len(kept[0]) > 5
    journal.execute("SELECT journal.rebuild()")
    assert [journal.execute(table).fetchall() for table in tables] == kept


def test_the_first_blocks_are_the_sum_of_their_nodes() -> None:
    assert nodes(0) == []
    for block in range(1, 200):
        covered = [n for node in nodes(block) for n in range(node - (node & -node) + 1, node + 1)]
        assert sorted(covered) == list(range(1, block + 1))


def test_what_is_beside_the_summary_may_be_too_much(
    journal: Connection[Any], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(journal, [make(("origin:a", "storage:a", "oil", n + 1)) for n in range(5)])
    found = flows(journal, "2025")
    monkeypatch.setattr(cube_sql, "MOST_SINCE", 3)
    assert flows(journal, "2025") == found
    assert found.rows[0].mass_g == 15


def test_now_needs_no_cut() -> None:
    assert Known(None).known("e").as_string(None) == "true"
    assert Known(None).later("e").as_string(None) == "false"


def test_a_transaction_of_many_appends_shows_once_that_it_is_under_way(place: Scratch, make: Make) -> None:
    shown = "SELECT began FROM journal.under_way"
    with place.connect() as writer, place.connect() as reader:
        with writer.transaction():
            append(writer, [make(("origin:a", "storage:a", "oil", 1))])
            (first,) = reader.execute(shown).fetchall()
            (known,) = writer.execute("SELECT known_at FROM journal.record").fetchone() or (None,)
            assert first[0] < known
            for _ in range(3):
                append(writer, [make(("origin:a", "storage:a", "oil", 1))])
            assert reader.execute(shown).fetchall() == [first]
        assert reader.execute(shown).fetchall() == []
        writer.execute("SET journal.entered = 'yes'")  # a lie
        with writer.transaction():
            append(writer, [make(("origin:a", "storage:a", "oil", 1))])
            assert len(reader.execute(shown).fetchall()) == 1
