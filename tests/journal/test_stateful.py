"""Any sequence of acts, against a model of a few dictionaries: nothing lost, nothing rewritten, everything agrees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg import Connection

from tests.journal.model import Model
from tests.journal.scratch import Scratch, scratch_journal
from tests.journal.soundness import folds_hold
from wufei.app.postgres import Postgres
from wufei.intake.closing import TURNS, take_step
from wufei.intake.posting import Speaker
from wufei.journal import Entry, Outcome, Record, append, new_id, reverse
from wufei.journal.account import balance_at
from wufei.journal.asknown import latest_settled
from wufei.journal.balances import balances
from wufei.journal.cube import flows
from wufei.journal.desk import desk
from wufei.journal.lot_reader import linked
from wufei.journal.lots import Attribution, Sharing, Trace, shares
from wufei.journal.reading import query
from wufei.journal.sealing import seal
from wufei.journal.series import series
from wufei.journal.signing import new_signer
from wufei.journal.stocktake import Count, StocktakeDiffers, asserted, take_stock
from wufei.journal.verify import verify

pytestmark = pytest.mark.long
START = datetime(2025, 1, 10, 4, 0, tzinfo=UTC)
ACCOUNTS = ("origin:a", "origin:b", "storage:a", "storage:b", "storage:a/tank", "process:a", "sink:c", "transit:m-1")
STREAMS = ("oil", "ash")
PERIODS = ("2025-01", "2025-02", "2025Q1", "2025-01-10")
PEOPLE = ("wang", "li", "zhao")
REMEMBERED = 3  # instants of which the answers are kept
PICK = st.integers(0, 10**6)

SIGNER = new_signer()

amounts = st.integers(1, 10**7)
days = st.integers(0, 110)
accounts = st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=2, unique=True)
moves = st.tuples(accounts, st.sampled_from(STREAMS), amounts)


def picked(options: list[Any], n: int) -> Any:
    return options[n % len(options)]


class Acts(RuleBasedStateMachine):
    """People and programs at work on one journal, within a transaction that is rolled back."""

    place: Scratch

    def __init__(self) -> None:
        super().__init__()
        self.journal: Connection[Any] = self.place.connect(autocommit=False)
        self.journal.execute("SELECT 1")
        self.model = Model()
        self.kept: list[tuple[datetime, Any]] = []
        self.steps = 0

    def teardown(self) -> None:
        try:
            self.everything_agrees()
        finally:
            self.journal.rollback()
            self.journal.close()

    # What is done

    def record(self, day: int, *entries: Entry, **fields: Any) -> Record:
        happened = START + timedelta(days=day, seconds=len(self.model.records))
        base: dict[str, Any] = {
            "happened_at": happened, "period": (happened + timedelta(hours=8)).strftime("%Y-%m"), "basis": "measured",
            "actor": "wang", "acting_for": "org-1", "rule": "hj_1259_2022 6.2", "entries": entries, "sd_ppm": 10_000,
        }  # fmt: skip
        return Record(**(base | fields))

    def put(self, *records: Record) -> list[Outcome]:
        """Append; the model says whether it goes through."""
        refused = [r for r in records if r.entries and self.model.closed(r.period)]
        outcomes = append(self.journal, records)
        if refused:
            assert {o.error.code for o in outcomes if o.error} == {"period_closed"}
            assert not any(o.stands for o in outcomes)
        else:
            assert [o.outcome for o in outcomes] == ["appended"] * len(records), outcomes
            self.model.take(*records)
        return outcomes

    @initialize(size=st.sampled_from(["1", "3", "8192"]))
    def blocks(self, size: str) -> None:
        """Blocks of the summary small enough to be closed, now and then."""
        self.journal.execute("UPDATE journal.setting SET value = %s WHERE name = 'summary_block_entries'", (size,))

    @rule(day=days, move=moves)
    def append_one(self, day: int, move: Any) -> None:
        (left, right), stream, mass_g = move
        self.put(self.record(day, Entry(left, right, stream, mass_g)))

    @rule(day=days, many=st.lists(moves, min_size=2, max_size=6), size=st.integers(2, 4), value=st.integers(0, 9))
    def append_many(self, day: int, many: list[Any], size: int, value: int) -> None:
        from wufei.journal import Observation

        entries = [Entry(left, right, stream, mass_g) for (left, right), stream, mass_g in many]
        seen = (Observation("mines", picked(["a", "b"], value), value, "个"),)
        self.put(*(self.record(day + n, *entries, observations=seen) for n in range(size)))

    @rule(day=days, move=moves, row_mode=st.booleans())
    def append_with_a_bad_one(self, day: int, move: Any, row_mode: Any) -> None:
        """Atomic: none stands; row by row: the sound one does."""
        (left, right), stream, mass_g = move
        good = self.record(day, Entry(left, right, stream, mass_g))
        bad = self.record(day, Entry(left, left, stream, mass_g))
        outcomes = append(self.journal, [bad, good], row_mode=row_mode)
        assert outcomes[0].error
        closed = self.model.closed(good.period)
        assert outcomes[1].outcome == ("refused" if closed else "appended" if row_mode else "held")
        if outcomes[1].stands:
            self.model.take(good)

    @rule(day=days, place=st.sampled_from("ab"), mass_g=amounts)
    def open_balance(self, day: int, place: str, mass_g: int) -> None:
        """A stock brought in, as a lot."""
        self.put(self.record(day, Entry("opening:2024", f"storage:{place}", "oil", mass_g, None, uuid4())))

    @precondition(lambda self: self.model.records)
    @rule(n=PICK, count=st.integers(1, 3))
    def send_again(self, n: int, count: int) -> None:
        records = list(self.model.records.values())
        again = records[n % len(records) :][:count]
        assert [o.outcome for o in append(self.journal, again)] == ["duplicate"] * len(again)

    @precondition(lambda self: self.model.records)
    @rule(n=PICK, note=st.sampled_from(["别的", "other"]))
    def send_other_content(self, n: int, note: str) -> None:
        record = picked(list(self.model.records.values()), n)
        (outcome,) = append(self.journal, [replace(record, note=note + (record.note or ""))])
        assert outcome.error
        assert outcome.error.code == "idempotency_conflict"

    def back(self, record: Record) -> Record:
        return reverse(
            self.journal, record, actor="li", acting_for="org-1", happened_at=record.happened_at, note="录错"
        )

    @precondition(lambda self: any(not r.steps for r in self.model.records.values()))
    @rule(n=PICK)
    def reverse_one(self, n: int) -> None:
        record = picked([r for r in self.model.records.values() if not r.steps], n)
        back = self.back(record)
        refused = self.model.refusal_of_reversal(record.id, record.period)
        (outcome,) = append(self.journal, [back])
        if refused:
            assert outcome.error
            told = {outcome.error.code}
            assert told & {refused, "already_reversed", "reversal_of_reversal"}
        else:
            assert outcome.outcome == "appended"
            self.model.take(back)

    @precondition(lambda self: any(r.entries for r in self.model.standing()))
    @rule(n=PICK, mass_g=amounts)
    def correct_one(self, n: int, mass_g: int) -> None:
        """The reversal and the record in its place: both or neither."""
        old = picked([r for r in self.model.standing() if r.entries], n)
        new = replace(
            old, id=new_id(), entries=(replace(old.entries[0], mass_g=mass_g), *old.entries[1:]), replaces=old.id
        )
        self.put(self.back(old), new)

    @rule(
        day=days, account=st.sampled_from(ACCOUNTS[2:5]), stream=st.sampled_from(STREAMS),
        off=st.integers(-500, 500), accept=st.booleans(),
    )  # fmt: skip
    def take_stock(self, day: int, account: str, stream: str, off: int, accept: Any) -> None:
        said = self.record(day, note="盘点")
        book_g = self.model.held(account, stream, said.happened_at)
        count = Count(account, stream, max(0, book_g + off), tolerance_g=100)
        try:
            outcome = take_stock(self.journal, count, said, accept=accept)
        except StocktakeDiffers:
            assert not accept
            assert abs(count.counted_g - book_g) > 100
            return
        assert accept or abs(count.counted_g - book_g) <= 100
        if self.model.closed(said.period):
            assert outcome.error
            assert outcome.error.code == "period_closed"
            return
        assert outcome.stands
        (stored,) = query(self.journal, size=1).items
        self.model.take(stored.record)
        assert self.model.held(account, stream, said.happened_at) == (count.counted_g if accept else book_g)

    # Lots: nothing is drawn beyond what the lot holds when it is drawn

    def lot(self, n: int) -> tuple[str, str, UUID, int] | None:
        held = [(*key, g) for key, g in self.model.lots().items() if g > 0 and key[0].startswith("storage")]
        return picked(sorted(held, key=lambda each: (each[0], each[3])), n) if held else None

    @rule(day=days, n=PICK, m=PICK)
    def merge(self, day: int, n: int, m: int) -> None:
        """Two lots become one at another store."""
        found = {lot for lot in (self.lot(n), self.lot(m)) if lot and lot[0] != "storage:b/all"}
        new = uuid4()
        entries = [Entry(*where, "storage:b/all", stream, g, lot, new) for *where, stream, lot, g in sorted(found)]
        if entries:
            self.put(self.record(day, *entries))

    @rule(day=days, n=PICK, part=st.integers(1, 99))
    def split(self, day: int, n: int, part: int) -> None:
        """Part of a lot goes elsewhere as a lot of its own."""
        if (found := self.lot(n)) and found[3] > 1:
            account, stream, lot, g = found
            there = "storage:a/part" if account != "storage:a/part" else "storage:b/part"
            self.put(self.record(day, Entry(account, there, stream, max(1, g * part // 100), lot, uuid4())))

    @rule(day=days, n=PICK)
    def repack(self, day: int, n: int) -> None:
        """A lot passes through a process and stands where it stood, under another name."""
        if found := self.lot(n):
            account, stream, lot, g = found
            new = uuid4()
            self.put(
                self.record(
                    day,
                    Entry(account, "process:c", stream, g, lot, new),
                    Entry("process:c", account, stream, g, new, new),
                )
            )

    @rule(day=days, n=PICK, part=st.integers(1, 100))
    def treat(self, day: int, n: int, part: int) -> None:
        """Part of a lot is burnt: some becomes ash, the rest goes up the chimney."""
        if found := self.lot(n):
            account, stream, lot, g = found
            burnt = max(1, g * part // 100)
            entries = [Entry(account, "process:b", stream, burnt, lot, lot)]
            if ash := burnt // 3:
                entries.append(Entry("process:b", "sink:c", stream, ash, lot, None, "brick"))
            entries.append(Entry("process:b", "loss:b", stream, burnt - ash, lot, None))
            self.put(self.record(day, *entries))

    # Periods

    @rule(period=st.sampled_from(PERIODS), person=st.sampled_from(PEOPLE), early=st.booleans())
    def turn_period(self, period: str, person: str, early: Any) -> None:
        """The next step of closing or reopening a period, by anybody; out of turn now and then."""
        case = self.model.closings[period]
        transition, state = picked([TURNS[case.state][0], ("close", "closed")], int(early))
        now = START + timedelta(days=120)
        outcome = take_step(self.journal, period, transition, Speaker(person, "org-1"), now=now, note="")
        in_turn = TURNS[case.state][0] == (transition, state)
        second = transition in {"close", "reopen"}
        if not in_turn or (second and person == case.asked_by):
            assert outcome.error
            expected = "second_person_needed" if in_turn else "closing_out_of_turn"
            assert outcome.error.code == expected
            return
        assert outcome.stands
        case.no, case.state, case.asked_by = case.no + 1, state, "" if second else person
        self.model.take(query(self.journal, size=1).items[0].record)

    # The past, and the chain

    def answers(self, at: datetime) -> Any:
        """What the journal says of everything as known on ``at``."""
        j = self.journal
        return (
            balances(j, size=1000, as_known_on=at).items,
            flows(j, "2025", as_known_on=at).rows,
            flows(j, "2025", by=("from_account", "to_account", "stream", "period"), as_known_on=at).rows,
            desk(j, size=1000, as_known_on=at).items,
            series(j, "mines", as_known_on=at),
            asserted(j, as_known_on=at),
            balance_at(j, "storage:a", None, START + timedelta(days=40), at),
            [(s.seq, s.leaf, s.record, s.reversed_by) for s in query(j, size=1000, as_known_on=at).items],
            self.traces(at),
        )

    @precondition(lambda self: len(self.kept) < REMEMBERED)
    @rule()
    def remember(self) -> None:
        at = latest_settled(self.journal)
        self.kept.append((at, self.answers(at)))
        assert self.answers(at)[0] == balances(self.journal, size=1000).items, "as known now is what is known"

    @rule()
    def seal(self) -> None:
        seal(self.journal, SIGNER)

    @rule()
    def summarize(self) -> None:
        self.journal.execute("SELECT journal.summarize()")

    # What must hold

    @invariant()
    def mass_is_conserved(self) -> None:
        book = {(b.account, b.stream): b.mass_g for b in balances(self.journal, size=1000).items}
        assert book == self.model.book()
        assert sum(book.values()) == 0

    @invariant()
    def the_rest_now_and_then(self) -> None:
        self.steps += 1
        if self.steps % 8 == 0:
            folds_hold(self.journal)
            self.the_past_stays()
            self.shares_sum()

    def the_past_stays(self) -> None:
        for at, told in self.kept:
            assert self.answers(at) == told

    def traces(self, at: datetime | None = None) -> list[Trace]:
        return [
            Attribution(linked(self.journal, lot, as_known_on=at), Sharing(rule)).trace(lot)
            for lot in sorted(self.model.entered(), key=str)[:2]
            for rule in ("fifo", "proportional")
            if at is None
        ]

    def shares_sum(self) -> None:
        """Origins and fates of every lot add up to the grams that ever entered it, by either rule."""
        for lot, grams in self.model.entered().items():
            entries = linked(self.journal, lot)
            for sharing in (Sharing("fifo"), Sharing("proportional")):
                found = Attribution(entries, sharing)
                trace = found.trace(lot)
                assert sum(trace.origins.values()) == trace.mass_g
                assert sum(trace.fates.values()) == trace.mass_g
                assert sum(shares(trace.origins).values()) == 1
                assert sum(shares(trace.fates).values()) == 1
                assert trace.mass_g >= grams
                assert trace.mass_g == grams or found.unexplained_g

    def everything_agrees(self) -> None:
        folds_hold(self.journal)
        self.the_past_stays()
        self.shares_sum()
        outcome = verify(self.journal, {SIGNER.key_id})
        assert outcome.holds, outcome.as_dict()
        assert outcome.counts.get("records", 0) == len(self.model.records)


@pytest.fixture(scope="module")
def empty(postgres: Postgres) -> Iterator[Scratch]:
    """A journal that stays empty: each example is rolled back."""
    with scratch_journal(postgres) as made:
        yield made


def test_any_sequence_of_acts(empty: Scratch) -> None:
    machine = type("Acts", (Acts,), {"place": empty})
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=checks,
            phases=[Phase.generate],
        ),
    )
