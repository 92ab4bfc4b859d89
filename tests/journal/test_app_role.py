"""What the application's role can and cannot do over a connection of its own, however it tries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN, balance
from tests.journal.scratch import Scratch, scratch_journal
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP
from wufei.journal import Entry, Evidence, Observation, Record, Step, append
from wufei.journal.append import AppendIsolation
from wufei.journal.canonical import canonical, leaf_hash, write_time

Make = Callable[..., Record]
CALLABLE = {"open_inbox", "append_few", "append_many", "first_day", "last_day"}
INBOX = ("in_record", "in_entry", "in_step", "in_observation", "in_key", "in_resolved", "in_verdict")
REFUSED = psycopg.errors.InsufficientPrivilege


@pytest.fixture(scope="module")
def place(postgres: Postgres) -> Iterator[Scratch]:
    with scratch_journal(postgres, temporary_tables=True) as made:
        yield made


@pytest.fixture
def app(place: Scratch) -> Iterator[Connection[Any]]:
    """A fresh session of the application's role."""
    with place.connect(APP) as connection:
        yield connection


def relations(connection: Connection[Any], kinds: str) -> list[str]:
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'journal'::regnamespace AND relkind = ANY (%s) ORDER BY 1",
        (list(kinds),),
    ).fetchall()
    return [name for (name,) in rows]


def test_appends_and_reads(app: Connection[Any], make: Make) -> None:
    record = make(("origin:a", "storage:a", "ash", 7))
    assert append(app, [record])[0].stands
    assert append(app, [record])[0].outcome == "duplicate"
    assert balance(app, "storage:a", "ash") == 7
    many = [
        make(("origin:b", "storage:b", "ash", 1), observations=(Observation("mines", "a", 1, "个"),))
        for _ in range(501)
    ]
    assert all(o.stands for o in append(app, many))
    assert app.execute("SELECT count(*) FROM journal.record").fetchone() == (502,)
    for table in relations(app, "rv"):
        app.execute(f"SELECT * FROM journal.{table} LIMIT 1")


def test_cannot_write_any_table(app: Connection[Any]) -> None:
    tables = relations(app, "r")
    assert {"record", "entry", "cube", "setting", "closed_period", "unsealed"} <= set(tables)
    for table in tables:
        column = app.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = ('journal.' || %s)::regclass AND attnum > 0 "
            "AND attidentity = '' LIMIT 1",
            (table,),
        ).fetchone()
        assert column
        for statement in (
            f"INSERT INTO journal.{table} OVERRIDING SYSTEM VALUE SELECT * FROM journal.{table}",
            f"UPDATE journal.{table} SET {column[0]} = {column[0]}",
            f"DELETE FROM journal.{table}",
            f"TRUNCATE journal.{table}",
            f"SELECT * FROM journal.{table} FOR UPDATE",
            f"ALTER TABLE journal.{table} DISABLE TRIGGER ALL",
            f"ALTER TABLE journal.{table} ADD COLUMN more int",
            f"DROP TABLE journal.{table}",
            f"CREATE TRIGGER mine BEFORE INSERT ON journal.{table} EXECUTE FUNCTION journal.refuse_change()",
            f"CREATE RULE mine AS ON INSERT TO journal.{table} DO INSTEAD NOTHING",
        ):
            with pytest.raises(REFUSED):
                app.execute(statement)


def test_cannot_touch_what_is_around_the_tables(app: Connection[Any]) -> None:
    for statement in (
        "CREATE TABLE journal.mine (n int)",
        "CREATE FUNCTION journal.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION journal.first_day(period text) RETURNS date LANGUAGE sql AS 'SELECT now()::date'",
        "DROP VIEW journal.book",
        "DROP FUNCTION journal.refuse_change() CASCADE",
        "ALTER FUNCTION journal.append_few(boolean, boolean) RESET ALL",
        "DROP SCHEMA journal CASCADE",
        "SELECT setval('journal.receipt_n_seq', 1)",
        "SELECT nextval('journal.receipt_n_seq')",
        "SET ROLE wufei_owner",
        "SET session_replication_role = replica",
        "CREATE TABLE public.mine (n int)",
    ):
        with pytest.raises(REFUSED):
            app.execute(statement)


def test_may_call_the_way_in_and_nothing_else(place: Scratch, app: Connection[Any]) -> None:
    rows = app.execute(
        "SELECT proname, prosecdef, proconfig, has_function_privilege(oid, 'EXECUTE') FROM pg_proc "
        "WHERE pronamespace = 'journal'::regnamespace"
    ).fetchall()
    assert {name for name, _, _, allowed in rows if allowed} == CALLABLE
    for name, definer, config, _ in rows:
        if definer:
            path = next((c for c in config or () if c.startswith("search_path=")), "")
            assert path.endswith("pg_temp"), f"{name} must look into pg_temp last"
    for call in ("rebuild()", "clear_inbox()", "fold_desk(0)", "mirrors(0, 0)", "fold_book_again()", "enter(true)"):
        with pytest.raises(REFUSED):
            app.execute(f"SELECT journal.{call}")


def test_no_temporary_object_without_the_right(postgres: Postgres) -> None:
    """The embedded database gives the role no right to temporary objects; making the inbox does not bring it."""
    with scratch_journal(postgres) as strict, strict.connect(APP) as app:
        app.execute("SELECT journal.open_inbox()")
        for statement in (
            "CREATE TEMPORARY TABLE touched (n int)",
            "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "CREATE TYPE pg_temp.basis AS ENUM ('guessed')",
        ):
            with pytest.raises(REFUSED):
                app.execute(statement)


TROJAN = """
CREATE FUNCTION pg_temp.trojan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE WARNING 'trojan as %', current_user; RETURN NEW; END $$;
CREATE FUNCTION pg_temp.worm(n int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN RAISE WARNING 'trojan as %', current_user; RETURN n; END $$;
"""
# Each puts a relation of the caller's making in the place of one table of the inbox.
DISGUISES = {
    "trigger": "CREATE TEMPORARY TABLE {t} (LIKE old_{t}); CREATE TRIGGER t BEFORE INSERT OR DELETE ON {t} FOR EACH "
    "STATEMENT EXECUTE FUNCTION pg_temp.trojan();",
    "view": "CREATE TEMPORARY VIEW {t} AS SELECT *, pg_temp.worm(1) AS more FROM old_{t};",
    "default": "CREATE TEMPORARY TABLE {t} (LIKE old_{t}); ALTER TABLE {t} ADD more int DEFAULT pg_temp.worm(1);",
    "check": "CREATE TEMPORARY TABLE {t} (LIKE old_{t}, CHECK (pg_temp.worm(1) = 1));",
    "wrong types": "CREATE TEMPORARY TABLE {t} (ordinal text, part text, id text, n text);",
    "policy": "CREATE TEMPORARY TABLE {t} (LIKE old_{t}); ALTER TABLE {t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL "
    "SECURITY; CREATE POLICY p ON {t} USING (pg_temp.worm(1) = 1);",
}


def disguise(app: Connection[Any], table: str, how: str) -> list[str]:
    """Replace ``table`` of the inbox; returns the list in which the warnings of the trojan gather."""
    heard: list[str] = []
    app.add_notice_handler(lambda notice: heard.append(notice.message_primary or ""))
    app.execute("SELECT journal.open_inbox()")
    columns = {
        name: app.execute(
            "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) "
            "FROM pg_attribute WHERE attrelid = ('pg_temp.' || %s)::regclass AND attnum > 0",
            (name,),
        ).fetchone()
        for name in INBOX
    }
    app.execute("DISCARD TEMP")
    app.execute(TROJAN)
    for name, row in columns.items():
        assert row
        app.execute(f"CREATE TEMPORARY TABLE {'old_' if name == table else ''}{name} ({row[0]})")
    app.execute(DISGUISES[how].format(t=table))
    for name in INBOX:
        app.execute(f"GRANT ALL ON {name} TO PUBLIC")
    app.execute(f"GRANT ALL ON old_{table} TO PUBLIC")
    return heard


@pytest.mark.parametrize("how", DISGUISES)
@pytest.mark.parametrize("table", INBOX)
def test_an_inbox_of_ones_own_is_refused(app: Connection[Any], table: str, how: str) -> None:
    heard = disguise(app, table, how)
    for call in ("append_few(false, true)", "append_many(true, false)"):
        with pytest.raises(psycopg.Error) as caught:
            app.execute(f"SELECT * FROM journal.{call}")
        assert caught.value.sqlstate == "WF003"
    with pytest.raises(psycopg.errors.DuplicateTable):
        app.execute("SELECT journal.open_inbox()")
    assert not heard


def test_without_the_guard_it_would_be_the_owner(place: Scratch, app: Connection[Any]) -> None:
    """The attack is real: let the guard say yes, and the caller's trigger runs as the owner of the journal."""
    sound = "SELECT pg_get_functiondef('journal.inbox_is_ours()'::regprocedure)"
    heard = disguise(app, "in_key", "trigger")
    with place.connect() as owner:
        (kept,) = owner.execute(sound).fetchone() or ("",)
        owner.execute(
            "CREATE OR REPLACE FUNCTION journal.inbox_is_ours() RETURNS boolean LANGUAGE plpgsql STABLE "
            "AS 'BEGIN RETURN true; END'"
        )
        try:
            app.execute("SELECT * FROM journal.append_few(false, true)")
        except psycopg.Error:
            pass
        finally:
            owner.execute(kept)
    assert "trojan as wufei_owner" in heard


def test_temporary_namesakes_are_not_looked_at(app: Connection[Any], make: Make) -> None:
    app.execute("""
        CREATE TEMPORARY TABLE place AS SELECT 'nowhere' AS id;
        CREATE TEMPORARY TABLE stream AS SELECT 1 AS n, 'unobtainium' AS id, false AS hazardous;
        CREATE TEMPORARY TABLE setting AS SELECT 'future_minutes' AS name, '999999999' AS value;
        CREATE TEMPORARY TABLE account AS SELECT 1 AS n, 'storage:a' AS key, 1 AS node_n, 'storage' AS role;
        CREATE TEMPORARY TABLE record AS SELECT gen_random_uuid() AS id, '\\x00'::bytea AS leaf, now() AS known_at;
        CREATE TEMPORARY TABLE closed_period (period text, first_day date, last_day date);
        CREATE TEMPORARY TABLE desk (case_id text, no int, state text);
        CREATE TEMPORARY TABLE metric AS SELECT 'height' AS id, '米' AS unit;
        CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$;
        CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2000-01-01'::timestamptz $$;
        CREATE FUNCTION pg_temp.same(text, text) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
        CREATE OPERATOR pg_temp.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.same);
        CREATE TYPE pg_temp.basis AS ENUM ('guessed');
        SET search_path = pg_temp, journal, pg_catalog;
    """)
    sound = make(("origin:c", "storage:c", "ash", 5))
    wrong = [
        make(("origin:nowhere", "storage:c", "ash", 5)),
        make(("origin:c", "storage:c", "unobtainium", 5)),
        make(("origin:c", "storage:c", "ash", 5), basis="guessed"),
        make(("origin:c", "storage:c", "ash", 5), happened_at=WHEN + timedelta(days=5000)),
        make(observations=(Observation("height", "a", 1, "米"),)),
    ]
    codes = [o.error.code if o.error else o.outcome for o in append(app, [sound, *wrong], row_mode=True)]
    assert codes == [
        "appended",
        "account_unknown",
        "stream_unknown",
        "basis_unknown",
        "time_in_future",
        "metric_unknown",
    ]
    leaf, known = app.execute(
        "SELECT leaf, known_at FROM journal.record WHERE pg_catalog.uuid_eq(id, %s)", (sound.id,)
    ).fetchone() or (b"", WHEN)
    assert len(leaf) == 32
    assert known.year > 2000


def test_session_settings_change_no_rule(app: Connection[Any], make: Make) -> None:
    edge = WHEN.replace(month=3, day=31, hour=15, minute=59)  # one minute to April in Hohhot
    app.execute("SET standard_conforming_strings = off")
    app.execute("SET timezone = 'America/New_York'")
    app.execute("SET datestyle = 'German'")
    assert (
        append(app, [make(("origin:c", "sink:c", "ash", 5), period="dddd")])[0].error.code == "record_period_unreadable"
    )
    before = make(("origin:c", "sink:c", "ash", 5), happened_at=edge)
    after = make(("origin:c", "sink:c", "ash", 6), happened_at=edge + timedelta(minutes=1))
    assert all(o.stands for o in append(app, [before, after]))
    rows = app.execute(
        "SELECT month::text, in_g FROM journal.turnover t JOIN journal.account a ON a.n = t.account_n "
        "WHERE key = 'sink:c'"
    )
    assert sorted(rows.fetchall()) == [("01.03.2025", 5), ("01.04.2025", 6)]


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_a_transaction_blind_to_others_may_not_append(app: Connection[Any], make: Make, level: str) -> None:
    """It would not see a period that was closed meanwhile."""
    app.execute(f"SET default_transaction_isolation = '{level}'")
    with pytest.raises(AppendIsolation):
        append(app, [make(("origin:c", "storage:c", "ash", 5))])


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
