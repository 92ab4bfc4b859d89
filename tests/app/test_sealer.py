"""The sealing process of `wufei run`, and the commands that look at what it did."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import pytest

from wufei.app.bench._running import Running
from wufei.app.postgres.access import OWNER, read_access
from wufei.journal import Entry, Record, append
from wufei.journal.cube_sql import nodes
from wufei.journal.verify import verify

Command = Callable[..., tuple[int, str, str]]
PATIENCE_SECONDS = 60


def a_record() -> Record:
    return Record(
        happened_at=datetime(2025, 3, 5, tzinfo=UTC),
        period="2025-03",
        basis="measured",
        actor="person-1",
        acting_for="org-1",
        rule="hj_1259_2022 6.2",
        entries=(Entry("origin:togtoh", "storage:togtoh", "coal_fly_ash", 5),),
    )


def append_and_wait(connection: psycopg.Connection) -> Record:
    """Append a record and wait until it is sealed."""
    record = a_record()
    assert append(connection, [record])[0].stands
    deadline = time.monotonic() + PATIENCE_SECONDS
    while connection.execute("SELECT EXISTS (SELECT FROM journal.unsealed)").fetchone() == (True,):
        assert time.monotonic() < deadline, "not sealed"
        time.sleep(0.1)
    return record


@pytest.fixture(scope="module")
def running(make_data_folder: Callable[[], Path]) -> Iterator[tuple[Running, Path]]:
    folder = make_data_folder()
    with Running(folder) as up:
        yield up, folder


@pytest.fixture
def owner(running: tuple[Running, Path]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(**read_access(running[1]).parameters(OWNER), autocommit=True) as connection:
        yield connection


def test_it_seals_proves_and_verifies(
    running: tuple[Running, Path], owner: psycopg.Connection, command: Command, here: Command, tmp_path: Path
) -> None:
    folder, file = running[1], tmp_path / "proof.json"
    record = append_and_wait(owner)
    assert command("proof", record.id, "--data", folder, "--out", file)[0] == 0
    code, out, _ = here("proof", "verify", file, "--json")
    assert (code, json.loads(out)["records"]) == (0, [str(record.id)])
    code, out, _ = command("journal", "rotate-key", "--data", folder, "--json")
    assert code == 0
    append_and_wait(owner)
    code, out, _ = command("journal", "verify", "--data", folder, "--against", file, "--json")
    told = json.loads(out)
    assert (code, told["holds"], len(told["sealed"]["trusted"])) == (0, True, 2)
    code, out, err = here("proof", "verify", file, "--key", "0" * 64)
    assert (code, "proof_refuted" in err, "key_not_trusted" in err) == (1, True, True)


def test_it_is_started_again(running: tuple[Running, Path], owner: psycopg.Connection) -> None:
    append_and_wait(owner)
    process = psutil.Process(running[0]._process.pid)
    (sealing,) = [each for each in process.children() if not each.children() and "postgres" not in each.name()]
    sealing.kill()
    append_and_wait(owner)


def test_it_sums_up_what_is_settled(running: tuple[Running, Path], owner: psycopg.Connection) -> None:
    owner.execute("UPDATE journal.setting SET value = '1' WHERE name = 'summary_block_entries'")
    append_and_wait(owner)
    last = "coalesce((SELECT max(last_receipt) FROM journal.summary_block), 0)"
    behind = f"SELECT (SELECT max(n) FROM journal.receipt) > {last}"
    deadline = time.monotonic() + 30
    while owner.execute(behind).fetchone() == (True,):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    ((blocks,),) = owner.execute("SELECT max(n) FROM journal.summary_block").fetchall()
    ((summed,),) = owner.execute("SELECT sum(mass_g) FROM journal.summary WHERE block = ANY (%s)", (nodes(blocks),))
    assert (summed,) == owner.execute("SELECT sum(mass_g) FROM journal.cube").fetchone()


def test_a_change_is_reported(running: tuple[Running, Path], owner: psycopg.Connection, command: Command) -> None:
    owner.execute("UPDATE journal.turnover SET in_g = in_g + 1")
    code, out, err = command("journal", "verify", "--data", running[1])
    assert (code, "journal_altered" in err) == (1, True)
    assert "[fold_altered] turnover" in out or "turnover account_n=" in out
    assert command("journal", "rebuild", "--data", running[1])[0] == 0
    assert verify(owner).holds
