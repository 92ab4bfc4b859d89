"""Kills of the web server's processes and of all of `wufei run` while programs post through the HTTP API."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psutil
import psycopg
import pytest

from tests.journal.soundness import folds_hold
from wufei.app.bench._running import Running
from wufei.app.postgres.access import OWNER, SUPERUSER, read_access
from wufei.journal import new_id
from wufei.journal.verify import verify

pytestmark = pytest.mark.long
CLIENTS = 4
WORKERS, INSTANCES, DATABASES = 8, 2, 2  # kills of each
PATIENCE_SECONDS = 90.0
TOKEN = "wufei_crash_" + "a" * 32
POSTED = "SELECT count(*) FROM journal.record WHERE period = '2025-03'"  # the city itself finds things meanwhile
ISSUE = """
INSERT INTO registry_apitoken (person_id, hat_id, scopes, token_hash, label, created_at, expires_at)
SELECT p.id, h.id, '{journal:post}', encode(sha256(%s::bytea), 'hex'), 'crash', now(), now() + interval '1 day'
FROM registry_person p JOIN registry_hat h ON h.person_id = p.id WHERE p.username = 'city_office' LIMIT 1"""


class Program(threading.Thread):
    """Posts batches one after another, each until it is acknowledged; keeps what was acknowledged."""

    def __init__(self, number: int, seed: int, address: Callable[[], str]) -> None:
        super().__init__(daemon=True)
        self.chance, self.address, self.number = Random(f"{seed}/{number}"), address, number  # noqa: S311
        self.acknowledged: dict[UUID, int] = {}
        self.told: Counter[str] = Counter()
        self.wrong: list[Any] = []
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.is_set() and not self.wrong:
            grams = {new_id(): self.chance.randint(1, 9999) for _ in range(self.chance.choice([1, 1, 1, 2, 5, 40]))}
            body = json.dumps({"records": [self.record(*each) for each in grams.items()]}).encode()
            self.send(body, grams)
            if self.chance.random() < 0.1:  # what was acknowledged once is for ever
                self.send(body, grams, again=True)

    def record(self, id_: UUID, grams: int) -> dict[str, Any]:
        entries = [{"from": "origin:togtoh", "to": "storage:togtoh", "stream": "coal_fly_ash", "mass_g": grams}] * 2
        return {
            "id": str(id_), "happened_at": "2025-03-05T08:00:00+08:00", "period": "2025-03", "basis": "measured",
            "rule": "hj_1259_2022 6.2", "entries": entries,
        }  # fmt: skip

    def send(self, body: bytes, grams: dict[UUID, int], *, again: bool = False) -> None:
        """Until it is acknowledged: an answer that never came says nothing."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                status, said = self.post(body)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if status == 503:
                time.sleep(0.02)
                continue
            told = {outcome["outcome"] for outcome in said.get("outcomes", [])}
            if status != 200 or len(told) != 1 or (again and told != {"duplicate"}):
                self.wrong.append((status, said))
                return
            self.told.update(told)
            self.acknowledged |= grams
            return
        self.wrong.append("nobody answers")

    def post(self, body: bytes) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(urlsplit(self.address()).netloc, timeout=20)
        try:
            connection.request("POST", "/api/v1/journal/records", body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except ValueError as error:  # half an answer
            raise http.client.IncompleteRead(b"") from error
        finally:
            connection.close()


def family(running: Running) -> tuple[list[psutil.Process], list[psutil.Process]]:
    """The web server's workers, and the database's main process."""
    main = psutil.Process(running._process.pid)
    webs = [child for child in main.children() if not child.name().startswith("postgres")]
    workers = [worker for web in webs for worker in web.children()]
    return workers, [child for child in main.children() if child.name().startswith("postgres")]


def started(data: Path, *options: str) -> Running:
    """An instance that runs, whose output is read so that it never waits for us."""
    running = Running(data, *options).__enter__()
    threading.Thread(target=lambda: running.output.extend(running._process.stdout or ()), daemon=True).start()
    return running


def strike(what: str, running: Running, data: Path, chance: Random) -> Running:
    """Kill; returns the instance that runs afterwards."""
    if what == "instance":
        os.kill(running._process.pid, signal.SIGKILL)
        running._process.wait(PATIENCE_SECONDS)
        return started(data)
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        workers, databases = family(running)
        if found := workers if what == "worker" else databases:
            chance.choice(found).kill()
            return running
        time.sleep(0.02)
    raise AssertionError(f"no {what} to kill")


def progress(programs: list[Program]) -> int:
    return sum(program.told.total() for program in programs)


def wait_for_progress(programs: list[Program]) -> None:
    before, until = progress(programs), time.monotonic() + PATIENCE_SECONDS
    while progress(programs) == before:
        assert not [program.wrong for program in programs if program.wrong]
        assert time.monotonic() < until, "nobody gets on"
        time.sleep(0.01)


def test_web_servers_killed_while_programs_post(data_folder: Path, crash_seed: int) -> None:
    chance = Random(crash_seed)  # noqa: S311
    strikes = ["worker"] * WORKERS + ["instance"] * INSTANCES + ["database"] * DATABASES
    chance.shuffle(strikes)
    running = started(data_folder, "--demo")
    try:
        with reached(data_folder, SUPERUSER) as connection:
            connection.execute(ISSUE, (TOKEN.encode(),))
            (before,) = connection.execute(POSTED).fetchone() or (0,)
        programs = [Program(n, crash_seed, lambda: running.address) for n in range(CLIENTS)]
        for program in programs:
            program.start()
        for what in strikes:
            wait_for_progress(programs)
            time.sleep(chance.random() * 0.3)
            running = strike(what, running, data_folder, chance)
        wait_for_progress(programs)
        for program in programs:
            program.enough.set()
        for program in programs:
            program.join(PATIENCE_SECONDS)
        sound(data_folder, programs, before)
    finally:
        running.__exit__(None, None, None)


def reached(data: Path, role: str) -> psycopg.Connection[Any]:
    access = read_access(data)
    assert access
    return psycopg.connect(**access.parameters(role), autocommit=True)


def sound(data: Path, programs: list[Program], before: int) -> None:
    """Each acknowledged record once, with both its entries; nothing that was never acknowledged; nothing to find."""
    assert [program.wrong for program in programs] == [[]] * CLIENTS
    grams = {id_: g for program in programs for id_, g in program.acknowledged.items()}
    with reached(data, OWNER) as connection:
        rows = connection.execute(
            "SELECT r.id, array_agg(e.mass_g) FROM journal.record r JOIN journal.entry e USING (seq) "
            "WHERE r.id = ANY (%s) GROUP BY r.seq",
            (list(grams),),
        ).fetchall()
        assert len(rows) == len(grams)
        assert not [id_ for id_, masses in rows if masses != [grams[id_]] * 2][:5]
        (now,) = connection.execute(POSTED).fetchone() or (0,)
        assert now - before == len(grams)
        folds_hold(connection)
        found = verify(connection)
    assert found.holds, found.as_dict()
