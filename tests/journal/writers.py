"""Writers that are killed: processes that append what their number and turn decide, and note what was acknowledged.

A writer notes each batch before it sends it and again once it is acknowledged. Whoever takes its place reads the notes,
sends the last batch once more and goes on. Every batch is made from its number alone, so that the test knows what must
be in the journal without having heard of it from there.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from wufei.journal import Entry, Observation, Outcome, Record, Step, append
from wufei.journal.sealing import seal
from wufei.journal.signing import KeySigner

FIRST = datetime(2025, 1, 5, 8, 0, tzinfo=UTC)
SIZES = (*[1] * 12, 2, 3, 4, 5, 8, 13, 30, 550)  # the last goes through the function for many
ACCOUNTS = ("storage:a", "storage:b", "storage:c", "process:a", "sink:b", "transit:m-1", "transit:m-2")
PATIENCE_SECONDS = 60.0
AWAY = (psycopg.OperationalError, psycopg.InterfaceError)
T = TypeVar("T")


def id_of(seed: int, writer: int, turn: int, n: int) -> UUID:
    """The id of a record: version 7 in form, decided by its place."""
    number = int.from_bytes(sha256(f"{seed}/{writer}/{turn}/{n}".encode()).digest()[:16])
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)


def batch(seed: int, writer: int, turn: int) -> list[Record]:
    """The records of a writer's turn. The note of each says how much of it there must be."""
    chance = Random(f"{seed}/{writer}/{turn}")  # noqa: S311
    called, size = name(seed, writer, turn), chance.choice(SIZES)
    return [_record(chance, called, id_of(seed, writer, turn, n), n) for n in range(size)]


def name(seed: int, writer: int, turn: int) -> str:
    """What a turn's batch is called: writer, turn and how many records it has."""
    return f"{writer}/{turn}/{Random(f'{seed}/{writer}/{turn}').choice(SIZES)}"  # noqa: S311


def _record(chance: Random, called: str, id_: UUID, n: int) -> Record:
    writer, turn = (int(part) for part in called.split("/")[:2])
    entries = [_entry(chance) for _ in range(chance.randint(1, 4))]
    happened = FIRST + timedelta(hours=chance.randint(0, 2000))
    note = f"{called} {len(entries)} {sum(e.mass_g for e in entries)}"
    first = n == 0
    step = Step(f"case-{writer}", turn, "inspection", "go", f"state-{turn}")
    seen = Observation("mines", chance.choice("abc"), Decimal(turn), "个")
    return Record(
        happened_at=happened, period=happened.strftime("%Y-%m"), basis="measured", actor=f"person-{writer}",
        acting_for="org-1", rule="hj_1259_2022 6.2", entries=tuple(entries), sd_ppm=chance.choice([None, 10_000]),
        steps=(step,) if first else (), observations=(seen,) if first and turn % 5 == 0 else (),
        note=note, id=id_,
    )  # fmt: skip


def _entry(chance: Random) -> Entry:
    left, right = chance.sample(ACCOUNTS, 2)
    return Entry(left, right, "oil", chance.randint(1, 10**6))


@dataclass
class Notes:
    """What a writer noted: its last turn begun, its last turn acknowledged, and what went wrong."""

    begun: int = 0
    acknowledged: int = 0
    resent: int = 0
    wrong: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Notes:
        """The notes so far; a line that the kill cut off is as if never written."""
        notes = cls()
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for line in text.splitlines()[: text.count("\n")]:
            word, _, rest = line.partition(" ")
            if word == "begun":
                notes.begun = int(rest)
            elif word == "done":
                turn, how = rest.split()
                notes.acknowledged = int(turn)
                notes.resent += how == "duplicate"
            else:
                notes.wrong += (line,)
        return notes


class Writer:
    """One turn after another, against a server that may go away at any moment."""

    def __init__(self, parameters: dict[str, Any], path: Path, seed: int, number: int) -> None:
        self._line, self._seed, self._number = Line(parameters), seed, number
        self._notes = Notes.read(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def run(self, turns: int | None = None) -> None:
        """Send again what may have been lost, then go on for ``turns`` (for ever)."""
        if self._notes.acknowledged:
            self._again(self._notes.acknowledged)
        if self._notes.begun > self._notes.acknowledged:
            self._take(self._notes.begun)
        turn = self._notes.begun
        while turns is None or turns > 0:
            turn += 1
            self._note(f"begun {turn}")
            self._take(turn)
            turns = None if turns is None else turns - 1

    def _note(self, line: str) -> None:
        os.write(self._file, f"{line}\n".encode())

    def _take(self, turn: int) -> None:
        """Send a turn until it is acknowledged; a batch stands whole, as new or as sent before."""
        outcomes = self._send(turn)
        told = {outcome.outcome for outcome in outcomes}
        if told in ({"appended"}, {"duplicate"}):
            self._note(f"done {turn} {told.pop()}")
        else:
            self._note(f"half {turn} {outcomes}")

    def _again(self, turn: int) -> None:
        """What was acknowledged must be there."""
        outcomes = self._send(turn)
        if {outcome.outcome for outcome in outcomes} != {"duplicate"}:
            self._note(f"lost {turn} {outcomes}")

    def _send(self, turn: int) -> list[Outcome]:
        records = batch(self._seed, self._number, turn)
        return self._line.ask(lambda connection: append(connection, records))


class Line:
    """A connection that is made anew whenever the server has gone away."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters
        self._connection: psycopg.Connection[Any] | None = None

    def ask(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """``work(connection)``, again from the start as long as the server goes away meanwhile."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(**self._parameters, autocommit=True)
                return work(self._connection)
            except AWAY:
                if time.monotonic() > until:
                    raise
                if self._connection is not None:
                    self._connection.close()
                time.sleep(0.01)


def write_for_ever(parameters: dict[str, Any], path: Path, seed: int, number: int) -> None:
    """What a writer's process does."""
    Writer(parameters, path, seed, number).run()


def seal_for_ever(parameters: dict[str, Any], signer: KeySigner) -> None:
    """Seal what waits, again and again."""
    line = Line(parameters)
    while True:
        line.ask(lambda owner: seal(owner, signer))
        time.sleep(0.2)


def fork(work: Any, *given: Any) -> ForkProcess:
    """``work(*given)`` in a process of its own that a test may kill."""
    process = get_context("fork").Process(target=_alone, args=(work, *given), daemon=True)
    process.start()
    return process


def _alone(work: Any, *given: Any) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    work(*given)
