"""What a session of the application's role can put into its inbox, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN
from tests.journal.scratch import INBOX, Scratch
from wufei.app.postgres.access import APP
from wufei.journal import Entry, Evidence, Observation, Record, Step, append
from wufei.journal.canonical import canonical, leaf_hash, write_time

Make = Callable[..., Record]
REFUSED = psycopg.errors.InsufficientPrivilege


def stage(app: Connection[Any], ordinal: int, period: str = "2025-03") -> None:
    """One record straight into the inbox, as a client of its own making would."""
    app.execute(
        "INSERT INTO in_record (ordinal, id, happened_at, period, basis, actor, acting_for, rule) "
        "VALUES (%s, %s, %s, %s, 'measured', 'p', 'o', 'r')",
        (ordinal, uuid4(), WHEN, period),
    )


def counts(app: Connection[Any]) -> list[int]:
    tables = ("receipt", "record", "entry", "step", "observation", "unsealed")
    return [(app.execute(f"SELECT count(*) FROM journal.{t}").fetchone() or (0,))[0] for t in tables]


def test_only_four_tables_of_the_inbox_can_be_filled(app: Connection[Any]) -> None:
    app.execute("SELECT journal.open_inbox()")
    for table in INBOX:
        verbs = [f"DELETE FROM {table}", f"TRUNCATE {table}", f"DROP TABLE {table}", f"SELECT * FROM {table}"]
        if table in INBOX[4:]:
            verbs.append(f"INSERT INTO {table} DEFAULT VALUES")
        for verb in (*verbs, f"CREATE TEMPORARY TABLE child () INHERITS ({table})"):
            with pytest.raises(REFUSED):
                app.execute(verb)


@pytest.mark.parametrize("ordinal", [-1, 1 << 20])
def test_a_record_cannot_be_numbered_into_another_receipt(app: Connection[Any], ordinal: int) -> None:
    app.execute("SELECT journal.open_inbox()")
    with pytest.raises(psycopg.errors.CheckViolation):
        stage(app, ordinal)


def test_two_records_with_one_number_do_not_pass(app: Connection[Any]) -> None:
    before = counts(app)
    app.execute("SELECT journal.open_inbox()")
    for _ in range(2):
        stage(app, 0)
    app.execute("INSERT INTO in_entry VALUES (0, 1, 'origin:a', 'storage:a', 'ash', NULL, 5, NULL, NULL)")
    with pytest.raises(psycopg.Error):
        app.execute("SELECT * FROM journal.append_few(false, true)")
    assert counts(app) == before


def test_parts_of_no_record_come_to_nothing(app: Connection[Any]) -> None:
    before = counts(app)
    app.execute("SELECT journal.open_inbox()")
    stage(app, 0)
    app.execute("INSERT INTO in_entry VALUES (0, 1, 'origin:a', 'storage:a', 'ash', NULL, 5, NULL, NULL)")
    app.execute("INSERT INTO in_entry VALUES (1, 1, 'origin:a', 'storage:a', 'ash', NULL, 5, NULL, NULL)")
    app.execute("INSERT INTO in_step VALUES (1, 1, 'lost', 1, 'w', 't', 's', NULL, NULL, NULL)")
    app.execute("INSERT INTO in_observation VALUES (1, 1, 'mines', 'a', NULL, 1, '个', NULL)")
    app.execute("SELECT * FROM journal.append_few(false, true)")
    assert [now - then for now, then in zip(counts(app), before, strict=True)] == [1, 1, 1, 0, 0, 1]
    assert app.execute("SELECT entries FROM journal.receipt ORDER BY n DESC LIMIT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    ("table", "values", "code"),
    [
        ("in_observation", """1, 'mines', 'a/x","sd":"5', NULL, 1, '个', NULL""", "place_unknown"),
        ("in_observation", "1, 'mines', 'a', NULL, 'NaN', '个', NULL", "value_not_finite"),
        ("in_observation", "1, 'mines', 'a', NULL, 'Infinity', '个', NULL", "value_not_finite"),
        ("in_observation", "1, 'mines', 'a', NULL, 1, '个', 'NaN'", "value_not_finite"),
        ("in_observation", "1, 'mines', 'a', NULL, 1, '个', -1", "sd_negative"),
        ("in_step", """1, 'c', 1, 'w","x":"y', 't', 's', NULL, NULL, NULL""", "step_unreadable"),
        ("in_step", """1, 'c', 1, 'w', 't"', 's', NULL, NULL, NULL""", "step_unreadable"),
        ("in_step", "1, 'c', 1, 'w', 't', 's s', NULL, NULL, NULL", "step_unreadable"),
        ("in_step", """1, 'c', 1, 'w', 't', 's', NULL, NULL, '{},"x":{}'""", "step_unreadable"),
        ("in_step", "1, 'c', 1, 'w', 't', 's', NULL, NULL, '[]'", "step_unreadable"),
    ],
)
def test_no_text_breaks_out_of_the_canonical_form(app: Connection[Any], table: str, values: str, code: str) -> None:
    app.execute("SELECT journal.open_inbox()")
    stage(app, 0)
    app.execute(f"INSERT INTO {table} VALUES (0, {values})")
    rows = app.execute("SELECT code FROM journal.append_few(false, true)").fetchall()
    assert rows == [(code,)]


def test_awkward_text_is_hashed_as_anybody_hashes_it(app: Connection[Any], make: Make) -> None:
    record = make(
        ("origin:a", "storage:a/罐-1", "ash", 5),
        note='"},{"',
        actor="李\u2028\x7f",
        evidence=(Evidence('k"', "\\", "ab" * 32),),
        steps=(Step('c"\\', 1, "w", "t", "s", 'h"', None, {"a": '"'}),),
        observations=(Observation("mines", "storage:a/罐", 1, "个"),),
    )
    assert append(app, [record])[0].stands
    leaf, known_at = app.execute(
        "SELECT leaf, known_at FROM journal.record WHERE id = %s", (record.id,)
    ).fetchone() or (b"", WHEN)
    plain = {
        "acting_for": "org-1",
        "actor": record.actor,
        "basis": "measured",
        "form": 1,
        "id": str(record.id),
        "entries": [{"from": "origin:a", "mass_g": 5, "stream": "ash", "to": "storage:a/罐-1"}],
        "evidence": [{"kind": 'k"', "name": "\\", "sha256": "ab" * 32}],
        "happened_at": "2025-03-05T08:00:00.000000Z",
        "known_at": write_time(known_at),
        "note": '"},{"',
        "period": "2025-03",
        "rule": "hj_1259_2022 6.2",
        "observations": [{"metric": "mines", "place": "storage:a/罐", "unit": "个", "value": "1"}],
        "steps": [
            {
                "case": 'c"\\',
                "data": {"a": '"'},
                "holder": 'h"',
                "no": 1,
                "state": "s",
                "transition": "t",
                "workflow": "w",
            }
        ],
    }
    assert leaf == leaf_hash(canonical(plain))


def test_what_is_left_in_the_inbox_harms_its_session_alone(place: Scratch, make: Make) -> None:
    with place.connect(APP) as careless, place.connect(APP) as other:
        careless.execute("SELECT journal.open_inbox()")
        stage(careless, 0)
        assert append(other, [make(("origin:a", "storage:a", "ash", 1))])[0].stands
        with pytest.raises(psycopg.Error):
            append(careless, [make(("origin:a", "storage:a", "ash", 1))])
    entry = Entry("origin:a", "storage:a", "ash", 1)
    with place.connect(APP) as fresh:
        assert append(fresh, [make(entries=(entry,))])[0].stands
