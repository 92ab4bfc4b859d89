"""What the journal takes, what it refuses and by which name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN, balance
from wufei.journal import Entry, Evidence, Observation, Outcome, Record, Step, append, reverse
from wufei.journal.append import RecordUnreadable
from wufei.journal.canonical import canonical, leaf_hash

Make = Callable[..., Record]


def code(outcomes: list[Outcome]) -> str:
    """The code of the only refusal."""
    errors = [o.error for o in outcomes if o.error]
    assert len(errors) == 1, outcomes
    assert errors[0].render("zh")
    assert errors[0].render("en")
    return errors[0].code


def test_mass_moves_and_is_conserved(journal: Connection[Any], make: Make) -> None:
    outcomes = append(
        journal,
        [
            make(("origin:a", "storage:a", "oil", 1000)),
            make(("storage:a", "transit:m-1", "oil", 400), ("storage:a", "transit:m-2", "oil", 100)),
            make(("transit:m-1", "storage:b", "oil", 399)),
        ],
    )
    assert [o.outcome for o in outcomes] == ["appended"] * 3
    assert [
        balance(journal, k, "oil") for k in ("origin:a", "storage:a", "transit:m-1", "transit:m-2", "storage:b")
    ] == [
        -1000,
        500,
        1,
        100,
        399,
    ]
    assert journal.execute("SELECT sum(mass_g) FROM journal.book").fetchone() == (0,)


@pytest.mark.parametrize("size", [3, 501])
def test_both_functions_agree(journal: Connection[Any], make: Make, size: int) -> None:
    records = [make(("origin:a", "storage:a", "ash", n + 1), sd_ppm=20_000) for n in range(size)]
    assert all(o.stands for o in append(journal, records))
    row = journal.execute("SELECT mass_g, entries, variance_g2 FROM journal.cube").fetchone()
    total = sum(range(1, size + 1))
    assert row == (total, size, sum(Decimal(n * n) * Decimal("0.0004") for n in range(1, size + 1)))


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (("origin:a", "storage:a", "oil", 0), "mass_not_positive"),
        (("origin:a", "storage:a", "oil", -5), "mass_not_positive"),
        (("storage:a", "storage:a", "oil", 5), "account_to_itself"),
        (("origin:nowhere", "storage:a", "oil", 5), "account_unknown"),
        (("attic:a", "storage:a", "oil", 5), "account_unknown"),
        (("origin:a", "storage:a'; drop table", "oil", 5), "account_unknown"),
        (("origin:a", "storage:a", "unobtainium", 5), "stream_unknown"),
        (("origin:a", "storage:a", "oil", 5, None, None, "nothing"), "stream_unknown"),
        (("storage:a", "storage:b", "oil", 5, None, None, "ash"), "stream_changed"),
    ],
)
def test_refuses_entries_by_name(journal: Connection[Any], make: Make, move: tuple[Any, ...], expected: str) -> None:
    assert code(append(journal, [make(move)])) == expected
    assert journal.execute("SELECT count(*) FROM journal.record").fetchone() == (0,)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"happened_at": datetime.now(UTC) + timedelta(days=1)}, "time_in_future"),
        ({"period": "2025-13"}, "record_period_unreadable"),
        ({"period": "soon"}, "record_period_unreadable"),
        ({"basis": "guessed"}, "basis_unknown"),
        ({"sd_ppm": -1}, "sd_negative"),
        ({"actor": ""}, "actor_missing"),
        ({"acting_for": ""}, "actor_missing"),
        ({"rule": ""}, "rule_missing"),
        ({"entries": ()}, "record_empty"),
        ({"reverses": uuid4()}, "reversal_of_nothing"),
        ({"replaces": uuid4()}, "replaces_nothing"),
        ({"observations": (Observation("height", "a", Decimal(1), "米"),)}, "metric_unknown"),
        ({"observations": (Observation("value_added", "a", Decimal(1), "元"),)}, "unit_of_metric"),
        ({"observations": (Observation("value_added", "x", Decimal(1), "万元"),)}, "place_unknown"),
        ({"observations": (Observation("value_added", "a", Decimal(1), "万元", "x"),)}, "stream_unknown"),
        ({"steps": (Step("case-1", 2, "w", "open", "opened"),)}, "step_taken"),
    ],
)
def test_refuses_records_by_name(journal: Connection[Any], make: Make, fields: dict[str, Any], expected: str) -> None:
    record = replace(make(("origin:a", "storage:a", "oil", 5)), **fields)
    assert code(append(journal, [record])) == expected


@pytest.mark.parametrize("wrong", [1.5, "many", 2**63])
def test_masses_are_whole_grams(journal: Connection[Any], make: Make, wrong: object) -> None:
    with pytest.raises(RecordUnreadable):
        append(journal, [make(("origin:a", "storage:a", "oil", wrong))])
    assert append(journal, [make(("origin:a", "storage:a", "oil", 1))])[0].stands


def test_atomic_or_row_by_row(journal: Connection[Any], make: Make) -> None:
    good, bad = make(("origin:a", "storage:a", "oil", 5)), make(("origin:a", "storage:a", "oil", 0))
    assert [o.outcome for o in append(journal, [good, bad])] == ["held", "refused"]
    assert balance(journal, "storage:a", "oil") == 0
    assert [o.outcome for o in append(journal, [good, bad], row_mode=True)] == ["appended", "refused"]
    assert balance(journal, "storage:a", "oil") == 5


@pytest.mark.parametrize("size", [1, 600])
def test_sending_again_changes_nothing(journal: Connection[Any], make: Make, size: int) -> None:
    records = [make(("origin:a", "storage:a", "oil", 5), note="说明“甲”\n") for _ in range(size)]
    first = append(journal, records)
    again = append(journal, records)
    assert {o.outcome for o in again} == {"duplicate"}
    assert [o.seq for o in again] == [o.seq for o in first]
    mixed = append(journal, [records[0], make(("origin:a", "storage:a", "oil", 7))])
    assert [o.outcome for o in mixed] == ["duplicate", "appended"]
    assert balance(journal, "storage:a", "oil") == 5 * size + 7


@pytest.mark.parametrize("size", [2, 600])
def test_what_stands_is_a_duplicate_whatever_is_so_today(journal: Connection[Any], make: Make, size: int) -> None:
    """Its step has been taken (by itself), its period is closed: sent again it stands, and holds nothing back."""
    case = Step("case-1", 1, "inspection", "open", "opened")
    records = [make(("origin:a", "storage:a", "oil", 5), steps=(case,) if n == 0 else ()) for n in range(size)]
    append(journal, records)
    for no, (transition, state, actor) in enumerate(
        [("propose_close", "closing_proposed", "wang"), ("close", "closed", "li")], 1
    ):
        step = Step("period:2025-03", no, "period_closing", transition, state)
        closing = make(steps=(step,), actor=actor, period="2025-03")
        assert append(journal, [closing])[0].stands
    assert {o.outcome for o in append(journal, records)} == {"duplicate"}
    assert append(journal, [closing])[0].outcome == "duplicate"
    new = make(("origin:a", "storage:a", "oil", 7), period="2025-04")
    assert [o.outcome for o in append(journal, [*records, new])] == ["duplicate"] * size + ["appended"]
    late = make(("origin:a", "storage:a", "oil", 7))
    told = append(journal, [*records, late], row_mode=True)
    assert [o.outcome for o in told] == ["duplicate"] * size + ["refused"]
    assert balance(journal, "storage:a", "oil") == 5 * size + 7


def test_one_key_with_other_content(journal: Connection[Any], make: Make) -> None:
    record = make(("origin:a", "storage:a", "oil", 5))
    append(journal, [record])
    other = replace(record, entries=(Entry("origin:a", "storage:a", "oil", 6),))
    assert code(append(journal, [other])) == "idempotency_conflict"
    assert code(append(journal, [other := make(("origin:b", "storage:b", "oil", 1)), other])) == "id_repeated"


def test_reversal_restores_every_balance(journal: Connection[Any], make: Make) -> None:
    record = make(("origin:a", "process:a", "oil", 50, None, None, "ash"), ("process:a", "sink:b", "ash", 20), sd_ppm=5)
    append(journal, [record])
    back = reverse(journal, record, actor="person-2", acting_for="org-1", happened_at=WHEN, note="录错")
    assert append(journal, [back])[0].outcome == "appended"
    assert journal.execute("SELECT count(*) FROM journal.book WHERE mass_g <> 0").fetchone() == (0,)
    assert journal.execute(
        "SELECT count(*) FROM journal.cube WHERE (mass_g, entries, variance_g2) <> (0, 0, 0)"
    ).fetchone() == (0,)
    again = reverse(journal, record, actor="person-2", acting_for="org-1", happened_at=WHEN, note="又一次")
    assert code(append(journal, [again])) == "already_reversed"
    undo = replace(reverse(journal, back, actor="p", acting_for="o", happened_at=WHEN, note="x"), basis="measured")
    assert code(append(journal, [undo])) == "reversal_of_reversal"


def test_a_reversal_must_mirror(journal: Connection[Any], make: Make) -> None:
    record = make(("origin:a", "storage:a", "oil", 50))
    append(journal, [record])
    back = reverse(journal, record, actor="p", acting_for="o", happened_at=WHEN, note="x")
    for wrong in (
        replace(back, entries=(Entry("storage:a", "origin:a", "oil", 49),)),
        replace(back, entries=(*back.entries, *back.entries)),
        replace(back, basis="declared"),
        replace(back, sd_ppm=1),
    ):
        assert code(append(journal, [wrong])) == "reversal_differs"


def test_steps_are_taken_once_and_in_turn(journal: Connection[Any], make: Make) -> None:
    def step(no: int) -> Record:
        return make(steps=(Step("case-1", no, "inspection", "go", f"state-{no}", holder="org-2", data={"乙": 1}),))

    assert append(journal, [step(1), step(2)])[1].stands
    assert code(append(journal, [step(2)])) == "step_taken"
    assert code(append(journal, [step(4)])) == "step_taken"
    assert journal.execute("SELECT no, state, holder FROM journal.desk").fetchall() == [(2, "state-2", "org-2")]
    taken = step(3)
    append(journal, [taken])
    with_step = replace(
        reverse(journal, taken, actor="p", acting_for="o", happened_at=WHEN, note="x"),
        entries=(Entry("origin:a", "storage:a", "oil", 1),),
    )
    assert code(append(journal, [with_step])) == "step_irreversible"


def test_series_shows_the_latest_that_stands(journal: Connection[Any], make: Make) -> None:
    def seen(value: str) -> Record:
        return make(observations=(Observation("value_added", "a", Decimal(value), "万元"),))

    first, second = seen("10.50"), seen("12")
    append(journal, [first])
    append(journal, [second])
    assert journal.execute("SELECT value FROM journal.series").fetchall() == [(Decimal(12),)]
    back = reverse(journal, second, actor="p", acting_for="o", happened_at=WHEN, note="错")
    assert append(journal, [back])[0].stands
    assert journal.execute("SELECT value FROM journal.series").fetchall() == [(Decimal("10.5"),)]
    append(journal, [reverse(journal, first, actor="p", acting_for="o", happened_at=WHEN, note="也错")])
    assert journal.execute("SELECT value FROM journal.series").fetchall() == []


def test_closed_period_needs_two_persons(journal: Connection[Any], make: Make) -> None:
    def closing(no: int, transition: str, state: str, actor: str) -> Record:
        return make(steps=(Step("period:2025", no, "period_closing", transition, state),), period="2026", actor=actor)

    append(journal, [closing(1, "propose_close", "closing_proposed", "wang")])
    assert code(append(journal, [closing(2, "close", "closed", "wang")])) == "second_person_needed"
    assert append(journal, [closing(2, "close", "closed", "li")])[0].stands
    for period in ("2025", "2025-03", "2025Q4", "2025-12-31"):
        late = make(("origin:a", "storage:a", "oil", 5), period=period)
        assert code(append(journal, [late])) == "period_closed"
    assert append(journal, [make(("origin:a", "storage:a", "oil", 5), period="2026-01")])[0].stands
    append(journal, [closing(3, "propose_reopen", "reopening_proposed", "li")])
    assert append(journal, [closing(4, "reopen", "open", "zhao")])[0].stands
    assert append(journal, [make(("origin:a", "storage:a", "oil", 5), period="2025-03")])[0].stands


def test_hard_floor_of_hazardous_storage(journal: Connection[Any], make: Make) -> None:
    draw = make(("storage:a", "process:a", "oil", 10))
    assert append(journal, [draw])[0].stands, "without the floor a shortage is recorded"
    assert balance(journal, "storage:a", "oil") == -10
    journal.execute("UPDATE journal.setting SET value = 'refuse' WHERE name = 'floor'")
    assert code(append(journal, [make(("storage:b", "process:b", "oil", 10))])) == "storage_below_zero"
    fine = [make(("origin:b", "storage:b", "oil", 10)), make(("storage:b", "process:b", "oil", 10))]
    assert all(o.stands for o in append(journal, fine))
    assert append(journal, [make(("storage:b", "process:b", "ash", 10))])[0].stands, "ash is not hazardous"


@pytest.mark.parametrize("table", ["record", "entry", "step", "observation", "receipt", "account", "leaf", "tree_head"])
@pytest.mark.parametrize(
    "verb", ["UPDATE journal.{t} SET {c} = {c}", "DELETE FROM journal.{t}", "TRUNCATE journal.{t}"]
)
def test_even_the_owner_cannot_change_the_past(journal: Connection[Any], make: Make, table: str, verb: str) -> None:
    append(
        journal,
        [
            make(
                ("origin:a", "storage:a", "oil", 5),
                steps=(Step("c", 1, "w", "t", "s"),),
                observations=(Observation("mines", "a", Decimal(1), "个"),),
            )
        ],
    )
    journal.execute("INSERT INTO journal.leaf SELECT 0, seq FROM journal.record")
    journal.execute("INSERT INTO journal.tree_head VALUES (1, 'sha256', '', now(), 'k', '')")
    column = journal.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'journal' AND table_name = %s "
        "AND is_identity = 'NO' LIMIT 1",
        (table,),
    ).fetchone()
    with pytest.raises(psycopg.Error) as caught, journal.transaction():
        journal.execute(verb.format(t=table, c=column[0] if column else ""))
    assert caught.value.sqlstate == "WF001"


# Typed by hand from docs/journal.md, not made by the code under test; only the time of knowing is filled in.
DOCUMENTED = (
    '{"acting_for":"org-1","actor":"person-1","basis":"measured","entries":['
    '{"from":"storage:a","from_lot":"00000000-0000-4000-8000-000000000001","mass_g":5,"stream":"oil","to":"process:a",'
    '"to_lot":"00000000-0000-4000-8000-000000000002","to_stream":"ash"},'
    '{"from":"origin:b","mass_g":7,"stream":"ash","to":"storage:b"}],'
    '"evidence":[{"kind":"weigh_ticket","name":"磅单 “1”.pdf","sha256":"abab"}],"form":1,'
    '"happened_at":"2025-03-05T08:00:00.000120Z","id":"00000000-0000-4000-8000-000000000003","known_at":"KNOWN",'
    '"note":"引号\\"、反斜杠\\\\、换行\\n、制表\\t、控制\\u0001","observations":[{"metric":"mines","place":"storage:a","sd":"0.1",'
    '"stream":"ash","unit":"个","value":"7.5"}],"period":"2025-03","rule":"hj_1259_2022 6.2","sd_ppm":1200,'
    '"steps":[{"case":"c/1","data":{"a":[1,null],"b":"“"},"due_at":"2025-03-05T08:00:00.000000Z","holder":"无废办",'
    '"no":1,"state":"s","transition":"t","workflow":"w"}]}'
)


def test_the_hash_is_of_the_documented_form(journal: Connection[Any], make: Make) -> None:
    """The database hashes the very bytes that the documentation describes."""
    lots = [UUID(f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 2)]
    record = make(
        ("storage:a", "process:a", "oil", 5, *lots, "ash"),
        ("origin:b", "storage:b", "ash", 7),
        id=UUID("00000000-0000-4000-8000-000000000003"),
        note='引号"、反斜杠\\、换行\n、制表\t、控制\x01',
        evidence=(Evidence("weigh_ticket", "磅单 “1”.pdf", "abab"),),
        sd_ppm=1200,
        steps=(Step("c/1", 1, "w", "t", "s", "无废办", WHEN, {"b": "“", "a": [1, None]}),),
        observations=(Observation("mines", "storage:a", Decimal("7.500"), "个", "ash", Decimal("0.10")),),
        happened_at=datetime(2025, 3, 5, 8, 0, 0, 120, tzinfo=UTC),
    )
    append(journal, [record])
    leaf, known_at = journal.execute("SELECT leaf, known_at FROM journal.record").fetchone() or (b"", WHEN)
    known = known_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    form = DOCUMENTED.replace("KNOWN", known).encode()
    assert canonical(json.loads(form)) == form
    assert bytes(leaf) == leaf_hash(form)


def test_rebuild_gives_identical_folds(journal: Connection[Any], make: Make) -> None:
    record = make(("origin:a", "storage:a", "oil", 1000), sd_ppm=20_000)
    append(
        journal, [record, make(("storage:a", "transit:m", "oil", 400)), make(("transit:m", "storage:b", "oil", 390))]
    )
    append(journal, [reverse(journal, record, actor="p", acting_for="o", happened_at=WHEN, note="x")])
    append(
        journal,
        [make(steps=(Step("c", 1, "w", "t", "s"),), observations=(Observation("mines", "a", Decimal(1), "个"),))],
    )
    tables = ("transit", "turnover", "cube", "desk", "series", "closed_period", "case_party")
    before = {t: sorted(journal.execute(f"SELECT t::text FROM journal.{t} t").fetchall()) for t in tables}
    journal.execute("SELECT journal.rebuild()")
    after = {t: sorted(journal.execute(f"SELECT t::text FROM journal.{t} t").fetchall()) for t in tables}
    assert after == before
    assert before["series"]
    assert before["desk"]
