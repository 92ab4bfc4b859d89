"""Kills at random points while many append: what was acknowledged is there once, nothing is there in part.

200 kills with SIGKILL of the database's main process, of its other processes and of clients; ``test_crash_web`` kills
the web server too. ``WUFEI_CRASH_SEED`` repeats a run's random choices; the seed is printed.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random
from typing import Any, Self

import psutil
import psycopg
import pytest

from tests.journal.scratch import Scratch, scratch_journal
from tests.journal.soundness import batches_hold, folds_hold
from tests.journal.writers import Notes, Writer, batch, fork, name, seal_for_ever, write_for_ever
from wufei.app.data_folder import DataFolder
from wufei.app.postgres import Postgres
from wufei.app.postgres.access import APP, OWNER
from wufei.journal.signing import KeySigner, new_signer
from wufei.journal.verify import verify

pytestmark = pytest.mark.long
WRITERS = 4
KILLS = {"postmaster": 60, "database process": 100, "client": 40}
LOOK_EVERY = 40  # kills
# fsync stays on. Before a recovery the file system is flushed as one, not file by file: half a second for each kill.
DURABLE = {"shared_buffers": "64MB", "recovery_init_sync_method": "syncfs"}


@pytest.fixture
def server(make_data_folder: Callable[[], Path]) -> Iterator[Postgres]:
    """A server of its own that writes to the disk as people's does."""
    with DataFolder(make_data_folder()) as folder, Postgres(folder.path, tuning=DURABLE) as up:
        yield up


@dataclass
class Siege:
    """The writers at work on a journal, and the hand that kills."""

    place: Scratch
    folder: Path
    seed: int
    signer: KeySigner = field(default_factory=new_signer)
    writers: dict[int, ForkProcess] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        for number in range(WRITERS):
            self.start(number)
        self.sealer = fork(seal_for_ever, self.place.parameters(OWNER), self.signer)
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.writers.values(), self.sealer):
            process.kill()
            process.join()

    def path(self, number: int) -> Path:
        return self.folder / f"writer-{number}"

    def start(self, number: int) -> None:
        self.writers[number] = fork(write_for_ever, self.place.parameters(APP), self.path(number), self.seed, number)

    def notes(self) -> dict[int, Notes]:
        return {number: Notes.read(self.path(number)) for number in self.writers}

    def kill(self, what: str, chance: Random) -> None:
        if what == "client":
            number = chance.randrange(WRITERS)
            self.writers[number].kill()
            self.writers[number].join()
            self.start(number)
        elif what == "postmaster":
            self.postmaster().kill()
            self.supervise()
        else:
            with contextlib.suppress(psutil.NoSuchProcess):
                chance.choice(self.processes()).kill()
        self.killed[what] += 1

    def postmaster(self) -> psutil.Process:
        return psutil.Process(self.place.server.pid)

    def supervise(self) -> None:
        """Start the server again once it has gone, as `wufei run` does."""
        if self.postmaster().status() == psutil.STATUS_ZOMBIE:
            self.place.server.restart_after_crash()

    def processes(self) -> list[psutil.Process]:
        """The database's processes that may be killed now; waits while there is none.

        None is while the server recovers from a crash: PostgreSQL 18 takes no notice of a process of its own that ends
        then (``HandleChildCrash`` returns at once while ``FatalError`` is set) and would wait for it for ever. The main
        process is killed in the middle of a recovery too.
        """
        until = time.monotonic() + 60
        while time.monotonic() < until:
            self.supervise()
            found = self.postmaster().children()
            if any("walwriter" in title(process) for process in found):  # there from the end of a recovery on
                return found
            time.sleep(0.01)
        pytest.fail("the database has no processes")

    def progress(self) -> int:
        return sum(notes.acknowledged for notes in self.notes().values())

    def wait_for_progress(self) -> None:
        """Until somebody's batch has been acknowledged since now."""
        before, until = self.progress(), time.monotonic() + 60
        while self.progress() == before:
            assert all(process.is_alive() for process in self.writers.values()), "a writer gave up"
            assert time.monotonic() < until, "nobody gets on"
            self.supervise()
            time.sleep(0.005)

    def look(self) -> None:
        """While the writers go on: nothing in part, all that was acknowledged is there, folds as re-derived."""
        noted = self.notes()
        there = self.look_again()
        for number, notes in noted.items():
            assert notes.wrong == ()
            missing = {name(self.seed, number, turn) for turn in range(1, notes.acknowledged + 1)} - there
            assert not missing

    def look_again(self) -> set[str]:
        """What is there; once more when the recovery from an earlier kill cut the look short."""
        for _ in range(9):
            with contextlib.suppress(psycopg.OperationalError):
                return self.sound()
        return self.sound()

    def sound(self) -> set[str]:
        """The batches that are there, once nothing is found in part and the folds are right."""
        with reached(self) as owner:
            there = batches_hold(owner)
            folds_hold(owner)
            return there


def title(process: psutil.Process) -> str:
    """How a process of the database calls itself."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


@contextlib.contextmanager
def reached(siege: Siege) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection, once the server takes any."""
    until = time.monotonic() + 60
    while True:
        try:
            siege.supervise()
            connection = siege.place.connect(OWNER)
            break
        except psycopg.OperationalError:
            assert time.monotonic() < until
            time.sleep(0.02)
    with connection:
        yield connection


def test_killed_at_random_points(server: Postgres, tmp_path: Path, crash_seed: int) -> None:
    chance = Random(crash_seed)  # noqa: S311
    kills = [what for what, times in KILLS.items() for _ in range(times)]
    chance.shuffle(kills)
    with scratch_journal(server) as place:
        with Siege(place, tmp_path, crash_seed) as siege:
            for n, what in enumerate(kills, 1):
                if chance.random() < 0.8:  # else perhaps in the middle of a recovery
                    siege.wait_for_progress()
                time.sleep(chance.random() * 0.1)
                siege.kill(what, chance)
                if n % LOOK_EVERY == 0:
                    siege.look()
        assert siege.killed == KILLS
        ended(siege)


def ended(siege: Siege) -> None:
    """All who were cut off send again; then each batch that was begun is there once, and verification finds nothing."""
    for number in siege.writers:
        Writer(siege.place.parameters(APP), siege.path(number), siege.seed, number).run(turns=1)
    expected = Counter[Any]()
    for number, notes in siege.notes().items():
        assert notes.wrong == ()
        assert notes.begun == notes.acknowledged
        expected.update(r.id for turn in range(1, notes.begun + 1) for r in batch(siege.seed, number, turn))
    with reached(siege) as owner:
        there = Counter(id_ for (id_,) in owner.execute("SELECT id FROM journal.record"))
        batches_hold(owner)
        folds_hold(owner)
        found = verify(owner, {siege.signer.key_id})
    assert not list((there - expected).items())[:5], "twice, or never sent"
    assert not list((expected - there).items())[:5], "lost"
    assert found.holds, found.as_dict()
    assert found.counts["records"] == sum(expected.values())
    print(siege.killed, f"{len(there)} records", found.sealed)  # noqa: T201
