"""What the application's role can and cannot do over a connection of its own, however it tries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from tests.journal.conftest import WHEN, balance
from tests.journal.scratch import INBOX, Scratch, scratch_journal
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP
from wufei.journal import Observation, Record, append
from wufei.journal.append import AppendIsolation

Make = Callable[..., Record]
CALLABLE = {"open_inbox", "append_few", "append_many", "first_day", "last_day"}
REFUSED = psycopg.errors.InsufficientPrivilege


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
